/* Curves laid over each other: of the runs that a filter leaves, and on the pages of a pair and of a run. */

/* More lines than MANY hide each other; more than TOO_MANY are told by medians and quartiles. */
const MANY = 50, TOO_MANY = 200, LISTED = 100;

/* The selects of a form, in the address unless at their first option. changed() is called at once and after changes. */
function choices(form, changed) {
  const selects = all("select", form);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", () => {
    selects.forEach((select) => remember({ [select.name]: select.selectedIndex ? select.value : "" }));
    changed();
  });
  restored(() => {
    selects.forEach((select) => {
      select.value = state().get(select.name) || "";
      select.selectedIndex = Math.max(0, select.selectedIndex);
    });
    changed();
  });
}

function swatch(line) {
  return vector("svg", { class: "swatch", width: 34, height: 10, "aria-hidden": "true" },
    vector("line", { class: "s" + line.colour + " d" + line.dash, x1: 1, x2: 33, y1: 5, y2: 5 }));
}

/* Medians and quartiles of the lines of each value, where at least half of them are; then(lines). */
function bands(lines, alive, then) {
  const end = Math.max(...lines.map((line) => (line.points.length ? line.points[line.points.length - 1][0] : 0)));
  const groups = new Map(lines.map((line) => [line.value, { first: line, count: 0 }]));
  groups.forEach((group) => { group.cells = Array.from({ length: 121 }, (_, k) => [k * end / 120]); });
  sliced(lines.length, alive, (n) => {
    const known = lines[n].points.filter((point) => point[1]), xs = known.map((point) => point[0]);
    const logs = known.map((point) => Math.log(point[1])), group = groups.get(lines[n].value);
    group.count++;
    group.cells.forEach((cell) => {
      if (xs[0] <= cell[0] && cell[0] <= xs[xs.length - 1]) cell.push(heightAt(xs, logs, cell[0]));
    });
  }, () => {
    const found = Array.from(groups.values(), ({ first, count }) => Object.assign({}, first, { row: null, href: null,
      points: [], label: first.value + ", median of " + counted(count, "run", "runs") }));
    sliced(found.length * 121, alive, (k) => {
      const n = Math.floor(k / 121), { count, cells } = groups.get(found[n].value), [x, ...logs] = cells[k % 121];
      const at = logs.map((_, k) => k), quantile = (q) => Math.exp(heightAt(at, logs, q * (logs.length - 1)));
      logs.sort((a, b) => a - b);
      if (2 * logs.length >= count) found[n].points.push([x, quantile(0.5), quantile(0.25), quantile(0.75)]);
    }, () => then(found));
  });
}

/* The page of curves; what it shows without a script makes way. */
function curvesPage(page) {
  withRuns((runs) => {
    const [filters, form] = all("form", page), [said, legend, stage, list] = all("[data-part]", page);
    const more = page.querySelector(".told button"), body = page.querySelector("tbody"), [y, x, by] = all("select", form);
    const compared = [].concat(...runs.experiments.map((experiment) => experiment.compare));
    const rank = (column) => !compared.includes(column.name) + (column.role !== "axis");
    let rows = null, turn = 0, drawn = null;

    by.prepend(...runs.named("axis", "input", "parameter").filter((column) => column.values.length > 1)
      .sort((a, b) => rank(a) - rank(b)).map((column) => make("option", {}, column.name)));
    page.previousElementSibling.remove();
    page.hidden = false;

    function update() {
      if (!rows) return;
      const column = runs.columns[by.value], every = state().get("show"), banded = rows.length > TOO_MANY && !every;
      const shown = every || banded || rows.length <= MANY ? rows
        : Array.from({ length: MANY }, (_, k) => rows[Math.round(k * (rows.length - 1) / (MANY - 1))]);
      const parts = Array.from(new Set(shown.map((row) => Math.floor(row / runs.part)))), lines = [], now = ++turn;
      const alive = () => now === turn;
      let left = parts.length;
      more.hidden = rows.length <= MANY;
      more.textContent = every ? "Show fewer" : (banded ? "Draw single curves (" : "Show all (") + KINDS.count(rows.length) + ")";

      function line(k) {
        const row = shown[k], key = column ? runs.key(column.name, row) : k, look = key === null ? column.values.length : key;
        withDetails(runs, row, (part, place) => lines.push({
          row: row, href: runs.address(row), label: [runs.title(row), runs.settings(row)].filter(Boolean).join(", "),
          value: !column ? "All" : key === null ? "others" : runs.setting(column.name, row),
          colour: look % 6, dash: (look + Math.floor(look / 12)) % 4, points: curvePoints(runs, row, part, place, x.value)
        }));
      }

      function ready(drawable) {
        const values = new Map(column ? lines.map((one) => [one.value, one]) : []);
        said.textContent = (banded ? "Medians and quartiles of " : "") + counted(lines.length, "curve", "curves")
          + (shown === rows ? "." : " of " + KINDS.count(rows.length) + ", evenly chosen.");
        legend.replaceChildren(...Array.from(values.values(), (one) => make("li", {}, [swatch(one), " " + one.value])));
        drawn = chart(stage, drawable, { x: x.value, y: y.value, picked: mark });
      }

      function listed() {
        body.replaceChildren(...lines.slice(0, LISTED).map((one) => make("tr", { "data-row": one.row }, [
          make("td", {}, swatch(one)), make("th", { scope: "row" }, make("a", { href: one.href }, one.label)),
          make("td", {}, runs.text("loss", one.row)), make("td", {}, runs.text("time", one.row))
        ])));
        list.nextElementSibling.hidden = lines.length <= LISTED;
        if (banded) bands(lines, alive, ready);
        else ready(lines);
      }

      function loaded(more) {
        left -= more;
        if (!alive()) return;
        said.textContent = "Loading " + (parts.length - left) + " of " + parts.length;
        if (!left) sliced(shown.length, alive, line, listed);
      }

      parts.forEach((number) => withDetails(runs, number * runs.part, () => loaded(1)));
      if (!parts.length) loaded(0);
    }

    function mark(row) {
      all("tr", body).forEach((tr) => {
        tr.classList.toggle("picked", tr.dataset.row === String(row));
        if (tr.className) list.scrollTop = tr.offsetTop - list.clientHeight / 2;
      });
    }

    ["pointerover", "focusin"].forEach((name) => body.addEventListener(name, (event) => {
      if (drawn) drawn.pick(+event.target.closest("tr").dataset.row);
    }));
    ["pointerleave", "focusout"].forEach((name) => body.addEventListener(name, () => drawn && drawn.pick(null)));
    more.addEventListener("click", () => {
      remember({ show: state().get("show") ? "" : "all" });
      update();
    });
    choices(form, update);
    filterBar(filters, runs, (found) => {
      rows = found;
      update();
    });
  });
}

/* A page's drawings become one that answers. Curves of a pair's runs come from the data; on a run's own page, from what is
   drawn, which has its terms and every spike: nothing more to load. */
function answering(form) {
  const figure = form.closest(".plot"), svg = figure.querySelector("svg"), stage = make("div", { class: "answering" });
  const own = document.body.className === "page-run", [y, x] = all("select", form);
  withRuns((runs) => {
    const lines = all("[data-look]", svg).map((group) => ({
      group: group, colour: group.dataset.look[0], dash: group.dataset.look[1], label: group.textContent.trim(),
      row: runs.row(group.dataset.page)
    }));
    if (lines.some((line) => line.row < 0)) return;

    function update() {
      let left = lines.length;
      lines.forEach((line) => withDetails(runs, line.row, (part, place) => {
        const along = alongOf(runs, line.row, part.curves[place], x.value);
        line.href = own ? null : runs.address(line.row);
        line.points = own ? drawnPoints(svg, line.group, along) : curvePoints(runs, line.row, part, place, x.value);
        if (--left) return;
        if (form.hidden) {
          all(".plot", figure.parentNode).forEach((plot) => { plot.hidden = true; });
          figure.before(form, stage);
          form.hidden = false;
        }
        chart(stage, lines, { x: x.value, y: y.value, marks: drawnMarks(svg, along) });
      }));
    }

    choices(form, update);
  });
}

/* From a place in a drawing back to what it stands for. */
function back(svg, axis, place) {
  const d = svg.dataset, [from, to] = axis === "x" ? [d.left, d.right] : [d.bottom, d.top];
  return +d[axis + 0] + (place - from) / (to - from) * (d[axis + 1] - d[axis + 0]);
}

function drawnPoints(svg, group, along) {
  return all("polyline", group).flatMap((piece) => piece.getAttribute("points").split(" ").map((text) => {
    const [x, y] = text.split(",");
    return [along(back(svg, "x", x)), Math.pow(10, back(svg, "y", y))];
  }).concat([[0, null]]));
}

/* Where a run's sizes begin, if it has several. */
function drawnMarks(svg, along) {
  const marks = all(".marks text", svg).map((text) => [along(back(svg, "x", text.getAttribute("x"))), text.textContent]);
  return marks.length ? marks : null;
}
