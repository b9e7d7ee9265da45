/* Gallery: each cell holds every run of its pair; the pickers say which one is shown. */
function pickers(form) {
  var name = form.dataset.pickers;
  var wall = document.querySelector('[data-wall="' + name + '"]');
  var line = document.querySelector('[data-shown="' + name + '"]');
  var selects = Array.prototype.slice.call(form.querySelectorAll("select"));

  function show() {
    var at = selects.map(function (select) { return select.value; }).join(",");
    wall.querySelectorAll("tbody td").forEach(function (cell) {
      var found = false;
      cell.querySelectorAll("figure[data-at]").forEach(function (figure) {
        figure.hidden = figure.dataset.at !== at;
        found = found || !figure.hidden;
      });
      var blank = cell.querySelector("figure.unplanned");
      if (!found && !blank) {
        blank = document.createElement("figure");
        blank.className = "work unplanned";
        var text = blank.appendChild(document.createElement("span"));
        text.className = "blank";
        text.appendChild(document.createElement("strong")).textContent = "not in the plan";
        cell.appendChild(blank);
      }
      if (blank) blank.hidden = found;
    });
    line.querySelector("span").textContent = selects.map(function (select) {
      return select.dataset.axis + " " + select.selectedOptions[0].textContent;
    }).join(" · ");
  }

  function restore() {
    var places = (state().get(name) || "").split(",");
    selects.forEach(function (select, k) {
      select.value = places[k];
      if (select.selectedIndex < 0) select.selectedIndex = 0;
    });
    show();
  }

  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("change", function () {
    var change = {};
    var at = selects.map(function (select) { return select.value; }).join(",");
    change[name] = /[1-9]/.test(at) ? at : "";
    remember(change);
    show();
  });
  addEventListener("hashchange", restore);
  form.hidden = false;
  /* The pickers now say it to the eye. */
  line.className = "visually-hidden";
  line.setAttribute("aria-live", "polite");
  restore();
}
