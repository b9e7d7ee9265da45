"""Whether a device was a job's own while it was timed: every process that times leaves a file that others can see.

A file for each stretch of timing lies in a folder for each device, below the system's temporary folder. Its name says
since when and by whom; its content, empty at first, until when. Its process holds a lock on it meanwhile, which ends
with the process however it ends, so a file without an end that nobody locks is of one that died. Each process compares
its own stretch with those of the others at its end, so of two that overlap both know, whichever is the shorter; a file
stays until nobody is at work that needs it.

Processes that do not share a temporary folder, such as those of two containers, do not see each other. Neither do
those of Windows, which has no such locks.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_NAME = re.compile(r"(\d+)\.(\d+)\.(\d+)\.([0-9a-f]{32})")


@dataclass(frozen=True)
class Stretch:
    """A stretch of timing, in nanoseconds of the system's clock."""

    file: Path
    began: int
    parent: int
    """Process that started the one at work: the runner."""
    ended: int | None
    alive: bool
    """Its process is still at it."""

    @property
    def last_seen(self) -> int | None:
        """The last moment of which it is known that it was at work; None: now."""
        if self.alive:
            return None
        return self.began if self.ended is None else self.ended


class Presence:
    """This process times something on a device, from :meth:`enter` to :meth:`leave`.

    Nothing here ever raises for what the file system does: where no files can be left, nobody is seen.

    Args:
        device: a name that is the same for all processes of the machine, and for no other device.
        siblings: whether processes with the same parent count as others.
        folder: where the files lie; tests give their own.
        now: nanoseconds since the epoch.
    """

    def __init__(
        self,
        device: str,
        *,
        siblings: bool = True,
        folder: Path | None = None,
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        root = folder or Path(tempfile.gettempdir()) / "nst-bench-timing"
        self._folders = (root, root / re.sub(r"[^\w-]", "_", device))
        self._siblings, self._now = siblings, now
        self._lock: int | None = None
        self._file: Path | None = None
        self._began = 0
        self._met: set[Path] = set()

    def enter(self) -> None:
        """From now on others see this process; those that are at work already are noted."""
        if fcntl is None:
            return
        self._began, self._met = self._now(), set()
        with contextlib.suppress(OSError):
            for folder in self._folders:
                _make_public(folder)
            name = f"{self._began}.{os.getppid()}.{os.getpid()}.{uuid.uuid4().hex}"
            self._lock, self._file = _claim(self._folders[1] / name)
        self._met |= {other.file for other in self._others() if other.alive}

    def leave(self) -> int:
        """How many stretches of others had a moment in common with this one."""
        if self._file is None or self._lock is None:
            return 0
        ended = self._now()
        others = self._others()
        self._met |= {other.file for other in others if overlap(other, self._began, ended)}
        with contextlib.suppress(OSError):
            os.write(self._lock, str(ended).encode())
        with contextlib.suppress(OSError):
            os.close(self._lock)
        self._lock = self._file = None
        for file in spent(_stretches(self._folders[1])):
            with contextlib.suppress(OSError):  # somebody else was quicker, or it is somebody else's
                file.unlink()
        return len(self._met)

    def _others(self) -> list[Stretch]:
        found = [s for s in _stretches(self._folders[1]) if s.file != self._file]
        return found if self._siblings else [s for s in found if s.parent != os.getppid()]


def overlap(other: Stretch, began: int, ended: int) -> bool:
    """Whether another stretch has a moment in common with one's own."""
    last = other.last_seen
    return other.began <= ended and (last is None or last >= began)


def spent(stretches: list[Stretch]) -> list[Path]:
    """Files that tell nobody anything any more: those over before all that are still at work began."""
    begins = [s.began for s in stretches if s.alive]
    return [s.file for s in stretches if s.last_seen is not None and all(s.last_seen < began for began in begins)]


def _stretches(folder: Path) -> list[Stretch]:
    try:
        files = list(folder.iterdir())
    except OSError:
        return []
    return [found for found in map(_read, files) if found is not None]


def _read(file: Path) -> Stretch | None:
    """None for what is no such file, or is gone."""
    name = _NAME.fullmatch(file.name)
    if name is None or fcntl is None:
        return None
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            alive = False
        except BlockingIOError:
            alive = True
        content = os.read(handle, 32)
    except OSError:
        return None
    finally:
        os.close(handle)
    ended = int(content) if content.isdigit() else None
    return Stretch(file, int(name[1]), int(name[2]), ended, alive and ended is None)


def _claim(file: Path) -> tuple[int, Path]:
    """Create a file that this process holds the lock on; it gets its name, and is seen, only then."""
    new = file.with_name(f".{file.name}")
    handle = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        return handle, new.rename(file)
    except OSError:  # a file system without locks
        os.close(handle)
        new.unlink(missing_ok=True)
        raise


def _make_public(folder: Path) -> None:
    """A folder where every user can leave files, and remove their own."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir()
        folder.chmod(0o1777)
