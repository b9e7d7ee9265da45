"""What is predicted of a plan's jobs. No torch here."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Prediction:
    """Of one job."""

    seconds: float
    """From its first to its last phase, that of loading its network where it is the first to need it."""
    optimise: float
    """Of these, the headline of the timing contract."""
    peak_bytes: int | None
    """Of its worker while it optimises; None where the system does not tell."""


@dataclass(frozen=True)
class Forecasts:
    """Of all jobs of a plan, by id."""

    jobs: Mapping[str, Prediction]
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Jobs without a prediction, with the reason."""
    too_large: Mapping[str, str] = field(default_factory=dict)
    """Of these, the ones whose trial already ran out of memory, with the size it had."""
    free_bytes: int | None = None
    """What one worker may hold at the most, all that it holds already included."""
    notes: tuple[str, ...] = ()
    """What is to be known about how it was measured."""
    spent: float = 0.0
    """Seconds that measuring took."""

    def __len__(self) -> int:
        return len(self.jobs)

    @property
    def peak_bytes(self) -> int | None:
        """The largest of any job."""
        return max((p.peak_bytes for p in self.jobs.values() if p.peak_bytes is not None), default=None)

    def wall(self, slots: int = 1, only: Iterable[str] | None = None) -> float:
        """Seconds until all are done, each slot taking the next job when it is free.

        Args:
            slots: at work at the same time.
            only: ids of the jobs that are still to do; those without a prediction count nothing.
        """
        chosen = self.jobs if only is None else [job for job in only if job in self.jobs]
        free = [0.0] * max(1, slots)
        for job in chosen:
            heapq.heappush(free, heapq.heappop(free) + self.jobs[job].seconds)
        return max(free)
