/* The table of all runs: sorted, narrowed down, its columns and runs chosen. All of it stands in the address beside
   the filter: sort=[-]column, cols=column (repeated), page=number, run=id (repeated). */

/* Nodes for the rows of a page, as in bench/report/table.py; runs that are seen side by side. */
var ROOM = 2600, MOST = 4;

function runTable(table, runs) {
  var every = runs.named("input", "axis", "parameter", "result", "figure")
    .filter(column => column.name !== "experiment" || column.values.length > 1);
  var names = every.map(column => column.name), own = +table.dataset.page;
  var body = table.tBodies[0], foot = table.createTFoot();
  var [form, tools, pager, count, here, nothing, star] =
    ["filters", "tools", "pages", "count", "here", "nothing", "star"].map(name => all("[data-" + name + "]")[0]);
  var chooser = checklist("Columns", names), choice = make("p", { role: "status" });
  var clear = button("Clear", () => { pick([]); chooser.element.firstChild.focus(); });
  var curves = all("nav a[href$='curves.html']").map(() => make("a", {}, "As curves"));
  var number = make("input", { type: "number", min: 1, id: "page", autocomplete: "off" }), last = make("span");
  var columns, fitting, rows, sort, page, picked, restoring;

  function restore() {
    var cols = state().getAll("cols"), by = state().get("sort") || "";
    chooser.choose(names.some(name => cols.includes(name)) ? cols : names);
    sort = names.includes(by.replace(/^-/, "")) ? by : "";
    page = parseInt(state().get("page"), 10) || own;
    picked = state().getAll("run").filter(id => runs.row(id) >= 0).slice(0, MOST);
    restoring = true;
    heads();
  }

  function heads() {
    columns = every.filter((column, k) => chooser.chosen.has(k));
    table.tHead.rows[0].replaceChildren(
      ...["compare", "picture"].map(name => make("th", { scope: "col", class: "unsorted" }, name)),
      ...columns.map(({ name, numbers }) => make("th", { scope: "col", class: numbers && "num", "data-name": name },
        button(name, () => {
          /* Up, down, and as the plan has it. */
          sort = sort === name ? "-" + name : sort === "-" + name ? "" : name;
          remember({ sort });
          turn(1);
          show();
        })))
    );
  }

  function turn(to) {
    page = to;
    remember({ page: to === own ? "" : String(to) });
  }

  /* Which rows there are has changed, or their order, or the columns. */
  function show() {
    rows = sorted(runs, fitting, sort);
    all("th[data-name]", table).forEach(head => {
      var name = head.dataset.name;
      head.ariaSort = sort === name ? "ascending" : sort === "-" + name ? "descending" : null;
    });
    foot.replaceChildren(...statistics(runs, columns, rows));
    count.textContent = (rows.length < runs.count ? KINDS.count(rows.length) + " of " : "") +
      counted(runs.count, "row", "rows");
    nothing.hidden = rows.length > 0;
    var filter = state();
    ["sort", "cols", "page", "run"].forEach(name => filter.delete(name));
    curves.forEach(link => { link.href = root + "curves.html#" + filter; });
    paint();
  }

  function paint() {
    var size = Math.max(10, Math.min(100, Math.floor(ROOM / (6 + 2 * columns.length) / 10) * 10));
    var pages = Math.ceil(rows.length / size) || 1;
    page = Math.max(1, Math.min(page, pages));
    var from = (page - 1) * size, shown = rows.slice(from, from + size);
    body.replaceChildren(...shown.map(row => tableRow(runs, columns, row)));
    star.hidden = !shown.some(row => uncomparable(runs, row));
    here.textContent = pages < 2 ? "" :
      "; here are rows " + KINDS.count(from + 1) + " to " + KINDS.count(from + shown.length);
    pager.hidden = pages < 2;
    number.value = page;
    number.max = pages;
    last.textContent = " of " + pages;
    mark();
  }

  function pick(ids) {
    picked = ids;
    remember({ run: ids });
    mark();
  }

  function mark() {
    all("input", body).forEach(input => {
      input.checked = picked.includes(input.value);
      input.disabled = !input.checked && picked.length === MOST;
    });
    var many = picked.length > 1, link = make("a", { href: root + "view.html#run=" + picked.join("&run=") });
    link.textContent = "Side by side: " + picked.length + " runs";
    choice.replaceChildren(...many ? [link, " ", clear] : ["Tick two to four runs to see them side by side."]);
  }

  function turned(to) {
    turn(to);
    paint();
    table.scrollIntoView();
  }

  body.addEventListener("change", ({ target }) => {
    pick(picked.filter(id => id !== target.value).concat(target.checked ? target.value : []));
  });
  chooser.element.addEventListener("input", () => {
    remember({ cols: chooser.chosen.size < names.length ? chooser.names() : "" });
    chooser.show();
    heads();
    show();
  });
  number.addEventListener("change", () => turned(Math.round(number.value) || 1));
  pager.replaceChildren(button("Previous", () => turned(page - 1 || 1)),
    make("label", { for: "page" }, "Page"), number, last, button("Next", () => turned(page + 1)));
  tools.append(chooser.element, make("span", {}, ["Save as ", ...exportButtons(runs, () => [columns, rows])]),
    ...curves, choice);
  tools.hidden = false;

  restored(restore);
  filterBar(form, runs, found => {
    fitting = found;
    if (!restoring) turn(1);
    restoring = false;
    show();
  });
}

function button(text, act) {
  var made = make("button", { type: "button" }, text);
  made.addEventListener("click", act);
  return made;
}

/* By a column ("-" before it: from the highest), equal ones as they were; what has nothing there stands last. */
function sorted(runs, rows, sort) {
  var name = runs.columns[sort] ? sort : sort.slice(1), sign = name === sort ? 1 : -1, keys = [];
  if (!name) return rows;
  rows.forEach(row => { keys[row] = runs.key(name, row); });
  return rows.filter(row => keys[row] !== null).sort((a, b) => sign * (keys[a] - keys[b]))
    .concat(rows.filter(row => keys[row] === null));
}

function uncomparable(runs, row) {
  return "time" in runs.columns && runs.key("time", row) !== null && !runs.is(row, COMPARABLE);
}

function tableRow(runs, columns, row) {
  var id = runs.id(row), label = "Compare " + runs.title(row) + ", " + runs.settings(row);
  var warned = runs.is(row, WARNED) || (runs.is(row, NOT_DONE) && runs.text("result", row) !== "not run yet");
  return make("tr", { "data-run": id }, [
    make("td", { class: "pick" },
      make("input", { type: "checkbox", value: id, autocomplete: "off", "aria-label": label })),
    make("td", { class: "thumb" }, make("a", { href: runs.address(row) }, runPicture(runs, row, "4.5rem"))),
    ...columns.map(({ name, role, numbers }) => make("td", {
      class: numbers ? (numbers[row] === null ? "num none" : "num") : role === "result" && warned ? "warn" : null,
      "data-name": name
    }, shortened(runs.text(name, row), 60) + (name === "time" && uncomparable(runs, row) ? " *" : "")))
  ]);
}

/* Rows for the foot: what the figures of all rows that fit come to, without times that must not be compared. */
function statistics(runs, columns, rows) {
  var measured = columns.filter(column => column.numbers);
  if (!measured.length || !rows.length) return [];
  var found = measured.map(({ kind, numbers }) => spread(rows.map(row => numbers[row])
    .filter((value, k) => value !== null && (kind !== "seconds" || runs.is(rows[k], COMPARABLE)))));
  return ["runs", "median", "lower quartile", "upper quartile", "lowest", "highest"].map((head, k) => make("tr", {}, [
    make("th", { scope: "row", colspan: 2 + columns.length - measured.length }, head),
    ...measured.map(({ name, kind }, of) =>
      make("td", { class: "num", "data-name": name }, figure(k ? kind : "count", found[of][k])))
  ]));
}

/* Number, median, quartiles (linear between neighbours), extremes; null where there is none. */
function spread(values) {
  var ordered = Float64Array.from(values).sort(), end = values.length - 1;
  return [values.length, ...[0.5, 0.25, 0.75, 0, 1].map(share => {
    var low = ordered[Math.floor(share * end)], high = ordered[Math.ceil(share * end)];
    return values.length ? low + (high - low) * (share * end % 1) : null;
  })];
}
