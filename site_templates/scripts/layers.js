/* Pictures by layer: one large, gone through with buttons or arrow keys. State: layer=value, one for each axis of
   layers, and setting. The pictures are those that the page lists anyway. */
function layers(stage) {
  const [frame, ...axes] = all(".large, [role=group]", stage), rows = axes.map(axis => all("button", axis));
  const sections = all("[data-setting]"), select = one("select", stage), large = {};
  let at;

  /* A picture that is made is fetched: going to the next one then takes no time. */
  function picture(place) {
    const key = [select.selectedIndex, ...place];
    if (!large[key]) {
      const listed = one(`[data-at="${place}"]`, sections[select.selectedIndex]);
      large[key] = listed ? listed.cloneNode(true) : blank("not in the plan");
      Object.assign(one("img", large[key]) || {}, {
        sizes: "(min-width: 44rem) 44rem, 92vw", loading: "eager", decoding: "sync"
      });
    }
    return large[key];
  }

  function beside(axis, step) {
    return at.map((k, n) => n === axis ? clamp(0, k + step, rows[n].length - 1) : k);
  }

  function show() {
    frame.replaceChildren(picture(at));
    rows.forEach((row, axis) => {
      row.forEach((button, k) => button.setAttribute("aria-pressed", k === at[axis]));
      for (const step of [-1, 1]) picture(beside(axis, step));
    });
  }

  function go(place) {
    at = place;
    remember({ layer: at.map((k, axis) => rows[axis][k].textContent), setting: select.value });
    show();
  }

  rows.forEach((row, axis) => row.forEach((button, k) => {
    button.onclick = () => go(beside(axis, k - at[axis]));
  }));
  select.onchange = () => go(at);
  /* Up and down scroll the page, but where a second axis has the focus. */
  addEventListener("keydown", event => {
    const step = ARROWS[keyOf(event)], axis = step?.findIndex(Boolean), row = rows[axis], { target } = event;
    if (!row || target.matches("select") || (axis && !stage.contains(target))) return;
    event.preventDefault();
    go(beside(axis, step[axis]));
    if (row.includes(target)) row[at[axis]].focus();
  });
  stage.hidden = false;
  restored(() => {
    const named = state().getAll("layer");
    at = rows.map((row, axis) => Math.max(0, row.findIndex(button => button.textContent === named[axis])));
    select.value = state().get("setting");
    if (!select.value) select.selectedIndex = 0;
    show();
  });
}
