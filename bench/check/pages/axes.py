"""Logarithmic axes of the gate's drawings: what they span, where values lie on them, how they are labelled."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.report import format as fmt
from bench.report.format import NARROW
from bench.report.ticks import linear_ticks

_MARGIN = 0.06


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class Axis:
    """From ``low`` at ``bottom`` to ``high`` at ``top``, upright."""

    low: float
    high: float
    top: float
    bottom: float

    def at(self, value: float) -> float:
        """Where a value lies; one beyond the axis, at its end."""
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return round(self.bottom + min(max(share, 0.0), 1.0) * (self.top - self.bottom), 2)

    def beyond(self, value: float) -> int:
        """1 where it is above the axis, -1 where it is below, 0 where it is on it."""
        return (value > self.high) - (value < self.low)

    def ratios(self, named: Sequence[float], room: float) -> tuple[Tick, ...]:
        """Ticks at those ratios that are named, and at round ones where there is room beside them.

        Args:
            named: ratios; of two that lie too near, the first.
            room: units of the drawing between two ticks.
        """
        ticks: list[Tick] = []
        for value in (*named, *linear_ticks(self.low, self.high)):
            free = all(abs(self.at(value) - tick.at) >= room for tick in ticks)
            if value > 0 and not self.beyond(value) and free:
                ticks.append(Tick(self.at(value), times(value).removesuffix(".00")))
        return tuple(ticks)

    def times(self, room: float) -> tuple[Tick, ...]:
        """Ticks at round times in one unit, as many as there is room for."""
        factor, unit = fmt.unit_of_time(self.high)
        ticks: tuple[Tick, ...] = ()
        for most in range(8, 2, -1):
            values = [value for value in linear_ticks(self.low * factor, self.high * factor, most) if value > 0]
            ticks = tuple(Tick(self.at(value / factor), f"{value:.6g}{NARROW}{unit}") for value in values)
            if all(one.at - other.at >= room for one, other in pairwise(ticks)):
                break
        return ticks


def times(ratio: float) -> str:
    """A ratio with two decimals, and more where it has none to speak of."""
    return f"{ratio:.2f}" if 0.1 <= ratio < 100 else fmt.number(ratio)


def axis(
    values: Iterable[float],
    always: Iterable[float],
    top: float,
    bottom: float,
    *,
    reach: float = 1.0,
    least: float = 1.1,
) -> Axis:
    """An axis for values above 0.

    Args:
        values: what is drawn. The few that would press all others together lie beyond it.
        always: what it must hold.
        top: place of its upper end, in units of the drawing.
        bottom: of its lower end.
        reach: how far it goes beyond what the middle half of the values and ``always`` span, as a multiple of that.
        least: the factor from one end to the other at the least: what is smaller shall not look large.
    """
    logs, held = sorted(map(math.log, values)), sorted(map(math.log, always))
    core = [*held, *([logs[len(logs) // 4], logs[-1 - len(logs) // 4]] if logs else [])] or [0.0]
    low, high = min(core), max(core)
    if high - low < math.log(least):
        middle, half = (low + high) / 2, math.log(least) / 2
        low, high = middle - half, middle + half
    further = reach * (high - low)
    low, high = max(min([*logs, low]), low - further), min(max([*logs, high]), high + further)
    margin = _MARGIN * (high - low)
    return Axis(math.exp(low - margin), math.exp(high + margin), top, bottom)
