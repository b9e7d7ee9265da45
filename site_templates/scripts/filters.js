/* A bar that narrows the runs down: words to search for, and a choice for every axis. Pages with a form
   [data-filters] share it, and its state in the address: q=words, is-<column>=value, repeated for several. */

/* Fills the form. changed(rows) is called at once and after every change, with the rows that fit, in order. */
function filterBar(form, runs, changed) {
  var columns = runs.named("input", "axis", "parameter", "result").filter(function (column) {
    return column.values.length > 1;
  });
  var search = make("input", { type: "search", id: "search", autocomplete: "off", spellcheck: "false" });
  form.append(make("p", {}, [make("label", { for: "search" }, "Search"), search]));
  var selects = columns.map(function (column, k) {
    var select = make("select", { id: "f" + k, autocomplete: "off" }, make("option", { value: "" }, "all"));
    column.values.forEach(function (value) { select.append(make("option", { value: value }, shortened(value, 50))); });
    form.append(make("p", {}, [make("label", { for: "f" + k }, column.name), select]));
    return select;
  });
  form.append(make("p", {}, make("button", { type: "reset" }, "Show all")));

  function fitting() {
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean), rows = [];
    var wanted = columns.map(function (column, k) { return [column.at, column.values.indexOf(selects[k].value)]; })
      .filter(function (pair) { return pair[1] >= 0; });
    for (var row = 0; row < runs.count; row++) {
      if (wanted.every(function (pair) { return pair[0][row] === pair[1]; }) && fits(row, words)) rows.push(row);
    }
    return rows;
  }

  var texts = [];

  function fits(row, words) {
    if (!words.length) return true;
    if (texts[row] === undefined) {
      texts[row] = runs.named("input", "axis", "parameter", "result")
        .map(function (column) { return runs.text(column.name, row); }).concat(runs.id(row)).join(" ").toLowerCase();
    }
    return words.every(function (word) { return texts[row].includes(word); });
  }

  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("input", function () {
    var changes = { q: search.value };
    columns.forEach(function (column, k) { changes["is-" + column.name] = selects[k].value; });
    remember(changes);
    changed(fitting());
  });
  form.addEventListener("reset", function () {
    setTimeout(function () { form.dispatchEvent(new Event("input")); }, 0);
  });
  restored(function () {
    search.value = state().get("q") || "";
    columns.forEach(function (column, k) {
      selects[k].value = state().get("is-" + column.name) || "";
      if (selects[k].selectedIndex < 0) selects[k].selectedIndex = 0;
    });
    changed(fitting());
  });
  form.hidden = false;
}

function shortened(text, length) {
  return text.length <= length ? text : text.slice(0, length - 1) + "…";
}
