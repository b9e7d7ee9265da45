/* Curves under axes, as SVG. The one nearest to a pointer is named; arrow keys go through them. */

const X_NAMES = { evaluation: "evaluations", seconds: "time", pixels: "pixel-evaluations" };

/* A run's curve, from its place in its part of the data (bench/report/curve_data.py): [x, log10 of the loss] of each
   point, NaN where a gap begins. x: a key of X_NAMES. */
function curvePoints(runs, row, part, place, x) {
  const curve = part.curves[place], along = alongOf(runs, row, curve, x);
  if (!curve || !along) return [];
  return pointsOf(curve.at, ...curve.loss).map(([evaluation, log]) => [along(curve.first + evaluation), log]);
}

/* From evaluations to x. Pixel-evaluations are evaluations times the pixels of the picture, at each of its sizes. Null
   where a run has no such x: its time must not be compared, or it left no picture. */
function alongOf(runs, row, curve, x) {
  const [width, height] = runs.text("frame", row).split(" "), unit = x === "pixels" ? width * height : 1;
  const knots = curve?.[x === "seconds" ? "time" : x], known = knots && pointsOf(...knots);
  if (isNaN(unit) || (x === "seconds" && !runs.is(row, COMPARABLE))) return null;
  return evaluation => unit * (known ? heightAt(known, evaluation) : evaluation);
}

/* Points from the steps between them and the places of their heights between two others, both packed. */
function pointsOf(steps, low, high, places) {
  const heights = unpacked(places, 2), widths = unpacked(steps, steps.length / heights.length);
  let at = 0;
  return Array.from(heights, (place, k) => [at += widths[k], place > 4094 ? NaN : low + (high - low) * place / 4094]);
}

/* Of the straight lines through points; NaN in gaps and beyond the ends. */
function heightAt(points, x) {
  const k = points.findIndex(point => point[0] >= x), [x1, y1] = points[k] || [], [x0, y0] = points[k - 1] || [];
  return x === x1 ? y1 : y0 + (y1 - y0) * (x - x0) / (x1 - x0);
}

/* While alive(): step(k) for each k below count, in slices so short that the page goes on answering; then done(). */
function sliced(count, alive, step, done) {
  let k = 0;
  (function slice() {
    const until = performance.now() + 20;
    while (alive() && k < count && performance.now() < until) step(k++);
    if (alive()) (k < count ? setTimeout(slice) : done());
  })();
}

/* A page has one chart at a time. How often it was drawn, and what does it again when its size changes: */
let drawings = 0, redrawing;

/* Fills a plot (macros.html.j2). lines: [{label, colour, dash, points: [[x, log10 y], ...], href, area}]; area: points
   around a band. Then what is along the axes, y "log" or "linear"; picked(place of a line, or -1); marks: [[x, what
   begins there], ...]. Gives a function that picks a line. */
function chart(container, lines, { x: along, y, picked: told, marks = [] }) {
  const [readout, box] = container.children, svg = box.firstChild;
  const linear = y === "linear", up = log => linear ? 10 ** log : log;
  let places = [], picked = -1, touched, over;

  function draw() {
    const { clientWidth: width, clientHeight: height } = box, turn = ++drawings;
    const left = 64, right = width - 12, top = 24, bottom = height - 44;
    const drawn = lines.flatMap(({ points, area = [] }) => [...points, ...area]);
    const end = drawn.reduce((most, [x]) => Math.max(most, x), 0) || 1;
    const heights = Float64Array.from(drawn, ([, log]) => up(log)).filter(isFinite).sort();
    const [least = 0] = heights, most = heights.at(-1) ?? 0, margin = (most - least) * 0.04 || 0.1;
    const low = linear ? 0 : least - margin, high = most + margin;
    const toX = x => left + x / end * (right - left), toY = y => bottom - (y - low) / (high - low) * (bottom - top);
    const place = ([x, log]) => [toX(x), toY(up(log))];
    const text = (words, x, y, anchor) => vector("text", { x, y, "text-anchor": anchor }, words);
    const rule = (x1, x2, y1, y2) => vector("line", { class: "level", x1, x2, y1, y2 });
    const [, factor, unit] = along === "seconds" ? TIMES.find(([limit]) => end < limit) : [0, 1];
    const curves = vector("g", { class: "curves", "stroke-width": lines.length > MANY ? 1 : 2 });
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.replaceChildren(
      ...(linear ? linearTicks : logTicks)(low, high).flatMap(tick => {
        const y = toY(linear ? tick : Math.log10(tick));
        return [rule(left, right, y, y), text(tickLabel(tick), left - 8, y + 4, "end")];
      }),
      ...linearTicks(0, end).map(x => text(tickLabel(x * factor) + (x && unit ? NARROW + unit : ""), toX(x),
        bottom + 18, toX(x) > right - 20 ? "end" : "middle")),
      ...marks.flatMap(([x, words]) => [rule(toX(x), toX(x), top, bottom), text(words, toX(x), 12)]),
      rule(left, left, top, bottom), text("loss", left - 8, 12, "end"),
      rule(left, right, bottom, bottom), text(X_NAMES[along], right, bottom + 38, "end"), curves
    );
    places = lines.map(({ points }) => points.map(place));
    sliced(lines.length, () => turn === drawings, k => {
      const { area } = lines[k], name = look(lines[k]);
      curves.append(vector("path", { class: name, d: path(places[k]) }));
      if (area) curves.append(vector("path", { class: "band " + name, d: path(area.map(place)) }));
    }, show);
  }

  /* The picked line over the others, which fade, and what it is at a point, or where it ends. */
  function show(point) {
    const line = lines[picked], at = places[picked], none = lines.filter(({ points }) => !points.length).length;
    over?.remove();
    readout.textContent = none ? counted(none, "curve has", "curves have") + " nothing along this axis." : "";
    if (!at?.length) return;
    let k = point ?? at.length - 1;
    while (k && isNaN(at[k][1])) k--;
    const [x, log] = line.points[k], [cx, cy] = at[k];
    over = vector("g", { class: `picked ${look(line)}` }, [
      vector("path", { d: path(at) }), vector("circle", { cx, cy, r: 4 })
    ]);
    svg.append(over);
    readout.replaceChildren(make("a", { href: line.href }, line.label), ` loss ${figure("quality", 10 ** log)} at `,
      along === "seconds" ? figure("seconds", x) : `${KINDS.count(Math.round(x))} ${X_NAMES[along]}`);
  }

  function pick(line, point) {
    picked = line;
    show(point);
    told?.(line);
  }

  /* The curve above or below, no further than 40 pixels. */
  function nearest({ offsetX, offsetY }) {
    const away = places.map(at => Math.abs(heightAt(at, offsetX) - offsetY));
    const line = away.indexOf(Math.min(40, ...away.filter(isFinite)));
    pick(line, places[line]?.findIndex(([x]) => x >= offsetX));
  }

  const open = () => readout.firstElementChild?.click();
  const keys = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
  Object.assign(box, {
    onpointermove: nearest,
    onpointerleave: ({ pointerType }) => pointerType === "mouse" && pick(-1),
    onpointerdown: event => {
      touched = picked;
      nearest(event);
    },
    /* A finger's first touch tells, the second opens. */
    onclick: () => touched === picked && open(),
    onkeydown: event => {
      if (event.key === "Enter") open();
      if (event.key === "Escape") pick(-1);
      if (!(event.key in keys)) return;
      event.preventDefault();
      pick(clamp(0, picked + keys[event.key], lines.length - 1));
    }
  });
  redrawing?.disconnect();
  redrawing = new ResizeObserver(draw);
  redrawing.observe(box);
  return pick;
}

const look = ({ colour, dash }) => `s${colour} d${dash}`;

/* Through places on the screen, lifting the pen at gaps. A lone point becomes a dot. */
function path(places) {
  return places.map(([x, y], k) => {
    const begins = !k || isNaN(places[k - 1][1]), to = `${x.toFixed(1)} ${y.toFixed(1)}`;
    return isNaN(y) ? "" : begins ? `M${to}h0` : `L${to}`;
  }).join("");
}

/* make(), for the elements of a drawing. */
const vector = (tag, attributes, children) => (
  make(tag, attributes, children, document.createElementNS("http://www.w3.org/2000/svg", tag)));
