"""One run, or one comparison of two to four, as a single HTML file to send by mail."""

from __future__ import annotations

import base64
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.amounts import in_bytes
from bench.errors import BenchError
from bench.merging import FOLDER
from bench.report import assets, colour, data, extras, pairs, pictures, render, video, viewer, words
from bench.report import runs as run_pages
from bench.report.files import SiteFiles
from bench.report.model import Model, gather, short_id, sources
from bench.report.pictures import Picture
from bench.report.players import Together
from bench.report.run_page import RunPage
from bench.report.site import Page, Row, Site
from bench.report.standalone import standalone
from bench.results import Results, load

#: Bytes that most mail servers take, and of one original above which its viewing copy goes instead.
MOST = 10_000_000
MOST_ORIGINAL = 1_000_000
#: Bytes of videos, together.
MOST_VIDEO = 5_000_000
#: Ids that a message lists.
_FEW = 4

_TYPES = {".webp": "image/webp", ".png": "image/png", ".jpg": "image/jpeg", ".mp4": "video/mp4", ".webm": "video/webm",
          ".gif": "image/gif", ".bmp": "image/bmp", ".tif": "image/tiff", ".avif": "image/avif"}  # fmt: skip


def write(results: Path | Results, runs: Sequence[str], out: Path | None = None, templates: Path | None = None) -> Path:
    """Write the file.

    Args:
        results: the results folder, or several of them merged.
        runs: one run, or two to four to lay over each other: the first four digits or more of their ids, or of the
            names of their pages, which tell the same job of two folders apart.
        out: a file's name ending in ``.html`` or ``.htm``, or the folder to write it to; by default the (first)
            results folder.
        templates: the user's own, over those that ship.

    Returns:
        The file. It reads nothing beside it and nothing on the network.

    Raises:
        BenchError: when a run cannot be told, the file would be larger than :data:`MOST`, or templates are wrong.
    """
    loaded = load(results) if isinstance(results, Path) else results
    ids = [_find(loaded, text) for text in runs]
    if not 1 <= len(ids) <= viewer.MOST or len(set(ids)) < len(ids):
        raise BenchError(f"--single-file {','.join(runs)}: expected one run, or two to {viewer.MOST} different ones")
    with tempfile.TemporaryDirectory() as folder:
        model, files = _gathered(loaded, ids, Path(folder))
        site = Site(model, (), pairs.addresses(model))
        rows = [_row(model, id) for id in ids]
        made = _one(site, rows[0], files) if len(rows) == 1 else _several(site, rows, files)
        content = _content(site.model, made, templates)
    if len(content) > MOST:
        raise BenchError(
            f"--single-file {','.join(runs)}: the file would have {in_bytes(len(content))}, and mail takes about "
            f"{in_bytes(MOST)}: choose fewer runs, or smaller pictures"
        )
    path = _path(out, loaded.folder, made.name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise BenchError(f"{path}: cannot be written: {error.strerror}") from None
    return path


def _find(loaded: Results, text: str) -> str:
    """The job whose id begins so, or whose page is called so: the same job of two folders has a page of each."""
    jobs = loaded.plan.jobs
    if text in jobs:
        return text
    digits = text.lower()
    example = next((f", such as {short_id(id)}" for id in jobs), "")
    if not re.fullmatch(r"[0-9a-f]{4,64}", digits):
        raise BenchError(
            f"--single-file {text}: not the beginning of an id: expected four hexadecimal digits or more{example}; "
            "they name the pages in the site's folder runs"
        )
    found = [id for id in jobs if id.startswith(digits) or short_id(id).startswith(digits)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise BenchError(
            f"--single-file {text}: matches no job of {loaded.plan.name}: expected the beginning of an id{example}"
        )
    listed = ", ".join([*(_called(loaded, id) for id in found[:_FEW]), *(["..."] if len(found) > _FEW else [])])
    raise BenchError(f"--single-file {text}: matches {len(found)} jobs: give more digits of one of {listed}")


def _called(loaded: Results, id: str) -> str:
    """The digits that stand for a job alone, and the folder it is of where there are several."""
    folder = loaded.plan.jobs[id].parameters.get(FOLDER) if loaded.parts else None
    return short_id(id) + (f" ({folder})" if folder else "")


def _path(out: Path | None, folder: Path, name: str) -> Path:
    """Where the file goes: to the name that was given, or under its own into the folder that was."""
    if out is not None and out.suffix.lower() in (".html", ".htm"):
        return out
    if out is not None and out.exists() and not out.is_dir():
        raise BenchError(f"{out}: a file; --out expects a name that ends in .html, or a folder")
    return (out or folder) / name


@dataclass(frozen=True)
class _Files:
    """What the site would have beside the page."""

    root: Path
    small: Mapping[str, str]
    """Viewing copy of an input or a frame -> the smaller one that is enough here."""

    def address(self, name: str) -> str | None:
        """``data:...``; None for a file that is not there, and for videos that are too large."""
        path = self.root / self.small.get(name, name)
        kind = _TYPES.get(path.suffix)
        if kind is None or ".." in name or not path.is_file():
            return None
        if kind.startswith("video/") and sum(f.stat().st_size for f in path.parent.iterdir()) > MOST_VIDEO:
            return None
        return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"

    def best(self, picture: Picture) -> tuple[str, bool]:
        """The address of a picture's original where that is small enough, else of its viewing copy; whether it is
        lossless."""
        original = self.root / (picture.original or "")
        lossless = original.is_file() and original.stat().st_size < MOST_ORIGINAL
        return self.address(str(picture.original) if lossless else picture.copies[-1][0]) or "", lossless


def _gathered(loaded: Results, ids: Sequence[str], folder: Path) -> tuple[Model, _Files]:
    """The model, all of its runs but these without a record, and their pictures in a folder."""
    files = SiteFiles(folder)
    kept = {id: loaded.plan.jobs[id] for id in ids}
    own = replace(
        loaded,
        plan=loaded.plan.model_copy(update={"jobs": kept}),
        records={id: loaded.records[id] for id in ids if id in loaded.records},
    )
    shown, _ = pictures.make(sources(own), files)
    shown |= video.put(own, files)
    whole = {*ids, *(key for record in own.records.values() for key, _ in extras.sources(own, record))}
    small = {
        one.copies[-1][0]: one.copies[min(1, len(one.copies) - 1)][0]
        for key, one in shown.items()
        if isinstance(one, Picture) and key not in whole
    }
    return gather(replace(own, plan=loaded.plan), shown), _Files(folder, small)


def _row(model: Model, id: str) -> Row:
    for experiment in model.experiments:
        if model.runs[id] in experiment.runs:
            return Row(experiment, model.runs[id])
    raise BenchError(f"--single-file {id[:12]}: no experiment of the plan holds this job")


@dataclass(frozen=True)
class _Made:
    """A page, and what it takes along."""

    name: str
    """Of the file."""
    page: Page
    inlined: Callable[[str], str | None]
    brought: Mapping[str, str]
    """Data of its runs, by name."""


def _one(site: Site, row: Row, files: _Files) -> _Made:
    """The page of a run."""
    page = next(page for page in run_pages.pages(site) if page.name == row.run.page)
    view: RunPage = page.view()
    run, shown, given = view.run, "", ""
    if run.picture:
        given, lossless = files.best(run.picture)
        shown = "lossless" if lossless else _left_out(run.picture, files)
        run = replace(run, picture=replace(run.picture, original=None))
    experiments = tuple((name, page, "") for name, page, _ in view.context.experiments)
    context = replace(view.context, experiments=experiments, beside=(), balance="", before="", after="", shown=shown)
    large = run.picture.copies[-1][0] if run.picture else ""
    players = _brought_along(view.players, files)

    def inlined(file: str) -> str | None:
        return given if given and file == large else files.address(file)

    name = words.slug(f"{run.title} {context.settings}", run.id).rpartition("-")[0]
    view = replace(view, run=run, context=context, players=players)
    return _Made(f"{name}-{run.short_id}.html", replace(page, view=lambda: view), inlined, _brought(site, [row]))


def _brought_along(together: Together | None, files: _Files) -> Together | None:
    """Videos with a word where they are too large to go along, and pictures alone stand for them."""
    if together is None or all(files.address(one.clip.file) for one in together.players):
        return together
    return replace(together, note=f"Videos of more than {in_bytes(MOST_VIDEO)} together are left out of this file.")


def _left_out(picture: Picture, files: _Files) -> str:
    original = files.root / (picture.original or "")
    size = in_bytes(original.stat().st_size) if original.is_file() else ""
    return f"a lossy copy: the original of {size} is left out" if size else "a lossy copy"


def _several(site: Site, rows: Sequence[Row], files: _Files) -> _Made:
    """The page that lays runs over each other."""
    best = [files.best(row.run.picture) if row.run.picture else ("", False) for row in rows]
    view = viewer.of_runs(rows, best)
    name = f"side-by-side-{'-'.join(row.run.short_id for row in rows)}.html"
    return _Made(name, Page("view.html", "view", lambda: view), files.address, _brought(site, rows))


def _brought(site: Site, rows: Sequence[Row]) -> dict[str, str]:
    names = list(dict.fromkeys(name for row in rows for name in row.run.parameters))
    return {"runs": data.runs_json(site.model, rows, "none"), "part-000": data.part_json(rows, names)}


def _content(model: Model, made: _Made, templates: Path | None) -> bytes:
    rendered = render.page(render.environment(templates), made.page, render.Common.of(model, ())).decode()
    own = {render.SHEET: assets.style()}
    beside = render.assets(own, colour.sheet(model.results.plan.accent), templates)
    return standalone(
        rendered,
        style=beside[render.SHEET].decode(),
        script=(
            assets.script() + (assets.script(parts=assets.PLAYERS) if "data-players" in rendered else b"")
        ).decode(),
        data=made.brought,
        inlined=made.inlined,
    ).encode("utf-8", "replace")
