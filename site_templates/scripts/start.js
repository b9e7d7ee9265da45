/* What the page has of these is started; everything else on it needs no script. */
all("[data-pickers]").forEach(pickers);
all("[data-runs]").forEach(table => withRuns(runs => runTable(table, runs)));
all("[data-curves]").forEach(curvesPage);
all("[data-answers]").forEach(answering);
all("[data-comparisons]").forEach(function (form) { withRuns(function (runs) { comparisons(form, runs); }); });
all("[data-viewer]").forEach(viewer);
all("[data-zoom]").forEach(zoomed);
all("[data-grid]").forEach(grid);
all("[data-layers]").forEach(layers);
