/* Curves laid over each other: of the runs that a filter leaves, and on the pages of a pair and of a run. */

/* More lines than MANY hide each other; more than TOO_MANY are told by medians and quartiles, at so many SPANS. */
const MANY = 50, TOO_MANY = 200, LISTED = 100, SPANS = 120;

/* Medians and quartiles of each group of lines, where at least half of them are; then(lines). */
function bands(groups, alive, then) {
  const end = Math.max(...groups.flat().map(({ points }) => points.at(-1)?.[0] || 0));
  const found = groups.map(lines => ({
    ...lines[0], href: null, points: [], area: [],
    label: `${lines[0].value}, median of ${counted(lines.length, "run")}`
  }));
  sliced(SPANS + 1, alive, k => groups.forEach((lines, n) => {
    const x = end * (k / SPANS), logs = lines.map(({ points }) => heightAt(points, x)).filter(isFinite);
    logs.sort((a, b) => a - b);
    if (2 * logs.length < lines.length) return;
    found[n].points.push([x, quantile(logs, 0.5)]);
    found[n].area.push([x, quantile(logs, 0.25)]);
    found[n].area.unshift([x, quantile(logs, 0.75)]);
  }), () => then(found));
}

/* The page of curves; what it shows without a script makes way. */
function curvesPage(page, runs) {
  const [filters, form] = all("form", page), [y, x, by] = form.elements, [example] = all(".swatch", page);
  const [said, more, legend, stage, list, body, rest] = all("[data-part]", page);
  let rows = [], turn = 0, later, lines, placeOf, pick = () => {};
  page.previousElementSibling.remove();
  page.hidden = false;

  function swatch(line) {
    const made = example.cloneNode(true);
    made.firstChild.setAttribute("class", look(line));
    return made;
  }

  function update() {
    const column = runs.columns[by.value], every = state().get("show");
    const apart = x.value !== "seconds" || by.value === "machine" || runs.ofOneMachine(rows);
    const banded = rows.length > TOO_MANY && !every && apart;
    const shown = every || banded || rows.length <= MANY ? rows
      : Array.from({ length: MANY }, (_, k) => rows[Math.round(k * (rows.length - 1) / (MANY - 1))]);
    const now = ++turn, alive = () => now === turn, found = [];
    more.hidden = rows.length <= MANY;
    more.textContent = every ? "Draw fewer" : `Draw all (${KINDS.count(rows.length)})`;
    rest.firstElementChild.hash = location.hash;

    /* When all is there; should a file come later, again. */
    function draw() {
      lines = found.flat();
      const groups = unique(lines.map(({ value }) => value)).map(value => lines.filter(line => line.value === value));
      placeOf = k => banded ? groups.findIndex(([{ value }]) => value === lines[k].value) : k;
      said.textContent = (banded ? "Medians and quartiles of " : "") + counted(lines.length, "curve")
        + (lines.length < rows.length ? ` of ${KINDS.count(rows.length)}` : "")
        + (shown === rows ? "." : ", evenly chosen.");
      legend.replaceChildren(...(column ? groups : []).map(([line]) => (
        make("li", {}, [swatch(line), " " + line.value]))));
      body.replaceChildren(...lines.slice(0, LISTED).map(line => make("tr", {}, [
        make("td", {}, swatch(line)), make("th", { scope: "row" }, make("a", { href: line.href }, line.label)),
        ...["loss", "time"].map(name => make("td", {}, runs.text(name, line.row)))
      ])));
      rest.hidden = lines.length <= LISTED;
      const drawn = drawable => {
        pick = chart(stage, drawable, { x: x.value, y: y.value, picked: mark });
      };
      if (banded) bands(groups, alive, drawn);
      else drawn(lines);
    }

    function soon() {
      clearTimeout(later);
      later = setTimeout(draw, 50);
    }

    sliced(shown.length, alive, k => withDetails(runs, shown[k], (part, place) => {
      const row = shown[k], nth = column ? column.at[row] : k;
      if (!alive()) return;
      found[k] = {
        row, href: runs.address(row), label: runs.label(row), colour: nth % 6, dash: (nth + Math.floor(nth / 12)) % 4,
        value: !column ? "All" : nth < column.values.length ? runs.setting(column.name, row) : "others",
        points: curvePoints(runs, row, part, place, x.value)
      };
      soon();
    }), soon);
  }

  /* The rows of what is pointed at: of a line one, of a band all of its value. */
  function mark(drawn) {
    const marked = all("tr", body).filter((tr, k) => tr.classList.toggle("picked", placeOf(k) === drawn));
    if (marked.length && !body.matches(":hover")) list.scrollTop = marked[0].offsetTop - list.clientHeight / 2;
  }

  listen(body, "pointerover focusin", ({ target }) => pick(placeOf(target.closest("tr").sectionRowIndex)));
  listen(body, "pointerleave focusout", () => pick(-1));
  more.onclick = () => {
    remember({ show: state().get("show") ? "" : "all" });
    update();
  };
  kept(form, update);
  filterBar(filters, runs, found => {
    rows = found;
    update();
  });
}

/* A page's drawings become one that answers. Its curves are those of the first, which has a run's terms and every
   spike; from the data comes what to draw them along. */
function answering(form, runs) {
  const { parentNode: plot, previousElementSibling: svg, nextElementSibling: stage, elements: [y, x] } = form;
  /* What the ends of the drawing's axes stand for: straight lines go between them. */
  const [xs, ys] = [svg.dataset.x, svg.dataset.y].map(ends => JSON.parse(ends));
  const lines = all("[data-look]", svg).map(group => {
    const [colour, dash] = group.dataset.look, row = runs.row(group.dataset.page);
    const href = document.body.matches(".page-run") ? null : runs.address(row);
    return { group, colour, dash, row, href, label: group.textContent };
  });

  kept(form, () => {
    let left = lines.length;
    for (const line of lines) withDetails(runs, line.row, (part, place) => {
      const along = alongOf(runs, line.row, part.curves[place], x.value);
      line.points = along ? all("polyline", line.group).flatMap(({ points }) => [
        ...Array.from(points, point => [along(heightAt(xs, point.x)), heightAt(ys, point.y)]), [0, NaN]
      ]) : [];
      if (--left) return;
      form.hidden = stage.hidden = false;
      plot.before(form, stage);
      /* Where a run's sizes begin, if it has several. */
      const marks = (along ? all(".marks text", svg) : []).map(text => (
        [along(heightAt(xs, +text.getAttribute("x"))), text.textContent]));
      chart(stage, lines, { x: x.value, y: y.value, marks });
    });
  });
}
