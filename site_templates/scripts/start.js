/* What the page has of these is started; everything else on it needs no script. */
all("[data-pickers]").forEach(pickers);
all("[data-runs]").forEach(table => withRuns(runs => runTable(table, runs)));
all("[data-comparisons]").forEach(function (form) { withRuns(function (runs) { comparisons(form, runs); }); });
