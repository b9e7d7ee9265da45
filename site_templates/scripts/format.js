/* Numbers as bench/report/format.py writes them: a test holds the two together. */

const NARROW = "\u202f", NONE = "–";

function digits(value, significant) {
  if (!isFinite(value)) return NONE;
  if (value === 0) return "0";
  const rounded = value.toExponential(significant - 1), [mantissa, exponent] = rounded.split("e"), power = +exponent;
  const text = power > -4 && power < 6 ? grouped((+rounded).toFixed(Math.max(0, significant - 1 - power)))
    : mantissa + "×10" + String(power).replace(/./g, digit => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit] || "⁻");
  return text.replace("-", "−");
}

/* 12345.6 as 12 345.6; four digits stay together. */
const grouped = text => text.replace(/^-?\d{5,}/, whole => whole.replace(/\B(?=(\d{3})+$)/g, NARROW));

/* Below so much, multiply by this and call it that. */
const TIMES = [[1e-3, 1e6, "µs"], [1, 1e3, "ms"], [1000, 1, "s"], [7200, 1 / 60, "min"], [Infinity, 1 / 3600, "h"]];
const SIZES = [[2 ** 10, 1, "B"], [2 ** 20, 2 ** -10, "KiB"], [2 ** 30, 2 ** -20, "MiB"], [Infinity, 2 ** -30, "GiB"]];

function scaled(value, units) {
  const [, factor, unit] = units.find(([limit]) => Math.abs(value) < limit);
  return digits(value * factor, 3) + NARROW + unit;
}

const KINDS = {
  loss: value => digits(value, 4),
  seconds: value => scaled(value, TIMES),
  memory: value => scaled(value, SIZES),
  quality: value => digits(value, 3),
  ratio: value => digits(value, 3) + NARROW + "×",
  count: value => grouped(String(+value.toFixed(1)))
};

/* The text of a figure; null is what was not measured, infinity what never came about. */
const figure = (kind, value) => value == null ? NONE : value === Infinity ? "never" : KINDS[kind](value);

const counted = (value, one, many = one + "s") => `${KINDS.count(value)} ${value === 1 ? one : many}`;

/* Of numbers in order: what such a share of them is not above, on the line between neighbours. */
function quantile(numbers, share) {
  const place = (numbers.length - 1) * share, low = numbers[Math.floor(place)], high = numbers[Math.ceil(place)];
  return low === high ? low : low + (high - low) * (place % 1);
}
