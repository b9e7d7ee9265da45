/* Two to four runs, laid over each other (view.html). The address says which, and how they are looked at:
   run=<id>&run=<id>&mode=slider&gain=4&zoom=2&x=0.5&y=0.5; mode is side, slider, blink or difference. */
function viewer(section) {
  withRuns((runs) => {
    const find = (selector) => section.querySelector(selector), stage = find(".stage"), tools = find("form").elements;
    const still = document.querySelector("[data-still]"), frames = {}, range = Array.from({ length: runs.count }, (_, k) => k);
    const axes = runs.named("input", "axis").filter((column) => column.name !== "experiment");
    const letter = (k) => "ABCD"[k], name = (k) => letter(k) + " " + (runs.settings(rows[k]) || runs.title(rows[k]));
    const listen = (selector, event, act) => find(selector).addEventListener(event, act);
    const zoom = zooming(stage, find(".zoom-bar"), look);
    let rows = [], details = [], shown = 0, saving;

    function frame(row) {
      const picture = runs.picture(row);
      return frames[row] || (frames[row] = make("div", { class: "frame" }, picture ? make("img", {
        alt: runs.title(row) + ", " + runs.settings(row), width: picture.width, height: picture.height
      }) : runPicture(runs, row)));
    }

    /* The viewing copy, or the original where its last bits count; a page in one file holds one of them. Says which. */
    function load(row, detail) {
      const picture = runs.picture(row), img = frames[row].firstChild;
      if (!picture) return "no picture";
      const inside = still && still.querySelector('[data-key="' + runs.keys.substr(row * WIDE, WIDE) + '"]');
      const linked = detail && detail.part.originals && root + detail.part.originals[detail.place];
      const original = inside ? inside.dataset.lossless && inside.src : picture.original || linked;
      const close = zoom.look.zoom >= 2 || tools.mode.value === "difference";
      const file = (close && original) || (inside ? inside.src : picture.copies[picture.copies.length - 1][0]);
      if (img.getAttribute("src") !== file) img.src = file;
      return file === original ? "lossless" : "lossy preview" + (original ? "" : ", no lossless original here");
    }

    /* All that changes without a picture coming or going. */
    function look() {
      const mode = tools.mode.value, sizes = new Set(rows.map((row) => runs.text("frame", row).replace(" ", " × ")));
      all("figcaption", section).forEach((caption, k) => {
        const box = frames[rows[k]];
        box.hidden = mode === "blink" ? k !== shown : mode !== "side" && k > 1;
        box.style.clipPath = mode === "slider" && k ? "inset(0 0 0 " + tools.split.value + "%)" : "";
        caption.replaceChildren(make("strong", {}, name(k)), " ", load(rows[k], details[k]));
        caption.classList.toggle("unseen", box.hidden);
      });
      stage.style.setProperty("--split", tools.split.value + "%");
      stage.style.setProperty("--gain", tools.gain.value);
      find("[data-gain]").textContent = figure("ratio", +tools.gain.value);
      find("[data-note]").textContent = (mode === "blink" ? "Shown: " + name(shown) + ". " : "")
        + (sizes.size > 1 ? "Different sizes (" + Array.from(sizes).join(", ") + " px), shown equally large." : "");
      /* Browsers allow few changes of the address in a row. */
      clearTimeout(saving);
      saving = setTimeout(() => {
        const [factor, x, y] = ["zoom", "x", "y"].map((key) => String(+zoom.look[key].toFixed(4)));
        remember({ run: rows.map((row) => runs.id(row)), mode: mode, gain: tools.gain.value, zoom: factor, x: x, y: y });
      }, 150);
    }

    function arrange() {
      const mode = tools.mode.value, made = rows.map(frame), first = rows.map((row) => runs.picture(row)).find(Boolean);
      const caption = () => make("figcaption"), pile = (inside) => make("div", {
        class: "pile", tabindex: 0, role: "group", "aria-label": "Pictures: + and - zoom, arrow keys move"
      }, inside);
      stage.className = "stage " + mode + " n" + rows.length;
      if (first) section.style.setProperty("--shape", first.width / first.height);
      const figures = mode === "side" ? made.map((one) => make("figure", {}, [pile(one), caption()])) : [pile(made)];
      stage.replaceChildren(...figures);
      find(".captions").replaceChildren(...(mode === "side" ? [] : made.map(caption)));
      all("[data-for]", section).forEach((tool) => { tool.hidden = !tool.dataset.for.includes(mode); });
      zoom.show();
      look();
    }

    function next() {
      shown = (shown + 1) % rows.length;
      look();
    }

    function choose(chosen) {
      rows = chosen;
      details = [];
      shown = 0;
      arrange();
      fill();
      rows.forEach((row, k) => withDetails(runs, row, (part, place) => {
        if (rows !== chosen) return;
        const values = part.parameters[place].map((value) => part.values[value]);
        details[k] = { part: part, place: place, values: values };
        if (!rows.every((_, n) => details[n])) return;
        look();
        fill();
        chart(find(".laid"), rows.map((row, n) => ({
          row: row, label: name(n), colour: n, dash: n,
          points: curvePoints(runs, row, details[n].part, details[n].place, "evaluation")
        })).filter((line) => line.points.length), { x: "evaluation", y: "log", label: "Loss curves of the runs" });
      }));
    }

    /* The table: a choice for every axis, parameters that differ, figures with their ratios to those of A. */
    function fill() {
      const focus = document.activeElement.id, body = find("tbody"), full = rows.every((_, k) => details[k]);
      const names = full ? details[0].part.names : [], same = section.dataset.sameObjective.split(" ");
      const line = (head, cells) => body.append(make("tr", {}, [
        make("th", { scope: "row" }, head), ...cells.map((cell) => make("td", {}, cell))
      ]));
      find("thead tr").replaceChildren(make("td"), ...rows.map((row, k) => make("th", { scope: "col" }, make(
        still ? "span" : "a", { href: still ? null : runs.address(row) }, letter(k) + " " + shortened(runs.title(row), 40)
      ))));
      body.replaceChildren();
      const near = rows.map((row) => range.filter((other) => runs.experiment(other) === runs.experiment(row)));
      axes.forEach((column) => {
        const choices = near.map((own) => Array.from(new Set(own.map((row) => column.at[row]))).sort((a, b) => a - b));
        if (choices.some((values) => values.length > 1)) line(column.name, rows.map((row, k) => {
          const select = make("select", { id: column.name + k, "aria-label": column.name + " of " + letter(k) },
            choices[k].map((at) => make("option", { value: at }, shortened(column.values[at] || NONE, 40))));
          select.value = column.at[row];
          /* The run that has this value and is most like the one before. */
          const alike = (other) => axes.filter((axis) => axis.at[other] === axis.at[row]).length;
          select.addEventListener("change", () => {
            const fitting = near[k].filter((other) => column.at[other] === +select.value);
            const best = fitting.reduce((one, other) => (alike(other) > alike(one) ? other : one));
            choose(rows.map((old, n) => (n === k ? best : old)));
          });
          return select;
        }));
      });
      names.forEach((parameter, n) => {
        const texts = rows.map((_, k) => details[k].values[n]), differ = new Set(texts).size > 1;
        if (!axes.some((axis) => axis.name === parameter) && (differ || find("[data-all]").checked)) line(parameter, texts);
      });
      runs.named("figure").forEach((column) => line(column.name, rows.map((row, k) => {
        const [value, first] = [row, rows[0]].map((one) => column.numbers[one]);
        const fair = {
          memory: true,
          seconds: runs.is(row, COMPARABLE) && runs.is(rows[0], COMPARABLE),
          loss: full && ["content", "style"].every((role) => runs.text(role, row) === runs.text(role, rows[0]))
            && names.every((name, n) => same.includes(name) || details[k].values[n] === details[0].values[n])
        }[column.kind];
        const ratio = k && fair && first > 0 && value !== null ? figure("ratio", value / first) : "";
        return [runs.text(column.name, row), make("span", { class: "unit" }, ratio)];
      })));
      line("result", rows.map((row) => runs.text("result", row)));
      find("[name=add]").disabled = rows.length > 3 || rows.length === runs.count;
      find("[name=remove]").disabled = rows.length < 3;
      const again = focus && document.getElementById(focus);
      if (again) again.focus();
    }

    listen("form", "submit", (event) => event.preventDefault());
    listen("form", "input", arrange);
    listen("#split", "input", look);
    listen("[data-all]", "change", fill);
    listen("[name=next]", "click", next);
    listen("[name=swap]", "click", () => choose(rows.slice(1).concat(rows[0])));
    listen("[name=remove]", "click", () => choose(rows.slice(0, -1)));
    listen("[name=add]", "click", () => {
      const last = rows[rows.length - 1], after = range.slice(last).concat(range);
      choose(rows.concat(after.find((row) => !rows.includes(row))));
    });
    addEventListener("keydown", (event) => {
      if (event.key !== "b" || event.repeat || event.ctrlKey || event.metaKey || event.target.tagName === "SELECT") return;
      if (tools.mode.value === "blink") return next();
      tools.mode.value = "blink";
      arrange();
    });
    setInterval(() => {
      const asked = tools.mode.value === "blink" && tools.itself.checked;
      if (asked && !matchMedia("(prefers-reduced-motion: reduce)").matches) next();
    }, 800);

    restored(() => {
      const params = state(), asked = params.has("run") ? params.getAll("run") : (section.dataset.viewer || "").split(" ");
      const found = Array.from(new Set(asked.map((id) => runs.row(id)))).filter((row) => row >= 0).slice(0, 4);
      const [gain, factor, x, y] = [["gain", 1], ["zoom", 1], ["x", 0.5], ["y", 0.5]].map(([key, usual]) => (
        isFinite(parseFloat(params.get(key))) ? parseFloat(params.get(key)) : usual));
      section.hidden = found.length < 2;
      all("[data-still], [data-chooser]").forEach((other) => { other.hidden = !section.hidden; });
      all("[data-first]").forEach((link) => { link.hidden = false; });
      if (section.hidden) return;
      tools.mode.value = "side";
      tools.mode.value = params.get("mode");
      tools.gain.value = gain;
      if (String(found) !== String(rows)) choose(found);
      else arrange();
      zoom.set(factor, x, y);
    });
  });
}
