"""Seconds left of a run, from what was predicted and from what the run has shown so far."""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.plan import Job
from nst.settings import from_values
from nst.stages import later_stages, stages, total_evaluations

#: Jobs that wait, up to which their places are worked out one by one; more even out.
_FEW = 256

#: Jobs at a time, beyond which the seconds left are not worked out at every event.
_MANY = 64

#: Seconds from the first start, before which no pace is told.
_SETTLED = 5.0

#: Part of a first job that must be behind it before its pace says anything.
_TELLING = 0.1


@dataclass
class _Running:
    since: float
    slot: str
    evaluations: int
    """All that it will make."""
    part: float = 0.0
    """Of them, what is behind it."""


class Forecast:
    """What jobs will take, at the pace of this run, over the slots that carry them out.

    A job's work is what was predicted for it, in seconds; without predictions its evaluations x pixels x channels
    over all its sizes, in no particular unit. The pace is seconds per work of the jobs behind us, start-up
    included, so the figure is right for a mixed plan and honest about overhead. A prediction counts as it is until a
    job has shown more.

    Args:
        todo: jobs to run, in their order.
        slots: how many run at the same time.
        predicted: seconds by id; jobs that are missing count by their work beside those that are not.
        now: a monotonic clock, in seconds.
    """

    def __init__(
        self,
        todo: Sequence[Job],
        slots: int = 1,
        predicted: Mapping[str, float] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = now
        self._slots = max(1, slots)
        self._work = _works(todo, predicted or {})
        self._trusted = bool(predicted)
        self._waiting = dict(self._work)
        self._waiting_work = sum(self._work.values())
        self._running: dict[str, _Running] = {}
        self._behind = self._took = 0.0
        """Work of the jobs that have ended, and the seconds they took."""
        self._began: float | None = None
        self._ended = 0
        self._told: tuple[float, float | None] | None = None
        """When the seconds left were worked out last, and what came of it."""

    def resize(self, slots: int) -> None:
        """Machines have come or gone: so many jobs run at the same time from now on."""
        self._slots = max(1, slots)

    def per_minute(self) -> float | None:
        """Jobs that end in a minute, over all of this run; None in its first seconds, which say little."""
        elapsed = 0.0 if self._began is None else self._now() - self._began
        return 60 * self._ended / elapsed if elapsed >= _SETTLED else None

    def started(self, job: Job, slot: str) -> None:
        self._waiting_work -= self._waiting.pop(job.id, 0.0)
        self._began = self._now() if self._began is None else self._began
        self._running[job.id] = _Running(self._now(), slot, evaluations(job))
        if len(self._running) > self._slots:
            self._slots = max(self._slots, len({run.slot for run in self._running.values()}))

    def progressed(self, job: Job, evaluations: int) -> None:
        if run := self._running.get(job.id):
            run.part = min(1.0, evaluations / max(1, run.evaluations))

    def retried(self, job: Job) -> None:
        """The job waits again, and the time it took counts for nothing."""
        self._running.pop(job.id, None)
        self._wait(job)

    def ended(self, job: Job) -> None:
        run = self._running.pop(job.id, None)
        self._ended += 1
        self._waiting_work -= self._waiting.pop(job.id, 0.0)
        if run is not None:
            self._behind += self._work.get(job.id, 0.0)
            self._took += self._now() - run.since

    def seconds_left(self) -> float | None:
        """None before anything can be said: without predictions, until a tenth of the first job is behind us.

        Of many jobs at a time worked out once a second: each of them tells of its progress.
        """
        if len(self._running) <= _MANY:
            return self._left()
        if self._told is None or self._now() - self._told[0] >= 1.0:
            self._told = (self._now(), self._left())
        return self._told[1]

    def _left(self) -> float | None:
        pace = self._pace()
        if pace is None:
            return None
        now = self._now()
        running = [self._rest(job_id, run, pace, now) for job_id, run in self._running.items()]
        if len(self._waiting) > _FEW:
            return (sum(running) + pace * self._waiting_work) / self._slots
        return makespan(running, (pace * work for work in self._waiting.values()), self._slots)

    def _wait(self, job: Job) -> None:
        if job.id not in self._waiting and job.id in self._work:
            self._waiting[job.id] = self._work[job.id]
            self._waiting_work += self._work[job.id]

    def _pace(self) -> float | None:
        """Seconds per work."""
        telling = [(job_id, run) for job_id, run in self._running.items() if run.part >= _TELLING]
        behind = self._behind + sum(run.part * self._work.get(job_id, 0.0) for job_id, run in telling)
        if behind <= 0:
            return 1.0 if self._trusted else None
        now = self._now()
        return (self._took + sum(now - run.since for _, run in telling)) / behind

    def _rest(self, job_id: str, run: _Running, pace: float, now: float) -> float:
        """Seconds left of a job that runs: by its own pace once that tells, else by that of all."""
        elapsed = now - run.since
        if run.part >= _TELLING:
            return elapsed / run.part * (1 - run.part)
        return max(0.0, pace * self._work.get(job_id, 0.0) - elapsed)


def makespan(running: Sequence[float], waiting: Iterable[float], slots: int) -> float:
    """Seconds until all is done, when each job that waits goes to the slot that is free first.

    Args:
        running: seconds left of each job that runs.
        waiting: seconds of each that waits, in order.
    """
    free = [*running, *[0.0] * (slots - len(running))]
    heapq.heapify(free)
    for seconds in waiting:
        heapq.heapreplace(free, free[0] + seconds)
    return max(free)


def work(job: Job) -> float:
    """Work of a job in arbitrary units that compare within a plan."""
    settings = from_values(job.parameters)
    first, later = (
        sum(max(1, stage.evaluations) * stage.size**2 for stage in part)
        for part in (stages(settings), later_stages(settings))
    )
    pixels = first + (job.frames - 1) * later
    width = settings.width or 1.0  # without a network: nothing in these units says what it costs
    return pixels * width * math.sqrt(width)


def evaluations(job: Job) -> int:
    """Evaluations of a job over all its sizes and frames, as workers count them; 0 of one that optimises nothing."""
    return total_evaluations(from_values(job.parameters), job.frames)


def _works(todo: Sequence[Job], predicted: Mapping[str, float]) -> dict[str, float]:
    """Seconds as predicted where anything is, else arbitrary units."""
    known = [job for job in todo if predicted.get(job.id, 0.0) > 0]
    if len(known) == len(todo):
        return {job.id: predicted[job.id] for job in todo}
    units = {job.id: work(job) for job in todo}
    if not known:
        return units
    scale = sum(predicted[job.id] for job in known) / sum(units[job.id] for job in known)
    return {job.id: predicted.get(job.id, 0.0) or units[job.id] * scale for job in todo}
