"""Results on disk: found, locked, and written so that a power cut leaves no half job behind.

Layout: docs/results.md. A job's folder is filled under ``tmp/``, synced, and renamed into place with its
record; so a record that exists belongs to a job that ended, and everything else is rubbish to sweep.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import BaseModel

from bench.errors import BenchError
from bench.record import SCHEMA_VERSION, Record

_HOLDER = "lock-holder.txt"


class Store:
    """A results folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = FileLock(root / ".lock")

    # -- one runner at a time ------------------------------------------------------------------

    def acquire(self) -> None:
        """Make the folder if needed and keep other runners out of it until :meth:`release`.

        Raises:
            BenchError: when another runner is at work here, naming it; or when the folder cannot be written.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
            (self.root / _HOLDER).write_text(f"process {os.getpid()} on {socket.gethostname()}\n", encoding="utf-8")
        except Timeout:
            holder = ""
            with suppress(OSError):
                holder = (self.root / _HOLDER).read_text(encoding="utf-8").strip()
            raise BenchError(
                f"{self.root}: another run is at work here ({holder or 'unknown process'}): wait for it, or use --out"
            ) from None
        except OSError as error:
            raise BenchError(f"{self.root}: cannot be written: {error.strerror or error}") from error
        self.sweep()

    def release(self) -> None:
        with suppress(OSError):
            (self.root / _HOLDER).unlink()
        self._lock.release()

    def sweep(self) -> None:
        """Remove what a killed run left under ``tmp/``. Only for the holder of the lock."""
        shutil.rmtree(self.root / "tmp", ignore_errors=True)

    # -- jobs ----------------------------------------------------------------------------------

    def folder(self, job_id: str) -> Path:
        return self.root / "jobs" / job_id[:2] / job_id

    def record(self, job_id: str) -> Record | None:
        """The record of a job, or None where there is none that can be trusted."""
        try:
            record = Record.model_validate_json((self.folder(job_id) / "record.json").read_bytes())
        except (OSError, ValueError):
            return None
        return record if record.id == job_id and record.schema_version == SCHEMA_VERSION else None

    def finished(self, job_ids: Iterable[str]) -> set[str]:
        """Which of these jobs are done, with every file that their record names, unaltered."""
        return {job_id for job_id in job_ids if self._is_finished(job_id)}

    def _is_finished(self, job_id: str) -> bool:
        record = self.record(job_id)
        if record is None or record.status != "done":
            return False
        folder = self.folder(job_id)
        return all(_sha256(folder / name) == digest for name, digest in record.files.items())

    def scratch(self, job_id: str) -> Path:
        """An empty folder to fill, on the same file system as the job's place."""
        folder = self.root / "tmp" / job_id
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def publish(self, folder: Path, record: Record) -> None:
        """Put a filled scratch folder into its job's place, record and all, in one rename.

        An earlier attempt there is moved aside first and deleted after.
        """
        write_json(folder / "record.json", record)
        for path in folder.iterdir():
            _sync(path)
        _sync(folder)
        target = self.folder(record.id)
        target.parent.mkdir(parents=True, exist_ok=True)
        earlier = folder.with_name(f"{record.id}.earlier")
        if target.exists():
            target.rename(earlier)
        folder.rename(target)
        _sync(target.parent)
        shutil.rmtree(earlier, ignore_errors=True)


def write_json(path: Path, model: BaseModel) -> None:
    """Indented UTF-8 JSON; numbers that are not finite become null."""
    write_atomically(path, (model.model_dump_json(indent=1) + "\n").encode())


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that readers see the old one or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _sha256(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _sync(path: Path) -> None:
    """fsync a file or folder; file systems and Windows that cannot sync a folder are left alone."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
