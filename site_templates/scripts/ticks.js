/* Where the axes of charts have their marks, as bench/report/ticks.py puts them: a test holds the two together. */

function linearTicks(low, high) {
  const raw = (high - low) / 5, power = 10 ** Math.floor(Math.log10(raw)), ticks = [];
  const step = power * [1, 2, 5, 10].find(m => m * power >= raw * (1 - 1e-9));
  for (let k = Math.ceil(low / step - 1e-9); k <= high / step + 1e-9; k++) ticks.push(+(k * step).toPrecision(12));
  return ticks;
}

/* Values between 10**low and 10**high: decades, thinned or filled in until there are 3 to 7. */
function logTicks(low, high) {
  for (const mantissas of [[1], [1, 3], [1, 2, 5], [1, 2, 3, 5, 7]]) {
    const ticks = [];
    for (let p = Math.floor(low); p <= high; p++) ticks.push(...mantissas.map(m => +`${m}e${p}`));
    const inside = ticks.filter(tick => low <= Math.log10(tick) && Math.log10(tick) <= high);
    const stride = Math.ceil(inside.length / 7);
    if (inside.length > 2) return inside.filter(tick => Math.round(Math.log10(tick)) % stride === 0);
  }
  return linearTicks(10 ** low, 10 ** high);
}

/* With the digits it needs and no more: 0.01, 30, 10 000, 10⁻⁴, 3×10⁶. */
function tickLabel(value) {
  const needed = (+value.toPrecision(7)).toExponential().match(/\d(?=.*e)/g).length;
  return digits(value, needed).replace(/^1×/, "");
}
