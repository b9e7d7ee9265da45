"""Records -> site: read everything, make the pictures, render every page, sweep up."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.report import (
    about,
    assets,
    comparisons,
    curves_page,
    data,
    gallery,
    pairs,
    pictures,
    render,
    runs,
    table,
    video,
    viewer,
)
from bench.report.files import SiteFiles, Tally
from bench.report.model import Model, gather, sources
from bench.report.parallel import mapped
from bench.report.site import Makers, Page, Site
from bench.results import load

#: Who makes the pages, in the order of the navigation. A new page is one module with a function ``pages`` and its
#: template.
MAKERS: Makers = (
    gallery.pages,
    pairs.pages,
    runs.pages,
    viewer.pages,
    comparisons.pages,
    curves_page.pages,
    table.pages,
    about.pages,
)

#: Files that a process makes at a time: pages are small, and each batch has a cost of its own.
BATCH = 20


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
    with _no_collection():
        return _build(results, site)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Ten thousand runs are millions of objects that all stay: looking through them for garbage doubles the time and
    finds none."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _build(results: Path, site: Path | None) -> Built:
    loaded = load(results)
    files = SiteFiles(site if site is not None else results / "site")
    files.root.mkdir(parents=True, exist_ok=True)
    shown, made = pictures.make(sources(loaded), files)
    shown |= video.put(loaded, files)
    before = files.written
    model = gather(loaded, shown)
    pages = pages_of(model)
    env, common = render.environment(), render.Common.of(model, pages)
    _put_all(
        files,
        [
            *((page.name, partial(render.page, env, page, common)) for page in pages),
            *data.files(model),
            ("results.csv", partial(table.csv_bytes, model)),
            ("assets/report.css", assets.style),
            ("assets/report.js", assets.script),
            # Without it GitHub Pages would drop files whose names begin with an underscore.
            (".nojekyll", bytes),
        ],
    )
    files.finish()
    return Built(
        index=files.root / "index.html",
        pages=len(pages),
        written=files.written - before,
        unchanged=files.unchanged,
        removed=files.removed,
        pictures=made,
        problems=tuple(f"{problem.id}: {problem.message}" for problem in model.problems),
    )


def pages_of(model: Model) -> list[Page]:
    compared = comparisons.comparisons(model)
    site = Site(model, compared, pairs.addresses(model))
    return [page for make in MAKERS for page in make(site)]


def _put_all(files: SiteFiles, contents: Sequence[tuple[str, Callable[[], bytes]]]) -> None:
    """Each file by its name and what makes its bytes, on all processors."""

    def put(batch: Sequence[tuple[str, Callable[[], bytes]]]) -> Tally:
        branch = files.branch()
        for name, content in batch:
            branch.put(name, content())
        return branch.tally()

    batches = [contents[k : k + BATCH] for k in range(0, len(contents), BATCH)]
    for tally in mapped(put, batches, least=10):
        files.add(tally)
