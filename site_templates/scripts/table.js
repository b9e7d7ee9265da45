/* The table of all runs: sorted, narrowed down, its columns and runs chosen. All of it stands in the address beside
   the filter: sort=[-]column, cols=column (repeated), page=number, run=id (repeated). */

/* Nodes for the rows of a page, as in bench/report/table.py. */
const ROOM = 2600;

function runTable(table, runs) {
  const every = runs.named("input", "axis", "parameter", "result", "figure")
    .filter(({ name, values }) => name !== "experiment" || values.length > 1);
  const names = every.map(({ name }) => name), body = table.tBodies[0], foot = table.createTFoot();
  const [count, form, tools, curves, link, clear, nothing, star, pager, number, last] = all("[data-part]");
  const chooser = checklist({ name: "Columns", values: names });
  const heads = every.map(({ name, numbers }) => {
    const head = make("th", { scope: "col", class: numbers && "num" }, make("button", {}, name));
    /* Up, down, and as the plan has it. */
    const orders = [name, "-" + name];
    head.onclick = () => change({ sort: orders[orders.indexOf(state().get("sort")) + 1], page: "" });
    return head;
  });
  let fitting, columns, rows;

  function change(changes) {
    remember(changes);
    show();
  }

  /* What the address says of the rows that fit. */
  function show() {
    const params = state(), cols = params.getAll("cols"), sort = params.get("sort") || "", by = sort.replace(/^-/, "");
    /* What has nothing there stands last, up and down. */
    const sign = sort === by ? 1 : -1, key = row => runs.key(by, row) ?? sign * Infinity;
    chooser.choose(names.some(name => cols.includes(name)) ? cols : names);
    chooser.show();
    columns = every.filter((_, k) => chooser.chosen[k]);
    heads.forEach((head, k) => {
      head.hidden = !chooser.chosen[k];
      head.ariaSort = names[k] !== by ? null : sort === by ? "ascending" : "descending";
    });
    rows = names.includes(by) ? [...fitting].sort((a, b) => sign * (key(a) - key(b))) : fitting;
    foot.replaceChildren(...statistics(runs, columns, rows));
    count.textContent = (rows.length < runs.count ? KINDS.count(rows.length) + " of " : "") + counted(runs.count, "row");
    nothing.hidden = rows.length > 0;

    const size = 10 * clamp(1, Math.floor(ROOM / (6 + 2 * columns.length) / 10), 10);
    const pages = Math.ceil(rows.length / size) || 1;
    /* A later page of the table begins with its own rows. */
    const asked = Math.round(params.get("page")) || (String(params) ? 1 : table.dataset.page), page = clamp(1, asked, pages);
    body.replaceChildren(...rows.slice((page - 1) * size, page * size).map(row => tableRow(runs, columns, row)));
    star.hidden = !body.textContent.includes(" *");
    pager.hidden = pages < 2;
    Object.assign(number, { value: page, max: pages });
    last.textContent = "of " + pages;
    mark();
  }

  function turn() {
    change({ page: number.value });
    table.scrollIntoView();
  }

  function mark(id) {
    link.textContent = `Side by side: ${ticked(runs, "run", all("input", body), link, id)} runs`;
    curves.hash = state();
  }

  body.onchange = ({ target }) => mark(target.value);
  clear.onclick = () => {
    remember({ run: "" });
    mark();
  };
  chooser.element.oninput = () => change({ cols: chooser.chosen.includes(false) && chooser.names() });
  for (const control of all("button[value]", tools)) control.onclick = () => save(columns, rows, control.value);
  number.onchange = turn;
  pager.onclick = ({ target: { name } }) => {
    if (!name) return;
    number[name]();
    turn();
  };
  table.tHead.rows[0].replaceChildren(...all(".unsorted", table), ...heads);
  tools.prepend(chooser.element);
  tools.hidden = false;
  filterBar(form, runs, found => {
    fitting = found;
    show();
  });
}

function tableRow(runs, columns, row) {
  const value = runs.id(row), label = "Compare " + runs.label(row);
  return make("tr", { "data-run": value }, [
    make("td", { class: "pick" }, make("input", { type: "checkbox", value, "aria-label": label })),
    make("td", { class: "thumb" }, make("a", { href: runs.address(row) }, runPicture(runs, row, "4.5rem"))),
    ...columns.map(({ name, role, numbers }) => make("td", {
      class: numbers ? (numbers[row] === null ? "num none" : "num") : role === "result" && runs.is(row, WARNED) ? "warn" : null,
      "data-name": name
    }, shortened(runs.text(name, row), 60) + (name === "time" && numbers[row] && !runs.is(row, COMPARABLE) ? " *" : "")))
  ]);
}

/* Rows for the foot: what the figures of all rows that fit come to, without times that must not be compared, and without
   times where those are of several machines. */
function statistics(runs, columns, rows) {
  const measured = columns.filter(({ numbers }) => numbers);
  if (!measured.length || !rows.length) return [];
  const one = runs.ofOneMachine(rows);
  const found = measured.map(({ kind, numbers }) => Float64Array.from(rows.filter(row => (
    numbers[row] !== null && (kind !== "seconds" || (one && runs.is(row, COMPARABLE))))), row => numbers[row]).sort());
  const shares = { rows: null, median: 0.5, "lower quartile": 0.25, "upper quartile": 0.75, lowest: 0, highest: 1 };
  return Object.entries(shares).map(([head, share]) => make("tr", {}, [
    make("th", { scope: "row", colspan: 2 + columns.length - measured.length }, head),
    ...measured.map(({ name, kind }, k) => make("td", { class: "num", "data-name": name },
      share === null ? KINDS.count(found[k].length) : figure(kind, quantile(found[k], share))))
  ]));
}
