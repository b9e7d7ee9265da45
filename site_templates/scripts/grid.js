function rowsOf(runs, experiment) {
  return Array.from({ length: runs.count }, (_, row) => row).filter(row => runs.experiment(row) === experiment);
}

/* An experiment's runs by where they stand on style, content and its axes. */
class Places {
  constructor(runs, anchor) {
    var at = runs.columns.experiment.at, number = runs.experiments.findIndex(e => e.anchor === anchor);
    this.names = ["style", "content"].concat(runs.experiments[number].axes).filter(name => runs.columns[name]);
    this.rows = Object.create(null);
    for (var row = runs.count - 1; row >= 0; row--) {
      if (at[row] !== number) continue;
      this.first = this.names.map(name => runs.text(name, row));
      this.rows[this.first.join("\n")] = row;
    }
  }

  /* The row at {axis: value}, first values where it says none; undefined where the plan has no run. */
  row(place) {
    return this.rows[this.names.map((name, k) => name in place ? place[name] : this.first[k]).join("\n")];
  }
}

/* The option of that value, or the one that the page came with. */
function choose(select, value) {
  select.value = value;
  if (select.selectedIndex < 0) select.value = Array.from(select.options).find(option => option.defaultSelected).value;
}

/* First page: which run each cell of a wall shows. State: <anchor>.<axis>=value. */
function pickers(form) {
  var anchor = form.dataset.pickers, selects = all("select", form), wall = form.parentNode.querySelector("table");
  var heads = all("thead th", wall), places;

  function show() {
    form.nextElementSibling.firstElementChild.textContent =
      selects.map(select => select.name + " " + select.selectedOptions[0].text).join(" · ");
    withRuns(runs => {
      places = places || new Places(runs, anchor);
      all("tbody td", wall).forEach(cell => {
        var tr = cell.parentNode, place = Object.assign({}, tr.dataset);
        place[wall.dataset.across] = heads[all("td", tr).indexOf(cell)].dataset.value;
        selects.forEach(select => { place[select.name] = select.value; });
        var row = places.row(place);
        cell.replaceChildren(row >= 0 ? work(runs, row, "(min-width: 44rem) 24rem, 46vw") : blank("not in the plan"));
        if (row >= 0) cell.querySelector("a").href = root + cell.dataset.page;
      });
    });
  }

  form.addEventListener("change", event => {
    remember({ [anchor + "." + event.target.name]: event.target.value });
    show();
  });
  form.hidden = false;
  restored(() => {
    selects.forEach(select => choose(select, state().get(anchor + "." + select.name)));
    /* The page came with the first of each. */
    if (places || selects.some(select => select.selectedIndex)) show();
  });
}

/* Cells of a grid, as it opens and when more was asked for. */
var UNASKED = 150, AT_MOST = 600;
var ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/* Up to four axes laid out and a choice for each other. State: x, y, sx, sy=axis, is-<axis>=value, look; repeated:
   hide-<axis>=value, mark=run. */
function grid(form) {
  var table = document.querySelector("[data-slice]"), selects = all("select", form), sides = selects.slice(0, 4);
  var note = form.nextElementSibling, marks = table.parentNode.nextElementSibling;

  function draw(runs, places) {
    var laid = [], chosen = {}, look = form.elements.look.value, most = location.hash ? AT_MOST : UNASKED;

    /* {axis: value} of each column, or row: all values of what lies on these sides. */
    function spread(group, side) {
      return [group, side].map(name => form.elements["is-" + form.elements[name].value]).reduce((found, select) => {
        if (!select || laid.includes(select)) return found;
        var axis = select.name.slice(3), hidden = state().getAll("hide-" + axis);
        laid.push(select);
        return found.flatMap(place => Array.from(select.options).filter(option => !hidden.includes(option.value))
          .map(option => Object.assign({}, place, { [axis]: option.value })));
      }, [{}]);
    }

    function heading(place, scope) {
      return Object.keys(place).length ? make("th", { scope: scope }, Object.keys(place).map(axis => {
        var column = runs.columns[axis], of = column.pictures && column.pictures[column.values.indexOf(place[axis])];
        var text = shortened(place[axis], 60);
        return make("div", {}, [
          of ? image(pictureFiles(of[0], of[1], of[2]), axis + " picture: " + text, "6rem") : "",
          make("span", { class: "role" }, axis), " ", make("bdi", {}, text)
        ]);
      })) : "";
    }

    function cell(place) {
      var row = places.row(place);
      if (row === undefined) return make("td", { tabindex: -1 }, blank("not in the plan"));
      var figure = work(runs, row, look === "fit" ? "18rem" : (runs.picture(row) || {}).width + "px");
      figure.lastChild.append(make("input", {
        type: "checkbox", value: runs.id(row), tabindex: -1, "aria-label": "Mark for comparing", title: "Mark (c)"
      }));
      return make("td", {}, figure);
    }

    var columns = spread("sx", "x"), rows = spread("sy", "y"), wanted = columns.length * rows.length;
    columns = columns.slice(0, most);
    rows = rows.slice(0, Math.max(1, most / columns.length));
    note.textContent = wanted <= most ? "" : counted(columns.length * rows.length, "cell", "cells") + " of " +
      KINDS.count(wanted) + ". Hide values or choose other axes to see the others.";
    selects.slice(5).forEach(select => {
      select.closest("p").hidden = laid.includes(select);
      chosen[select.name.slice(3)] = select.value;
    });
    table.className = "slice n" + Math.min(8, columns.length);
    table.dataset.look = look;
    table.tHead.replaceChildren(make("tr", {}, [Object.keys(rows[0] || {}).length ? make("td") : ""].concat(
      columns.map(place => heading(place, "col")))));
    table.tBodies[0].replaceChildren(...rows.map(place => make("tr", {}, [heading(place, "row")].concat(
      columns.map(column => cell(Object.assign({}, chosen, place, column)))))));
    stop(table.querySelector("td a"));
    mark();
  }

  /* Tab goes into the grid once; arrows go on from there. */
  function stop(at) {
    all("td a", table).forEach(link => { link.tabIndex = link === at ? 0 : -1; });
  }

  function mark(id) {
    var ids = state().getAll("mark");
    if (id) remember({ mark: ids = ids.includes(id) ? ids.filter(one => one !== id) : ids.concat(id).slice(-4) });
    all("td input", table).forEach(box => { box.checked = ids.includes(box.value); });
    marks.replaceChildren(ids.length ? counted(ids.length, "run", "runs") + " marked " : "", ids.length < 2 ? "" :
      make("a", { href: root + "view.html#run=" + ids.join("&run=") }, "Side by side"));
  }

  table.addEventListener("change", event => mark(event.target.value));
  table.addEventListener("focusin", event => { if (event.target.matches("a")) stop(event.target); });
  table.addEventListener("keydown", event => {
    var from = event.target.closest("td"), step = ARROWS[event.key], box = from && from.querySelector("input");
    if (event.key === "c" && box && !event.ctrlKey && !event.metaKey) mark(box.value);
    var row = from && step && table.tBodies[0].rows[from.parentNode.sectionRowIndex + step[1]];
    var to = row && row.cells[from.cellIndex + step[0]];
    if (!to || to.matches("th")) return;
    event.preventDefault();
    (to.querySelector("a") || to).focus();
  });
  withRuns(runs => {
    var places = new Places(runs, form.dataset.grid);
    form.addEventListener("change", event => {
      var side = event.target, changes = { [side.name]: new FormData(form).getAll(side.name) };
      /* An axis lies on one side: two sides change places. */
      var other = sides.find(one => sides.includes(side) && one !== side && one.value === side.value);
      if (other && side.value !== "none") changes[other.name] = other.value = side.dataset.was;
      remember(changes);
      sides.forEach(one => { one.dataset.was = one.value; });
      draw(runs, places);
    });
    form.hidden = false;
    restored(() => {
      selects.forEach(select => choose(select, state().get(select.name)));
      sides.forEach(one => { one.dataset.was = one.value; });
      all("input", form).forEach(box => { box.checked = state().getAll(box.name).includes(box.value); });
      draw(runs, places);
    });
  });
}
