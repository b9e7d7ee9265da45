"""What a run tells while it goes on. Whoever shows it keeps this contract, and changes nothing of what is run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from bench.engines import Standing
from bench.plan import Job
from bench.record import Record, Try

if TYPE_CHECKING:
    from bench.runner.summary import Summary


class Listener(Protocol):
    """Hears what happens; shows it or not.

    A listener that raises :class:`OSError`, because nobody reads on, hears nothing more; the run then ends as after
    Ctrl-C.
    """

    def started(self, todo: Sequence[Job], done: int, slots: Sequence[str]) -> None:
        """The run begins.

        Args:
            todo: jobs to run.
            done: how many were done before.
            slots: of the engine, as far as it knows now.
        """

    def machines(self, standing: Standing) -> None:
        """Of an engine with several machines: how they stand, at the start and whenever that changes."""

    def job_started(self, job: Job, slot: str) -> None:
        """A worker has begun a job; after :meth:`job_retried`, once more. The slot's last job may not have been
        told to have ended yet: what runs next comes before writing down what was."""

    def job_progressed(self, job: Job, evaluations: int, loss: float | None) -> None:
        """Args:
        loss: None if it is not finite.
        """

    def job_retried(self, job: Job, earlier: Try, wait: float) -> None:
        """A worker or machine went away; the job is tried again in ``wait`` seconds."""

    def job_ended(self, job: Job, record: Record) -> None:
        """A record was written down. One whose pictures are gone ends without having started."""

    def stopping(self, message: str) -> None:
        """Nothing new will start."""

    def finished(self, summary: Summary) -> None:
        """The run is over. Not told where it ends with an error."""

    def stop(self) -> None:
        """Nothing more will be told, whatever happened: leave the terminal as it was."""
