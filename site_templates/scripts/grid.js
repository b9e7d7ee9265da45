/* Walls and grids: which run stands where. */

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const rowsOf = (runs, experiment) => runs.rows.filter(row => runs.experiment(row) === experiment);

/* Gives (place) => the row of an experiment that stands at {axis: value}, at first values where that says none, or to
   which they mean nothing; undefined where the plan has no run. */
function placesOf(runs, anchor) {
  const experiment = runs.experiments.find(other => other.anchor === anchor), found = new Map();
  const names = ["style", "content", ...experiment.axes], rows = rowsOf(runs, experiment);
  let first;
  for (const row of [...rows].reverse()) {
    first = names.map(name => runs.text(name, row));
    found.set(first.join("\n"), row);
  }
  return place => {
    const wanted = names.map((name, k) => place[name] ?? first[k]);
    return found.get(wanted.join("\n")) ??
      rows.find(row => names.every((name, k) => [wanted[k], "none"].includes(runs.text(name, row))));
  };
}

const hung = (runs, row, sizes) => row >= 0 ? work(runs, row, sizes) : blank("not in the plan");

/* First page: which run each cell of a wall shows. State: <anchor>.<axis>=value. */
function pickers(form) {
  const anchor = form.dataset.pickers, selects = all("select", form), wall = one("table", form.parentNode);
  let rowAt;
  form.hidden = false;
  kept(form, () => {
    /* The page came with the first of each. */
    if (!rowAt && selects.every(select => !select.selectedIndex)) return;
    form.nextElementSibling.firstElementChild.textContent =
      selects.map(select => `${select.name} ${select.selectedOptions[0].text}`).join(" · ");
    withRuns(runs => {
      const chosen = Object.fromEntries(new FormData(form)), { across } = wall.dataset;
      rowAt = rowAt || placesOf(runs, anchor);
      for (const cell of all("tbody td", wall)) {
        const { value } = wall.rows[0].cells[cell.cellIndex].dataset;
        const row = rowAt({ ...cell.parentNode.dataset, [across]: value, ...chosen });
        cell.replaceChildren(hung(runs, row, "(min-width: 44rem) 24rem, 46vw"));
        for (const link of all("a", cell)) link.href = root + cell.dataset.page;
      }
    });
  }, anchor + ".");
}

/* Cells of a grid, as it opens and when more was asked for. */
const UNASKED = 150, AT_MOST = 600;

/* Up to four axes laid out and a choice for each other. State: x, y, sx, sy=axis, is-<axis>=value, look; repeated:
   hide-<axis>=value, mark=run. */
function grid(form, runs) {
  const table = one("[data-slice]"), [marked, closely] = all(".marked > *"), selects = all("select", form);
  const sides = selects.slice(0, 4), [head, body] = all("thead, tbody", table);
  const rowAt = placesOf(runs, form.dataset.grid);
  let was;

  function draw() {
    const laid = [], chosen = {}, look = form.elements.look.value, most = location.hash ? AT_MOST : UNASKED;

    /* {axis: value} of each column, or row: all values of what lies on these sides. */
    const spread = (...names) => names.map(name => form.elements[name].value).reduce((places, axis) => {
      if (axis === "none" || laid.includes(axis)) return places;
      laid.push(axis);
      const shown = all("input:not(:checked)", form).filter(({ name }) => name === "hide-" + axis);
      return places.flatMap(place => shown.map(({ value }) => ({ ...place, [axis]: value })));
    }, [{}]);

    function heading(scope, place) {
      return Object.keys(place).length ? make("th", { scope }, Object.entries(place).map(([axis, value]) => {
        const { pictures, values } = runs.columns[axis], picture = pictures?.[values.indexOf(value)];
        const text = shortened(value, 60);
        return make("div", {}, [
          picture ? image(pictureFiles(...picture), `${axis} picture: ${text}`, "6rem") : "",
          make("span", { class: "role" }, axis), " ", make("bdi", {}, text)
        ]);
      })) : "";
    }

    function cell(place) {
      const row = rowAt(place), sizes = look === "fit" ? "18rem" : runs.picture(row)?.width + "px";
      const td = make("td", {}, hung(runs, row, sizes));
      one("figcaption", td)?.append(make("input", {
        type: "checkbox", value: runs.id(row), tabindex: -1, "aria-label": "Mark for comparing", title: "Mark (c)"
      }));
      return td;
    }

    let columns = spread("sx", "x"), rows = spread("sy", "y");
    const wanted = columns.length * rows.length;
    columns = columns.slice(0, most);
    rows = rows.slice(0, Math.max(1, most / columns.length));
    form.nextElementSibling.textContent = wanted <= most ? "" : counted(columns.length * rows.length, "cell")
      + ` of ${KINDS.count(wanted)}. Hide values or choose other axes to see the others.`;
    for (const select of selects.slice(5)) {
      const axis = select.name.slice(3);
      select.parentNode.hidden = laid.includes(axis);
      chosen[axis] = select.value;
    }
    table.className = "slice n" + Math.min(8, columns.length);
    table.dataset.look = look;
    head.replaceChildren(make("tr", {}, [
      heading("row", rows[0] || {}) && make("td"), ...columns.map(place => heading("col", place))
    ]));
    body.replaceChildren(...rows.map(place => make("tr", {}, [
      heading("row", place), ...columns.map(column => cell({ ...chosen, ...place, ...column }))
    ])));
    was = sides.map(({ value }) => value);
    stop(one("td a", table));
    mark();
  }

  /* Tab goes into the grid once; arrows go on from there. */
  function stop(at) {
    for (const place of all("td, td a", table)) place.tabIndex = place === at ? 0 : -1;
  }

  function mark(id) {
    const count = ticked(runs, "mark", all("input", table), closely, id);
    marked.textContent = count ? counted(count, "run") + " marked" : "";
  }

  table.onchange = event => mark(event.target.value);
  table.onkeydown = event => {
    const key = keyOf(event), from = event.target.closest("td"), [right, down] = ARROWS[key] || [];
    if (key === "c") mark(one("input", from)?.value);
    const to = body.rows[from.parentNode.sectionRowIndex + down]?.cells[from.cellIndex + right];
    if (!to?.matches("td")) return;
    event.preventDefault();
    const stopping = one("a", to) || to;
    stop(stopping);
    stopping.focus();
  };
  /* An axis lies on one side: two sides change places. */
  form.oninput = ({ target }) => {
    const other = sides.find(side => side !== target && side.value === target.value && side.value !== "none");
    if (other && sides.includes(target)) other.value = was[sides.indexOf(target)];
  };
  form.hidden = false;
  kept(form, draw);
}
