"""What the jobs folder holds, looked at once: results that can be trusted, and everything else.

A result can be trusted when its folder is named after its job, its record is that job's, and every file that the
record names is there with the bytes it had. Nothing here writes.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from bench.errors import BenchError
from bench.record import SCHEMA_VERSION, Record
from bench.store.aside import Foreign, linked
from bench.store.files import NewerError, is_litter, read_json, reason, shown
from bench.store.verified import Look, Verified, hash_file

JOB_ID = re.compile(r"[0-9a-f]{64}")
_SHELF = re.compile(r"[0-9a-f]{2}")

#: Bytes; a record has some thousands.
_LARGEST_RECORD = 2**24
_BATCH = 64


@dataclass(frozen=True)
class Ended:
    """What a trusted record says of its job, as far as going on needs it."""

    status: str
    reason: str | None
    """Why it is not done."""
    run: str | None
    seconds: float | None
    """From its start to its end; None where its times cannot be read."""


@dataclass
class Scan:
    """What was found."""

    jobs: dict[str, Ended] = field(default_factory=dict)
    """By id: those to trust."""
    foreign: list[Foreign] = field(default_factory=list)
    hashed: int = 0
    """Files that had to be read."""
    moved_to: Path | None = None
    """Where ``foreign`` lies now, relative to the results folder; None where it was left in its place."""

    @property
    def done(self) -> set[str]:
        return {id for id, ended in self.jobs.items() if ended.status == "done"}

    @property
    def others(self) -> dict[str, Ended]:
        """Jobs that ended otherwise, with the reason."""
        return {id: ended for id, ended in self.jobs.items() if ended.status != "done"}

    @property
    def warning(self) -> str | None:
        """A sentence for people about what was set aside; None where there was nothing."""
        if not self.foreign or self.moved_to is None:
            return None
        first, more = self.foreign[0], len(self.foreign) - 1
        rest = f", and {more} more like it" if more else ""
        return (
            f"{shown(first.path)}: {first.reason}{rest}. Set aside in {self.moved_to}, where why.json names all; "
            "jobs without a result run again"
        )


class _Unread(NamedTuple):
    job: str
    path: Path
    look: Look
    expected: str


def look(root: Path, verified: Verified, *, only: Collection[str] | None = None, read_at: int | None = None) -> Scan:
    """Look at all jobs of a results folder, or at some; changes nothing on disk.

    Args:
        root: the results folder.
        verified: what was read before; what is read now is added where ``read_at`` is given.
        only: ids of the jobs to look at; what has no id is then passed over as well.
        read_at: the file system's time now (:func:`bench.store.verified.file_system_clock`).

    Raises:
        BenchError: when records are of a newer version of nst-bench, or the folder cannot be read.
    """
    scan, unread, newer = Scan(), list[_Unread](), list[tuple[Path, int]]()
    for folder in _job_folders(root, scan.foreign, only):
        try:
            record, strays = _examine(folder, verified, unread)
            scan.jobs[folder.name] = _ended(record)
            scan.foreign += strays
        except NewerError as error:
            newer.append((folder, error.version))
        except TornError as error:
            scan.foreign.append(Foreign(folder, str(error)))
    if newer:
        count, (first, version) = len(newer), newer[0]
        raise BenchError(
            f"{root}: a newer nst-bench wrote {count} of the records (schema {version}, this one reads "
            f"{SCHEMA_VERSION}), the first in {first.relative_to(root)}: update nst-bench, or use --out"
        )
    scan.hashed = len(unread)
    for job, why in _read(unread, verified, read_at):
        if scan.jobs.pop(job, None):
            scan.foreign.append(Foreign(_place(root, job), why))
    scan.foreign = sorted(
        Foreign(path.relative_to(root), why) for path, why in scan.foreign if only is None or path.name in only
    )
    return scan


def _place(root: Path, job: str) -> Path:
    return root / "jobs" / job[:2] / job


def _job_folders(root: Path, foreign: list[Foreign], only: Collection[str] | None) -> Iterator[Path]:
    """Folders with a job's name in a job's place; all else below ``jobs/`` goes to ``foreign``."""
    jobs = root / "jobs"
    if jobs.is_symlink():
        raise BenchError(linked(jobs))
    for shelf in _entries(jobs):
        if not shelf.is_dir(follow_symlinks=False) or not _SHELF.fullmatch(shelf.name):
            foreign.append(Foreign(Path(shelf.path), f"{_kind(shelf)} that nst-bench did not make"))
            continue
        for entry in _entries(Path(shelf.path)):
            path = Path(shelf.path, entry.name)
            if not entry.is_dir(follow_symlinks=False) or not JOB_ID.fullmatch(entry.name):
                foreign.append(Foreign(path, f"{_kind(entry)} that nst-bench did not make"))
            elif entry.name[:2] != shelf.name:
                foreign.append(Foreign(path, f"lies in jobs/{shelf.name}, not in jobs/{entry.name[:2]}"))
            elif only is None or entry.name in only:
                yield path


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return [entry for entry in found if not is_litter(entry.name)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise BenchError(f"{folder}: cannot be read: {reason(error)}") from error


def _kind(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        return "a symbolic link"
    if entry.is_dir(follow_symlinks=False):
        return "a folder"
    return "a file" if entry.is_file(follow_symlinks=False) else "a pipe or device"


class TornError(Exception):
    """Why a job's folder cannot be trusted."""


def _examine(folder: Path, verified: Verified, unread: list[_Unread]) -> tuple[Record, list[Foreign]]:
    """The record of a folder, with what lies beside it; files that must be read first go to ``unread``."""
    try:
        with os.scandir(folder) as found:
            entries = {entry.name: entry for entry in found}
    except OSError as error:
        raise TornError(f"cannot be read: {reason(error)}") from error
    record = read_record(folder)
    todo: list[_Unread] = []
    for name, expected in record.files.items():
        entry = entries.get(name)
        if name == "record.json" or entry is None:
            raise TornError(f"{shown(name)}, which its record names, is missing")
        if not entry.is_file(follow_symlinks=False):
            raise TornError(f"{shown(name)}, which its record names, is {_kind(entry)}")
        try:
            # What Windows' listing says of a file is not all that its own entry says.
            seen = Look.of(os.lstat(entry.path) if os.name == "nt" else entry.stat(follow_symlinks=False))
        except OSError as error:
            raise TornError(f"{shown(name)}, which its record names, cannot be read: {reason(error)}") from error
        known = verified.sha256(record.id, name, seen)
        if known is None:
            todo.append(_Unread(record.id, folder / name, seen, expected))
        elif known != expected:
            raise TornError(_altered(name))
    unread += todo
    strays = [
        Foreign(folder / name, f"{_kind(entry)} that the record beside it does not name")
        for name, entry in entries.items()
        if name != "record.json" and name not in record.files and not is_litter(name)
    ]
    return record, strays


def read_record(folder: Path) -> Record:
    """The record in a job's folder.

    Raises:
        TornError: with the reason why it is none, or not that job's.
        NewerError: when a newer version wrote it.
    """
    try:
        record = read_json(folder / "record.json", Record, SCHEMA_VERSION, limit=_LARGEST_RECORD)
    except NewerError:
        raise
    except ValueError as error:
        raise TornError(f"record.json {error}") from None
    if record.id != folder.name:
        described = shown(record.id[:64])
        raise TornError(f"record.json describes the job {described}, not the one its folder is named after")
    return record


def _ended(record: Record) -> Ended:
    try:
        span = datetime.fromisoformat(record.finished) - datetime.fromisoformat(record.started)
        seconds = span.total_seconds() if span.total_seconds() >= 0 else None
    except (ValueError, TypeError):
        seconds = None
    return Ended(record.status, record.failure.message if record.failure else None, record.run, seconds)


def _read(unread: list[_Unread], verified: Verified, read_at: int | None) -> Iterator[tuple[str, str]]:
    """Read the files, several at once; yields the jobs of those that are not what they should be, with why."""
    if not unread:
        return
    # In batches: handing over one file costs about as much as reading it.
    batches = [unread[start : start + _BATCH] for start in range(0, len(unread), _BATCH)]
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        results = itertools.chain.from_iterable(pool.map(_hash, batches))
        for one, result in zip(unread, results, strict=True):
            if isinstance(result, OSError):
                yield one.job, f"{shown(one.path.name)}, which its record names, cannot be read: {reason(result)}"
                continue
            digest, seen = result
            if read_at is not None:
                verified.remember(one.job, one.path.name, seen, digest, read_at=read_at)
            if digest != one.expected:
                yield one.job, _altered(one.path.name)


def _hash(batch: Sequence[_Unread]) -> list[tuple[str, Look] | OSError]:
    results: list[tuple[str, Look] | OSError] = []
    for one in batch:
        try:
            results.append(hash_file(one.path))
        except OSError as error:
            results.append(error)
    return results


def _altered(name: str) -> str:
    return f"{shown(name)} is not the file that its record names: other bytes"
