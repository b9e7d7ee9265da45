/* One zoom for all pictures of a stage: frames keep their size, what is in them moves. A look is {zoom, x, y}: zoom 1
   shows the whole picture; x and y, from 0 to 1, say which place of it is in the middle. */

/* bar: its buttons. changed(): called after every move. Gives {look, set(changes)}, which changes some of
   the look. */
function zooming(stage, bar, changed) {
  const look = { zoom: 1, x: 0.5, y: 0.5 }, fingers = new Map(), [told, sharp] = all("output, input", bar);
  let dragged = false;

  /* The zoom at which a pixel of the picture is one of the page's. */
  function natural() {
    const img = one("img", stage);
    return img ? img.getAttribute("width") / img.clientWidth : 1;
  }

  function show() {
    const shift = [look.x, look.y].map(place => `${50 - 100 * look.zoom * place}%`);
    for (const img of all("img", stage)) img.style.transform = `translate(${shift}) scale(${look.zoom})`;
    stage.classList.toggle("squares", sharp.checked && look.zoom >= 2);
    stage.classList.toggle("zoomed", look.zoom > 1);
    told.textContent = figure("ratio", look.zoom);
  }

  /* Rounded: the address has them too. What is no number, or zero, is as usual. */
  function set(changes) {
    const { zoom, x, y } = { ...look, ...changes };
    look.zoom = clamp(Math.min(1, natural()), +(zoom || 1).toFixed(6), 32);
    const half = Math.min(0.5, 0.5 / look.zoom);
    [look.x, look.y] = [x, y].map(place => +clamp(half, place || 0.5, 1 - half).toFixed(6));
    show();
    changed();
  }

  const by = factor => set({ zoom: look.zoom * factor });
  const move = (dx, dy) => set({ x: look.x + dx / look.zoom, y: look.y + dy / look.zoom });
  const keys = {
    "+": () => by(1.5), "=": () => by(1.5), "-": () => by(1 / 1.5),
    0: () => set({ zoom: 1 }), 1: () => set({ zoom: natural() })
  };
  for (const [key, [x, y]] of Object.entries(ARROWS)) keys[key] = () => move(x / 10, y / 10);
  for (const button of all("button", bar)) button.onclick = keys[button.value];
  sharp.onchange = show;
  bar.hidden = false;

  stage.onkeydown = event => {
    const act = keys[keyOf(event)];
    if (!act || (event.key in ARROWS && look.zoom <= 1)) return;
    event.preventDefault();
    act();
  };

  /* What lies under the pointer stays there. Without Ctrl a wheel scrolls the page, unless the stage has the focus. */
  stage.onwheel = event => {
    const frame = event.target.closest(".frame");
    if (!frame || (!event.ctrlKey && !stage.matches(":focus-within"))) return;
    event.preventDefault();
    const { left, top, width, height } = frame.getBoundingClientRect(), before = look.zoom;
    by(Math.exp(-event.deltaY / 500));
    const nearer = look.zoom / before - 1;
    move(((event.clientX - left) / width - 0.5) * nearer, ((event.clientY - top) / height - 0.5) * nearer);
  };

  /* A finger moves the pictures, two bring them nearer. */
  stage.onpointerdown = event => {
    dragged = false;
    if (!event.button && event.target.matches("img")) fingers.set(event.pointerId, event);
  };
  stage.onpointermove = event => {
    const before = fingers.get(event.pointerId), other = [...fingers.values()].find(finger => finger !== before);
    const apart = (a, b) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY), img = one("img", stage);
    if (!before || (!dragged && apart(event, before) < 4)) return;
    dragged = true;
    stage.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, event);
    if (other) by(apart(event, other) / apart(before, other));
    else move((before.clientX - event.clientX) / img.clientWidth, (before.clientY - event.clientY) / img.clientHeight);
  };
  stage.onpointerup = stage.onpointercancel = event => { fingers.delete(event.pointerId); };
  /* A picture that is a link is neither dragged away nor followed at the end of a drag; by key it is. */
  stage.ondragstart = () => false;
  stage.onclick = event => !dragged || !event.detail;
  return { look, set };
}

/* The same picture from another file. */
function showFile(img, file) {
  if (img.getAttribute("src") === file) return;
  img.removeAttribute("srcset");
  img.src = file;
}

/* A picture alone, on its run's page: from twice its size on, the lossless original. */
function zoomed(whole) {
  const original = whole.dataset.zoom, { look } = zooming(one(".frame", whole), one(".zoom-bar", whole), () => {
    if (look.zoom >= 2 && original) showFile(one("img", whole), original);
  });
}
