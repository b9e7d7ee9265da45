/* Curves on a canvas under axes in SVG. The one nearest to a pointer is named; arrow keys go through them. */

const X_NAMES = { evaluation: "evaluations", seconds: "time", pixels: "pixel-evaluations" };

/* A run's curve, from its place in its part of the data (bench/report/curve_data.py): [x, loss] of each point, the loss
   null where a gap begins. x: a key of X_NAMES. Empty where a run has no such x: its time must not be compared, or it
   left no picture. */
function curvePoints(runs, row, part, place, x) {
  const curve = part.curves[place], along = alongOf(runs, row, curve, x);
  if (!curve || (x === "seconds" && !runs.is(row, COMPARABLE)) || isNaN(along(0))) return [];
  const logs = between(...curve.loss);
  return summed(curve.at, logs.length).map((k, n) => [along(curve.first + k), logs[n] === null ? null : Math.pow(10, logs[n])]);
}

/* From evaluations to x. Pixel-evaluations are evaluations times the pixels of the picture, at each of its sizes. */
function alongOf(runs, row, curve, x) {
  const [width, height] = runs.text("frame", row).split(" "), unit = x === "pixels" ? width * height : 1;
  const [low, high, steps, places] = curve && curve[x === "seconds" ? "time" : x] || [];
  if (!places) return (evaluation) => evaluation * unit;
  const values = between(low, high, places), at = summed(steps, values.length);
  return (evaluation) => heightAt(at, values, evaluation) * unit;
}

/* Values from their places between two others. */
function between(low, high, text) {
  return Array.from(unpacked(text, 2), (place) => (place > 4094 ? null : low + (high - low) * place / 4094));
}

function summed(text, count) {
  let sum = 0;
  return Array.from(unpacked(text, text.length / count), (step) => (sum += step));
}

/* Of the straight lines through points. */
function heightAt(xs, ys, x) {
  let k = 1;
  while (k < xs.length - 1 && xs[k] < x) k++;
  return k < xs.length ? ys[k - 1] + (ys[k] - ys[k - 1]) * (x - xs[k - 1]) / (xs[k] - xs[k - 1]) : ys[0];
}

/* step(k) for each k below count, in slices so short that the page goes on answering; then, while alive(), done(). */
function sliced(count, alive, step, done) {
  let k = 0;
  (function slice() {
    const until = performance.now() + 20;
    while (k < count && performance.now() < until) step(k++);
    if (alive()) (k < count ? setTimeout(slice) : done());
  })();
}

/* lines: [{row, label, colour, dash, points: [[x, y], ...], href}]; of a band, points are [x, middle, low, high].
   options: x, y ("log" or "linear"), picked(row or null), marks: [[x, what begins there], ...]. What stood in the container
   goes. Gives {pick(row)}, which shows a line as if pointed at, without calling picked. */
function chart(container, lines, options) {
  const linear = options.y === "linear", up = (y) => (linear && y !== null ? y : y > 0 ? Math.log10(y) : NaN);
  const canvas = make("canvas"), svg = vector("svg", { class: "chart", "aria-hidden": "true" });
  const box = make("div", { class: "drawing", role: "application", tabindex: "0",
    "aria-label": "Loss curves: arrow keys go from one to the next, Enter opens its run" }, [canvas, svg]);
  const readout = make("p", { class: "readout", "aria-live": "polite" });
  let places = [], turn = 0, picked = -1, touched = -1;

  function draw() {
    const width = box.clientWidth, height = box.clientHeight, scale = window.devicePixelRatio || 1, now = ++turn;
    const left = 64, right = width - 12, top = 24, bottom = height - 44, pen = canvas.getContext("2d"), looks = {};
    let end = 0, low = linear ? 0 : Infinity, high = -Infinity;
    lines.forEach((line) => line.points.forEach((point) => point.forEach((value, n) => {
      if (!n) return void (end = value > end ? value : end);
      const y = up(value);
      if (y < low) low = y;
      if (y > high) high = y;
    })));
    if (high === -Infinity) low = high = 0;
    const margin = (high - low) * 0.04 || 0.1;
    if (!linear) low -= margin;
    high += margin;
    end = end || 1;
    const toX = (x) => left + x / end * (right - left);
    const toY = (y) => bottom - (up(y) - low) / (high - low) * (bottom - top);
    const text = (words, x, y, anchor) => vector("text", { x: x, y: y, "text-anchor": anchor || "start" }, words);
    const rule = (x1, x2, y1, y2) => vector("line", { class: "level", x1: x1, x2: x2, y1: y1, y2: y2 });
    const [, factor, unit] = options.x === "seconds" ? TIMES.find((entry) => end < entry[0]) : [0, 1, ""];
    svg.setAttribute("viewBox", "0 0 " + width + " " + height);
    svg.replaceChildren(
      ...(linear ? linearTicks : logTicks)(low, high).flatMap((y) => [
        rule(left, right, toY(y), toY(y)), text(tickLabel(y), left - 8, toY(y) + 4, "end")
      ]),
      ...linearTicks(0, end).map((x) => text(tickLabel(x * factor) + (x && unit ? NARROW + unit : ""), toX(x), bottom + 18,
        toX(x) > right - 20 ? "end" : "middle")),
      ...(options.marks || [[0, linear ? "loss" : "loss, logarithmic"]]).flatMap(([x, words]) => [
        rule(toX(x), toX(x), top, bottom), text(words, toX(x), 12)
      ]),
      rule(left, right, bottom, bottom), text(X_NAMES[options.x], right, bottom + 38, "end")
    );
    canvas.width = width * scale;
    canvas.height = height * scale;
    pen.scale(scale, scale);
    pen.lineCap = pen.lineJoin = "round";
    pen.lineWidth = lines.length > 50 ? 1 : 2;
    places = [];
    sliced(lines.length, () => now === turn, (k) => {
      const name = "s" + lines[k].colour + " d" + lines[k].dash;
      if (!looks[name]) {
        const style = getComputedStyle(svg.appendChild(vector("line", { class: name })));
        looks[name] = [style.stroke, (style.strokeDasharray.match(/[\d.]+/g) || []).map(Number)];
      }
      const at = places[k] = lines[k].points.map((point) => point.map((value, n) => (n ? toY : toX)(value)));
      pen.strokeStyle = pen.fillStyle = looks[name][0];
      pen.setLineDash(looks[name][1]);
      pen.stroke(new Path2D(path(at)));
      if (!at.length || at[0].length < 4) return;
      pen.globalAlpha = 0.18;
      pen.fill(new Path2D(path([...at.map((p) => [p[0], p[2]]), ...at.map((p) => [p[0], p[3]]).reverse()])));
      pen.globalAlpha = 1;
    }, () => show());
  }

  /* The picked line over the others, which fade, and what it is at a point, or where it ends. */
  function show(point) {
    const line = lines[picked], at = places[picked], none = lines.filter((other) => !other.points.length).length;
    all(".picked", svg).forEach((old) => old.remove());
    box.classList.toggle("one", !!line);
    readout.textContent = none ? counted(none, "run has", "runs have") + " nothing along this axis." : "";
    if (!at || !at.length) return;
    let k = point === undefined ? at.length - 1 : point;
    while (k && isNaN(at[k][1])) k--;
    const [x, y] = line.points[k];
    svg.append(vector("g", { class: "picked s" + line.colour + " d" + line.dash }, [
      vector("path", { d: path(at) }), vector("circle", { cx: at[k][0], cy: at[k][1], r: 4 })
    ]));
    readout.replaceChildren(make(line.href ? "a" : "span", { href: line.href }, line.label), " loss " + figure("quality", y)
      + " at " + (options.x === "seconds" ? figure("seconds", x) : KINDS.count(Math.round(x)) + " " + X_NAMES[options.x]));
  }

  function pick(line, point) {
    const changed = line !== picked;
    picked = line;
    show(point);
    if (changed && options.picked) options.picked(line < 0 ? null : lines[line].row);
  }

  /* The curve that passes nearest, no further than 40 pixels. */
  function nearest(event) {
    const frame = box.getBoundingClientRect(), x = event.clientX - frame.left, y = event.clientY - frame.top;
    let best = 40, line = -1, point;
    places.forEach((at, n) => at.forEach((from, k) => {
      const to = at[k + 1] || from;
      if (to[0] < x - best || from[0] > x + best) return;
      const dx = to[0] - from[0], dy = to[1] - from[1] || 0;
      const share = Math.max(0, Math.min(1, ((x - from[0]) * dx + (y - from[1]) * dy) / (dx * dx + dy * dy || 1)));
      const away = Math.hypot(x - from[0] - share * dx, y - from[1] - share * dy);
      if (away < best) [best, line, point] = [away, n, k + Math.round(share)];
    }));
    pick(line, point);
  }

  function open() {
    if (picked >= 0 && lines[picked].href) location.href = lines[picked].href;
  }

  const last = lines.length - 1, keys = {
    ArrowDown: () => Math.min(picked + 1, last), ArrowUp: () => Math.max(picked - 1, 0), Home: () => 0, End: () => last,
    Escape: () => -1
  };
  Object.entries({
    pointermove: nearest,
    pointerleave: (event) => { if (event.pointerType === "mouse") pick(-1); },
    pointerdown: (event) => {
      touched = picked;
      nearest(event);
    },
    /* A finger's first touch tells, the second opens. */
    click: () => { if (touched === picked) open(); },
    keydown: (event) => {
      const key = event.key.replace("Right", "Down").replace("Left", "Up");
      if (key === "Enter") open();
      if (!keys[key] || last < 0) return;
      event.preventDefault();
      pick(keys[key]());
    }
  }).forEach(([name, act]) => box.addEventListener(name, act));
  container.replaceChildren(readout, box);
  new ResizeObserver(draw).observe(box);
  ["(prefers-color-scheme: dark)", "print"].forEach((query) => matchMedia(query).addEventListener("change", draw));
  return { pick: (row) => {
    picked = lines.findIndex((line) => line.row === row && row !== null);
    show();
  } };
}

/* Through places on the screen, lifting the pen at gaps. A lone point becomes a dot. */
function path(places) {
  return places.map(([x, y], k) => {
    const begins = !k || isNaN(places[k - 1][1]);
    return isNaN(y) ? "" : (begins ? "M" : "L") + x.toFixed(1) + " " + y.toFixed(1) + (begins ? "h0" : "");
  }).join("");
}

/* make(), for the elements of a drawing. */
function vector(tag, attributes, children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  Object.keys(attributes).forEach((name) => made.setAttribute(name, attributes[name]));
  made.append(...[].concat(children || []));
  return made;
}
