/* Pictures by layer: one large, gone through with buttons or arrow keys. State: layer=value, one for each axis of
   layers, and setting. The pictures are those that the page lists anyway. */
function layers(stage) {
  var sections = all("[data-setting]"), axes = all("ol[data-axis]"), at = axes.map(() => 0), large = {};
  var select = make("select", { "aria-label": "Settings" }), frame = make("div", { class: "large" });
  var buttons = axes.map((list, axis) => all("li", list).map((item, k) => {
    var made = make("button", { type: "button" }, item.textContent);
    made.addEventListener("click", () => go(axis, k));
    return made;
  }));
  sections.forEach(section => select.append(make("option", { selected: "" }, section.dataset.setting)));

  /* A picture that is made is fetched: going to the next one then takes no time. */
  function picture(place) {
    var key = [select.selectedIndex].concat(place).join();
    if (!large[key]) {
      var listed = sections[select.selectedIndex].querySelector(`[data-at="${place.join()}"]`);
      large[key] = listed ? listed.cloneNode(true) : blank("not in the plan");
      all("img", large[key]).forEach(img => {
        Object.assign(img, { sizes: "(min-width: 44rem) 44rem, 92vw", loading: "eager", decoding: "sync" });
      });
    }
    return large[key];
  }

  function neighbour(axis, step) {
    return at.map((k, n) => n === axis ? Math.max(0, Math.min(buttons[n].length - 1, k + step)) : k);
  }

  function show() {
    frame.replaceChildren(picture(at));
    buttons.forEach((row, axis) => {
      row.forEach((button, k) => button.setAttribute("aria-pressed", k === at[axis]));
      [-1, 1].forEach(step => picture(neighbour(axis, step)));
    });
  }

  function go(axis, k) {
    at[axis] = k;
    remember({ layer: at.map((n, of) => buttons[of][n].textContent), setting: select.value });
    show();
  }

  select.addEventListener("change", () => go(0, at[0]));
  /* Up and down scroll the page, but where a second axis has the focus. */
  addEventListener("keydown", event => {
    var step = ARROWS[event.key], axis = step && step[0] ? 0 : 1, row = buttons[axis];
    if (!step || !row || event.altKey || event.ctrlKey || event.metaKey || event.target.closest("select")) return;
    if (axis && !stage.contains(event.target)) return;
    event.preventDefault();
    var focused = row.includes(event.target);
    go(axis, neighbour(axis, step[axis])[axis]);
    if (focused) row[at[axis]].focus();
  });
  stage.append(frame, ...axes.map((list, axis) => {
    return make("div", { role: "group", "aria-label": list.dataset.axis }, buttons[axis]);
  }), sections.length > 1 ? select : "");
  stage.hidden = false;
  restored(() => {
    var named = state().getAll("layer");
    at = buttons.map((row, axis) => Math.max(0, row.findIndex(button => button.textContent === named[axis])));
    select.selectedIndex = Math.max(0, sections.findIndex(one => one.dataset.setting === state().get("setting")));
    show();
  });
}
