"""Which result files were read and found to be what their record says, so that they are not read again.

As git's index does, ``.verified.jsonl`` keeps what the file system said of a file (size, times, inode) with the
hash of its bytes; a file of which it still says the same has not been written to. That only holds when the
file was older than the moment its bytes were read, by the file system's own clock: a write within the same tick leaves
no trace in the times. Such files are not remembered. A cache that is lost or damaged costs time, nothing else.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.store.files import open_regular, read_regular, write_atomically

FILE = ".verified.jsonl"


@dataclass(frozen=True)
class Look:
    """What the file system says of a file."""

    size: int
    modified: int
    """Nanoseconds; ``changed`` likewise, which no program can set back (on Windows, when the file was made)."""
    changed: int
    inode: int

    @classmethod
    def of(cls, stat: os.stat_result) -> Look:
        return cls(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)

    def older_than(self, moment: int) -> bool:
        return max(self.modified, self.changed) < moment


@dataclass
class Verified:
    """Hashes by job and file name."""

    jobs: dict[str, dict[str, tuple[Look, str]]] = field(default_factory=dict)

    def sha256(self, job: str, name: str, look: Look) -> str | None:
        """The hash of a file's bytes, if the file system still says of it what it said then."""
        remembered = self.jobs.get(job, {}).get(name)
        return remembered[1] if remembered and remembered[0] == look else None

    def remember(self, job: str, name: str, look: Look, sha256: str, *, read_at: int) -> None:
        """``read_at``: by the file system's clock, no later than the reading began."""
        if look.older_than(read_at):
            self.jobs.setdefault(job, {})[name] = (look, sha256)


def hash_file(path: Path) -> tuple[str, Look]:
    """SHA-256 of a plain file and what the file system says of it.

    Raises:
        OSError: when it is no plain file, cannot be read, or is written to meanwhile.
    """
    with os.fdopen(open_regular(path), "rb") as file:
        before = Look.of(os.fstat(file.fileno()))
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        if Look.of(os.fstat(file.fileno())) != before:
            raise OSError(0, "is being written to", str(path))
    return digest, before


def load(root: Path) -> Verified:
    """What a results folder remembers; nothing where that is lost, and only what can be read where it is damaged."""
    found = Verified()
    with suppress(OSError):
        for line in read_regular(root / FILE).splitlines():
            with suppress(ValueError, TypeError, AttributeError, RecursionError):
                job, files = json.loads(line)
                found.jobs[job] = {
                    name: (Look(*map(int, look)), str(digest)) for name, (*look, digest) in files.items()
                }
    return found


def save(root: Path, verified: Verified) -> None:
    """Write all of it anew. A disk that is full costs time at the next start."""
    with suppress(OSError):
        write_atomically(root / FILE, b"".join(_line(job, files) for job, files in sorted(verified.jobs.items())))


def append(root: Path, verified: Verified) -> None:
    """Add a few jobs to what is written down; the last word on a job counts."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with suppress(OSError):
        descriptor = os.open(root / FILE, flags, 0o666)
        try:
            # The first line break ends what an earlier write may have left half done.
            os.write(descriptor, b"\n" + b"".join(_line(job, files) for job, files in verified.jobs.items()))
        finally:
            os.close(descriptor)


def _line(job: str, files: Mapping[str, tuple[Look, str]]) -> bytes:
    entries = {
        name: [look.size, look.modified, look.changed, look.inode, digest] for name, (look, digest) in files.items()
    }
    return json.dumps([job, entries], separators=(",", ":")).encode() + b"\n"


#: From a folder to the time, in nanoseconds, by the clock of its file system.
Clock = Callable[[Path], int]


def file_system_clock(folder: Path) -> int:
    """The time by the clock that dates files there, which on a network disk is another machine's.

    Raises:
        OSError: when nothing can be written there.
    """
    path = folder / f".clock.{os.getpid()}"
    try:
        path.write_bytes(b"")
        return path.stat().st_mtime_ns
    finally:
        path.unlink(missing_ok=True)
