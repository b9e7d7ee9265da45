/* The site's runs, unpacked from data/runs.js (bench/report/data.py says what is in it). A row is a number. */

var ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
var WIDE = 12, NO_PICTURE = "0".repeat(WIDE);
var COMPARABLE = 1, WARNED = 2, NOT_FINITE = 4, NOT_DONE = 8;

/* Numbers from digits of base 64, so many to each. */
function unpacked(text, width) {
  if (!unpacked.at) {
    unpacked.at = {};
    ALPHABET.split("").forEach(function (c, k) { unpacked.at[c] = k; });
  }
  var found = new Uint32Array(text.length / width);
  for (var k = 0; k < text.length; k++) {
    found[Math.floor(k / width)] = found[Math.floor(k / width)] * 64 + unpacked.at[text[k]];
  }
  return found;
}

class Runs {
  constructor(data) {
    this.count = data.count;
    this.part = data.part;
    this.experiments = data.experiments;
    this.originals = data.originals;
    this.bare = data.bare;
    this.ids = data.ids;
    this.keys = data.keys;
    this.flags = data.flags;
    /* Columns by name, in the order of tables. A column of labels has values and at, one of figures kind and numbers. */
    this.columns = {};
    data.labels.forEach(function (label) {
      this.columns[label.name] = Object.assign({}, label, { at: unpacked(label.at, label.width) });
    }, this);
    data.figures.forEach(function (given) {
      this.columns[given.name] = Object.assign({ role: "figure" }, given);
    }, this);
  }

  /* Columns with one of these roles: input, axis, parameter, result, figure. */
  named() {
    var roles = Array.from(arguments);
    return Object.values(this.columns).filter(function (column) { return roles.includes(column.role); });
  }

  id(row) { return this.ids.substr(row * WIDE, WIDE); }

  /* The first row of a run, -1 for none. */
  row(id) {
    if (id.length !== WIDE) return -1;
    for (var at = this.ids.indexOf(id); at >= 0; at = this.ids.indexOf(id, at + 1)) {
      if (at % WIDE === 0) return at / WIDE;
    }
    return -1;
  }

  address(row) { return root + "runs/" + this.id(row) + ".html"; }

  is(row, flag) { return (parseInt(this.flags[row], 16) & flag) !== 0; }

  /* What a row's cell says, and what it is sorted by: null where there is nothing. */
  text(name, row) {
    var column = this.columns[name];
    if (!column) return "";
    if (column.numbers) {
      if (name === "loss" && this.is(row, NOT_FINITE)) return "diverged";
      return figure(column.kind, column.numbers[row]);
    }
    return column.at[row] < column.values.length ? column.values[column.at[row]] : "";
  }

  key(name, row) {
    var column = this.columns[name];
    if (column.numbers) return column.numbers[row];
    return column.at[row] < column.values.length ? column.at[row] : null;
  }

  experiment(row) {
    return this.experiments[this.columns.experiment.at[row]];
  }

  title(row) {
    return [this.text("content", row), this.text("style", row)].filter(Boolean).join(" × ") || this.experiment(row).task;
  }

  setting(name, row) {
    var text = this.text(name, row);
    return this.bare.includes(name) ? text : name + " " + text;
  }

  /* What tells the run from the others of its pair: noise · 256 px. */
  settings(row) {
    var self = this;
    return this.experiment(row).axes.map(function (name) { return self.setting(name, row); }).join(" · ");
  }

  /* What tells the run from all others of its experiment. */
  label(row) {
    return [this.title(row), this.settings(row)].filter(Boolean).join(", ");
  }

  /* Where the run's picture lies: {width, height, copies: [[file, width]], original}; null without one. */
  picture(row) {
    var key = this.keys.substr(row * WIDE, WIDE);
    if (key === NO_PICTURE) return null;
    var frame = this.text("frame", row).split(" ");
    return pictureFiles(key, +frame[0], +frame[1], this.originals);
  }
}
