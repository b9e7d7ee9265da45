/* A bar that narrows the runs down: words to search for, and the values of every column to choose from. Pages with a
   filter_bar (macros.html.j2) share it, and its state in the address: q=words, is-<column>=value, repeated for several. */

/* Fills the form. changed(rows) is called at once and after every change, with the rows that fit, in order. */
function filterBar(form, runs, changed) {
  const columns = runs.named("input", "axis", "parameter", "result");
  const facets = columns.filter(({ values }) => values.length > 1).map(checklist);
  const [search, fold, summary, lists] = all("input, details, summary, div", form);
  const texts = runs.rows.map(row => columns.map(({ name }) => runs.text(name, row)).join("\n").toLowerCase());

  function show() {
    const words = search.value.toLowerCase().split(/\s+/), used = facets.filter(({ chosen }) => chosen.includes(true));
    /* Each word is in one of the row's texts, or begins its id. */
    const fits = row => words.every(word => texts[row].includes(word) || runs.id(row).startsWith(word)), rows = [];
    for (const facet of facets) facet.counts = facet.chosen.map(() => 0);
    for (const row of runs.rows) {
      const missed = used.filter(({ chosen, at }) => !chosen[at[row]]);
      if (missed.length > 1 || !fits(row)) continue;
      if (!missed.length) rows.push(row);
      /* A value counts the rows that it has, or would have if it were chosen too. */
      for (const { counts, at } of missed.length ? missed : facets) counts[at[row]]++;
    }
    for (const facet of facets) facet.show();
    summary.textContent = "Filter" + (used.length ? ` (${used.length})` : "");
    changed(rows);
  }

  /* Other rows begin with their first page. */
  function keep() {
    remember(Object.assign({ q: search.value, page: "" }, ...facets.map(({ name, names }) => ({ ["is-" + name]: names() }))));
    show();
  }

  form.oninput = keep;
  form.onreset = () => {
    search.value = "";
    for (const facet of facets) facet.choose([]);
    keep();
  };
  lists.append(...facets.map(({ element }) => element));
  /* On a phone the lists fold into one line; elsewhere they are open, and tables.css hides the line. */
  fold.open = matchMedia("(min-width: 44rem)").matches;
  form.hidden = false;
  restored(() => {
    search.value = state().get("q") || "";
    for (const facet of facets) facet.choose(state().getAll("is-" + facet.name));
    show();
  });
}

/* The column's values to tick, under its name: chosen says of each whether it is, counts how many rows have it.
   Boxes are made when they are first opened: a hundred seeds that nobody looks at cost nothing. */
function checklist({ name, values, at }) {
  const summary = make("summary"), box = make("fieldset", { "aria-label": name });
  const element = make("details", { class: "facet", name: "facet" }, [summary, box]);
  const list = {
    name, at, element,
    names: () => values.filter((_, k) => list.chosen[k]),
    choose(names) {
      list.chosen = values.map(value => names.includes(value));
    },
    show() {
      const names = list.names(), some = names.length > 1 ? `${names.length} of ${values.length}` : names[0];
      summary.textContent = names.length % values.length ? `${name}: ${shortened(some, 30)}` : name;
      all("label", box).forEach(({ firstChild, lastChild }, k) => {
        firstChild.checked = list.chosen[k];
        lastChild.textContent = list.counts ? KINDS.count(list.counts[k]) : "";
      });
    }
  };
  element.ontoggle = () => {
    if (!element.open || box.firstChild) return;
    box.append(...values.map(value => make("label", {}, [
      make("input", { type: "checkbox" }), shortened(value, 60) + " ", make("span", { class: "count" })
    ])));
    list.show();
  };
  box.oninput = () => {
    list.chosen = all("input", box).map(({ checked }) => checked);
  };
  element.onkeydown = ({ key }) => {
    if (key !== "Escape") return;
    element.open = false;
    summary.focus();
  };
  listen(document, "click", ({ target }) => {
    if (!element.contains(target)) element.open = false;
  });
  return list;
}

const shortened = (text, length) => text.length <= length ? text : text.slice(0, length - 1) + "…";
