"""Whether a site has to be built at all: nothing that a build reads, and nothing that the last one wrote, is another.

Of every file in the results folders, what the file system says is compared (size, times, inode), and of those that were
younger than 2 s when the site was built their bytes (:mod:`bench.report.seen` says why). Templates and the program
itself are compared by their bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import bench
from bench.report import encoding, seen
from bench.report.files import LIST, SiteFiles
from bench.report.seen import Signature
from bench.resources import templates_folder
from bench.store.files import is_litter

_MEMORY = "fresh.json"

#: What no build reads, at the top of a results folder.
_UNREAD = frozenset({"tmp", "set-aside", ".lock", ".lock-gate", "lock-holder.json", ".verified.jsonl"})

#: What builds do read there: never taken for another site, whatever lies in it.
_READ = frozenset({"jobs", "inputs", "runs"})

_NOTHING: Signature = (0, 0, 0, 0)

#: Of these, another version may make other pages of the same records.
_LIBRARIES = ("jinja2", "markupsafe", "markdown-it-py", "nh3", "numpy", "pandas", "pydantic")


class Fresh:
    """A look at everything that a build reads, taken before it reads any of it.

    So it has to be made first of all. :meth:`is_current` then tells whether there is anything to do, and
    :meth:`remember` is called when that is done. Both write nothing to the site but what it remembers itself.

    Args:
        folders: the results folders.
        site: the folder of the site.
        options: whatever else the pages depend on, as JSON can hold it.
        templates: folders with templates beside those that ship.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        site: Path,
        options: Mapping[str, Any],
        templates: Sequence[Path] = (),
    ) -> None:
        self._site = site
        self._last = seen.recall(site, _MEMORY)
        self._young: dict[str, str | None] = {}
        self._told: dict[str, Any] = {}
        moment = time.time_ns()
        hashed = hashlib.sha256()
        for folder in folders:
            hashed.update(b"folder %s\n" % os.fsencode(folder))
            for path, name, signature in _walk(folder, site):
                hashed.update(b"%s %d %d %d %d\n" % (name, *signature))
                if seen.is_young(signature, moment):
                    self._young[path] = _digest(path)
        hashed.update(json.dumps([dict(options), _program(templates)], sort_keys=True, default=str).encode())
        self._inputs = hashed.hexdigest()

    def is_current(self) -> bool:
        """Whether a build now would write nothing."""
        young = self._last.get("young")
        return (
            self._last.get("inputs") == self._inputs
            and isinstance(young, dict)
            and all(self._now(path) == digest for path, digest in young.items())
            and self._last.get("files") == SiteFiles(self._site).state_as_left()
        )

    @property
    def told(self) -> dict[str, Any]:
        """What :meth:`remember` was given when the site was built."""
        told = self._last.get("told")
        return told if isinstance(told, dict) else {}

    def remember(self, files: SiteFiles, told: Mapping[str, Any] | None = None) -> None:
        """That the site is built.

        Args:
            files: of the site, finished.
            told: what to say of the site when there is nothing to do next time, as JSON can hold it.
        """
        young = {path: digest for path, digest in self._young.items() if not _settled(path, digest)}
        facts = {"inputs": self._inputs, "files": files.state, "young": young, "told": dict(told or {})}
        if facts != self._last:
            seen.remember(self._site, _MEMORY, facts)

    def _now(self, path: str) -> str | None:
        return self._young[path] if path in self._young else _digest(path)


def _settled(path: str, digest: str | None) -> bool:
    """Whether a file that was young has grown old and holds what it held then: from now on, a write leaves a trace."""
    try:
        return not seen.is_young(seen.signature(Path(path).stat())) and _digest(path) == digest
    except OSError:
        return False


def _digest(path: str | Path) -> str | None:
    """Of what can be read; None of all else. Never of a pipe, which would have us wait."""
    with suppress(OSError):
        if Path(path).is_file():
            return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return None


def _program(templates: Sequence[Path]) -> list[str]:
    """The templates and all that makes pages of them."""
    told = [platform.python_version(), encoding.RECIPE]
    for name in _LIBRARIES:
        with suppress(PackageNotFoundError):
            told.append(f"{name} {version(name)}")
    for folder, pattern in (
        (Path(bench.__file__).parent, "*.py"),
        *((f, "*") for f in (templates_folder(), *templates)),
    ):
        told += [f"{path.relative_to(folder)} {_digest(path)}" for path in sorted(folder.rglob(pattern))]
    return told


def _walk(folder: Path, site: Path) -> Iterator[tuple[str, bytes, Signature]]:
    """Path, name in the folder and signature of everything that a build may read, always in the same order.

    Links are followed, as builds do, each folder that one leads to once.
    """
    own = site.stat().st_ino if site.is_dir() else None
    followed: set[tuple[int, int]] = set()
    below = [(os.fspath(folder), b"")]
    while below:
        path, name = below.pop()
        try:
            with os.scandir(path) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            yield path, b"%s: %d" % (name, error.errno or 0), _NOTHING
            continue
        for entry in entries:
            if is_litter(entry.name) or (not name and entry.name in _UNREAD):
                continue
            inner = name + b"/" + os.fsencode(entry.name)
            signature = _NOTHING
            try:
                if not entry.is_dir():
                    signature = seen.signature(entry.stat())
                elif (not name and _is_site(entry)) or (entry.inode() == own and site.samefile(entry.path)):
                    continue
                elif not entry.is_symlink() or _is_new(entry.stat(), followed):
                    below.append((entry.path, inner))
            except OSError:
                pass  # a link to nowhere, or gone meanwhile: its name is all there is
            yield entry.path, inner, signature


def _is_new(status: os.stat_result, followed: set[tuple[int, int]]) -> bool:
    identity = status.st_dev, status.st_ino
    known = identity in followed
    followed.add(identity)
    return not known


def _is_site(folder: os.DirEntry[str]) -> bool:
    """A site that was made of these results, this one or another."""
    return folder.name not in _READ and Path(folder.path, LIST).is_file()
