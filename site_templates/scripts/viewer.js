/* Two to four runs, laid over each other (view.html). The address says which, and how they are looked at:
   run=<id>&run=<id>&mode=side|slider|blink|difference&gain=1&zoom=1&x=0.5&y=0.5 */

const LETTERS = "ABCD";

function viewer(section) {
  withRuns((runs) => {
    const form = section.querySelector("form"), stage = section.querySelector(".stage"), frames = {}, sharp = {};
    const still = document.querySelector("[data-chooser], [data-still]"), tools = form.elements;
    const split = section.querySelector("#split"), note = section.querySelector("[data-note]"), by = section.querySelector("[data-by]");
    const add = section.querySelector("[data-add]"), every = section.querySelector("[data-all]");
    const axes = runs.named("input", "axis"), same = section.dataset.sameObjective.split(" ");
    let rows = [], shown = 0, details = [], timer, saving;
    const zoom = zooming(stage, form.querySelector(".zoom-bar"), () => { rows.forEach(load); save(); });
    const name = (k) => LETTERS[k] + " " + (runs.settings(rows[k]) || runs.title(rows[k]));

    /* Not at every move: browsers allow few changes of the address. */
    function save() {
      clearTimeout(saving);
      saving = setTimeout(() => {
        const { zoom: factor, x, y } = zoom.look, away = factor !== 1;
        remember({ run: rows.map((row) => runs.id(row)), mode: tools.mode.value === "side" ? "" : tools.mode.value,
          gain: tools.gain.value === "1" ? "" : tools.gain.value, zoom: away && +factor.toFixed(3) + "",
          x: away && +x.toFixed(4) + "", y: away && +y.toFixed(4) + "" });
      }, 150);
    }

    /* The viewing copy first; the original where its last bits count. A page in one file has one of them inside. */
    function load(row) {
      const picture = runs.picture(row), img = picture && frames[row].firstChild;
      if (!img) return;
      const inside = document.querySelector('[data-still] img[data-key="' + runs.keys.substr(row * WIDE, WIDE) + '"]');
      const wanted = zoom.look.zoom >= 2 || tools.mode.value === "difference";
      const put = (file, lossless) => {
        if (img.getAttribute("src") === file) return;
        img.src = file;
        sharp[row] = lossless;
        captions();
      };
      if (inside) put(inside.src, "lossless" in inside.dataset);
      else if (!img.src) put(picture.copies[picture.copies.length - 1][0], false);
      if (inside || !wanted || sharp[row]) return;
      if (picture.original) put(picture.original, true);
      else if (runs.originals === "link") {
        withDetails(runs, row, (part, place) => { if (part.originals[place]) put(root + part.originals[place], true); });
      }
    }

    function frame(row) {
      if (!frames[row]) {
        const picture = runs.picture(row);
        frames[row] = make("div", { class: "frame" }, picture
          ? make("img", { alt: runs.title(row) + ", " + runs.settings(row), width: picture.width, height: picture.height })
          : runPicture(runs, row));
      }
      return frames[row];
    }

    /* Which pictures the mode shows, and what is said of them. */
    function captions() {
      const mode = tools.mode.value, over = mode === "slider" || mode === "difference";
      all("figcaption", stage).forEach((caption, k) => {
        const seen = mode === "blink" ? k === shown : !over || k < 2;
        caption.classList.toggle("unseen", !seen);
        caption.replaceChildren(make("strong", {}, name(k)), " ", make("span", {}, !runs.picture(rows[k]) ? "no picture"
          : sharp[rows[k]] ? "lossless" : "lossy preview" + (runs.originals === "none" ? ", the only copy here" : "")));
      });
      const sizes = new Set(rows.map((row) => runs.text("frame", row)).filter(Boolean));
      note.textContent = [
        mode === "blink" ? "Shown: " + name(shown) + "." : "",
        mode === "difference" ? "A minus B, without sign: black is the same" + (tools.gain.value > 1 ? ", all " + tools.gain.value + " times as bright." : ".") : "",
        over && rows.length > 2 ? "Of more than two, A and B are shown." : "",
        sizes.size > 1 ? "The pictures have different sizes (" + Array.from(sizes, (size) => size.replace(" ", " × ")).join(", ") + " px) and are shown equally large." : ""
      ].filter(Boolean).join(" ");
    }

    function arrange() {
      const mode = tools.mode.value, made = rows.map(frame), first = rows.map((row) => runs.picture(row)).find(Boolean);
      stage.className = "stage " + mode + " n" + rows.length;
      if (first) stage.style.setProperty("--shape", first.width / first.height);
      stage.style.setProperty("--gain", tools.gain.value);
      form.querySelector("output").textContent = tools.gain.value + NARROW + "×";
      const box = (children) => make("div", { class: "pile", tabindex: "0", role: "group", "aria-label": "Pictures: + and − zoom, arrow keys move" }, children);
      if (mode === "side") {
        stage.replaceChildren(...made.map((one) => make("figure", {}, [box(one), make("figcaption")])));
      } else {
        stage.replaceChildren(box(made), make("div", { class: "captions" }, made.map(() => make("figcaption"))));
      }
      made.forEach((one, k) => {
        one.hidden = mode === "blink" ? k !== shown : mode !== "side" && k > 1;
        one.style.clipPath = mode === "slider" && k === 1 ? "inset(0 0 0 " + split.value + "%)" : "";
      });
      stage.style.setProperty("--split", split.value + "%");
      all("[data-for]", section).forEach((tool) => { tool.hidden = tool.dataset.for !== mode; });
      tools.itself.disabled = matchMedia("(prefers-reduced-motion: reduce)").matches;
      clearInterval(timer);
      if (mode === "blink" && tools.itself.checked && !tools.itself.disabled) timer = setInterval(next, 800);
      rows.forEach(load);
      captions();
      zoom.show();
    }

    function next() {
      shown = (shown + 1) % rows.length;
      rows.forEach((row, k) => { frames[row].hidden = k !== shown; });
      captions();
    }

    /* The run that has this value and is otherwise most like the row. */
    function moved(row, column, value) {
      const within = runs.columns.experiment.at, own = (other) => column.name === "experiment" || within[other] === within[row];
      const alike = (other) => axes.filter((axis) => axis.at[other] === axis.at[row]).length;
      let best = row, most = -1;
      for (let other = 0; other < runs.count; other++) {
        if (column.at[other] === value && own(other) && alike(other) > most) {
          best = other;
          most = alike(other);
        }
      }
      return best;
    }

    function choose(chosen) {
      rows = chosen;
      shown = 0;
      details = [];
      arrange();
      table();
      rows.forEach((row, k) => withDetails(runs, row, (part, place) => {
        if (rows !== chosen) return;
        details[k] = { part: part, place: place };
        if (rows.every((_, n) => details[n])) {
          table();
          overlay();
        }
      }));
      save();
    }

    const value = (k, n) => details[k].part.values[details[k].part.parameters[details[k].place][n]];
    const names = () => (rows.every((_, k) => details[k]) ? details[0].part.names : []);
    const replaced = (k, row) => choose(rows.map((old, n) => (n === k ? row : old)));

    function table() {
      const focus = document.activeElement.id, body = make("tbody"), buttons = (k) => [
        k ? [LETTERS[k - 1] + " ⇄ " + LETTERS[k], "Swap " + LETTERS[k - 1] + " and " + LETTERS[k],
          () => choose(rows.map((row, n) => rows[n === k ? k - 1 : n === k - 1 ? k : n]))] : null,
        rows.length > 2 ? ["remove", "Remove " + LETTERS[k], () => choose(rows.filter((_, n) => n !== k))] : null
      ].filter(Boolean).map(([text, label, act], n) => {
        const made = make("button", { type: "button", id: "b" + n + k, "aria-label": label }, text);
        made.addEventListener("click", act);
        return made;
      });
      const line = (head, cells) => body.append(make("tr", {}, [make("th", { scope: "row" }, head),
        ...cells.map((cell) => make("td", {}, cell))]));
      const differ = (texts) => every.checked || new Set(texts).size > 1;

      axes.forEach((column, n) => {
        const choices = rows.map((row) => {
          const found = new Set();
          for (let other = 0; other < runs.count; other++) {
            if (column.name === "experiment" || runs.experiment(other) === runs.experiment(row)) found.add(column.at[other]);
          }
          return Array.from(found).filter((at) => at < column.values.length).sort((a, b) => a - b);
        });
        if (choices.every((found) => found.length < 2) && !differ(rows.map((row) => column.at[row]))) return;
        line(column.name, rows.map((row, k) => {
          if (choices[k].length < 2) return runs.text(column.name, row);
          const select = make("select", { id: "x" + n + k, "aria-label": column.name + " of " + LETTERS[k] },
            choices[k].map((at) => make("option", { value: at }, shortened(column.values[at], 40))));
          select.value = column.at[row];
          select.addEventListener("change", () => replaced(k, moved(row, column, +select.value)));
          return select;
        }));
      });
      names().forEach((parameter, n) => {
        const texts = rows.map((_, k) => value(k, n));
        if (!axes.some((axis) => axis.name === parameter) && differ(texts)) line(parameter, texts);
      });
      const fair = rows.map((row, k) => k && details[k] && details[0] && ["content", "style"].every((role) => runs.text(role, row) === runs.text(role, rows[0]))
        && names().every((parameter, n) => same.includes(parameter) || value(k, n) === value(0, n)));
      runs.named("figure").forEach((column) => {
        line(column.name, rows.map((row, k) => {
          const own = column.numbers[row], first = column.numbers[rows[0]], timed = column.kind === "seconds";
          const compared = k && first > 0 && own !== null && column.kind !== "quality" && (column.kind !== "loss" || fair[k])
            && (!timed || (runs.is(row, COMPARABLE) && runs.is(rows[0], COMPARABLE)));
          return make("span", {}, [runs.text(column.name, row), compared ? make("span", { class: "unit" }, " " + figure("ratio", own / first)) : ""]);
        }));
      });
      line("result", rows.map((row) => runs.text("result", row)));
      section.querySelector("table").replaceChildren(make("thead", {}, make("tr", {}, [make("td"), ...rows.map((row, k) => make("th", { scope: "col" },
        [make(still.dataset.still === undefined ? "a" : "span", { href: runs.address(row) }, LETTERS[k] + " " + shortened(runs.title(row), 40)), " ", ...buttons(k)]))])), body);
      add.disabled = rows.length > 3 || runs.count <= rows.length;
      const again = focus && document.getElementById(focus);
      if (again) again.focus();
    }

    function overlay() {
      chart(section.querySelector(".overlay"), rows.map((row, k) => ({
        row: row, label: name(k), colour: k, dash: k, points: curvePoints(runs, row, details[k].part, details[k].place, by.value)
      })).filter((line) => line.points.length), { x: by.value, y: "log", label: "Loss curves of the runs" });
    }

    function first(row, n) {
      const other = (row + n) % runs.count;
      return rows.includes(other) ? first(row, n + 1) : other;
    }

    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => { arrange(); save(); });
    split.addEventListener("input", arrange);
    every.addEventListener("change", table);
    by.addEventListener("change", overlay);
    tools.next.addEventListener("click", next);
    add.addEventListener("click", () => choose(rows.concat(first(rows[rows.length - 1], 1))));
    addEventListener("keydown", (event) => {
      if (event.key !== "b" || event.ctrlKey || event.metaKey || event.altKey || section.hidden || /SELECT|TEXT/.test(event.target.tagName)) return;
      if (tools.mode.value === "blink") next();
      else {
        tools.mode.value = "blink";
        arrange();
        save();
      }
    });

    all("[data-first]").forEach((item) => {
      const ids = item.dataset.first.split(" ");
      item.append(" · ", make("a", { href: "#run=" + ids.join("&run=") }, ids.map((id) => runs.settings(runs.row(id)) || id).join(" beside ")));
    });

    restored(() => {
      const params = state(), number = (key, fallback) => (isFinite(parseFloat(params.get(key))) ? parseFloat(params.get(key)) : fallback);
      const asked = params.getAll("run").concat(params.has("run") ? [] : (section.dataset.runs || "").split(" "));
      const found = Array.from(new Set(asked.map((id) => runs.row(id)))).filter((row) => row >= 0).slice(0, 4);
      section.hidden = found.length < 2;
      still.hidden = !section.hidden;
      if (section.hidden) return;
      tools.mode.value = ["slider", "blink", "difference"].includes(params.get("mode")) ? params.get("mode") : "side";
      tools.gain.value = number("gain", 1);
      if (String(found) !== String(rows)) choose(found);
      else arrange();
      zoom.set(number("zoom", 1), number("x", 0.5), number("y", 0.5));
    });
  });
}
