"""Events for programs: one JSON object a line on standard output. docs/commands.md names every field.

Fields may be added; a change of meaning raises ``SCHEMA``. A stream that ends without ``finished`` belongs to a run
that ended with an error, whose message stands on standard error.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

from bench.engines import Standing
from bench.plan import Job, Plan
from bench.progress.forecast import Forecast, evaluations
from bench.progress.words import describe
from bench.record import Record, Try
from bench.store.files import utc

if TYPE_CHECKING:
    from bench.runner.summary import Summary

SCHEMA = 1


def _utc() -> datetime:
    return datetime.now(UTC)


class JsonEvents:
    """Args:
    predicted: seconds by job id.
    now: a monotonic clock, in seconds.
    utc: the time of day that stands in every event.
    """

    def __init__(
        self,
        plan: Plan,
        stream: TextIO | None = None,
        now: Callable[[], float] = time.monotonic,
        predicted: Mapping[str, float] | None = None,
        utc: Callable[[], datetime] = _utc,
    ) -> None:
        self._plan, self._stream, self._now, self._utc = plan, stream or sys.stdout, now, utc
        self._predicted = predicted
        self._forecast = Forecast([], 1, None, now)

    def _send(self, event: str, **content: Any) -> None:
        at = utc(self._utc())
        line = json.dumps({"schema": SCHEMA, "event": event, "at": at, **content}, allow_nan=False)
        print(line, file=self._stream, flush=True)

    def _left(self) -> float | None:
        left = self._forecast.seconds_left()
        return None if left is None else round(left, 3)

    def _per_minute(self) -> float | None:
        found = self._forecast.per_minute()
        return None if found is None else round(found, 3)

    def started(self, todo: Sequence[Job], done: int, slots: Sequence[str]) -> None:
        self._forecast = Forecast(todo, len(slots), self._predicted, self._now)
        self._send(
            "started", name=self._plan.name, todo=len(todo), done=done, slots=list(slots), seconds_left=self._left()
        )

    def machines(self, standing: Standing) -> None:
        self._forecast.resize(standing.slots)
        self._send(
            "machines",
            nodes=standing.nodes,
            gpus=standing.gpus,
            slots=standing.slots,
            lost=list(standing.lost),
            note=standing.note,
        )

    def job_started(self, job: Job, slot: str) -> None:
        self._forecast.started(job, slot)
        self._send(
            "job-started", id=job.id, label=describe(self._plan, job), slot=slot, evaluations_expected=evaluations(job)
        )

    def job_progressed(self, job: Job, evaluations: int, loss: float | None) -> None:
        self._forecast.progressed(job, evaluations)
        self._send("progress", id=job.id, evaluations=evaluations, loss=loss, seconds_left=self._left())

    def job_retried(self, job: Job, earlier: Try, wait: float) -> None:
        self._forecast.retried(job)
        self._send("retry", id=job.id, status=earlier.status, message=earlier.message, wait_seconds=wait)

    def job_ended(self, job: Job, record: Record) -> None:
        self._forecast.ended(job)
        self._send(
            "ended",
            id=job.id,
            status=record.status,
            seconds=record.timing.optimise if record.timing else None,
            loss=record.outcome.final_loss if record.outcome else None,
            diagnosis=record.diagnosis.verdict if record.diagnosis else None,
            message=record.failure.message if record.failure else None,
            tries=len(record.tries) + 1,
            seconds_left=self._left(),
            jobs_per_minute=self._per_minute(),
        )

    def stopping(self, message: str) -> None:
        self._send("stopping", message=message)

    def finished(self, summary: Summary) -> None:
        self._send(
            "finished",
            total=summary.total,
            done_before=summary.skipped,
            statuses=summary.statuses,
            not_started=summary.not_started,
            interrupted=summary.interrupted,
            stopped_at_failure=summary.stopped_at_failure,
            exit_code=int(summary.exit_code),
        )

    def stop(self) -> None:
        pass
