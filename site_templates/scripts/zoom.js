/* One zoom and one place for all pictures of a stage. A look is {zoom, x, y}: 1 shows the whole picture; x and y, from
   0 to 1, are the place of the picture in the middle. Frames keep their size; what is in them moves. */

const MOST_ZOOM = 32;

/* stage: holds frames, each with an img. bar: gets the buttons. changed(): after every move. Gives {look, set, show}. */
function zooming(stage, bar, changed) {
  const look = { zoom: 1, x: 0.5, y: 0.5 }, fingers = new Map();
  const told = make("output", { "aria-live": "polite" });
  const squares = make("input", { type: "checkbox" });
  squares.checked = true;

  /* The zoom at which a pixel of the picture is one of the page's. */
  function natural() {
    const img = stage.querySelector("img");
    return img ? img.getAttribute("width") / Math.min(img.clientWidth, img.clientHeight * img.getAttribute("width") / img.getAttribute("height")) : 1;
  }

  function show() {
    const { zoom, x, y } = look;
    all("img", stage).forEach((img) => {
      img.style.transform = "translate(" + (0.5 - zoom * x) * 100 + "%, " + (0.5 - zoom * y) * 100 + "%) scale(" + zoom + ")";
    });
    stage.classList.toggle("squares", squares.checked && zoom >= 2);
    stage.classList.toggle("zoomed", zoom > 1);
    told.textContent = zoom === 1 ? "fit" : digits(zoom, 2) + NARROW + "×";
  }

  function set(zoom, x, y) {
    look.zoom = Math.max(Math.min(1, natural()), Math.min(MOST_ZOOM, zoom)) || 1;
    const half = Math.min(0.5, 0.5 / look.zoom);
    look.x = Math.max(half, Math.min(1 - half, x));
    look.y = Math.max(half, Math.min(1 - half, y));
    show();
    changed();
  }

  const by = (factor) => set(look.zoom * factor, look.x, look.y);
  const move = (dx, dy) => set(look.zoom, look.x + dx / look.zoom, look.y + dy / look.zoom);

  /* Zooms so that what lies under a point of the screen stays there. */
  function around(event, factor) {
    const frame = event.target.closest(".frame");
    if (!frame) return;
    const box = frame.getBoundingClientRect(), before = look.zoom;
    const dx = (event.clientX - box.left) / box.width - 0.5, dy = (event.clientY - box.top) / box.height - 0.5;
    const zoom = Math.max(1, Math.min(MOST_ZOOM, before * factor));
    set(zoom, look.x + dx / before - dx / zoom, look.y + dy / before - dy / zoom);
  }

  const actions = {
    "+": () => by(1.5), "=": () => by(1.5), "-": () => by(1 / 1.5), "0": () => set(1, 0.5, 0.5), "1": () => set(natural(), look.x, look.y),
    ArrowLeft: () => move(-0.1, 0), ArrowRight: () => move(0.1, 0), ArrowUp: () => move(0, -0.1), ArrowDown: () => move(0, 0.1)
  };
  const button = (text, name, key) => {
    const made = make("button", { type: "button", "aria-label": name, title: name + " (" + key + ")" }, text);
    made.addEventListener("click", actions[key]);
    return made;
  };
  bar.append(button("−", "Zoom out", "-"), told, button("+", "Zoom in", "+"), button("fit", "Fit", "0"),
    button("1:1", "One to one", "1"), make("label", {}, [squares, " sharp pixels"]));
  squares.addEventListener("change", show);

  stage.addEventListener("keydown", (event) => {
    const arrow = event.key.startsWith("Arrow");
    if (!actions[event.key] || event.ctrlKey || event.metaKey || event.altKey || (arrow && look.zoom <= 1)) return;
    event.preventDefault();
    actions[event.key]();
  });
  /* A wheel scrolls the page, unless the stage was chosen first or Ctrl is held. */
  stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !stage.contains(document.activeElement)) return;
    event.preventDefault();
    around(event, Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.002)));
  }, { passive: false });

  let dragged = false;
  stage.addEventListener("dragstart", (event) => event.preventDefault());
  stage.addEventListener("pointerdown", (event) => {
    if (event.button || !event.target.closest(".frame")) return;
    dragged = false;
    fingers.set(event.pointerId, event);
  });
  stage.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const box = before.target.closest(".frame").getBoundingClientRect();
    const dx = event.clientX - before.clientX, dy = event.clientY - before.clientY;
    if (!dragged && Math.hypot(dx, dy) < 4) return;
    const other = Array.from(fingers.values()).find((finger) => finger.pointerId !== event.pointerId);
    fingers.set(event.pointerId, event);
    if (!dragged) stage.setPointerCapture(event.pointerId);
    dragged = true;
    const apart = (finger) => Math.hypot(finger.clientX - other.clientX, finger.clientY - other.clientY);
    if (other) by(apart(event) / (apart(before) || 1));
    else if (look.zoom > 1) move(-dx / box.width, -dy / box.height);
  });
  ["pointerup", "pointercancel"].forEach((name) => stage.addEventListener(name, (event) => fingers.delete(event.pointerId)));
  /* Where a picture is a link, dragging it is no click. */
  stage.addEventListener("click", (event) => { if (dragged) event.preventDefault(); }, true);
  return { look: look, set: set, show: show };
}

/* A picture alone, on its run's page. */
function zoomed(figure) {
  const bar = make("p", { class: "zoom-bar" }), link = figure.querySelector(".frame"), img = figure.querySelector("img");
  link.after(bar);
  const zoom = zooming(link, bar, () => {
    /* Fine detail is what a lossy copy loses. */
    if (zoom.look.zoom < 2 || !link.pathname.endsWith(".png") || !img.srcset) return;
    img.removeAttribute("srcset");
    img.src = link.href;
  });
  zoom.show();
}
