"""From the end of a job to its record on disk, and from trouble with the disk to a message."""

from __future__ import annotations

import errno
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bench.engines import Ended, Progressed
from bench.errors import BenchError
from bench.plan import Job, Plan
from bench.record import Record, Try
from bench.runner.summary import Took
from bench.store import Store
from bench.worker.timing import PHASES

#: Statuses of jobs that ended before their time, of which the last loss heard is worth keeping.
_CUT_SHORT = frozenset({"crashed", "lost", "oom", "timeout"})

KEPT = "Jobs that ended are kept"


def make_record(
    plan: Plan,
    job: Job,
    ended: Ended,
    *,
    started: str,
    finished: str,
    heard: Progressed | None = None,
    tries: Sequence[Try] = (),
    run_id: str | None = None,
) -> Record:
    """The record of a job from its plan and its end.

    Args:
        started: UTC, ISO 8601; likewise ``finished``.
        heard: the last progress of this try.
        tries: those before it.
    """
    content = dict(ended.content)
    failure = _failure(ended, heard, len(tries))
    common: dict[str, Any] = {
        "id": job.id,
        "name": plan.name,
        "parameters": dict(job.parameters),
        "inputs": {role: given.picture for role, given in job.inputs.items()},
        "weights": job.weights,
        "algorithm": job.algorithm,
        "environment": dict(ended.environment),
        "tries": list(tries),
        "run": run_id,
        "started": started,
        "finished": finished,
    }
    parts = {name: content.get(name) for name in ("outcome", "diagnosis", "timing", "memory")}
    status = "crashed" if ended.status == "lost" else ended.status
    try:
        return Record(status=status, files=dict(content.get("files", {})), failure=failure, **parts, **common)
    except (ValidationError, TypeError, ValueError) as error:
        # One worker that talks nonsense must not end a night's run.
        message = f"the worker's report of status {ended.status!r} cannot be understood"
        return Record(status="failed", files={}, failure={"message": message, "details": str(error)}, **common)


def make_try(ended: Ended, started: str, finished: str) -> Try:
    """What is kept of a try that is followed by another."""
    status = "lost" if ended.status == "lost" else "crashed"
    return Try(status=status, message=_message(ended), started=started, finished=finished)


def timed_out(job: Job, limit: float, heard: Progressed | None, environment: Mapping[str, Any]) -> Ended:
    """The end of a job that was stopped at its time limit, of ``limit`` seconds."""
    message = f"stopped after {limit:g} s, its time limit: {last_heard(heard)}"
    return Ended(job.id, "timeout", {"failure": {"message": message}}, environment)


def last_heard(heard: Progressed | None) -> str:
    """``the loss was 12.3 after 40 evaluations``."""
    if heard is None:
        return "it had not told of any evaluation"
    evaluations = "1 evaluation" if heard.evaluations == 1 else f"{heard.evaluations} evaluations"
    loss = "not finite" if heard.loss is None else f"{heard.loss:.4g}"
    return f"the loss was {loss} after {evaluations}"


def _failure(ended: Ended, heard: Progressed | None, earlier: int) -> dict[str, Any] | None:
    given = ended.content.get("failure")
    failure = dict(given) if isinstance(given, Mapping) else None
    if ended.status == "lost":
        tries = "in its only try" if not earlier else f"in the last of {earlier + 1} tries"
        failure = {**(failure or {}), "message": f"the machine that ran it went away {tries}: {_message(ended)}"}
    if ended.status in _CUT_SHORT and heard is not None:
        failure = failure or {"message": _message(ended)}
        details = str(failure.get("details") or "").rstrip("\n")
        said = f"Last heard: {last_heard(heard)}."
        failure["details"] = f"{details}\n{said}" if details else said
    return failure


def _message(ended: Ended) -> str:
    failure = ended.content.get("failure")
    message = failure.get("message") if isinstance(failure, Mapping) else None
    return str(message or "no reason given")


@dataclass(frozen=True)
class _Unwritten:
    job: Job
    record: Record
    folder: Path
    seconds: float


class Recorder:
    """Puts records and their files into the store, in the order of the ends, when the run has time for it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._queue: deque[_Unwritten] = deque()
        self.statuses: dict[str, str] = {}
        """By id, of what is written down."""
        self.took: dict[str, Took] = {}
        """By id, of what is done."""

    @property
    def behind(self) -> int:
        """How many jobs have ended and are not written down yet."""
        return len(self._queue)

    def add(self, job: Job, record: Record, folder: Path, seconds: float) -> None:
        """Args:
        folder: where the worker put the job's files.
        seconds: that it took.
        """
        self._queue.append(_Unwritten(job, record, folder, seconds))

    def write_next(self) -> tuple[Job, Record]:
        """Write the first of the queue down.

        Returns:
            Its record as it stands in the store.

        Raises:
            BenchError: when it cannot be written.
        """
        ended = self._queue.popleft()
        with writing(self._store):
            return ended.job, self._publish(ended)

    def salvage(self) -> None:
        """After an error, write down what can be."""
        while self._queue:
            with suppress(OSError):
                self._publish(self._queue.popleft())

    def _publish(self, ended: _Unwritten) -> Record:
        # What a job that failed has left behind belongs to nothing.
        folder = ended.folder if ended.record.files else self._store.scratch(ended.record.id)
        publish: Callable[[Path, Record], Record | None] = self._store.publish
        record = publish(folder, ended.record) or ended.record  # another where a file was lost on its way
        self.statuses[record.id] = record.status
        if record.status == "done" and record.timing is not None:
            phases = sum(getattr(record.timing, phase) for phase in PHASES)
            peak = record.memory.peak_bytes if record.memory else None
            self.took[record.id] = Took(ended.seconds, phases, peak)
        return record


@contextmanager
def writing(store: Store) -> Iterator[None]:
    """Whatever cannot be written to the store inside ends the run, with a message.

    Raises:
        BenchError: instead of OSError.
    """
    try:
        yield
    except OSError as error:
        where = error.filename or store.root
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            raise disk_full(where, store.root) from error
        raise BenchError(
            f"{where}: cannot be written: {error.strerror or error}. {KEPT}: run the same command again to go on"
        ) from error


def disk_full(where: Path | str, root: Path) -> BenchError:
    """The message of a run that ends because the disk that holds the results at ``root`` is full."""
    try:
        free = f"{shutil.disk_usage(root).free / 1e6:,.1f} MB"
    except OSError:
        free = "an unknown amount"
    return BenchError(
        f"{where}: the disk, or your share of it, is full ({free} free). {KEPT}: "
        "make room, then run the same command again to go on"
    )
