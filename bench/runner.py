"""Carries a plan out on an engine: skips what is done, records how each job ends, stops when asked."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from bench.engines import Ended, Engine, InputFile, Order, Progressed
from bench.errors import BenchError, Exit
from bench.plan import Job, Plan
from bench.record import Record
from bench.resolve import weights_source
from bench.store import Store
from bench.stored import missing, store_input
from nst import images

#: Seconds between two looks at the interrupt flag while a job runs.
_PATIENCE = 0.2


class Listener(Protocol):
    """Hears what happens; shows it or not."""

    def started(self, todo: list[Job], done: int) -> None: ...
    def job_started(self, job: Job) -> None: ...
    def job_progressed(self, job: Job, evaluations: int, loss: float | None) -> None: ...
    def job_ended(self, job: Job, record: Record) -> None: ...
    def stopping(self, message: str) -> None: ...


@dataclass
class Interrupt:
    """What Ctrl-C has asked for so far: once, finish what runs; twice, stop now."""

    requests: int = 0
    on_first: Callable[[], None] = lambda: None

    def request(self) -> None:
        self.requests += 1
        if self.requests == 1:
            self.on_first()

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Let SIGINT and SIGTERM ask, for the length of a block; only the main thread may."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, lambda *_: self.request()) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@dataclass
class Summary:
    """How a run went."""

    total: int
    skipped: int
    ended: dict[str, str] = field(default_factory=dict)
    """Status by id, of the jobs of this run."""
    interrupted: bool = False

    @property
    def failed(self) -> list[str]:
        return [job_id for job_id, status in self.ended.items() if status != "done"]

    @property
    def exit_code(self) -> Exit:
        if self.interrupted:
            return Exit.INTERRUPTED
        return Exit.JOBS_FAILED if self.failed else Exit.FINE


def run(plan: Plan, store: Store, engine: Engine, listener: Listener, interrupt: Interrupt) -> Summary:
    """Run what is missing. The store's lock must be held.

    Raises:
        BenchError: when the results folder cannot be written, with everything that ended kept.
    """
    done = store.finished(plan.jobs)
    todo = [job for job in plan.jobs.values() if job.id not in done]
    summary = Summary(total=len(plan.jobs), skipped=len(done))
    interrupt.on_first = lambda: listener.stopping("finishing the job that runs; Ctrl-C again stops it now")
    listener.started(todo, len(done))
    try:
        inputs = _store_inputs(plan, todo, store)
        for job in todo:
            if interrupt.requests:
                break
            record = _run_one(plan, job, inputs, store, engine, listener, interrupt)
            if record is None:
                break
            summary.ended[job.id] = record.status
            listener.job_ended(job, record)
    except OSError as error:
        raise BenchError(
            f"{error.filename or store.root}: cannot be written: {error.strerror or error}. "
            "Jobs that ended are kept; run the same command again to go on"
        ) from error
    finally:
        engine.close()
    summary.interrupted = interrupt.requests > 0 and summary.skipped + len(summary.ended) < summary.total
    return summary


#: The files of every picture of a plan by its SHA-256, or why there are none.
_Stored = Mapping[str, list[InputFile] | images.PictureError]


def _store_inputs(plan: Plan, todo: list[Job], store: Store) -> _Stored:
    """Every picture of the plan beside the results; those of jobs to run are checked as well."""
    needed = {given.picture.sha256 for job in todo for given in job.inputs.values()}
    stored: dict[str, list[InputFile] | images.PictureError] = {}
    for given in (given for job in plan.jobs.values() for given in job.inputs.values()):
        key = given.picture.sha256
        if key in stored or (key not in needed and not missing(store, given)):
            continue
        try:
            stored[key] = store_input(store, given)
        except images.PictureError as error:
            stored[key] = error
    return stored


def _run_one(
    plan: Plan,
    job: Job,
    stored: _Stored,
    store: Store,
    engine: Engine,
    listener: Listener,
    interrupt: Interrupt,
) -> Record | None:
    """One job to its published record, or None if it was stopped half way."""
    listener.job_started(job)
    folder = store.scratch(job.id)
    started = _now()
    weights = weights_source(str(job.parameters["weights"]), plan.loaded.folder)
    inputs: dict[str, list[InputFile]] = {}
    for role, given in job.inputs.items():
        found = stored[given.picture.sha256]
        if isinstance(found, images.PictureError):
            record = make_record(plan, job, Ended(job.id, "failed", {"failure": {"message": str(found)}}), started)
            store.publish(folder, record)
            return record
        inputs[role] = found
    engine.submit(Order(job.id, job.parameters, inputs, weights, folder))
    while True:
        event = engine.next_event(_PATIENCE)
        if interrupt.requests > 1:
            return None
        if isinstance(event, Progressed):
            listener.job_progressed(job, event.evaluations, event.loss)
        elif isinstance(event, Ended):
            record = make_record(plan, job, event, started)
            store.publish(folder, record)
            return record


def make_record(plan: Plan, job: Job, ended: Ended, started: str) -> Record:
    """The record of a job from its plan and its end."""
    return Record(
        id=job.id,
        status=ended.status,
        name=plan.name,
        parameters=dict(job.parameters),
        inputs={role: given.picture for role, given in job.inputs.items()},
        weights=job.weights,
        algorithm=job.algorithm,
        environment=dict(ended.environment),
        files=dict(ended.content.get("files", {})),
        started=started,
        finished=_now(),
        failure=ended.content.get("failure"),
        outcome=ended.content.get("outcome"),
        diagnosis=ended.content.get("diagnosis"),
        timing=ended.content.get("timing"),
        memory=ended.content.get("memory"),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
