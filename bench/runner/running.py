"""Carries a plan out on an engine: skips what is done, fills every slot, records how each job ends, stops when asked.

What runs where and when is decided in :mod:`bench.runner.scheduling`; here it is done. Whatever happens, the engine is
closed and what ended is written down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec

from bench.engines import Ended, Engine, Event, Progressed, Standing, Started, independent, standing
from bench.plan import Job, Plan
from bench.progress.listener import Listener
from bench.record import Try
from bench.runner.interrupts import Interrupt
from bench.runner.options import Clock, Options
from bench.runner.orders import Orders
from bench.runner.probing import measure
from bench.runner.recording import Recorder, disk_full, make_record, make_try, timed_out, writing
from bench.runner.scheduling import Schedule
from bench.runner.starting import starting
from bench.runner.summary import Summary
from bench.runner.todo import Todo, select
from bench.runs import Steadiness
from bench.store import Store
from bench.store.files import utc
from nst.images import PictureError
from nst.video import VideoError

#: Seconds between two looks at the interrupt flag while jobs run, and the shortest wait that is worth its while.
_PATIENCE = 0.2
_INSTANT = 0.001

#: Events that are heard before a job is stopped at its time limit: its end may be among them.
_LAST_WORDS = 100

_Spoken = ParamSpec("_Spoken")


def run(
    plan: Plan,
    store: Store,
    engine: Engine,
    listener: Listener,
    interrupt: Interrupt,
    *,
    todo: Todo | None = None,
    options: Options | None = None,
    clock: Clock | None = None,
) -> Summary:
    """Run what is missing, and close the engine. The store's lock must be held.

    Args:
        todo: what :func:`select` chose, where the caller has asked already.

    Raises:
        BenchError: when the results folder cannot be written, or no worker be started, with everything that ended kept.
    """
    options, clock = options or Options(), clock or Clock()
    recorder = Recorder(store)
    try:
        try:
            todo = todo or select(plan, store, only=options.only, retry_failed=options.retry_failed)
            work = _Run(plan, store, engine, listener, interrupt, todo, options, clock, recorder)
            work.carry_out()
        finally:
            engine.close()
        return work.finish()
    except BaseException:
        recorder.salvage()
        raise


@dataclass
class _Try:
    """What is known of the job in a slot beyond its schedule."""

    folder: Path
    submitted: str
    began: tuple[str, float] | None = None
    """Time of day and monotonic seconds at which its worker began it."""
    heard: Progressed | None = None

    @property
    def started(self) -> str:
        return self.began[0] if self.began else self.submitted


class _Run:
    """One run, from the first event to the last."""

    def __init__(
        self,
        plan: Plan,
        store: Store,
        engine: Engine,
        listener: Listener,
        interrupt: Interrupt,
        todo: Todo,
        options: Options,
        clock: Clock,
        recorder: Recorder,
    ) -> None:
        self._plan, self._store, self._engine, self._listener = plan, store, engine, listener
        self._interrupt, self._todo, self._options, self._clock = interrupt, todo, options, clock
        self._orders, self._recorder = Orders(plan, store), recorder
        self._schedule = Schedule(
            todo.jobs,
            retries=options.retries,
            backoff=options.backoff,
            fail_fast=options.fail_fast,
            limit=options.limit,
        )
        self._summary = Summary(total=todo.total, skipped=todo.done, ended=recorder.statuses, took=recorder.took)
        self._tries: dict[str, _Try] = {}
        """Of the jobs that run, by slot."""
        self._earlier: dict[str, list[Try]] = {}
        """Tries that were followed by another, by job."""
        self._told: set[str] = set()
        """Why the run is stopping, as far as it was said."""
        self._standing: Standing | None = None
        """Of the engine's machines, as it was told last."""

    def carry_out(self) -> None:
        todo = self._todo.jobs
        self._tell(self._listener.started, todo, self._todo.done, list(self._engine.slots))
        self._tell_standing()
        with writing(self._store):
            self._orders.store_pictures(todo, lambda: self._asked(1))
        slots = list(independent(self._engine))[: len(todo)] if self._options.steadiness else []
        before = self._measure(slots, lambda: self._asked(1))
        self._run_jobs()
        after = self._measure(list(before), lambda: self._asked(2)) if self._summary.ended else {}
        self._summary.steadiness = {
            slot: Steadiness(before=seconds, after=after.get(slot)) for slot, seconds in before.items()
        }

    def finish(self) -> Summary:
        """The engine is closed: write down what has ended, and sum up."""
        while self._recorder.behind:
            self._write_down()
        summary = self._summary
        summary.not_started = len(self._todo.jobs) - len(summary.ended)
        summary.stopped_at_failure = self._schedule.stopped_at_failure
        summary.interrupted = self._asked(1) and summary.not_started > 0
        self._tell(self._listener.finished, summary)
        return summary

    def _measure(self, slots: list[str], given_up: Callable[[], bool]) -> dict[str, float]:
        with starting(", ".join(slots)):
            found = measure(self._engine, slots, self._clock.monotonic, given_up, _PATIENCE)
        self._summary.environment |= {slot: probe.environment for slot, probe in found.items() if probe.environment}
        return {slot: probe.seconds for slot, probe in found.items()}

    # -- the loop ------------------------------------------------------------------------------

    def _run_jobs(self) -> None:
        while not self._asked(2):
            if self._asked(1):
                self._stop("Ctrl-C again stops {them} now")
            if self._schedule.stopped_at_failure:
                self._stop("a job has failed, and nothing new starts after that")
            self._fill_slots()
            if self._schedule.over and not self._recorder.behind:
                return
            event = self._engine.next_event(self._patience())
            if event is not None:
                self._hear(event)
            self._tell_standing()
            self._enforce_limits()
            # A slot that is free gets its next job before anything is written, which takes the disk its time. But
            # workers that talk without end must not keep what ended from being written.
            if self._recorder.behind and (event is None or self._recorder.behind > len(self._tries)):
                self._fill_slots()
                self._write_down()

    def _patience(self) -> float:
        """Seconds to wait for an event."""
        if self._recorder.behind:
            return 0.0
        wake = self._schedule.wake(self._clock.monotonic())
        return _PATIENCE if wake is None else min(max(wake, _INSTANT), _PATIENCE)

    def _asked(self, times: int) -> bool:
        """To stop. A listener that has gone away asks like Ctrl-C, once."""
        return self._interrupt.requests >= times or (times == 1 and self._summary.unheard is not None)

    def _stop(self, reason: str) -> None:
        self._schedule.stop()
        running = len(self._schedule.running)
        if running and reason not in self._told:
            jobs, them = ("the job that runs", "it") if running == 1 else (f"the {running} jobs that run", "them")
            self._tell(self._listener.stopping, f"finishing {jobs}; {reason.format(them=them)}")
        self._told.add(reason)

    def _fill_slots(self) -> None:
        if not self._schedule.has_next(self._clock.monotonic()):
            return  # without a look at the slots, of which there may be a thousand
        slots, running = self._engine.slots, self._schedule.running
        if len(running) >= len(slots):
            return
        for slot in slots:
            while slot not in running and (job := self._schedule.take(slot, self._clock.monotonic())):
                self._begin(job, slot)

    def _begin(self, job: Job, slot: str) -> None:
        with writing(self._store):
            folder = self._store.scratch(job.id)
        self._tries[slot] = _Try(folder, utc(self._clock.utc()))
        try:
            order = self._orders.order(job, folder)
        except (PictureError, VideoError) as error:
            self._end(slot, Ended(job.id, "failed", {"failure": {"message": str(error)}}))
        else:
            with starting(slot):
                self._engine.submit(order, slot)

    def _hear(self, event: Event) -> None:
        slot = self._schedule.slot_of(event.id)
        if slot is None:
            return  # the last words of a worker that was stopped
        job, current = self._schedule.running[slot].job, self._tries[slot]
        if isinstance(event, Started):
            now = self._clock.monotonic()
            self._schedule.began(slot, now)
            current.began = (utc(self._clock.utc()), now)
            self._tell(self._listener.job_started, job, slot)
        elif isinstance(event, Progressed):
            current.heard = event
            self._tell(self._listener.job_progressed, job, event.evaluations, event.loss)
        else:
            self._end(slot, event)

    def _enforce_limits(self) -> None:
        for _ in range(_LAST_WORDS):
            if not self._schedule.overdue(self._clock.monotonic()):
                return
            if (event := self._engine.next_event(0.0)) is None:
                break
            self._hear(event)
        for slot in self._schedule.overdue(self._clock.monotonic()):
            running, environment = self._schedule.running[slot], self._summary.environment.get(slot, {})
            assert running.limit is not None
            self._engine.stop(slot)
            self._end(slot, timed_out(running.job, running.limit, self._tries[slot].heard, environment))

    def _end(self, slot: str, ended: Ended) -> None:
        """A job has ended one way or another: to be written down, or to be tried again."""
        if ended.status == "no-space":
            raise disk_full(self._tries[slot].folder, self._store.root)
        now, finished = self._clock.monotonic(), utc(self._clock.utc())
        job, current = self._schedule.running[slot].job, self._tries.pop(slot)
        if ended.environment:
            self._summary.environment[slot] = ended.environment
        decision = self._schedule.ended(slot, ended.status, now)
        tries = self._earlier.setdefault(job.id, [])
        if decision.final:
            times = {"started": current.started, "finished": finished}
            record = make_record(
                self._plan, job, ended, **times, heard=current.heard, tries=tries, run_id=self._options.run_id
            )
            self._recorder.add(job, record, current.folder, now - current.began[1] if current.began else 0.0)
        elif decision.wait is not None:
            tries.append(make_try(ended, current.started, finished))
            self._tell(self._listener.job_retried, job, tries[-1], decision.wait)

    def _write_down(self) -> None:
        job, record = self._recorder.write_next()
        if record.status != "done":
            self._schedule.failed()
        self._tell(self._listener.job_ended, job, record)

    def _tell_standing(self) -> None:
        """Of an engine with several machines, how they stand now."""
        now = standing(self._engine)
        if now is not None and now != self._standing:
            self._standing = now
            self._tell(self._listener.machines, now)

    def _tell(self, say: Callable[_Spoken, None], *args: _Spoken.args, **named: _Spoken.kwargs) -> None:
        """Tell the listener, unless it has gone away."""
        if self._summary.unheard is None:
            try:
                say(*args, **named)
            except OSError as error:
                self._summary.unheard = f"progress could no longer be shown ({error.strerror or error})"
