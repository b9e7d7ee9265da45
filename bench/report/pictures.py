"""Pictures for the site: the lossless original, and small WebP copies that later builds use again.

Files are named after their bytes and the recipe of the copies, so a copy that is there is never made again:
``img/<key>-192.webp``, ``img/<key>-384.webp``, ``img/<key>-full.webp`` and ``img/<key>.png``.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from bench.errors import BenchError
from bench.report import encoding, source_files
from bench.report.encoding import Step, UnreadableError
from bench.report.files import SiteFiles, Tally
from bench.report.parallel import mapped
from bench.report.source_files import Broken, Facts, Source

__all__ = ["Broken", "Originals", "Picture", "Source", "common_folder", "make"]

#: What becomes of the originals: copied into the site, linked where they lie, or left out.
Originals = Literal["copy", "link", "none"]


@dataclass(frozen=True)
class Picture:
    """A picture on the site, in pixels."""

    key: str
    """What the names of its files begin with, after ``img/``."""
    original: str | None
    """The lossless file; it begins with ``../`` where it lies outside the site; None where it was left out."""
    width: int
    height: int
    copies: tuple[tuple[str, int], ...]
    """(file, width) from small to large."""


def make(
    sources: Mapping[str, Source], files: SiteFiles, originals: Originals = "copy", tree: Path | None = None
) -> tuple[dict[str, Picture | Broken], int]:
    """Put every source on the site. Gives them by key, and how many small copies had to be made.

    Args:
        sources: by any key that is the same in the next build.
        files: of the site.
        originals: what becomes of them.
        tree: for ``link``, the folder in which results and site are moved together (:func:`common_folder`).

    Raises:
        BenchError: when originals are to be linked and the site does not lie in the tree.
    """
    if originals == "link":
        _check_link(files.root, tree)
    facts = source_files.read(sources, files.root)
    broken, made = _make_missing(sources, facts, files, originals)
    found: dict[str, Picture | Broken] = {}
    for key, told in facts.items():
        if isinstance(told, Facts):
            told = broken.get(told.digest, told)
        found[key] = told if isinstance(told, Broken) else _picture(sources[key], told, files.root, originals)
    source_files.remember(files.root, facts, always=files.written > 0)
    return found, made


def common_folder(folders: Sequence[Path]) -> Path:
    """The folder that holds all these results folders, within which links between them are safe.

    Raises:
        BenchError: when they have nothing in common but the root of the file system.
    """
    try:
        common = Path(os.path.commonpath([_absolute(folder) for folder in folders]))
    except ValueError:  # on several drives
        common = Path("/")
    if len(folders) > 1 and common == Path(common.anchor):
        raise BenchError(
            f"--originals link: {', '.join(map(str, folders))} lie in no common folder; use --originals copy or none"
        )
    return common


def _check_link(site: Path, tree: Path | None) -> None:
    if tree is None or not _absolute(site).is_relative_to(_absolute(tree)):
        raise BenchError(
            f"--originals link: the site {site} does not lie in {tree}, and would lose its pictures as soon as either "
            "is moved; use --originals copy or none, or make the site in there"
        )


def _absolute(path: Path) -> Path:
    # As a browser takes it: dots are undone in the name, links are not followed.
    return Path(os.path.abspath(path))  # noqa: PTH100


def _picture(source: Source, facts: Facts, site: Path, originals: Originals) -> Picture:
    name = _name(facts)
    original = f"{name}.{facts.suffix}" if originals == "copy" else None
    if originals == "link":
        original = Path(os.path.relpath(source.path, site)).as_posix()
    copies = tuple((_copy(name, step), step.size[0]) for step in encoding.steps(facts.size))
    return Picture(name.removeprefix("img/"), original, *facts.size, copies)


def _name(facts: Facts) -> str:
    return f"img/{encoding.key(facts.digest)}"


def _copy(name: str, step: Step) -> str:
    return f"{name}-{step.name}.webp"


class _Work(NamedTuple):
    """Files to make of one source."""

    path: Path
    facts: Facts
    steps: Sequence[Step]
    original: bool


class _Done(NamedTuple):
    tally: Tally
    made: int
    broken: Broken | None


def _make_missing(
    sources: Mapping[str, Source], facts: Mapping[str, Facts | Broken], files: SiteFiles, originals: Originals
) -> tuple[dict[str, Broken], int]:
    """Make what is not there yet, once where several sources are the same to the byte.

    Gives what turned out to be broken, by digest, and the number of copies made.
    """
    todo: dict[str, _Work] = {}
    known: set[str] = set()
    for key, told in facts.items():
        if isinstance(told, Broken) or told.digest in known:
            continue
        known.add(told.digest)
        name = _name(told)
        missing = [step for step in encoding.steps(told.size) if not files.has(_copy(name, step))]
        original = originals == "copy" and not files.has(f"{name}.{told.suffix}")
        if missing or original:
            todo[told.digest] = _Work(sources[key].path, told, missing, original)

    def put(work: _Work) -> _Done:
        return _put(work, files.branch())

    def lost(work: _Work) -> _Done:
        return _Done(Tally(0, 0, {}), 0, source_files.lost(work.path))

    done = dict(zip(todo, mapped(put, list(todo.values()), least=8, threads=True, lost=lost), strict=True))
    for one in done.values():
        files.add(one.tally)
    return {digest: one.broken for digest, one in done.items() if one.broken}, sum(one.made for one in done.values())


def _put(work: _Work, files: SiteFiles) -> _Done:
    name = _name(work.facts)
    try:
        data, _ = source_files.content(work.path)
        if hashlib.sha256(data).hexdigest() != work.facts.digest:
            raise UnreadableError("was written to while it was read")
        made = encoding.copies(data, work.steps) if work.steps else []
    except UnreadableError as error:
        return _Done(files.tally(), 0, Broken(f"{work.path.name} {error}"))
    for step, copy in zip(work.steps, made, strict=True):
        files.put(_copy(name, step), copy)
    if work.original:
        files.put(f"{name}.{work.facts.suffix}", data)
    return _Done(files.tally(), len(made), None)
