"""Records -> site: read everything, make the pictures, render every page, sweep up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.report import about, gallery, pairs, pictures, render, runs, table
from bench.report.comparisons import comparisons
from bench.report.files import SiteFiles
from bench.report.model import Model, gather, sources
from bench.resources import templates_folder
from bench.results import load


@dataclass(frozen=True)
class Site:
    """What a build left. ``written``, ``unchanged`` and ``removed`` count files that are not pictures' copies."""

    index: Path
    pages: int
    written: int
    unchanged: int
    removed: int
    pictures: int
    """Small copies that had to be made; 0 when the last build's could all be used again."""
    problems: tuple[str, ...]
    """What could not be read and is named on the pages."""


def build(results: Path, *, site: Path | None = None) -> Site:
    """Render the results folder as a static site, by default into ``<results>/site``.

    Raises BenchError when the folder holds no plan that can be read. A record, picture or curve that cannot be
    read is named where it would stand. A second build of the same records writes nothing.
    """
    data = load(results)
    files = SiteFiles(site if site is not None else results / "site")
    files.root.mkdir(parents=True, exist_ok=True)
    shown, made = pictures.make(sources(data), files)
    model = gather(data, shown)
    pages = _pages(model)
    for name, content in pages.items():
        files.put(name, content)
    files.put("results.csv", table.csv_bytes(model))
    for asset in sorted((templates_folder() / "assets").iterdir()):
        files.put(f"assets/{asset.name}", asset.read_bytes())
    # Without it GitHub Pages would drop files whose names begin with an underscore.
    files.put(".nojekyll", b"")
    files.finish()
    return Site(
        index=files.root / "index.html",
        pages=len(pages),
        written=files.written,
        unchanged=files.unchanged,
        removed=files.removed,
        pictures=made,
        problems=tuple(f"{problem.id}: {problem.message}" for problem in model.problems),
    )


def _pages(model: Model) -> dict[str, bytes]:
    env = render.environment()
    compared = comparisons(model)
    pair_views = pairs.pairs(model, compared)
    pair_pages = {(view.experiment.name, run.id): view.page for view in pair_views for run, _ in view.runs}
    site = {"site_title": model.title, "has_compare": bool(compared)}
    pages = {
        "index.html": render.page(env, "index", "", view=gallery.gallery(model, compared, pair_pages), **site),
        "compare.html": render.page(env, "compare", "", views=compared, **site),
        "table.html": render.page(env, "table", "", view=table.table(model), **site),
        "about.html": render.page(env, "about", "", view=about.about(model), **site),
    }
    for pair_view in pair_views:
        pages[pair_view.page] = render.page(env, "pair", "../", view=pair_view, **site)
    for run_view in runs.runs(model, pair_pages):
        pages[run_view.run.page] = render.page(env, "run", "../", view=run_view, **site)
    return pages
