/* A chart that answers: curves on a canvas, axes over it in SVG. The nearest curve to a pointer is named; arrow keys
   go from curve to curve. */

/* What a run's curve is drawn by, from its place in its part of the data (bench/report/curve_data.py): [x, loss] of
   each point, the loss null where a gap begins. x: "evaluation", "seconds" or "pixels" (evaluations times the pixels
   of the picture). Nothing where the run has no such x: its time must not be compared, or it left no picture. */
function curvePoints(runs, row, part, place, x) {
  const curve = part.curves[place], frame = runs.text("frame", row).split(" ");
  if (!curve || (x === "seconds" && !runs.is(row, COMPARABLE)) || (x === "pixels" && frame.length < 2)) return [];
  const [low, high, packed] = curve.loss, [begun, ended, steps, places] = curve.time;
  const times = unpacked(places, 2), knots = rising(steps, times.length);
  const before = curve.before === undefined ? curve.first : curve.before;
  const losses = unpacked(packed, 2), at = rising(curve.at, losses.length);
  let k = 0;

  function seconds(row) {
    while (k < knots.length - 2 && knots[k + 1] < row) k++;
    const share = knots.length > 1 ? (row - knots[k]) / (knots[k + 1] - knots[k]) : 0;
    const place = times[k] + (share ? share * (times[k + 1] - times[k]) : 0);
    return begun + (ended - begun) * place / 4094;
  }

  return Array.from(losses, (place, n) => [
    x === "seconds" ? seconds(at[n]) : x === "pixels" ? (before + at[n]) * frame[0] * frame[1] : curve.first + at[n],
    place > 4094 ? null : Math.pow(10, low + (high - low) * place / 4094)
  ]);
}

/* Rows from the steps between them, packed in as many digits as the longest needs. */
function rising(text, count) {
  let sum = 0;
  return Array.from(unpacked(text, text.length / count), (step) => (sum += step));
}

const X_TITLES = { evaluation: "evaluation", seconds: "time since the optimisation began", pixels: "pixel-evaluations" };

/* As the axis, one unit for all: that of its end. */
function xTick(value, end, x) {
  if (x !== "seconds" || value === 0) return tickLabel(value);
  const unit = TIMES.find((entry) => end < entry[0]);
  return +(value * unit[1]).toPrecision(6) + NARROW + unit[2];
}

function xText(value, x) {
  if (x === "seconds") return "after " + figure("seconds", value);
  return "at " + (x === "pixels" ? digits(value, 3) + " pixel-evaluations" : "evaluation " + figure("count", Math.round(value)));
}

/* Does step(k) for k below count, then done(), in slices so short that the page goes on answering. Gives what stops it. */
function sliced(count, step, done) {
  let k = 0, stopped = false;
  function slice() {
    const until = performance.now() + 20;
    while (!stopped && k < count && performance.now() < until) step(k++);
    if (stopped) return;
    if (k < count) setTimeout(slice, 0);
    else if (done) done();
  }
  slice();
  return () => { stopped = true; };
}

/* lines: [{row, label, colour, dash, points: [[x, y], ...], spread}], spread being [[x, low, high], ...] of a band.
   options: x, y ("log" or "linear"), label (of the whole), picked(row or null), opened(row). What stood in the container
   goes. Gives {pick(row)}, which highlights a line as if pointed at, without calling picked. */
function chart(container, lines, options) {
  const log = options.y !== "linear", canvas = make("canvas"), svg = vector("svg", { class: "chart", "aria-hidden": "true" });
  const box = make("div", { class: "drawing", role: "application", tabindex: "0", "aria-roledescription": "chart",
    "aria-label": (options.label || "Loss curves") + ": arrow keys go from curve to curve" }, [canvas, svg]);
  const readout = make("p", { class: "readout", "aria-live": "polite" });
  let shown = [], picked = null, area, stop = () => {};
  container.replaceChildren(box, readout);

  function draw() {
    if (!box.isConnected || !box.clientWidth) return;
    const width = box.clientWidth, height = box.clientHeight, scale = window.devicePixelRatio || 1;
    let x1 = 0, low = Infinity, high = -Infinity;
    const drawable = (y) => y !== null && isFinite(y) && (y > 0 || !log);
    const up = (y) => (log ? Math.log10(y) : y);
    lines.forEach((line) => {
      line.points.concat(...(line.spread || []).map((s) => [[s[0], s[1]], [s[0], s[2]]])).forEach(([x, y]) => {
        if (!drawable(y)) return;
        x1 = Math.max(x1, x);
        low = Math.min(low, up(y));
        high = Math.max(high, up(y));
      });
    });
    if (!log) low = Math.min(0, low);
    const margin = high - low > 1e-6 * Math.abs(high) ? 0.04 * (high - low) : 0.1 * (Math.abs(high) || 1);
    high += margin;
    if (log || low < 0) low -= margin;
    x1 = x1 || 1;
    area = { left: 64, right: width - 12, top: 22, bottom: height - 44 };
    const toX = (x) => area.left + x / x1 * (area.right - area.left);
    const toY = (y) => area.bottom - (up(y) - low) / (high - low) * (area.bottom - area.top);

    axes(width, height, toX, toY, isFinite(low) ? (log ? logTicks : linearTicks)(low, high) : [], linearTicks(0, x1), x1);
    shown = lines.map((line) => ({ line: line, at: Float32Array.from([].concat(...line.points.map(([x, y]) => (
      drawable(y) ? [toX(x), toY(y)] : [NaN, NaN]))) ) }));
    canvas.width = width * scale;
    canvas.height = height * scale;
    const pen = canvas.getContext("2d"), looks = {};
    pen.scale(scale, scale);
    pen.lineCap = pen.lineJoin = "round";
    pen.lineWidth = lines.length > 50 ? 1 : 2;
    stop();
    stop = sliced(shown.length, (k) => {
      const line = lines[k], name = "s" + line.colour + " d" + line.dash;
      if (!looks[name]) {
        const style = getComputedStyle(svg.appendChild(vector("line", { class: name })));
        looks[name] = [style.stroke, style.strokeDasharray.split(",").map(parseFloat).filter(isFinite)];
      }
      pen.strokeStyle = pen.fillStyle = looks[name][0];
      pen.setLineDash(looks[name][1]);
      if (line.spread) {
        pen.globalAlpha = 0.18;
        pen.beginPath();
        line.spread.forEach((s) => pen.lineTo(toX(s[0]), toY(s[1])));
        line.spread.slice().reverse().forEach((s) => pen.lineTo(toX(s[0]), toY(s[2])));
        pen.fill();
        pen.globalAlpha = 1;
      }
      pen.beginPath();
      trace(shown[k].at, (x, y) => pen.moveTo(x, y), (x, y) => pen.lineTo(x, y));
      pen.stroke();
    });
    highlight(picked);
  }

  function axes(width, height, toX, toY, ys, xs, x1) {
    const text = (value, x, y, anchor) => vector("text", { x: x, y: y, "text-anchor": anchor }, value);
    svg.setAttribute("viewBox", "0 0 " + width + " " + height);
    svg.replaceChildren(
      vector("g", { class: "grid" }, ys.map((y) => vector("line", { x1: area.left, x2: area.right, y1: toY(y), y2: toY(y) }))),
      ...ys.map((y) => text(y ? tickLabel(y) : "0", area.left - 8, toY(y) + 4, "end")),
      ...xs.map((x) => text(xTick(x, x1, options.x), toX(x), area.bottom + 18, toX(x) > area.right - 20 ? "end" : "middle")),
      text(log ? "loss, logarithmic" : "loss", 0, 12, "start"),
      text(X_TITLES[options.x] || options.x, area.right, area.bottom + 38, "end"),
      vector("line", { class: "axis", x1: area.left, x2: area.right, y1: area.bottom, y2: area.bottom })
    );
  }

  /* The line, over the others, which fade; point: which of its points is meant, else its last. */
  function highlight(found, point) {
    svg.querySelectorAll(".picked").forEach((old) => old.remove());
    box.classList.toggle("one", !!found);
    readout.textContent = "";
    if (!found) return;
    const line = found.line, at = (shown.find((other) => other.line === line) || found).at;
    let k = point === undefined ? line.points.length - 1 : point;
    while (k > 0 && isNaN(at[2 * k])) k--;
    let path = "";
    trace(at, (x, y) => { path += "M" + x + " " + y; }, (x, y) => { path += "L" + x + " " + y; });
    const [x, y] = line.points[k] || [0, null];
    svg.append(vector("g", { class: "picked s" + line.colour + " d" + line.dash }, [vector("path", { d: path }),
      vector("circle", { cx: at[2 * k] || 0, cy: at[2 * k + 1] || 0, r: 4 })]));
    readout.append(make("strong", {}, line.label), " loss " + figure("loss", y) + " " + xText(x, options.x));
  }

  function choose(found, point) {
    const changed = (found && found.line) !== (picked && picked.line);
    picked = found;
    highlight(found, point);
    if (changed && options.picked) options.picked(found ? found.line.row : null);
  }

  /* The curve that passes nearest, no further than 40 pixels. */
  function point(event) {
    const frame = box.getBoundingClientRect(), x = event.clientX - frame.left, y = event.clientY - frame.top;
    let best = 1600, found = null, where;
    shown.forEach((one) => {
      const at = one.at;
      for (let k = 0; k < at.length; k += 2) {
        const dx = at[k + 2] - at[k], dy = at[k + 3] - at[k + 1];
        const share = Math.max(0, Math.min(1, ((x - at[k]) * dx + (y - at[k + 1]) * dy) / (dx * dx + dy * dy))) || 0;
        const away = Math.pow(x - at[k] - share * (dx || 0), 2) + Math.pow(y - at[k + 1] - share * (dy || 0), 2);
        if (away < best) {
          best = away;
          found = one;
          where = k / 2 + (share > 0.5 ? 1 : 0);
        }
      }
    });
    choose(found, where);
  }

  let touched = null;
  box.addEventListener("pointermove", point);
  box.addEventListener("pointerdown", (event) => {
    const before = picked && picked.line;
    point(event);
    /* A finger's first touch tells, the second opens. */
    touched = event.pointerType !== "mouse" && picked && picked.line !== before;
  });
  box.addEventListener("pointerleave", () => choose(null));
  box.addEventListener("click", () => { if (picked && !touched) open(); });
  box.addEventListener("keydown", (event) => {
    const now = shown.indexOf(shown.find((one) => picked && one.line === picked.line)), last = shown.length - 1;
    const next = { ArrowDown: now + 1, ArrowRight: now + 1, ArrowUp: now - 1, ArrowLeft: now - 1, Home: 0, End: last }[event.key];
    if (next !== undefined && last >= 0) choose(shown[Math.max(0, Math.min(last, next))]);
    else if (event.key === "Escape") choose(null);
    else if (event.key === "Enter" && picked) open();
    else return;
    event.preventDefault();
  });

  function open() {
    if (options.opened && picked.line.row !== null) options.opened(picked.line.row);
  }

  new ResizeObserver(draw).observe(box);
  ["(prefers-color-scheme: dark)", "(forced-colors: active)", "print"].forEach((query) => {
    matchMedia(query).addEventListener("change", draw);
  });
  draw();
  return {
    pick: (row) => {
      picked = shown.find((one) => row !== null && one.line.row === row) || null;
      highlight(picked);
    }
  };
}

/* Along a line's places on the screen, lifting the pen at gaps. */
function trace(at, move, draw) {
  for (let k = 0, down = false; k < at.length; k += 2) {
    if (!isNaN(at[k])) (down ? draw : move)(at[k], at[k + 1]);
    down = !isNaN(at[k]);
  }
}

/* make(), for the elements of a drawing. */
function vector(tag, attributes, children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  Object.keys(attributes || {}).forEach((name) => made.setAttribute(name, attributes[name]));
  made.append(...[].concat(children === undefined ? [] : children));
  return made;
}
