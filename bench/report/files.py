"""The site on disk: written only where bytes differ, and swept of what an earlier build left behind.

Whether bytes differ is told from what the last build remembers of its files (:mod:`bench.report.seen`), and from one
look into each folder; a file that does not look as it was left is read. Every file is written whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.report import seen
from bench.report.seen import Look

#: The list of files that this build wrote. Only what stands in it is ever removed.
LIST = ".files.json"

#: What the last build remembers of its files.
_MEMORY = "files.json"


@dataclass(frozen=True)
class Tally:
    """What one process did: files by name with how they looked when it left them, and the SHA-256 of their bytes
    (empty where nobody has read them)."""

    written: int
    unchanged: int
    files: Mapping[str, tuple[Look, str]]


class SiteFiles:
    """A folder to put files into. :meth:`finish` removes those of the last build that this one did not put.

    Several processes can share the work: each puts files into a :meth:`branch`, whose :meth:`tally` goes to
    :meth:`add` of the one that finishes.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.written = 0
        self.unchanged = 0
        self.removed = 0
        self._before = _listed(root / LIST)
        self._remembered = _remembered(root)
        self._disk: dict[str, dict[str, Look]] = {}
        self._now: dict[str, tuple[Look, str]] = {}

    @property
    def names(self) -> frozenset[str]:
        """Of the files of this build."""
        return frozenset(self._now)

    def has(self, name: str) -> bool:
        """True if a file is there already, as a build left it; it then counts as part of this build.

        Where nothing is remembered of a file (a site that was copied without its memory), its name is believed.
        """
        look = self._look(name)
        if look is None:
            return False
        known, digest = self._remembered.get(name, (look, ""))
        if (known != look or not look[0]) and digest != self._digest(name):
            return False
        self._now[name] = look, digest
        return True

    def put(self, name: str, data: bytes) -> bool:
        """Write ``data``, unless the file holds it already. True if it was written."""
        if not _inside(name):
            raise ValueError(f"{name}: leaves the site folder")
        digest = hashlib.sha256(data).hexdigest()
        look = self._look(name)
        if look is not None and look[0] == len(data) and self._holds(name, look, digest):
            self.unchanged += 1
            self._now[name] = look, digest
            return False
        look = seen.write(self.root, name, data)
        folder, _, base = name.rpartition("/")
        self._disk[folder][base] = look
        self._now[name] = look, digest
        self.written += 1
        return True

    def branch(self) -> SiteFiles:
        """The same folder for another process, or for a part of the work, with a tally of its own."""
        other = SiteFiles.__new__(SiteFiles)
        other.root, other.written, other.unchanged, other.removed = self.root, 0, 0, 0
        other._before, other._remembered, other._disk, other._now = self._before, self._remembered, self._disk, {}
        return other

    def tally(self) -> Tally:
        return Tally(self.written, self.unchanged, self._now)

    def add(self, tally: Tally) -> None:
        self.written += tally.written
        self.unchanged += tally.unchanged
        self._now.update(tally.files)

    def finish(self) -> None:
        orphans = sorted(self._before - self._now.keys())
        for name in orphans:
            (self.root / name).unlink(missing_ok=True)
            self.removed += 1
        for folder in {name.rpartition("/")[0] for name in orphans} - {""}:
            with suppress(OSError):
                (self.root / folder).rmdir()  # which an empty folder allows, and no other
        # What a build at the same time has listed meanwhile is there as well, and is the next build's to remove.
        others = _listed(self.root / LIST) - self._before
        listing = (json.dumps({"files": sorted(self._now.keys() | others)}, indent=1) + "\n").encode()
        if _bytes(self.root / LIST) != listing:
            seen.write(self.root, LIST, listing)
        if self._remembered != self._now:
            files = {name: (*look, digest) for name, (look, digest) in sorted(self._now.items())}
            seen.remember(self.root, _MEMORY, {"files": files})
        seen.sweep(self.root)

    @property
    def state(self) -> str:
        """Of the files of this build; another where any of them is another, or was written again."""
        return _state(self._now)

    def state_as_left(self) -> str | None:
        """The :attr:`state` that the last build left; None where a file of it is gone or does not look as it did."""
        if self._before != self._remembered.keys():
            return None
        as_left = all(self._look(name) == look for name, (look, _) in self._remembered.items())
        return _state(self._remembered) if as_left else None

    def _look(self, name: str) -> Look | None:
        folder, _, base = name.rpartition("/")
        if folder not in self._disk:
            self._disk[folder] = _scan(self.root / folder)
        return self._disk[folder].get(base)

    def _holds(self, name: str, look: Look, digest: str) -> bool:
        known, remembered = self._remembered.get(name, (None, ""))
        return remembered == digest if known == look and remembered else self._digest(name) == digest

    def _digest(self, name: str) -> str | None:
        data = _bytes(self.root / name)
        return None if data is None else hashlib.sha256(data).hexdigest()


def _scan(folder: Path) -> dict[str, Look]:
    """Plain files of a folder; a link is none."""
    found: dict[str, Look] = {}
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                with suppress(OSError):  # gone meanwhile
                    found[entry.name] = seen.look(entry.stat(follow_symlinks=False))
    return found


def _state(files: Mapping[str, tuple[Look, str]]) -> str:
    return hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _inside(name: str) -> bool:
    parts = name.split("/")
    plain = "" not in parts and "." not in parts and ".." not in parts and parts[0] != seen.FOLDER
    return plain and "\\" not in name and "\0" not in name and ":" not in parts[0]


def _listed(path: Path) -> set[str]:
    """Names in the list, or none if it cannot be read: then nothing is removed."""
    try:
        names = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {name for name in names if isinstance(name, str) and _inside(name)}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return set()


def _remembered(root: Path) -> dict[str, tuple[Look, str]]:
    try:
        files = seen.recall(root, _MEMORY)["files"]
        return {
            name: ((int(size), int(written), int(inode)), str(digest))
            for name, (size, written, inode, digest) in files.items()
        }
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}
