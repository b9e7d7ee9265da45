"""Next to nothing, for those who only want to know how it ended."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from bench.engines import Standing
from bench.plan import Job
from bench.record import Record, Try

if TYPE_CHECKING:
    from bench.runner.summary import Summary


class Quiet:
    """Nothing but the answer to Ctrl-C: the summary and errors are said by the command."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    def started(self, todo: Sequence[Job], done: int, slots: Sequence[str]) -> None:
        pass

    def machines(self, standing: Standing) -> None:
        pass

    def job_started(self, job: Job, slot: str) -> None:
        pass

    def job_progressed(self, job: Job, evaluations: int, loss: float | None) -> None:
        pass

    def job_retried(self, job: Job, earlier: Try, wait: float) -> None:
        pass

    def job_ended(self, job: Job, record: Record) -> None:
        pass

    def stopping(self, message: str) -> None:
        print(message, file=self._stream, flush=True)

    def finished(self, summary: Summary) -> None:
        pass

    def stop(self) -> None:
        pass
