/* Numbers as bench/report/format.py writes them: a test holds the two together. */

var NARROW = "\u202f", NONE = "–";

function digits(value, significant) {
  if (!isFinite(value)) return NONE;
  if (value === 0) return "0";
  var parts = value.toExponential(significant - 1).split("e"), power = +parts[1];
  if (power > -4 && power < 6) {
    return grouped((+value.toPrecision(significant)).toFixed(Math.max(0, significant - 1 - power))).replace("-", "−");
  }
  var raised = String(power).split("").map(function (c) {
    return c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[+c];
  }).join("");
  return parts[0].replace("-", "−") + "×10" + raised;
}

/* 12345.6 as 12 345.6; four digits stay together. */
function grouped(text) {
  var parts = text.split(".");
  if (parts[0].replace("-", "").length > 4) parts[0] = parts[0].replace(/\B(?=(\d{3})+$)/g, NARROW);
  return parts.join(".");
}

var TIMES = [[1e-3, 1e6, "µs"], [1, 1e3, "ms"], [1000, 1, "s"], [7200, 1 / 60, "min"], [Infinity, 1 / 3600, "h"]];
var SIZES = [[1024, 1, "B"], [1048576, 1024, "KiB"], [1073741824, 1048576, "MiB"], [Infinity, 1073741824, "GiB"]];

var KINDS = {
  loss: function (value) { return digits(value, 4); },
  seconds: function (value) {
    var unit = TIMES.find(function (entry) { return Math.abs(value) < entry[0]; });
    return digits(value * unit[1], 3) + NARROW + unit[2];
  },
  memory: function (value) {
    var unit = SIZES.find(function (entry) { return value < entry[0]; });
    return digits(value / unit[1], 3) + NARROW + unit[2];
  },
  quality: function (value) { return digits(value, 3); },
  ratio: function (value) { return digits(value, 3) + NARROW + "×"; },
  share: function (value) { return digits(value * 100, 3) + NARROW + "%"; },
  count: function (value) { return grouped(String(value)); }
};

/* The text of a figure; null is what was not measured, infinity what never came about. */
function figure(kind, value) {
  return value === null ? NONE : value === Infinity ? "never" : KINDS[kind](value);
}

function counted(value, one, many) {
  return KINDS.count(value) + " " + (value === 1 ? one : many);
}
