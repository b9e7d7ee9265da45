"""Plain lines for logs and CI: one when a job ends, one when it is tried again, one when machines come or go."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from bench.engines import Standing
from bench.plan import Job, Plan
from bench.progress.forecast import Forecast
from bench.progress.words import again, clock, describe, machines, opening, rate, result
from bench.record import Record, Try

if TYPE_CHECKING:
    from bench.runner.summary import Summary


class Lines:
    """Args:
    predicted: seconds by job id.
    now: a monotonic clock, in seconds.
    """

    def __init__(
        self,
        plan: Plan,
        stream: TextIO | None = None,
        now: Callable[[], float] = time.monotonic,
        predicted: Mapping[str, float] | None = None,
    ) -> None:
        self._plan, self._stream, self._now, self._predicted = plan, stream or sys.stderr, now, predicted
        self._count = self._total = 0
        self._places, self._several = "", False
        """Whether there are several machines, of which the pace is theirs together."""
        self._told: set[str] = set()

    def _say(self, text: str) -> None:
        print(text, file=self._stream, flush=True)

    def started(self, todo: Sequence[Job], done: int, slots: Sequence[str]) -> None:
        self._total = len(todo)
        self._forecast = Forecast(todo, len(slots), self._predicted, self._now)
        self._say(opening(len(todo), done))

    def machines(self, standing: Standing) -> None:
        self._forecast.resize(standing.slots)
        places, self._several = machines(standing), True
        if standing.note or places != self._places:
            self._say(f"on {places}{f': {standing.note}' if standing.note else ''}")
        self._places = places

    def job_started(self, job: Job, slot: str) -> None:
        self._forecast.started(job, slot)

    def job_progressed(self, job: Job, evaluations: int, loss: float | None) -> None:
        self._forecast.progressed(job, evaluations)

    def job_retried(self, job: Job, earlier: Try, wait: float) -> None:
        self._forecast.retried(job)
        self._say(f"{describe(self._plan, job)}: {again(earlier, wait)}")

    def job_ended(self, job: Job, record: Record) -> None:
        self._count += 1
        self._forecast.ended(job)
        rest = f", {clock(self._forecast.seconds_left())} left" if self._count < self._total else ""
        pace = rate(self._forecast.per_minute()) if rest and self._several else ""
        rest += f", {pace}" if pace else ""
        self._say(f"[{self._count}/{self._total}] {describe(self._plan, job)}: {result(record, self._told)}{rest}")

    def stopping(self, message: str) -> None:
        self._say(message)

    def finished(self, summary: Summary) -> None:
        pass

    def stop(self) -> None:
        pass
