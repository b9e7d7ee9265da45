"""The timing contract ``wall/1``: phases timed apart, the device synchronised at both ends of each.

docs/results.md states the contract; a change of what is measured is a new contract name.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

CONTRACT = "wall/1"
PHASES = ("decode", "weights", "targets", "warmup", "restarts", "optimise", "save", "assess")


class PhaseClock:
    """Seconds by phase.

    Args:
        synchronize: waits until the device has done all it was given.
        now: a monotonic clock in seconds.
    """

    def __init__(self, synchronize: Callable[[], None], now: Callable[[], float] = time.perf_counter) -> None:
        self._synchronize, self._now = synchronize, now
        self.seconds: dict[str, float] = dict.fromkeys(PHASES, 0.0)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time a block as one phase; an unknown name is a mistake of the caller's."""
        if name not in self.seconds:
            raise KeyError(name)
        self._synchronize()
        start = self._now()
        yield
        self._synchronize()
        self.seconds[name] += self._now() - start

    def move(self, source: str, target: str) -> None:
        """Book what one phase took so far under another: time spent on an attempt that was given up."""
        self.seconds[target] += self.seconds[source]
        self.seconds[source] = 0.0
