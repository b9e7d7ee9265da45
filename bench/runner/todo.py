"""Which jobs of a plan are to run."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from bench.plan import Job, Plan
from bench.store import Store


@dataclass(frozen=True)
class Todo:
    """What is to run, of what was asked for."""

    jobs: list[Job]
    """In the order of the plan."""
    done: int
    """How many were done before."""
    total: int
    """How many were asked for."""


def select(plan: Plan, store: Store, *, only: Set[str] | None = None, retry_failed: bool = False) -> Todo:
    """Choose the jobs that were asked for and are not done.

    Args:
        only: ask for these alone, by id.
        retry_failed: of those that are not done, take what has ended before, and leave out what never ran.
    """
    asked = [job for job in plan.jobs.values() if only is None or job.id in only]
    statuses = store.statuses([job.id for job in asked])
    jobs = [job for job in asked if statuses.get(job.id) != "done" and (job.id in statuses or not retry_failed)]
    return Todo(jobs, sum(status == "done" for status in statuses.values()), len(asked))
