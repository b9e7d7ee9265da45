/* Two to four runs, laid over each other (view.html). The address says which, and how they are looked at:
   run=<id>&run=<id>&mode=slider&gain=4&zoom=2&x=0.5&y=0.5; mode is side, slider, blink or difference. What belongs to
   a mode, styles/viewer.css shows. */
function viewer(section, runs) {
  const find = selector => one(selector, section), tools = find("form").elements;
  const axes = runs.named("input", "axis").filter(({ name }) => name !== "experiment");
  const name = k => `${"ABCD"[k]} ${runs.settings(rows[k]) || runs.title(rows[k])}`;
  const zoom = zooming(find(".stage"), find(".zoom-bar"), look);
  const pile = find(".pile"), free = section.dataset.sameObjective.split(" ");
  let rows = [], details = [], shown = 0, saving;

  /* The viewing copy; on a page in one file, the picture that it holds. */
  function frame(row) {
    const inside = one(`[data-run^="${runs.id(row)}"] img`), img = inside?.cloneNode() || runPicture(runs, row);
    return make("div", { class: "frame" }, Object.assign(img, { loading: "eager", decoding: "sync" }));
  }

  /* The original, where its last bits count. Says what is seen. */
  function load(k) {
    const img = pile.children[k].firstChild, picture = runs.picture(rows[k]);
    if (!picture) return "no picture";
    const original = img.dataset.lossless ? img.src : picture.original || details[k]?.original;
    if (original && (zoom.look.zoom >= 2 || tools.mode.value === "difference")) showFile(img, original);
    if (!original) return "lossy preview, no lossless original here";
    return img.getAttribute("src") === original ? "lossless" : "lossy preview";
  }

  /* All that changes without a picture coming or going. */
  function look() {
    const mode = tools.mode.value, gain = tools.gain.value;
    const sizes = unique(rows.map(row => runs.text("frame", row).replace(" ", " × ")).filter(Boolean));
    section.className = `viewer ${mode} n${rows.length} at${shown}`;
    section.style.setProperty("--shape", (sizes[0] || "1").replace("×", "/"));
    for (const tool of ["split", "gain"]) section.style.setProperty("--" + tool, tools[tool].value);
    tools.factor.value = figure("ratio", +gain);
    all("figcaption", section).forEach((caption, k) => {
      caption.replaceChildren(make("strong", {}, name(k)), " ", load(k));
    });
    find("[data-note]").textContent = (mode === "blink" ? `Shown: ${name(shown)}. ` : "")
      + (sizes.length > 1 ? `Different sizes (${sizes.join(", ")} px), shown equally large.` : "");
    /* Browsers allow few changes of the address in a row. */
    clearTimeout(saving);
    saving = setTimeout(() => remember({ run: rows.map(row => runs.id(row)), mode, gain, ...zoom.look }), 150);
  }

  /* In turns: the first press begins, the others go on. */
  function next() {
    if (tools.mode.value === "blink") shown = (shown + 1) % rows.length;
    tools.mode.value = "blink";
    look();
  }

  function choose(chosen) {
    const arrived = [];
    let left = chosen.length;
    rows = chosen;
    details = [];
    shown = 0;
    pile.replaceChildren(...rows.map(frame));
    find(".captions").replaceChildren(...rows.map(() => make("figcaption")));
    zoom.set();
    fill();
    rows.forEach((row, k) => withDetails(runs, row, (part, place) => {
      if (rows !== chosen) return;
      const { names } = part, values = part.parameters[place].map(value => part.values[value]);
      arrived[k] = {
        names, values, original: part.originals && root + part.originals[place],
        /* What must be the same for losses to compare. */
        objective: String(values.filter((_, n) => !free.includes(names[n])).concat(runs.title(row))),
        line: { row, label: name(k), colour: k, dash: k, points: curvePoints(runs, row, part, place, "evaluation") }
      };
      if (--left) return;
      details = arrived;
      look();
      fill();
      chart(find(".laid"), details.map(({ line }) => line), { x: "evaluation", y: "log" });
    }));
  }

  /* The values that run k can have on an axis, of those of its experiment. Another one leads to the run that has it
     and is otherwise most like the one before. */
  function chooser({ name, at, values }, k, near) {
    const alike = row => axes.filter(axis => axis.at[row] === axis.at[rows[k]]).length;
    const select = make("select", { id: name + k, "aria-label": `${name} of ${"ABCD"[k]}` },
      unique(near.map(row => at[row])).sort((a, b) => a - b)
        .map(value => make("option", { value }, shortened(values[value] || NONE, 40))));
    select.value = at[rows[k]];
    select.onchange = () => {
      const [best] = near.filter(row => at[row] === +select.value).sort((a, b) => alike(b) - alike(a));
      choose(rows.map((row, n) => n === k ? best : row));
    };
    return select;
  }

  /* The table: a choice for every axis, parameters that differ, figures with their ratios to those of A. */
  function fill() {
    const focused = document.activeElement.id, body = find("tbody");
    const near = rows.map(row => rowsOf(runs, runs.experiment(row)));
    const line = (head, cells) => body.append(make("tr", {}, [
      make("th", { scope: "row" }, head), ...cells.map(cell => make("td", {}, cell))
    ]));
    find("thead tr").replaceChildren(make("td"), ...rows.map((row, k) => make("th", { scope: "col" }, make(
      "a", { href: one("[data-still]") ? null : runs.address(row) }, `${"ABCD"[k]} ${shortened(runs.title(row), 40)}`
    ))));
    body.replaceChildren();
    for (const axis of axes) {
      const selects = near.map((own, k) => chooser(axis, k, own));
      if (selects.some(select => select.length > 1)) line(axis.name, selects);
    }
    (details[0]?.names || []).forEach((parameter, n) => {
      const texts = details.map(({ values }) => values[n]), told = tools.all.checked || unique(texts).length > 1;
      if (told && !axes.some(({ name }) => name === parameter)) line(parameter, texts);
    });
    for (const { name, kind, numbers } of runs.named("figure")) {
      line(name, rows.map((row, k) => {
        const fair = {
          memory: true,
          seconds: [row, rows[0]].every(timed => runs.is(timed, COMPARABLE)),
          loss: details.length && details[k].objective === details[0].objective
        }[kind];
        const ratio = k && fair ? numbers[row] / numbers[rows[0]] : 0, told = ratio > 0 && isFinite(ratio);
        return [runs.text(name, row), make("span", { class: "unit" }, told ? figure("ratio", ratio) : "")];
      }));
    }
    line("result", rows.map(row => runs.text("result", row)));
    tools.add.disabled = rows.length === Math.min(4, runs.count);
    tools.remove.disabled = rows.length < 3;
    document.getElementById(focused)?.focus();
  }

  section.oninput = look;
  tools.all.onchange = fill;
  tools.next.onclick = next;
  tools.swap.onclick = () => choose([...rows.slice(1), rows[0]]);
  tools.remove.onclick = () => choose(rows.slice(0, -1));
  tools.add.onclick = () => {
    let [more] = rows.slice(-1);
    while (rows.includes(more)) more = (more + 1) % runs.count;
    choose([...rows, more]);
  };
  addEventListener("keydown", event => {
    if (keyOf(event) === "b" && !event.repeat && !section.hidden && !event.target.matches("select")) next();
  });
  /* The box is there to be seen only while they blink, and where motion is welcome. */
  setInterval(() => { if (tools.itself.checked && tools.itself.offsetParent) next(); }, 800);

  restored(() => {
    const params = state();
    const asked = params.has("run") ? params.getAll("run") : section.dataset.viewer.split(" ");
    const found = unique(asked.map(id => runs.row(id))).filter(row => row >= 0).slice(0, 4);
    section.hidden = found.length < 2;
    if (section.hidden) return;
    tools.mode.value = params.get("mode") || "side";
    tools.gain.value = +params.get("gain") || 1;
    if (String(found) !== String(rows)) choose(found);
    zoom.set({ zoom: +params.get("zoom"), x: +params.get("x"), y: +params.get("y") });
  });
}
