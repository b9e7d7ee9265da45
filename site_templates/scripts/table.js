/* Table of runs. */
function sortable(table) {
  var body = table.tBodies[0];
  var rows = Array.prototype.slice.call(body.rows);
  var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
  var form = document.querySelector("[data-filters]");
  var selects = Array.prototype.slice.call(form.querySelectorAll("select"));
  var search = form.querySelector("input");
  var count = document.querySelector("[data-count]");
  var nothing = document.querySelector("[data-nothing]");

  function key(row, column) {
    var cell = row.cells[column];
    var data = cell.querySelector("data");
    if (data) return parseFloat(data.value);
    if (cell.dataset.key) return parseFloat(cell.dataset.key);
    if (cell.querySelector(".none")) return null;
    return cell.dataset.text || cell.textContent.trim();
  }

  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), "en", { numeric: true });
  }

  function sort(column, down) {
    var keyed = rows.map(function (row, place) { return { row: row, key: key(row, column), place: place }; });
    keyed.sort(function (a, b) {
      /* What was not measured stands last in either direction. */
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null) || a.place - b.place;
      return (down ? -1 : 1) * compare(a.key, b.key) || a.place - b.place;
    });
    keyed.forEach(function (item) { body.appendChild(item.row); });
    heads.forEach(function (head, k) {
      if (k === column) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }

  function filter() {
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    var wanted = selects.filter(function (select) { return select.value; });
    var shown = 0;
    rows.forEach(function (row) {
      var fits = words.every(function (word) { return row.dataset.search.indexOf(word) >= 0; });
      fits = fits && wanted.every(function (select) {
        var cell = Array.prototype.find.call(row.cells, function (c) {
          return c.dataset.name === select.dataset.filter;
        });
        return cell && (cell.dataset.text || cell.textContent.trim()) === select.value;
      });
      row.hidden = !fits;
      shown += fits;
    });
    var all = rows.length + (rows.length === 1 ? " row" : " rows");
    count.textContent = shown === rows.length ? all : shown + " of " + all;
    nothing.hidden = shown > 0;
  }

  function restore() {
    var params = state();
    search.value = params.get("q") || "";
    selects.forEach(function (select) {
      select.value = params.get("is-" + select.dataset.filter) || "";
      if (select.selectedIndex < 0) select.selectedIndex = 0;
    });
    filter();
    var by = /^(-?)(\d+)$/.exec(params.get("sort") || "");
    if (by && heads[by[2]] && heads[by[2]].querySelector("button")) sort(+by[2], by[1] === "-");
  }

  function changed() {
    var changes = { q: search.value };
    selects.forEach(function (select) { changes["is-" + select.dataset.filter] = select.value; });
    remember(changes);
    filter();
  }

  heads.forEach(function (head, column) {
    if (head.hasAttribute("data-plain")) return;
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.textContent = "";
    head.appendChild(button);
    button.addEventListener("click", function () {
      var down = head.getAttribute("aria-sort") === "ascending";
      sort(column, down);
      remember({ sort: (down ? "-" : "") + column });
    });
  });
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("input", changed);
  form.addEventListener("reset", function () { setTimeout(changed, 0); });
  addEventListener("hashchange", restore);
  count.setAttribute("aria-live", "polite");
  form.hidden = false;
  restore();
}
