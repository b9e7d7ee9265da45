/* What the page has of these is started, some with the site's runs; everything else on it needs no script. */
const alone = { pickers, zoom: zoomed, layers };
const withThem = { runs: runTable, comparisons, curves: curvesPage, answers: answering, viewer, grid };
for (const [name, start] of Object.entries(alone)) all(`[data-${name}]`).forEach(start);
for (const [name, start] of Object.entries(withThem)) {
  for (const element of all(`[data-${name}]`)) withRuns(runs => start(element, runs));
}
