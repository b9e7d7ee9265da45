"""Records -> site: read everything, make the pictures, render every page, sweep up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.report import about, assets, comparisons, data, gallery, grid, layers, pairs, pictures, render, runs, table
from bench.report.files import SiteFiles
from bench.report.model import Model, gather, sources
from bench.report.site import Makers, Page, Site
from bench.results import load

#: Who makes the pages, in the order of the navigation. A new page is one module with a function ``pages`` and its
#: template.
MAKERS: Makers = (
    gallery.pages,
    grid.pages,
    layers.pages,
    pairs.pages,
    runs.pages,
    comparisons.pages,
    table.pages,
    about.pages,
)


@dataclass(frozen=True)
class Built:
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


def build(results: Path, *, site: Path | None = None) -> Built:
    """Render the results folder as a static site, by default into ``<results>/site``.

    Raises BenchError when the folder holds no plan that can be read. A record, picture or curve that cannot be
    read is named where it would stand. A second build of the same records writes nothing.
    """
    loaded = load(results)
    files = SiteFiles(site if site is not None else results / "site")
    files.root.mkdir(parents=True, exist_ok=True)
    shown, made = pictures.make(sources(loaded), files)
    model = gather(loaded, shown)
    pages = pages_of(model)
    env, common = render.environment(), render.Common.of(model, pages)
    for page in pages:
        files.put(page.name, render.page(env, page, common))
    for name, content in data.files(model):
        files.put(name, content)
    files.put("results.csv", table.csv_bytes(model))
    files.put("assets/report.css", assets.style())
    files.put("assets/report.js", assets.script())
    # Without it GitHub Pages would drop files whose names begin with an underscore.
    files.put(".nojekyll", b"")
    files.finish()
    return Built(
        index=files.root / "index.html",
        pages=len(pages),
        written=files.written,
        unchanged=files.unchanged,
        removed=files.removed,
        pictures=made,
        problems=tuple(f"{problem.id}: {problem.message}" for problem in model.problems),
    )


def pages_of(model: Model) -> list[Page]:
    compared = comparisons.comparisons(model)
    site = Site(model, compared, pairs.addresses(model))
    return [page for make in MAKERS for page in make(site)]
