"""What share each term has of what pulls at a picture, and of its loss: in numbers, as bars, as one bar in parts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from bench.record import PRIORS, Outcome
from bench.report import format as fmt
from bench.report import words
from bench.report.curves import WIDTH
from bench.report.format import NARROW, Figure
from bench.report.ticks import log_ticks

#: Shares further apart than this are drawn on a logarithmic axis: on another the least would be thinner than a line.
APART = 100.0
#: Decades of a logarithmic axis, at most: what has less of all than a hundred millionth has no bar.
DECADES = 8
#: Units of the drawing. Names of terms stand on the left.
LEFT, RIGHT, TOP, BOTTOM = 148.0, 18.0, 4.0, 26.0
GAP = 9.0
#: Heights of a term's bars, one for each measure: the loss, which is no pull, is the thin one.
HEIGHTS = (7.0, 7.0, 3.0)
#: Letters of a term's name that there is room for.
_ROOM = 18
#: Fills of parts (``f0``, ...), in an order in which neighbours differ most.
_FILLS = (5, 6, 3, 2, 7, 1, 4, 0)


@dataclass(frozen=True)
class Measure:
    """A figure of every term."""

    name: str
    """``pull at the start``."""
    kind: str
    """Of its figures: ``pull-start``."""
    values: Mapping[str, float | None]

    @cached_property
    def shares(self) -> dict[str, float]:
        """Of each term in the sum of all; none where one is not known, or all are 0."""
        known = [value for value in self.values.values() if value is not None and math.isfinite(value)]
        total = math.fsum(known)
        if len(known) < len(self.values) or total <= 0 or not math.isfinite(total):
            return {}
        return {name: value / total for name, value in zip(self.values, known, strict=True)}

    @property
    def span(self) -> float | None:
        """How many times the strongest term is the weakest of those that are not 0."""
        there = [share for share in self.shares.values() if share > 0]
        return max(there) / min(there) if len(there) > 1 else None


def measures(outcome: Outcome | None) -> tuple[Measure, ...]:
    """Both pulls and the final loss; nothing where pulls were not asked for."""
    if outcome is None or outcome.pull is None:
        return ()
    return (
        Measure("pull at the start", "pull-start", outcome.pull.start),
        Measure("pull at the end", "pull-end", outcome.pull.end),
        Measure("loss at the end", "term-loss", outcome.terms),
    )


#: Names of :func:`measures`, in the order of bars from top to bottom.
NAMES = ("pull at the start", "pull at the end", "loss at the end")


def terms(found: Iterable[Sequence[Measure]]) -> tuple[str, ...]:
    """All terms of some runs: content, style, variation; within each as they come."""
    names = dict.fromkeys(name for of_run in found for measure in of_run for name in measure.values)
    order = ("content", "style", *PRIORS)
    return tuple(sorted(names, key=lambda name: order.index(kind) if (kind := _kind(name)) in order else len(order)))


def _kind(term: str) -> str:
    return term.partition(".")[0]


@dataclass(frozen=True)
class Axis:
    """Shares from left to right: linear from 0 to all, or logarithmic from a power of ten to all."""

    low: float
    """Decimal logarithm of the share at its left end; 0 where it is linear."""

    @classmethod
    def of(cls, found: Iterable[Sequence[Measure]]) -> Axis:
        """For these shares to be told apart, those of several runs beside each other."""
        there = [share for of_run in found for measure in of_run for share in measure.shares.values() if share > 0]
        if not there or max(there) < APART * min(there):
            return cls(0.0)
        return cls(max(-DECADES, math.floor(math.log10(0.8 * min(there)))))  # the least is seen too

    @property
    def logarithmic(self) -> bool:
        return self.low < 0

    def at(self, share: float) -> float:
        """Where a share stands, 0 to 1."""
        if not self.logarithmic:
            return share
        return max(0.0, 1 - math.log10(share) / self.low) if share > 0 else 0.0

    @property
    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Where they stand, and what they say."""
        shares = log_ticks(self.low, 0.0) if self.logarithmic else [0.0, 0.25, 0.5, 0.75, 1.0]
        return tuple((self.at(share), _per_cent(share)) for share in shares)


def _per_cent(share: float) -> str:
    return f"{fmt.number(share * 100, 3 if share == 1 else 2 if share > 0.1 else 1).removeprefix('1×')}{NARROW}%"


@dataclass(frozen=True)
class Row:
    """A term with a bar for each measure: (top, width, height, number of the measure)."""

    label: str
    middle: float
    fill: int
    bars: tuple[tuple[float, float, float, int], ...]


@dataclass(frozen=True)
class Bars:
    """A drawing."""

    title: str
    rows: tuple[Row, ...]
    ticks: tuple[tuple[float, str], ...]
    height: float
    bottom: float
    width: float = WIDTH
    left: float = LEFT
    right: float = WIDTH - RIGHT


def bars(title: str, found: Sequence[Measure], names: Sequence[str], axis: Axis) -> Bars:
    """A row for each of the terms ``names``; those that a run has not have no bars."""
    wide, tops = WIDTH - LEFT - RIGHT, [0.0, *accumulate(HEIGHTS[: len(found)])]
    high = tops[-1] + GAP
    shares = [measure.shares for measure in found]

    def row(number: int, name: str) -> Row:
        top = TOP + number * high + GAP / 2
        widths = [axis.at(of.get(name, 0.0)) * wide for of in shares]
        drawn = tuple(
            (round(top + tops[k], 2), round(max(width, 0.75), 2), HEIGHTS[k] - 1, k)
            for k, width in enumerate(widths)
            if width > 0
        )
        return Row(words.shorten(name, _ROOM), round(top + tops[-1] / 2, 2), fill(number), drawn)

    bottom = TOP + len(names) * high
    return Bars(
        title=f"{title}: {_listed(found, names)}",
        rows=tuple(row(number, name) for number, name in enumerate(names)),
        ticks=tuple((round(LEFT + at * wide, 2), label) for at, label in axis.ticks),
        height=bottom + BOTTOM,
        bottom=bottom,
    )


def _listed(found: Sequence[Measure], names: Sequence[str]) -> str:
    """``pull at the start: content.conv4_2 12.3 %, ...; pull at the end: ...``, for those who hear a drawing."""
    told = []
    for measure in found:
        parts = [f"{name} {fmt.share(measure.shares[name]).text}" for name in names if name in measure.shares]
        told.append(f"{measure.name}: {', '.join(parts) or 'not known'}")
    return "; ".join(told)


@dataclass(frozen=True)
class Stack:
    """One bar that is all of a measure, term by term: (left, width, fill), left to right."""

    title: str
    parts: tuple[tuple[float, float, int], ...]
    span: Figure


def stack(measure: Measure, names: Sequence[str]) -> Stack:
    shares, parts, x = measure.shares, [], 0.0
    for number, name in enumerate(names):
        if width := WIDTH * shares.get(name, 0.0):
            parts.append((round(x, 2), round(width, 2), fill(number)))
            x += width
    return Stack(_listed([measure], names), tuple(parts), fmt.ratio(measure.span, f"{measure.kind}-span"))


def fill(number: int) -> int:
    """What the ``number``-th term is filled with; eight differ."""
    return _FILLS[number % len(_FILLS)]
