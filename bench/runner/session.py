"""One run from the lock to the last line of its report: what is there, what was set out to do, what it will take, what
became of it. The command line gives it an engine and says how to show it; tests give it an engine of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from bench import repeats, runner
from bench.amounts import roughly
from bench.engines import Engine
from bench.engines.packed import PackedEngine
from bench.plan import Job, Plan
from bench.prediction import Forecasts, predict
from bench.prediction.compare import compare, duration, in_words
from bench.prediction.fit import misfits
from bench.prediction.through import through
from bench.progress import Listener, describe
from bench.runner import packs
from bench.runner.interrupts import Interrupt
from bench.runner.recording import writing
from bench.runner.summary import Summary
from bench.runner.todo import Todo
from bench.runs import UNSTABLE, Predicted, RunReport
from bench.store import Store, journal, planned
from bench.store.journal import How

#: Seconds that every job may take with ``--timeout auto``, and how many times its prediction on top of that. Generous,
#: as machines get busy: what this ends hangs.
GRACE, FACTOR = 600.0, 20.0

#: Jobs that will not fit, which are named.
_FEW = 5


@dataclass(frozen=True)
class Choices:
    """What the user chose about a run."""

    command: Sequence[str]
    """As it was typed; into the plan, the lock and the journal."""
    only: frozenset[str] | None = None
    retry_failed: bool = False
    fail_fast: bool = False
    retries: int = 2
    backoff: float = 1.0
    """Seconds before the first of them."""
    timeout: float | str | None = "auto"
    """Seconds a job; None: no limit; ``auto``: by its prediction, where there is one."""
    measure: bool = True
    """Whether to predict the jobs and to watch how steady the machine is."""
    pack: int | str = 1
    """Jobs that are made together where they can be; ``auto``: as many as pays and fits."""


@dataclass(frozen=True)
class Ended:
    """What became of a run."""

    summary: Summary
    predicted: Predicted | None


Show = Callable[[Mapping[str, float]], Listener]
"""From the predicted seconds by job to what shows the run."""


def carry_out(
    plan: Plan, store: Store, engine: Engine, choices: Choices, show: Show, tell: Callable[[str], None]
) -> Ended:
    """Run what is missing of a plan. The store's lock must be held; the engine is closed at the end.

    Args:
        tell: takes sentences for people.

    Raises:
        BenchError: when the results folder cannot be read or written; what ended is kept.
    """
    session = _Session(plan, store, engine, choices, show, tell)
    try:
        with session.interrupt.on_signals():
            todo, report = session.begin()
            try:
                ended = session.run(todo, report.id)
            except BaseException:
                with suppress(OSError):  # the disk may be full, which is what is being raised
                    journal.end(store.root, report, ended="error")
                raise
    finally:
        engine.close()
    with writing(store):
        journal.end(store.root, report, ended=_how(ended.summary), **_account(ended))
        repeats.renew(plan.jobs, store)
    _tell_end(ended, tell)
    return ended


@dataclass(frozen=True)
class _Session:
    plan: Plan
    store: Store
    engine: Engine
    choices: Choices
    show: Show
    tell: Callable[[str], None]
    interrupt: Interrupt = field(default_factory=Interrupt)

    def begin(self) -> tuple[Todo, RunReport]:
        """Look at what is there, and write down what is set out to be done."""
        choices, store = self.choices, self.store
        with writing(store):
            scan = store.scan()
            for warning in (scan.warning, planned.store_plan(self.plan, store, list(choices.command))):
                if warning:
                    self.tell(f"warning: {warning}")
            todo = runner.select(self.plan, store, only=choices.only, retry_failed=choices.retry_failed)
            report = journal.begin(
                store.root,
                name=self.plan.name,
                command=choices.command,
                slots=list(self.engine.slots),
                skipped=todo.done,
            )
            return todo, report

    def run(self, todo: Todo, run_id: str) -> Ended:
        """Predict, carry out, compare."""
        choices, forecasts = self.choices, Forecasts({})
        if choices.measure and todo.jobs:
            forecasts = foresee(self.plan, todo.jobs, self.engine, self.tell, self._asked_to_stop, warm=True)
        pack, engine = self._pack(todo, forecasts), self.engine
        if pack > 1:
            todo, engine = replace(todo, jobs=packs.sorted_by_batch(todo.jobs)), PackedEngine(engine, pack)
            self.tell(
                f"up to {pack} jobs that differ in pictures, seed or start are made together: their times are shares"
            )
        options = runner.Options(
            retries=choices.retries,
            backoff=choices.backoff,
            fail_fast=choices.fail_fast,
            limit=lambda job: _limit(choices.timeout, forecasts, job, pack),
            run_id=run_id,
            steadiness=choices.measure,
        )
        # Each of several jobs at a time takes as long as all of them.
        listener = self.show({id: prediction.seconds * pack for id, prediction in forecasts.jobs.items()})
        try:
            summary = runner.run(self.plan, self.store, engine, listener, self.interrupt, todo=todo, options=options)
        finally:
            listener.stop()
        took = {id: (took.phases, took.peak_bytes) for id, took in summary.took.items()}
        return Ended(summary, compare(forecasts, took))

    def _pack(self, todo: Todo, forecasts: Forecasts) -> int:
        kind = _kind(self.engine.slots[0])
        return packs.size(self.choices.pack, todo.jobs, kind, forecasts.peak_bytes, forecasts.free_bytes)

    def _asked_to_stop(self) -> bool:
        return self.interrupt.requests > 0


def foresee(
    plan: Plan,
    jobs: Sequence[Job],
    engine: Engine,
    tell: Callable[[str], None],
    stopped: Callable[[], bool] = lambda: False,
    warm: bool = False,
) -> Forecasts:
    """Predict jobs by trials on an engine, and say before anything starts what will not fit.

    Slots of several kinds are taken to be as fast as the first kind.

    Args:
        jobs: of the plan, those to run.
        tell: takes sentences for people.
        stopped: whether the user has asked to stop.
        warm: whether the same workers will run the jobs, and have their networks loaded by then.
    """
    kind = _kind(engine.slots[0])
    alike = [slot for slot in engine.slots if _kind(slot) == kind]
    forecasts = predict(jobs, through(engine, alike, stopped=stopped), warm=warm)
    for note in forecasts.notes:
        tell(note)
    too_large = misfits(jobs, forecasts, kind, len(alike), name=lambda job: describe(plan, job))
    for sentence in too_large[:_FEW]:
        tell(f"warning: {sentence}")
    if len(too_large) > _FEW:
        tell(f"warning: {len(too_large) - _FEW} more jobs will not fit either")
    if forecasts.jobs and not stopped():
        tell(expectation(jobs, forecasts, len(engine.slots)))
    return forecasts


def _kind(slot: str) -> str:
    """``cuda`` of ``cuda:0/2``, ``cpu`` of ``cpu on a node``."""
    return re.split(r"[:/ ]", slot, maxsplit=1)[0]


def expectation(jobs: Sequence[Job], forecasts: Forecasts, slots: int) -> str:
    """``predicted: 52 s in all, up to 480 MB a job``."""
    seconds = forecasts.wall(slots, [job.id for job in jobs])
    memory = f", up to {roughly(forecasts.peak_bytes)} a job" if forecasts.peak_bytes else ""
    unknown = f"; {len(forecasts.left_out)} jobs cannot be predicted" if forecasts.left_out else ""
    return f"predicted: {duration(seconds)} in all{memory}{unknown}"


def _limit(timeout: float | str | None, forecasts: Forecasts, job: Job, pack: int) -> float | None:
    """Of a job among so many that are made together."""
    if not isinstance(timeout, str):
        return None if timeout is None else timeout * pack
    known = forecasts.jobs.get(job.id)
    return GRACE + FACTOR * known.seconds * pack if known else None


def _how(summary: Summary) -> How:
    if summary.interrupted:
        return "interrupted"
    if summary.stopped_at_failure:
        return "stopped at a failure"
    return "some failed" if summary.failed else "complete"


def _account(ended: Ended) -> dict[str, Any]:
    summary = ended.summary
    return {
        "statuses": summary.statuses,
        "steadiness": summary.steadiness,
        "unstable": bool(unsteady(summary)),
        "predicted": ended.predicted,
        "environment": {slot: dict(facts) for slot, facts in summary.environment.items()},
    }


def unsteady(summary: Summary) -> dict[str, float]:
    """Slots that were faster or slower after the run than before it, by how much."""
    found = {slot: measured.apart for slot, measured in summary.steadiness.items()}
    return {slot: apart for slot, apart in found.items() if apart is not None and apart > UNSTABLE}


def _tell_end(ended: Ended, tell: Callable[[str], None]) -> None:
    if ended.predicted:
        tell(in_words(ended.predicted))
    for slot, apart in unsteady(ended.summary).items():
        measured = ended.summary.steadiness[slot]
        way = "slower" if measured.after is not None and measured.after > measured.before else "faster"
        tell(
            f"warning: {slot} did not hold still: a fixed piece of work was {100 * apart:.0f} % {way} after the run "
            "than before; the run is marked unstable"
        )
