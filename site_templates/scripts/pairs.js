/* Comparisons follow the filter. Until it is set, pages stay as they came and data/pairs-<k>.js
   (bench/report/pair_data.py) is not read. A pair fits where one of its runs does. */

function comparisons(form, runs) {
  const sections = all("[data-pairs]");
  let latest;

  /* A section as it came, with what fits in the place of all. */
  function narrowed(whole, { rows, width, quantities }, fits) {
    const section = whole.cloneNode(true), at = unpacked(rows, width), box = one("[data-shown]", section);
    const kept = [...Array(at.length / 2).keys()].filter(k => fits.has(at[2 * k]) || fits.has(at[2 * k + 1]));
    section.classList.add("narrowed");
    all("[data-quantity]", section).forEach((line, n) => {
      pairStatistics(quantities[n], kept).forEach((text, k) => line.cells[k + 1].replaceChildren(text));
    });
    if (!box) return section;
    const shown = kept.slice(0, box.dataset.shown), model = box.firstElementChild;
    one("[data-count]", section).textContent = `${shown.length} of ${counted(kept.length, "pair")}`;
    box.replaceChildren(...shown.map(k => (
      like(model, at[2 * k], at[2 * k + 1], quantities.map(({ ratios }) => figure("ratio", ratios[k]))))));
    return section;
  }

  /* Another pair in the form of one that is there. */
  function like(model, a, b, ratios) {
    const made = model.cloneNode(true), cells = [
      ...[a, b].map(row => make("a", { href: runs.address(row) }, runs.text("time", row))),
      runs.text("loss", a), runs.text("loss", b), ...ratios
    ];
    one("bdi", made).textContent = runs.title(a);
    one(".settings", made).textContent = settings(a, b, true);
    one(".closely", made).hash = `run=${runs.id(a)}&run=${runs.id(b)}`;
    one(".works", made)?.replaceChildren(pictured(a, b), pictured(b, a));
    all("td", made).forEach((cell, k) => cell.replaceChildren(cells[k] ?? NONE));
    return made;
  }

  function pictured(row, other) {
    const made = work(runs, row, "17rem");
    made.lastChild.prepend(make("strong", {}, settings(row, other, false)));
    return made;
  }

  /* The settings of a that b has too, or that it has not. */
  const settings = (a, b, shared) => runs.settings(a, runs.experiment(a).axes
    .filter(name => (runs.text(name, a) === runs.text(name, b)) === shared));

  filterBar(form, runs, rows => {
    const fits = new Set(rows);
    latest = rows;
    for (const whole of sections) {
      const { pairs } = whole.dataset, put = section => one(`[data-pairs="${pairs}"]`).replaceWith(section);
      if (rows.length < runs.count) fetched("pairs-" + pairs, data => rows === latest && put(narrowed(whole, data, fits)));
      else if (!whole.isConnected) put(whole);
    }
  });
}

/* The cells of a summary, as bench/report/comparisons.py makes them. */
function pairStatistics({ kind, ratios, differences }, pairs) {
  const known = pairs.filter(k => ratios[k] !== null), n = known.length;
  const [quotients, changes] = [ratios, differences].map(numbers => Float64Array.from(known, k => numbers[k]).sort());
  const ratio = share => figure("ratio", quantile(quotients, share));
  const range = n < 4 ? `${ratio(0)} to ${ratio(1)} (lowest to highest)` : `${ratio(0.25)} to ${ratio(0.75)}`;
  const [wins, losses] = [-1, 1].map(sign => changes.filter(change => change * sign > 0).length);
  return [n, ratio(0.5), n < 2 ? NONE : range, figure(kind, quantile(changes, 0.5)),
    wins, losses, n - wins - losses, n < 2 ? NONE : pValue(wins, losses)];
}

/* Of the sign test: (1 + n + ...) / 2^(n - 1), in logarithms since 2^n has no end. */
function pValue(wins, losses) {
  const n = wins + losses;
  let log = (1 - n) * Math.LN2, p = 0;
  for (let k = 0; k <= Math.min(wins, losses); k++) {
    p += Math.exp(log);
    log += Math.log((n - k) / (k + 1));
  }
  return p < 1e-6 ? "< 0.000001" : String(+Math.min(1, p).toPrecision(p < 0.001 ? 1 : 2));
}
