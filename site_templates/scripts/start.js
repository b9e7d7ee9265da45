/* What the page has of these is started; everything else on it needs no script. */
const starts = { pickers, zoom: zoomed, grid, layers };
for (const [name, start] of Object.entries(starts)) all(`[data-${name}]`).forEach(start);
for (const [name, start] of Object.entries({ runs: runTable, comparisons, curves: curvesPage, answers: answering, viewer })) {
  for (const element of all(`[data-${name}]`)) withRuns(runs => start(element, runs));
}
