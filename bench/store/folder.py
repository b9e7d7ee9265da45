"""Results on disk: found, locked, and written so that a power cut leaves no half job behind.

Layout: docs/results.md. A job's folder is filled under ``tmp/``, synced, and renamed into place with its
record; so a record that exists belongs to a job that ended. What lies there without that is set aside
(:mod:`bench.store.scan`), and what lies under ``tmp/`` is rubbish to sweep.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

from bench.errors import BenchError
from bench.record import Failure, Record
from bench.store.aside import FOLDER, linked, set_aside
from bench.store.files import NewerError, as_json, reason, shown, sync_files, sync_folder
from bench.store.lock import Holder, Lock
from bench.store.scan import JOB_ID, Ended, Scan, TornError, look, read_record
from bench.store.verified import Clock, Verified, append, file_system_clock, hash_file, load, save

_EARLIER = ".earlier"


class Store:
    """A results folder.

    Args:
        root: the folder; made when the lock is taken.
        clock: of the file system that the folder is on.
    """

    def __init__(self, root: Path, clock: Clock = file_system_clock) -> None:
        self.root = root
        self._clock = clock
        self._lock = Lock(root)
        self._scan: Scan | None = None
        """What :meth:`scan` found, kept up to date, as long as the lock is held."""

    # -- one runner at a time ------------------------------------------------------------------

    def acquire(self, command: Sequence[str] | None = None) -> None:
        """Make the folder if needed, keep other runners out of it until :meth:`release`, and sweep it.

        Args:
            command: what the next one in line is told; the process's own arguments if left out.

        Raises:
            BenchError: when another runner is at work here, naming it; when the folder cannot be written or locked.
        """
        try:
            _make(self.root)
            self._lock.acquire(command)
            try:
                self._refuse_links()
                self.sweep()
            except BaseException:
                self._lock.release()
                raise
        except OSError as error:
            raise BenchError(f"{self.root}: cannot be written: {reason(error)}") from error

    def _refuse_links(self) -> None:
        for name in ("jobs", "tmp", "parts", "plans", "runs", FOLDER):
            if (self.root / name).is_symlink():
                raise BenchError(linked(self.root / name))

    def release(self) -> None:
        self._scan = None
        self._lock.release()

    def holder(self) -> Holder | None:
        """Who is at work here, in whichever process."""
        return self._lock.holder()

    def sweep(self) -> None:
        """Remove what a killed run left under ``tmp/``. Only for the holder of the lock.

        An earlier result whose place was still empty when the run was killed goes back there.
        """
        tmp = self.root / "tmp"
        for earlier in tmp.glob(f"*{_EARLIER}"):
            if target := self.place_of_earlier(earlier):
                target.parent.mkdir(parents=True, exist_ok=True)
                earlier.rename(target)
                sync_folder(target.parent)
        shutil.rmtree(tmp, ignore_errors=True)

    def place_of_earlier(self, path: Path) -> Path | None:
        """Where something under ``tmp/`` belongs: an earlier result of which the place is empty. None of all else."""
        job_id = path.name.removesuffix(_EARLIER)
        if path.parent != self.root / "tmp" or path.name == job_id or not JOB_ID.fullmatch(job_id):
            return None
        target = self.folder(job_id)
        return None if os.path.lexists(target) else target

    # -- what is there -------------------------------------------------------------------------

    def scan(self) -> Scan:
        """Look at all jobs and set aside what cannot be trusted. Only for the holder of the lock.

        Raises:
            BenchError: when a newer version of nst-bench wrote here, or something cannot be read or moved.
        """
        verified = load(self.root)
        before = {job: dict(files) for job, files in verified.jobs.items()}
        try:
            read_at = self._clock(self.root)
        except OSError as error:
            raise BenchError(f"{self.root}: cannot be written: {reason(error)}") from error
        scan = look(self.root, verified, read_at=read_at)
        verified.jobs = {job: files for job, files in verified.jobs.items() if job in scan.jobs}
        if verified.jobs != before:
            save(self.root, verified)
        if scan.foreign:
            scan.moved_to = set_aside(self.root, scan.foreign)
        self._scan = scan
        return scan

    def look(self, job_ids: Collection[str] | None = None) -> Scan:
        """As :meth:`scan`, but changes nothing; of some jobs alone where they are named."""
        only = None if job_ids is None else set(job_ids)
        if self._scan is None:
            return look(self.root, load(self.root), only=only)
        known = self._scan.jobs
        return Scan({id: ended for id, ended in known.items() if only is None or id in only})

    def finished(self, job_ids: Collection[str]) -> set[str]:
        """Which of these jobs are done, with every file that their record names, unaltered."""
        return self.look(job_ids).done

    def statuses(self, job_ids: Collection[str]) -> dict[str, str]:
        """How those of these jobs ended that did and can be trusted."""
        return {id: ended.status for id, ended in self.look(job_ids).jobs.items()}

    # -- jobs ----------------------------------------------------------------------------------

    def folder(self, job_id: str) -> Path:
        return self.root / "jobs" / job_id[:2] / job_id

    def record(self, job_id: str) -> Record | None:
        """The record of a job, or None where there is none that can be trusted. Its files are not looked at."""
        try:
            return read_record(self.folder(job_id))
        except (TornError, NewerError):
            return None

    def scratch(self, job_id: str) -> Path:
        """An empty folder to fill, on the same file system as the job's place."""
        folder = self.root / "tmp" / job_id
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def parts(self, job_id: str) -> Path:
        """Where a job that is done part by part leaves them, over tries and runs, until it is done as a whole."""
        return self.root / "parts" / job_id

    def publish(self, folder: Path, record: Record) -> Record:
        """Put a filled scratch folder into its job's place, record and all, in one rename.

        An earlier attempt there is moved aside first and deleted after. Files that the record does not name are left
        out, and a job that did not leave the files it names did not go well, whatever its record says.

        Returns:
            The record as it was published: ``failed`` where a file was lost.

        Raises:
            OSError: when the disk is full or broken; the job's place is then as it was.
        """
        # First the record, as its date is the file system's time: files written before that can be told from
        # files written to after they are read, below.
        verified, text = Verified(), folder / "record.json"
        text.write_bytes(as_json(record))
        if lost := _verify(folder, record, verified, read_at=text.stat().st_mtime_ns):
            why = "; ".join(f"{shown(name)} was lost on its way to the results: {what}" for name, what in lost.items())
            kept = {name: sha256 for name, sha256 in record.files.items() if name not in lost}
            record = record.model_copy(update={"status": "failed", "failure": Failure(message=why), "files": kept})
            text.write_bytes(as_json(record))
        for path in folder.iterdir():
            if path != text and path.name not in record.files:
                _remove(path)
        sync_files([text, *(folder / name for name in record.files)])
        sync_folder(folder)
        self._put(folder, self.folder(record.id))
        append(self.root, verified)
        if record.status == "done":
            _remove(self.parts(record.id))
        if self._scan:
            failure = record.failure.message if record.failure else None
            self._scan.jobs[record.id] = Ended(record.status, failure, record.run, None)
        return record

    def _put(self, folder: Path, target: Path) -> None:
        """Rename a synced folder into its place, and have that written down too."""
        _make(target.parent)
        earlier = folder.with_name(f"{target.name}{_EARLIER}")
        _remove(earlier)
        if os.path.lexists(target):
            target.rename(earlier)
        try:
            folder.rename(target)
        except OSError:
            with suppress(OSError):
                earlier.rename(target)
            raise
        sync_folder(target.parent)
        _remove(earlier)


def _verify(folder: Path, record: Record, verified: Verified, read_at: int) -> dict[str, str]:
    """Files that are not what their record says, with what is wrong; the others are remembered as read."""
    lost = {}
    for name, expected in record.files.items():
        path = folder / name
        if path.parent != folder or path.name in ("..", "record.json") or not name.isprintable():
            lost[name] = "no name for a file of a job"
            continue
        try:
            digest, seen = hash_file(path)
        except OSError as error:
            lost[name] = reason(error)
            continue
        if digest != expected:
            lost[name] = "not the bytes that the worker wrote"
        else:
            verified.remember(record.id, name, seen, digest, read_at=read_at)
    return lost


def _make(folder: Path) -> None:
    """A folder with its parents, so that a power cut does not take them away again."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in missing:
        sync_folder(path.parent)


def _remove(path: Path) -> None:
    """Whatever it is; a link is removed, never followed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
