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
        self._slots: dict[str, str] = {}
        """Of what runs, the slot by the job's id."""
        self._dues: list[tuple[float, int, str]] = []
        """Heap of time limits: when, a number that settles ties, the job's id; those of jobs that have ended too."""
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

    def slot_of(self, job_id: str) -> str | None:
        """Where a job runs."""
        return self._slots.get(job_id)

    def has_next(self, now: float) -> bool:
        """Whether a free slot would be given a job."""
        return not self._stopped and bool(self._fresh or (self._again and self._again[0][0] <= now))

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
        self._running[slot], self._slots[job.id] = Running(job, tries, limit=self._limit(job)), slot
        return job

    def began(self, slot: str, now: float) -> None:
        """The worker has begun the slot's job: its time counts from here."""
        run = self._running[slot] = replace(self._running[slot], since=now)
        if run.due is not None:
            heapq.heappush(self._dues, (run.due, self._number(), run.job.id))

    def ended(self, slot: str, status: str, now: float) -> Decision:
        """The slot's job has ended, and the slot is free."""
        run = self._running.pop(slot)
        del self._slots[run.job.id]
        if status in RETRIED and run.tries < self._retries:
            # Once nothing new may start, an end like this may well come of being told to stop: a system that shuts
            # down ends workers and runner alike. The job bears no blame for it.
            wait = None if self._stopped else min(self._backoff * 2.0**run.tries, LONGEST_WAIT)
            # Where nothing more will start, it still waits, for the next run.
            heapq.heappush(self._again, (now + (wait or 0.0), self._number(), run.job, run.tries + 1))
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
        reached = self._reached(now)
        for due in reached:
            heapq.heappush(self._dues, due)
        return [self._slots[job_id] for _, _, job_id in reached]

    def wake(self, now: float) -> float | None:
        """Seconds until a time limit is reached or a job may be tried again; None where neither is to come.

        What is due already waits for nothing but a free slot.
        """
        reached = self._reached(now)
        times = [self._dues[0][0]] if self._dues else []
        for due in reached:
            heapq.heappush(self._dues, due)
        if not self._stopped:
            times += [when for when, *_ in self._again if when > now]
        return min((time - now for time in times), default=None)

    def _reached(self, now: float) -> list[tuple[float, int, str]]:
        """Take the limits that are reached from the heap, and all before the next that still holds: of a thousand jobs
        only these are looked at."""
        reached = []
        while self._dues and (not self._holds(self._dues[0]) or self._dues[0][0] <= now):
            due = heapq.heappop(self._dues)
            reached += [due] if self._holds(due) else []
        return reached

    def _holds(self, due: tuple[float, int, str]) -> bool:
        """Whether a limit is still that of the job's present try."""
        slot = self._slots.get(due[2])
        return slot is not None and self._running[slot].due == due[0]

    def _number(self) -> int:
        self._sequence += 1
        return self._sequence
