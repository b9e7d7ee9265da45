"""Which job runs where and when, as a state machine without clock or input and output: every call says what time it is.

Jobs are first started in their order. One that crashed, or whose machine was lost, is tried again after a wait that
doubles each time, while others run; every other end counts at once. A job has a time limit that begins with its
start. Nothing new starts after :meth:`Schedule.stop`, or after the first failure where that is asked for.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from bench.plan import Job

#: Ends that say nothing about the job: its worker or its machine went away.
RETRIED = frozenset({"crashed", "lost"})

#: Seconds that a job waits at most before it is tried again.
LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class Running:
    """A job in its slot."""

    job: Job
    tries: int
    """How often it was tried before."""
    since: float | None = None
    """When its worker began it; None while it waits for a worker to start."""
    limit: float | None = None
    """Seconds that it may take from then on."""

    @property
    def due(self) -> float | None:
        """When it will have taken too long."""
        return None if self.since is None or self.limit is None else self.since + self.limit


@dataclass(frozen=True)
class Decision:
    """What follows from the end of a job."""

    final: bool
    """This end is the one to record."""
    wait: float | None = None
    """Seconds until the job is tried again. None where it is not: for good, or because nothing new may start,
    which leaves the job to the next run."""


def no_limit(_: Job) -> float | None:
    return None


class Schedule:
    """Args:
    jobs: in the order of their first starts.
    retries: how often a job is tried again at most.
    backoff: seconds before it is tried again for the first time.
    fail_fast: start nothing new once a job has failed.
    limit: seconds that a job may take; None for any time.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        *,
        retries: int = 2,
        backoff: float = 1.0,
        fail_fast: bool = False,
        limit: Callable[[Job], float | None] = no_limit,
    ) -> None:
        self._retries, self._backoff, self._fail_fast, self._limit = retries, backoff, fail_fast, limit
        self._fresh = deque(jobs)
        self._again: list[tuple[float, int, Job, int]] = []
        """Heap of jobs to try again: when, a number that settles ties, the job, how often it was tried."""
        self._sequence = 0
        self._running: dict[str, Running] = {}
        self._stopped = False
        self.stopped_at_failure = False

    @property
    def running(self) -> Mapping[str, Running]:
        """What runs, by slot."""
        return MappingProxyType(self._running)

    @property
    def waiting(self) -> int:
        """How many jobs neither run nor have ended."""
        return len(self._fresh) + len(self._again)

    @property
    def over(self) -> bool:
        """Nothing runs and nothing will."""
        return not self._running and (self._stopped or not self.waiting)

    def take(self, slot: str, now: float) -> Job | None:
        """Give a free slot its next job: one that is due to be tried again, else the next of the order."""
        if slot in self._running:
            raise ValueError(f"slot {slot} is busy")
        if self._stopped:
            return None
        if self._again and self._again[0][0] <= now:
            _, _, job, tries = heapq.heappop(self._again)
        elif self._fresh:
            job, tries = self._fresh.popleft(), 0
        else:
            return None
        self._running[slot] = Running(job, tries, limit=self._limit(job))
        return job

    def began(self, slot: str, now: float) -> None:
        """The worker has begun the slot's job: its time counts from here."""
        self._running[slot] = replace(self._running[slot], since=now)

    def ended(self, slot: str, status: str, now: float) -> Decision:
        """The slot's job has ended, and the slot is free."""
        run = self._running.pop(slot)
        if status in RETRIED and run.tries < self._retries:
            # Once nothing new may start, an end like this may well come of being told to stop: a system that shuts
            # down ends workers and runner alike. The job bears no blame for it.
            wait = None if self._stopped else min(self._backoff * 2.0**run.tries, LONGEST_WAIT)
            # Where nothing more will start, it still waits, for the next run.
            heapq.heappush(self._again, (now + (wait or 0.0), self._sequence, run.job, run.tries + 1))
            self._sequence += 1
            return Decision(final=False, wait=wait)
        if status != "done":
            self.failed()
        return Decision(final=True)

    def failed(self) -> None:
        """A job has failed, if only on its way to the disk: start nothing new, where that is asked for."""
        if self._fail_fast and not self._stopped:
            self._stopped = self.stopped_at_failure = True

    def stop(self) -> None:
        """Start nothing new; what runs may end."""
        self._stopped = True

    def overdue(self, now: float) -> list[str]:
        """Slots whose jobs have reached their time limits."""
        return [slot for slot, run in self._running.items() if run.due is not None and run.due <= now]

    def wake(self, now: float) -> float | None:
        """Seconds until a time limit is reached or a job may be tried again; None where neither is to come.

        What is due already waits for nothing but a free slot.
        """
        times = [run.due for run in self._running.values() if run.due is not None]
        if not self._stopped:
            times += [when for when, *_ in self._again]
        return min((time - now for time in times if time > now), default=None)
