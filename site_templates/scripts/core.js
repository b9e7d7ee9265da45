/* Adds to pages that are complete without it: pickers, filters, sorting, curves, comparisons of pictures. The data
   of the site comes from data/*.js, classic scripts that call nst.runs and nst.part, since a page opened from disk
   may read a file in no other way. Whatever the data holds becomes text, never markup. */

/* The way from this page to the site's folder. */
var root = document.documentElement.dataset.root || "";

/* An element: attributes (null leaves one out), then children; a text becomes a text node. made: it, still bare. */
function make(tag, attributes, children, made = document.createElement(tag)) {
  Object.keys(attributes || {}).forEach(function (name) {
    if (attributes[name] !== null && attributes[name] !== undefined) made.setAttribute(name, attributes[name]);
  });
  [].concat(children === undefined ? [] : children).forEach(function (child) {
    made.append(child);
  });
  return made;
}

function all(selector, within) {
  return Array.from((within || document).querySelectorAll(selector));
}

/* events: their names, with a space between two. */
function listen(target, events, handler) {
  for (const name of events.split(" ")) target.addEventListener(name, handler);
}

function unique(values) {
  return Array.from(new Set(values));
}

function clamp(low, value, high) {
  return Math.max(low, Math.min(value, high));
}

/* Data arrives once, whoever asks first; callers wait in line. */
var arrived = {}, waiting = {};

function fetched(name, then) {
  /* A page of its own, sent by mail, brings its data along. */
  var inside = document.querySelector("script[data-name='" + name + "']");
  if (inside && !(name in arrived)) {
    var data = JSON.parse(inside.textContent);
    arrived[name] = name === "runs" ? new Runs(data) : data;
  }
  if (name in arrived) then(arrived[name]);
  else if (name in waiting) waiting[name].push(then);
  else {
    waiting[name] = [then];
    var script = make("script", { src: root + "data/" + name + ".js" });
    /* A missing file leaves the page as it was without a script. */
    script.onerror = function () { delete waiting[name]; };
    document.head.append(script);
  }
}

function arrive(name, data) {
  arrived[name] = data;
  (waiting[name] || []).forEach(function (then) { then(data); });
  delete waiting[name];
}

window.nst = {
  runs: function (data) { arrive("runs", new Runs(data)); },
  part: function (number, data) { arrive(partName(number), data); }
};

function partName(number) {
  return "part-" + String(number).padStart(3, "0");
}

/* then(runs): the site's runs, a Runs. */
function withRuns(then) { fetched("runs", then); }

/* then(part, place): what only few views need of a row: its curve, its parameters (gallery data, part-NNN.js). */
function withDetails(runs, row, then) {
  fetched(partName(Math.floor(row / runs.part)), function (part) { then(part, row % runs.part); });
}
