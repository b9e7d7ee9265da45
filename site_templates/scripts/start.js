/* What the page has of these is started; everything else on it needs no script. */
all("[data-pickers]").forEach(pickers);
all("[data-grid]").forEach(grid);
all("[data-layers]").forEach(layers);
all("[data-sortable]").forEach(sortable);
