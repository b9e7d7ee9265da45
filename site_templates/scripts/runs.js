/* The site's runs, unpacked from data/runs.js (bench/report/data.py says what is in it). A row is a number. */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const WIDE = 12, COMPARABLE = 1, WARNED = 2, NOT_FINITE = 4, NOT_DONE = 8;

/* Numbers from digits of base 64, so many to each. */
function unpacked(text, width) {
  const found = new Uint32Array(text.length / width);
  for (let k = 0; k < text.length; k++) {
    const at = Math.floor(k / width);
    found[at] = found[at] * 64 + ALPHABET.indexOf(text[k]);
  }
  return found;
}

class Runs {
  /* Has count, rows, part, experiments, originals, bare, ids, keys, flags, and columns by name, in the order of tables. A
     column of labels has values and at, one of figures kind and numbers. */
  constructor({ labels, figures, ...others }) {
    Object.assign(this, others, { columns: {}, rows: [...Array(others.count).keys()] });
    for (const label of labels) this.columns[label.name] = { ...label, at: unpacked(label.at, label.width) };
    for (const given of figures) this.columns[given.name] = { role: "figure", ...given };
  }

  /* Columns with one of these roles: input, axis, parameter, result, figure. */
  named(...roles) {
    return Object.values(this.columns).filter(({ role }) => roles.includes(role));
  }

  id(row) {
    return this.ids.substr(row * WIDE, WIDE);
  }

  /* The first row of a run, -1 for none. */
  row(id) {
    return this.rows.findIndex(row => this.id(row) === id);
  }

  address(row) {
    return `${root}runs/${this.id(row)}.html`;
  }

  is(row, flag) {
    return parseInt(this.flags[row], 16) & flag;
  }

  /* Whether the times of these rows that may be compared are of one machine: those of several are never put together. */
  ofOneMachine(rows) {
    return unique(rows.filter(row => this.is(row, COMPARABLE)).map(row => this.text("machine", row))).length < 2;
  }

  /* What a row's cell says, and what it is sorted by: null where there is nothing. */
  text(name, row) {
    const { numbers, kind, values, at } = this.columns[name] || { values: [], at: [] };
    if (!numbers) return values[at[row]] || "";
    return name === "loss" && this.is(row, NOT_FINITE) ? "diverged" : figure(kind, numbers[row]);
  }

  key(name, row) {
    const { numbers, values, at } = this.columns[name];
    return numbers ? numbers[row] : at[row] < values.length ? at[row] : null;
  }

  experiment(row) {
    return this.experiments[this.columns.experiment.at[row]];
  }

  title(row) {
    return [this.text("content", row), this.text("style", row)].filter(Boolean).join(" × ") || this.experiment(row).task;
  }

  setting(name, row) {
    const text = this.text(name, row);
    return this.bare.includes(name) ? text : `${name} ${text}`;
  }

  /* What tells the run from the others of its pair: noise · 256 px. */
  settings(row, names = this.experiment(row).axes) {
    return names.map(name => this.setting(name, row)).join(" · ");
  }

  /* What tells the run from all others of its experiment. */
  label(row) {
    return [this.title(row), this.settings(row)].filter(Boolean).join(", ");
  }

  /* Where the run's picture lies: {width, height, copies: [[file, width]], original}; null without one. */
  picture(row) {
    const [width, height] = this.text("frame", row).split(" ");
    return height ? pictureFiles(this.keys.substr(row * WIDE, WIDE), +width, +height, this.originals) : null;
  }
}
