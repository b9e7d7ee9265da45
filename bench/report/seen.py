"""What a build remembers of files, so that the next one need not read them again.

As git does: what the file system says of a file (size, times, inode) is kept with what was found in it; while it says
the same, the file has not been written to. That is only so where the file was older than a moment when it was looked
at: two writes within one tick of the file system's clock (2 s on FAT, 1 s on some network disks) look the same. Of
files younger than that, only their bytes count. A file whose bytes change while size, times and inode are made to stay
as they were (which needs another clock, as a time of change cannot be set) is not noticed.

Everything is kept in :data:`FOLDER` of the site, which may be deleted: that costs time, nothing else.
"""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

#: In the site. Nothing in it is part of the site.
FOLDER = ".cache"

#: Nanoseconds. A file that was written to so short a time ago may be again, and look the same.
YOUNG = 2_000_000_000

#: Seconds after which a file that a build was writing when it was killed is removed.
_ABANDONED = 3600.0

#: Size, time of the last write, time of the last change of any kind (both in nanoseconds), inode.
Signature = tuple[int, int, int, int]

#: Size, time of the last write in nanoseconds, inode: what moving a site leaves as it is.
Look = tuple[int, int, int]

_NUMBERS = count()


def signature(status: os.stat_result) -> Signature:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def plain(path: str | Path) -> Signature | None:
    """Of a plain file; None of anything else, links too, and of what is not there."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return signature(status) if stat.S_ISREG(status.st_mode) else None


def is_young(seen: Signature, moment: int | None = None) -> bool:
    """Whether a file may be written to without a trace after it was looked at, at ``moment`` (by default, now)."""
    return max(seen[1], seen[2]) > (time.time_ns() if moment is None else moment) - YOUNG


def recall(site: Path, name: str) -> dict[str, Any]:
    """A file of :data:`FOLDER`; nothing where there is none that can be read."""
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads((site / FOLDER / name).read_bytes())
        if isinstance(found, dict):
            return found
    return {}


def remember(site: Path, name: str, facts: Mapping[str, Any]) -> None:
    """Write a file of :data:`FOLDER`. A disk that is full costs time at the next build."""
    with suppress(OSError):
        write(site, f"{FOLDER}/{name}", json.dumps(facts, separators=(",", ":")).encode())


def look(status: os.stat_result) -> Look:
    """Of a file of the site. On Windows, looking into a folder does not tell inodes."""
    return status.st_size, status.st_mtime_ns, 0 if os.name == "nt" else status.st_ino


def write(site: Path, name: str, data: bytes) -> Look:
    """Write a file of the site whole or not at all, also where two builds are at work or this one is killed.

    Gives how it looks as it was written, whoever has written over it meanwhile.

    Raises:
        OSError: of that name, whatever it was that could not be written on the way to it.
    """
    try:
        return _write(site, name, data)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(site / name)) from error


def _write(site: Path, name: str, data: bytes) -> Look:
    folder = _folder(site)
    partial = folder / f"part-{os.getpid()}-{next(_NUMBERS)}"
    path = site / name
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            status = os.fstat(file.fileno())
        try:
            partial.replace(path)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return look(status)


def sweep(site: Path) -> None:
    """Remove what killed builds were writing."""
    with suppress(OSError), os.scandir(site / FOLDER) as entries:
        for entry in entries:
            if entry.name.startswith("part-") and entry.stat().st_mtime < time.time() - _ABANDONED:
                Path(entry.path).unlink(missing_ok=True)


def _folder(site: Path) -> Path:
    folder = site / FOLDER
    ignore = folder / ".gitignore"
    if not ignore.exists():
        folder.mkdir(parents=True, exist_ok=True)
        ignore.write_text("# What the last build saw; of no use elsewhere.\n*\n", encoding="utf-8")
    return folder
