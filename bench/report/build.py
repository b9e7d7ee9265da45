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
    colour,
    compare_pages,
    data,
    failures,
    gallery,
    pair_data,
    pairs,
    pictures,
    render,
    runs,
    table,
)
from bench.report.comparisons import comparisons
from bench.report.files import SiteFiles, Tally
from bench.report.model import Model, gather, sources
from bench.report.parallel import mapped
from bench.report.pictures import Originals
from bench.report.site import Makers, Page, Site
from bench.results import Results, load

#: Who makes the pages, in the order of the navigation. A new page is one module with a function ``pages`` and its
#: template.
MAKERS: Makers = (gallery.pages, pairs.pages, runs.pages, compare_pages.pages, table.pages, failures.pages,
                  about.pages)  # fmt: skip

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


def build(
    results: Path | Results,
    *,
    site: Path | None = None,
    originals: Originals = "copy",
    templates: Path | None = None,
) -> Built:
    """Render results as a static site.

    A record, picture or curve that cannot be read is named where it would stand. A second build of the same records
    writes nothing.

    Args:
        results: a results folder, or what was read of one or several (:func:`bench.merging.merged`).
        site: where it goes, by default ``<results>/site``.
        originals: what becomes of the lossless pictures.
        templates: the user's own, over those that ship (docs/gallery.md).

    Raises:
        BenchError: when the folder holds no plan that can be read, or the user's templates are wrong.
    """
    with _no_collection():
        loaded = load(results) if isinstance(results, Path) else results
        return _build(loaded, site or loaded.folder / "site", originals, templates)


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


def _build(results: Results, root: Path, originals: Originals, templates: Path | None) -> Built:
    env = render.environment(templates)
    folders = [part.folder for part in results.parts] or [results.folder]
    root.mkdir(parents=True, exist_ok=True)
    files = SiteFiles(root)
    tree = pictures.common_folder(folders) if originals == "link" else None
    shown, made = pictures.make(sources(results), files, originals, tree)
    before = files.written
    model = gather(results, shown)
    known = site_of(model, originals)
    pages = pages_of(known)
    common = render.Common.of(model, pages, about.progress(results, folders))
    own = {"report.css": assets.style(), "report.js": assets.script()}
    beside = render.assets(own, colour.sheet(results.plan.accent), templates)
    _put_all(
        files,
        [
            *((page.name, partial(render.page, env, page, common)) for page in pages),
            *data.files(model, originals),
            *pair_data.files(known),
            ("results.csv", partial(table.csv_bytes, model)),
            *((f"assets/{name}", partial(bytes, content)) for name, content in beside.items()),
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


def site_of(model: Model, originals: Originals = "copy") -> Site:
    plans = tuple(part.plan for part in model.results.parts) or (model.results.plan,)
    return Site(model, comparisons(model), pairs.addresses(model), plans, originals, failures.first_page(model))


def pages_of(site: Site) -> list[Page]:
    """Every page of the site, to be rendered in any order."""
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
