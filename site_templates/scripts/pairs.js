/* Comparisons follow the filter. Until it is set, pages stay as they came and data/pairs-<k>.js
   (bench/report/pair_data.py) is not read. A pair fits where one of its runs does. */

window.nst.pairs = (number, data) => arrive("pairs-" + number, data);

function comparisons(form, runs) {
  function narrow(section, fits, narrowed, data) {
    var at = data.at = unpacked(data.rows, data.width), kept = [];
    for (var k = 0; k < at.length / 2; k++) if (fits[at[2 * k]] || fits[at[2 * k + 1]]) kept.push(k);
    all("[data-quantity]", section).forEach(line => {
      var texts = pairStatistics(data.quantities[line.dataset.quantity], kept);
      texts.forEach((text, k) => { line.cells[k + 1].textContent = text; });
    });
    all("[data-unmatched]", section).forEach(line => {
      var alone = unpacked(data.unmatched, data.width).filter(row => fits[row]).length;
      line.textContent = counted(alone, "run", "runs") + " without a partner";
    });
    all("[data-shown]", section).forEach(box => {
      var count = section.querySelector("[data-count]");
      box.whole = box.whole || [Array.from(box.children), count.textContent];
      var [shown, told] = box.whole, model = shown[0];
      if (narrowed) {
        shown = kept.slice(0, model.cells ? 100 : 12).map(k => like(model, data, k));
        told = shown.length + " of " + counted(kept.length, "pair", "pairs");
      }
      box.replaceChildren(...shown);
      count.textContent = told;
    });
  }

  /* Another pair in the form of one that is there. */
  function like(model, data, k) {
    var made = model.cloneNode(true), [a, b] = data.at.subarray(2 * k);
    made.dataset.pair = runs.id(a) + " " + runs.id(b);
    made.querySelector("bdi").textContent = runs.title(a);
    made.querySelector(".settings").textContent = settings(a, b, true);
    all(".closely, .reach", made).forEach(old => old.remove());
    if (made.cells) {
      [a, b].map(row => make("a", { href: runs.address(row) }, runs.text("time", row)))
        .concat(runs.text("loss", a), runs.text("loss", b), data.quantities.map(q => figure("ratio", q.ratios[k])))
        .forEach((child, place) => { made.cells[place + 1].replaceChildren(child); });
    } else made.querySelector(".works").replaceChildren(pictured(a, b), pictured(b, a));
    return linked(made);
  }

  function pictured(row, other) {
    var figure = work(runs, row, "17rem");
    figure.lastChild.prepend(make("strong", {}, settings(row, other, false)));
    return figure;
  }

  /* The settings of a that b has too, or that it has not. */
  function settings(a, b, shared) {
    return runs.experiment(a).axes.filter(name => (runs.text(name, a) === runs.text(name, b)) === shared)
      .map(name => runs.setting(name, a)).join(" · ");
  }

  /* To the page that lays both over each other. */
  function linked(pair) {
    var href = root + "view.html#run=" + pair.dataset.pair.replace(" ", "&run=");
    pair.querySelector("h3, th").append(" ", make("a", { class: "closely", href }, "Compare closely"));
    return pair;
  }

  all("[data-pair]").forEach(linked);
  filterBar(form, runs, rows => {
    var fits = new Uint8Array(runs.count), narrowed = rows.length < runs.count;
    rows.forEach(row => { fits[row] = 1; });
    all(narrowed ? "[data-pairs]" : ".narrowed").forEach(section => {
      section.classList.toggle("narrowed", narrowed);
      fetched("pairs-" + section.dataset.pairs, data => narrow(section, fits, narrowed, data));
    });
  });
}

/* The cells of a summary, as bench/report/comparisons.py makes them. */
function pairStatistics(quantity, kept) {
  kept = kept.filter(k => quantity.ratios[k] !== null);
  var n = kept.length, [ratios, differences] = [quantity.ratios, quantity.differences].map(numbers =>
    Float64Array.from(kept, k => numbers[k]).sort());
  if (!n) return [0, NONE, NONE, NONE, 0, 0, 0, NONE];
  function at(numbers, share) {
    var place = (n - 1) * share, k = Math.floor(place), low = numbers[k], high = numbers[Math.ceil(place)];
    return low === high ? low : low + (high - low) * (place - k);
  }
  function ratio(share) { return figure("ratio", at(ratios, share)); }
  var range = n < 4 ? ratio(0) + " to " + ratio(1) + " (lowest to highest)" : ratio(0.25) + " to " + ratio(0.75);
  var [wins, losses] = [-1, 1].map(sign => differences.filter(d => d * sign > 0).length);
  return [n, ratio(0.5), n < 2 ? NONE : range, figure(quantity.kind, at(differences, 0.5)),
    wins, losses, n - wins - losses, n < 2 ? NONE : pValue(wins, losses)];
}

/* Of the sign test: (1 + n + ...) / 2^n, scaled before it overflows. */
function pValue(wins, losses) {
  var n = wins + losses, term = 1, tail = 1, power = 1 - n, large = 2 ** 900;
  for (var k = 1; k <= Math.min(wins, losses); k++) {
    tail += term = term * (n - k + 1) / k;
    if (tail > large) { tail /= large; term /= large; power += 900; }
  }
  var p = Math.min(1, tail * 2 ** power);
  return p < 1e-6 ? "< 0.000001" : String(+p.toPrecision(p < 0.001 ? 1 : 2));
}
