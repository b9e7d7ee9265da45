"""Records -> site: read everything, make the pictures, render every page, sweep up."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench import merging
from bench.report import about, assets, colour, data, pair_data, pictures, place, render, table, video
from bench.report.files import SiteFiles, Tally
from bench.report.fresh import Fresh
from bench.report.makers import pages_of, site_of
from bench.report.model import gather, short_id, sources
from bench.report.parallel import mapped
from bench.report.pictures import Originals
from bench.results import Results, plan_of

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


@dataclass(frozen=True)
class Choices:
    """What a site is made of and how: all that its bytes depend on beside the program."""

    folders: tuple[Path, ...]
    site: Path
    originals: Originals = "copy"
    templates: Path | None = None


def build(
    results: Path | Sequence[Path],
    *,
    site: Path | None = None,
    originals: Originals = "copy",
    templates: Path | None = None,
) -> Built:
    """Render a results folder, or several as one, as a static site.

    A record, picture or curve that cannot be read is named where it would stand. A second build of the same records
    reads none of them again and writes nothing.

    Args:
        results: results folders.
        site: where it goes, by default ``<results>/site`` of the first.
        originals: what becomes of the lossless pictures.
        templates: the user's own, over those that ship (docs/gallery.md).

    Raises:
        BenchError: when a folder holds no plan that can be read, the site would do harm where it goes, or the user's
            templates are wrong.
    """
    folders = (results,) if isinstance(results, Path) else tuple(results)
    chosen = Choices(folders, site or folders[0] / "site", originals, templates)
    for folder in folders:
        plan_of(folder)  # before anything looks through all that lies there
    place.check(chosen.site, folders)
    fresh = Fresh(
        folders,
        chosen.site,
        {"originals": originals, "at_work": [about.at_work(folder) for folder in folders]},
        [templates] if templates else [],
    )
    if fresh.is_current():
        told = fresh.told
        return Built(chosen.site / "index.html", told["pages"], 0, told["files"], 0, 0, tuple(told["problems"]))
    with _no_collection():
        built, files = _build(merging.load(folders), chosen)
    told = {"pages": built.pages, "files": built.written + built.unchanged, "problems": built.problems}
    fresh.remember(files, told)
    return built


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


def _build(results: Results, chosen: Choices) -> tuple[Built, SiteFiles]:
    env = render.environment(chosen.templates)
    chosen.site.mkdir(parents=True, exist_ok=True)
    files = SiteFiles(chosen.site)
    tree = pictures.common_folder(chosen.folders) if chosen.originals == "link" else None
    shown, made = pictures.make(sources(results), files, chosen.originals, tree)
    shown |= video.put(results, files)
    before = files.written
    model = gather(results, shown)
    site = site_of(model, chosen.originals)
    pages = pages_of(site)
    common = render.Common.of(model, pages, about.progress(results, chosen.folders))
    own = {"report.css": assets.style(), "report.js": assets.script()}
    if any(run.film and run.film.clips for run in model.runs.values()):
        own["players.js"] = assets.script(parts=assets.PLAYERS)
    beside = render.assets(own, colour.sheet(results.plan.accent), chosen.templates)
    _put_all(
        files,
        [
            *((page.name, partial(render.page, env, page, common)) for page in pages),
            *data.files(model, chosen.originals),
            *pair_data.files(site),
            ("results.csv", partial(table.csv_bytes, model)),
            ("results.json", partial(table.json_bytes, model)),
            *((f"assets/{name}", partial(bytes, content)) for name, content in beside.items()),
            # Without it GitHub Pages would drop files whose names begin with an underscore.
            (".nojekyll", bytes),
        ],
    )
    files.finish()
    built = Built(
        index=files.root / "index.html",
        pages=len(pages),
        written=files.written - before,
        unchanged=files.unchanged,
        removed=files.removed,
        pictures=made,
        problems=tuple(f"{short_id(results.job_id(problem.id))}: {problem.message}" for problem in model.problems),
    )
    return built, files


Content = tuple[str, Callable[[], Any]]


def _put_all(files: SiteFiles, contents: Sequence[Content]) -> None:
    """Each file by its name and what makes its bytes, on all processors."""

    def put(batch: Sequence[Content]) -> Tally:
        branch = files.branch()
        for name, content in batch:
            branch.put(name, content())
        return branch.tally()

    batches = [contents[k : k + BATCH] for k in range(0, len(contents), BATCH)]
    for tally in mapped(put, batches, least=10):
        files.add(tally)
