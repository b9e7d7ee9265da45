"""The timing contract ``wall/1``: phases timed apart, the device synchronised at both ends of each.

docs/results.md states the contract; a change of what is measured is a new contract name.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.machine.gpu import FORCED
from bench.record import GpuState

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
        self._within = 0.0  # seconds of phases inside the one that runs
        self.seconds: dict[str, float] = dict.fromkeys(PHASES, 0.0)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time a block as one phase, without those within it; an unknown name is a mistake of the caller's."""
        if name not in self.seconds:
            raise KeyError(name)
        outside, self._within = self._within, 0.0
        self._synchronize()
        start = self._now()
        yield
        self._synchronize()
        took = self._now() - start
        self.seconds[name] += took - self._within
        self._within = outside + took

    def move(self, source: str, target: str) -> None:
        """Book what one phase took so far under another: time spent on an attempt that was given up."""
        self.seconds[target] += self.seconds[source]
        self.seconds[source] = 0.0


@dataclass(frozen=True)
class Conditions:
    """What a job found and met while it optimised."""

    device: str
    sharing: int = 1
    """Jobs that its own run had on the device at a time."""
    others: int = 0
    """Jobs of other runs that were timed there at the same time."""
    processes: int | None = None
    """That computed on the GPU, the run's own included; None where that cannot be told."""
    before: GpuState | None = None
    after: GpuState | None = None
    heat_ns: int | None = None
    """How long the GPU was slowed down for heat meanwhile, by its own count."""
    energy_joules: float | None = None


def objection(found: Conditions) -> str | None:
    """Why a time must not be compared, all reasons joined; None where nothing speaks against it."""
    reasons = []
    if found.sharing > 1:
        reasons.append(f"{found.sharing} jobs at a time shared {found.device}")
    if found.others:
        jobs = "another job was" if found.others == 1 else f"{found.others} other jobs were"
        reasons.append(f"{jobs} timed on {found.device} at the same time, by another run")
    foreign = (found.processes or 0) - found.sharing
    if foreign > 0:
        processes = "another process" if foreign == 1 else f"{foreign} other processes"
        reasons.append(f"{processes} computed on {found.device}")
    slowed = _slowed(found)
    if slowed:
        reasons.append(f"the GPU was slowed down: {slowed}")
    return "; ".join(reasons) or None


def _slowed(found: Conditions) -> str:
    """By what, other than its own power limit, and how hot it was."""
    states = [state for state in (found.before, found.after) if state is not None]
    seen = [reason for reason in FORCED if any(reason in (state.slowed_by or ()) for state in states)]
    if found.heat_ns:
        seen.append(f"{found.heat_ns / 1e9:.2f} s for heat")
    hot = max((s.temperature_celsius for s in states if s.temperature_celsius is not None), default=None)
    return ", ".join(seen) + (f" ({hot} °C)" if seen and hot is not None else "")
