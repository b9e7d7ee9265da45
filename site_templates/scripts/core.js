/* Adds to pages that are complete without it: pickers, filters, sorting, curves, comparisons of pictures. The data
   of the site comes from data/*.js, classic scripts that call nst.runs, nst.part and nst.pairs, since a page opened
   from disk may read a file in no other way. Whatever the data holds becomes text, never markup. */

/* The way from this page to the site's folder. */
const root = document.documentElement.dataset.root || "";

/* An element: attributes (null leaves one out), then children; a text becomes a text node. made: it, still bare. */
function make(tag, attributes = {}, children = [], made = document.createElement(tag)) {
  for (const [name, value] of Object.entries(attributes)) if (value != null) made.setAttribute(name, value);
  made.append(...[].concat(children));
  return made;
}

const all = (selector, within = document) => [...within.querySelectorAll(selector)];

const one = (selector, within = document) => within.querySelector(selector);

const clamp = (low, value, high) => Math.max(low, Math.min(value, high));

/* events: their names, with a space between two. */
const listen = (target, events, handler) => events.split(" ").forEach(name => target.addEventListener(name, handler));

const unique = values => [...new Set(values)];

/* The key's name; empty where, with others held, it is a command to the browser. */
const keyOf = ({ ctrlKey, metaKey, altKey, key }) => ctrlKey || metaKey || altKey ? "" : key;

/* Data arrives once, whoever asks first; callers wait in line. */
const arrived = {}, waiting = {};

function fetched(name, then) {
  if (name in arrived) return then(arrived[name]);
  if (waiting[name]?.push(then)) return;
  waiting[name] = [then];
  /* A page of its own, sent by mail, brings its data along. */
  const inside = one(`script[data-name="${name}"]`);
  if (inside) return arrive(name, JSON.parse(inside.textContent));
  const script = make("script", { src: `${root}data/${name}.js` });
  /* A missing file leaves the page as it was without a script. */
  script.onerror = () => delete waiting[name];
  document.head.append(script);
}

function arrive(name, data) {
  arrived[name] = name === "runs" ? new Runs(data) : data;
  for (const then of waiting[name]) then(arrived[name]);
}

const partName = number => "part-" + String(number).padStart(3, "0");

window.nst = {
  runs: data => arrive("runs", data),
  part: (number, data) => arrive(partName(number), data),
  pairs: (number, data) => arrive("pairs-" + number, data)
};

/* then(runs): the site's runs, a Runs. */
const withRuns = then => fetched("runs", then);

/* then(part, place): what only few views need of a row: its curve, its parameters (gallery data, part-NNN.js). */
const withDetails = (runs, row, then) => fetched(partName(Math.floor(row / runs.part)), part => then(part, row % runs.part));
