/* A bar that narrows the runs down: words to search for, and the values of every column to choose from. Pages with a
   form [data-filters] share it, and its state in the address: q=words, is-<column>=value, repeated for several. */

/* Fills the form. changed(rows) is called at once and after every change, with the rows that fit, in order. */
function filterBar(form, runs, changed) {
  var columns = runs.named("input", "axis", "parameter", "result");
  var facets = columns.filter(column => column.values.length > 1).map(column => ({
    at: column.at, key: "is-" + column.name, list: checklist(column.name, column.values)
  }));
  var search = make("input", { type: "search", id: "search", autocomplete: "off", spellcheck: "false" });
  var summary = make("summary"), lists = make("div", { class: "facets" }, facets.map(facet => facet.list.element));
  var fold = make("details", { class: "fold" }, [summary, lists]);
  form.append(make("p", {}, [make("label", { for: "search" }, "Search"), search]),
    make("p", {}, make("button", { type: "reset" }, "Show all")), fold);

  /* On a phone the lists fold into one line; elsewhere they are always there (tables.css hides the line). */
  var wide = matchMedia("(min-width: 44rem)"), unfold = () => { fold.open = wide.matches; };
  wide.addEventListener("change", unfold);
  unfold();

  function show() {
    var fits = searched(runs, columns, search.value), rows = [];
    var used = facets.filter(facet => facet.list.chosen.size);
    facets.forEach(facet => { facet.counts = []; });
    for (let row = 0; row < runs.count; row++) {
      if (!fits(row)) continue;
      let missed = used.filter(facet => !facet.list.chosen.has(facet.at[row]));
      if (!missed.length) rows.push(row);
      /* A value counts the rows that it has, or would have if it were chosen too. */
      let counting = missed.length ? missed : facets;
      if (missed.length < 2) counting.forEach(({ counts, at }) => { counts[at[row]] = (counts[at[row]] || 0) + 1; });
    }
    facets.forEach(facet => facet.list.show(facet.counts));
    summary.textContent = used.length ? "Filter (" + used.length + ")" : "Filter";
    changed(rows);
  }

  function keep() {
    var changes = { q: search.value };
    facets.forEach(facet => { changes[facet.key] = facet.list.names(); });
    remember(changes);
    show();
  }

  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("input", keep);
  form.addEventListener("reset", event => {
    event.preventDefault();
    search.value = "";
    facets.forEach(facet => facet.list.choose([]));
    keep();
  });
  restored(() => {
    search.value = state().get("q") || "";
    facets.forEach(facet => facet.list.choose(state().getAll(facet.key)));
    show();
  });
  form.hidden = false;
}

/* A test of rows: each word is in one of its texts, or begins its id. */
function searched(runs, columns, text) {
  var tests = text.toLowerCase().split(/\s+/).filter(Boolean).map(word => {
    var having = columns.map(column => column.values.map(value => value.toLowerCase().includes(word)));
    return row => having.some((has, k) => has[columns[k].at[row]]) || runs.id(row).startsWith(word);
  });
  return row => tests.every(test => test(row));
}

/* Values to tick, under a title that opens them. Boxes are made when they are first opened: a hundred seeds that
   nobody looks at cost nothing. chosen holds places among the values. */
function checklist(title, values) {
  var summary = make("summary"), box = make("fieldset", { "aria-label": title }), boxes = [], counts;
  var element = make("details", { class: "facet", name: "facet" }, [summary, box]);
  var list = {
    element, chosen: new Set(),
    names: () => values.filter((value, k) => list.chosen.has(k)),
    choose(names) {
      list.chosen = new Set(values.map((value, k) => names.includes(value) ? k : -1).filter(k => k >= 0));
      list.show(counts);
    },
    show(given) {
      var names = list.names(), some = names.length > 1 ? names.length + " of " + values.length : names[0];
      counts = given;
      summary.textContent = names.length % values.length ? title + ": " + shortened(some, 30) : title;
      boxes.forEach(({ firstChild, lastChild }, k) => {
        firstChild.checked = list.chosen.has(k);
        lastChild.textContent = counts ? KINDS.count(counts[k] || 0) : "";
      });
    }
  };
  element.addEventListener("toggle", () => {
    if (boxes.length || !element.open) return;
    boxes = values.map((value, k) => {
      var input = make("input", { type: "checkbox", autocomplete: "off" });
      input.addEventListener("input", () => list.chosen[input.checked ? "add" : "delete"](k));
      return make("label", {}, [input, shortened(value, 60) + " ", make("span", { class: "count" })]);
    });
    box.append(...boxes);
    list.show(counts);
  });
  element.addEventListener("keydown", event => {
    if (event.key !== "Escape") return;
    element.open = false;
    summary.focus();
  });
  document.addEventListener("click", event => { if (!element.contains(event.target)) element.open = false; });
  return list;
}

function shortened(text, length) {
  return text.length <= length ? text : text.slice(0, length - 1) + "…";
}
