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
  form.hidden = false;
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
  const groups = Array.from(new Set(lines.map((line) => line.value)), (value) => lines.filter((line) => line.value === value));
  const cells = groups.map(() => Array.from({ length: 121 }, (_, k) => [k * end / 120]));
  const of = new Map(groups.map((group, n) => [group[0].value, cells[n]]));
  sliced(lines.length, alive, (n) => {
    const known = lines[n].points.filter((point) => point[1]), xs = known.map((point) => point[0]);
    const logs = known.map((point) => Math.log(point[1]));
    of.get(lines[n].value).forEach((cell) => {
      if (xs[0] <= cell[0] && cell[0] <= xs[xs.length - 1]) cell.push(heightAt(xs, logs, cell[0]));
    });
  }, () => sliced(groups.length * 121, alive, (k) => {
    const n = Math.floor(k / 121), [x, ...logs] = cells[n][k % 121], at = logs.map((_, k) => k);
    logs.sort((a, b) => a - b);
    cells[n][k % 121] = 2 * logs.length < groups[n].length ? null
      : [x, ...[0.5, 0.25, 0.75].map((q) => Math.exp(heightAt(at, logs, q * (logs.length - 1))))];
  }, () => then(groups.map((group, n) => Object.assign({}, group[0], {
    row: null, href: null, points: cells[n].filter(Boolean),
    label: group[0].value + ", median of " + counted(group.length, "run", "runs")
  })))));
}

/* The page of curves; what it shows without a script makes way. */
function curvesPage(page) {
  withRuns((runs) => {
    const [filters, form] = all("form", page), [said, legend, stage, list] = all("[data-part]", page);
    const more = page.querySelector("button"), body = page.querySelector("tbody"), [y, x, by] = all("select", form);
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

    ["mouseover", "focusin"].forEach((name) => body.addEventListener(name, (event) => {
      if (drawn) drawn.pick(+event.target.closest("tr").dataset.row);
    }));
    ["mouseleave", "focusout"].forEach((name) => body.addEventListener(name, () => drawn && drawn.pick(null)));
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
   drawn, which has its terms and every spike, and from the table under it: nothing more to load. */
function answering(form) {
  const figure = form.closest(".plot"), plots = all(".plot", figure.parentNode), svg = figure.querySelector("svg");
  const own = document.body.className === "page-run", stage = make("div", { class: "answering" });
  if (figure === plots[0]) withRuns((runs) => {
    const lines = all("[data-look]", svg).map((group) => ({
      group: group, colour: group.dataset.look[0], dash: group.dataset.look[1], label: group.textContent.trim(),
      row: runs.row(group.lastElementChild.dataset.run.slice(0, WIDE))
    }));

    function update() {
      const [y, x] = all("select", form).map((select) => select.value), options = { x: x, y: y };
      let left = lines.length;
      if (own) drawnPoints(svg, lines, options, runs.text("frame", lines[0].row).split(" "));
      else lines.forEach((line) => withDetails(runs, line.row, (part, place) => {
        line.href = runs.address(line.row);
        line.points = curvePoints(runs, line.row, part, place, x);
        if (!--left) chart(stage, lines, options);
      }));
      if (own) chart(stage, lines, options);
    }

    plots.forEach((plot) => { plot.hidden = true; });
    figure.before(form, stage);
    choices(form, update);
  });
}

/* Gives lines their points, and options the sizes that the run went through, from a drawing and the rows of its table. */
function drawnPoints(svg, lines, options, frame) {
  const d = svg.dataset, rows = all("tr[data-evaluation]"), at = rows.map((row) => +row.dataset.evaluation);
  const told = rows.map((row) => (kind) => +(row.querySelector(".curve-" + kind) || { value: 1 }).value);
  const back = (at, from, to, low, high) => +low + (at - from) / (to - from) * (high - low);
  const last = told[rows.length - 1]("size"), pixels = (k) => frame[0] * frame[1] * Math.pow(told[k]("size") / last, 2);
  let sum = 0;
  const along = at.map((evaluation, k) => options.x === "seconds" ? told[k]("seconds")
    : options.x === "pixels" ? (sum += (evaluation - (at[k - 1] || 0)) * pixels(k)) : evaluation);
  const x = (place) => heightAt(at, along, back(place, d.left, d.right, d.x0, d.x1));
  const marks = all(".marks text", svg).map((text) => [x(text.getAttribute("x")), text.textContent]);
  if (marks.length) options.marks = marks;
  lines.forEach((line) => {
    line.points = all("polyline", line.group).flatMap((piece) => piece.getAttribute("points").split(" ").map((text) => {
      const place = text.split(",");
      return [x(place[0]), Math.pow(10, back(place[1], d.bottom, d.top, d.y0, d.y1))];
    }).concat([[0, null]]));
  });
}
