"""How a plan is run, beside what is run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.plan import Job
from bench.runner.scheduling import no_limit


@dataclass(frozen=True)
class Options:
    """What the user may choose about a run."""

    retries: int = 2
    """How often a job is tried again whose worker or machine went away."""
    backoff: float = 1.0
    """Seconds before the first of them; each later one waits twice as long, up to a minute."""
    fail_fast: bool = False
    """Start nothing new once a job has failed."""
    retry_failed: bool = False
    """Run only jobs that ended before, other than done."""
    only: frozenset[str] | None = None
    """Run only these jobs, by id."""
    limit: Callable[[Job], float | None] = no_limit
    """Seconds that a job may take."""
    run_id: str | None = None
    """Goes into every record."""
    steadiness: bool = False
    """Measure before and after the jobs how steady each slot is (:mod:`bench.runner.probing`)."""


def _utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Clock:
    """Where the run gets its times from."""

    monotonic: Callable[[], float] = time.monotonic
    """Seconds, for limits and waits."""
    utc: Callable[[], datetime] = _utc
    """The time of day, for records."""
