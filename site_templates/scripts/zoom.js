/* One zoom for all pictures of a stage: frames keep their size, what is in them moves. A look is {zoom, x, y}: zoom 1
   shows the whole picture; x and y, from 0 to 1, say which place of it is in the middle. */

/* bar: its buttons. changed(): called after every move. Gives {look, set(zoom, x, y), show()}. */
function zooming(stage, bar, changed) {
  const look = { zoom: 1, x: 0.5, y: 0.5 }, fingers = new Map(), [told, sharp] = all("output, input", bar);
  const within = (value, low, high) => Math.max(low, Math.min(high, value));

  /* The zoom at which a pixel of the picture is one of the page's. */
  function natural() {
    const img = stage.querySelector("img"), size = (name) => img.getAttribute(name);
    return img ? size("width") / Math.min(img.clientWidth, img.clientHeight * size("width") / size("height")) : 1;
  }

  function show() {
    const shift = [look.x, look.y].map((place) => (0.5 - look.zoom * place) * 100 + "%");
    all("img", stage).forEach((img) => { img.style.transform = "translate(" + shift + ") scale(" + look.zoom + ")"; });
    stage.classList.toggle("squares", sharp.checked && look.zoom >= 2);
    stage.classList.toggle("zoomed", look.zoom > 1);
    told.textContent = figure("ratio", look.zoom);
  }

  function set(zoom, x, y) {
    look.zoom = within(zoom, Math.min(1, natural()), 32) || 1;
    const half = Math.min(0.5, 0.5 / look.zoom);
    look.x = within(x, half, 1 - half);
    look.y = within(y, half, 1 - half);
    show();
    changed();
  }

  const by = (factor) => set(look.zoom * factor, look.x, look.y);
  const move = (dx, dy) => set(look.zoom, look.x + dx / look.zoom, look.y + dy / look.zoom);
  const keys = {
    "+": () => by(1.5), "=": () => by(1.5), "-": () => by(1 / 1.5),
    0: () => set(1, 0.5, 0.5), 1: () => set(natural(), look.x, look.y),
    ArrowLeft: () => move(-0.1, 0), ArrowRight: () => move(0.1, 0),
    ArrowUp: () => move(0, -0.1), ArrowDown: () => move(0, 0.1)
  };
  all("button", bar).forEach((button) => button.addEventListener("click", keys[button.value]));
  sharp.addEventListener("change", show);
  bar.hidden = false;
  stage.addEventListener("keydown", (event) => {
    const scrolls = event.key.length > 1 && look.zoom <= 1;
    if (!keys[event.key] || scrolls || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });

  /* What lies under the pointer stays there. Without Ctrl a wheel scrolls the page, unless the stage has the focus. */
  stage.addEventListener("wheel", (event) => {
    const frame = event.target.closest(".frame"), before = look.zoom;
    if (!frame || (!event.ctrlKey && !stage.contains(document.activeElement))) return;
    event.preventDefault();
    const box = frame.getBoundingClientRect(), zoom = within(before * Math.exp(-event.deltaY / 500), 1, 32);
    const dx = (event.clientX - box.left) / box.width - 0.5, dy = (event.clientY - box.top) / box.height - 0.5;
    set(zoom, look.x + dx / before - dx / zoom, look.y + dy / before - dy / zoom);
  }, { passive: false });

  let dragged = false;
  stage.addEventListener("pointerdown", (event) => {
    dragged = false;
    if (!event.button) fingers.set(event.pointerId, event);
  });
  stage.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId), other = Array.from(fingers.values()).find((one) => one !== before);
    const apart = (a, b) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
    if (!before || (!dragged && apart(event, before) < 4)) return;
    dragged = true;
    stage.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, event);
    const img = stage.querySelector("img");
    if (other) by(apart(event, other) / apart(before, other) || 1);
    else if (img) move((before.clientX - event.clientX) / img.clientWidth, (before.clientY - event.clientY) / img.clientHeight);
  });
  ["pointerup", "pointercancel"].forEach((end) => stage.addEventListener(end, (event) => fingers.delete(event.pointerId)));
  /* A picture that is a link is neither dragged away nor followed at the end of a drag. */
  stage.addEventListener("dragstart", (event) => event.preventDefault());
  stage.addEventListener("click", (event) => { if (dragged) event.preventDefault(); });
  return { look: look, set: set, show: show };
}

/* A picture alone, on its run's page: from twice its size on, the lossless original. */
function zoomed(whole) {
  const img = whole.querySelector("img"), original = whole.dataset.zoom;
  const zoom = zooming(whole.querySelector(".frame"), whole.querySelector(".zoom-bar"), () => {
    if (zoom.look.zoom < 2 || !original || !img.srcset) return;
    img.removeAttribute("srcset");
    img.src = original;
  });
}
