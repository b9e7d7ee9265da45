/* What the page has of these is started; everything else on it needs no script. */
all("[data-pickers]").forEach(pickers);
all("[data-sortable]").forEach(sortable);
all("[data-viewer]").forEach(viewer);
all("[data-zoom]").forEach(zoomed);
