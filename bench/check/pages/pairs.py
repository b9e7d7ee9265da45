"""Every pair of a benchmark drawn: its ratio over the order of measurement, and beneath it the rounds of both sides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.check.model import Finding, Limits, Pair
from bench.check.pages.axes import Axis, Tick, axis, times
from bench.report import format as fmt

#: Left and right end of the plot, in units of the drawing: its margins leave room for labels at phone size.
LEFT, RIGHT = 60, 452
#: Upper and lower end of the ratios, and of the rounds.
RATIOS, ROUNDS = (26, 202), (240, 318)
#: Units between two labels of an axis, and between two numbers of pairs.
_LINE, _NUMBER = 17, 24
#: Largest and smallest marks, as half their width.
_LARGE, _SMALL = 4.5, 1.5


@dataclass(frozen=True)
class Mark:
    """A pair's ratio."""

    x: float
    y: float
    path: str
    """Of its outline: round where the base went first, a diamond where the head did."""
    counted: bool
    beyond: str
    """Its ratio, where it lies above or below the axis; otherwise empty."""
    title: str


@dataclass(frozen=True)
class Panel:
    """One set of pairs."""

    id: str
    title: str
    describes: str
    """What it shows, in words and figures."""
    band: tuple[float, float]
    """Upper and lower end of the differences that do not matter."""
    one: float
    """Where neither is faster."""
    low: float | None
    middle: float | None
    high: float | None
    """Of the interval and the median ratio; None where so few pairs say nothing."""
    ratio: str
    marks: tuple[Mark, ...]
    missing: tuple[tuple[float, str], ...]
    """Pairs without a ratio: where, and why."""
    base: str
    head: str
    """Paths of the rounds: dots, which are strokes of no length with round ends, and diamonds."""
    ratio_ticks: tuple[Tick, ...]
    time_ticks: tuple[Tick, ...]
    outside: int
    """Rounds beyond their axis, which lie at its ends."""
    numbers: tuple[tuple[float, int], ...]
    size: float
    """Of the marks of rounds."""


def ratio(pair: Pair) -> float | None:
    """Head to base, in the middle of their rounds."""
    times = [*pair.base, *pair.head]
    if not pair.base or not pair.head or not all(math.isfinite(t) and t > 0 for t in times):
        return None
    base, head = pair.middle
    return head / base


def counts(pair: Pair) -> bool:
    return pair.counts and ratio(pair) is not None


def why_not(pair: Pair) -> str:
    """Why a pair does not count; empty where it does."""
    if pair.invalid:
        return pair.invalid
    if ratio(pair) is None:
        return "no time of one side"
    return "" if pair.number else "the first is measured and not counted"


def panel(id: str, title: str, pairs: Sequence[Pair], finding: Finding | None, limits: Limits, ratios: Axis) -> Panel:
    """A drawing.

    Args:
        id: of the drawing, unique on the page.
        title: what it is of.
        pairs: in the order of measurement.
        finding: what they say.
        limits: what counts as a difference.
        ratios: of all drawings of the benchmark, by :func:`ratio_axis`.
    """
    step = (RIGHT - LEFT) / max(len(pairs), 1)
    size, aside = min(_LARGE, max(_SMALL, 0.36 * step)), 0.2 * step
    small = 0.7 * size
    at = [round(LEFT + step * (k + 0.5), 2) for k in range(len(pairs))]
    placed = list(zip(at, pairs, strict=True))
    every_nth = next(n for n in (1, 2, 5, 10, 20, 50, 100, 1000, 10**9) if n * step >= _NUMBER)
    every_round = [t for pair in pairs for t in (*_drawable(pair.base), *_drawable(pair.head))]
    seconds = axis(every_round, (), *ROUNDS, reach=4.0)
    return Panel(
        id=id,
        title=title,
        describes=_described(pairs, finding),
        band=(ratios.at(1 + limits.delta), ratios.at(1 / (1 + limits.delta))),
        one=ratios.at(1.0),
        low=ratios.at(finding.low) if finding and finding.low else None,
        middle=ratios.at(finding.ratio) if finding and finding.ratio else None,
        high=ratios.at(finding.high) if finding and finding.high else None,
        ratio=times(finding.ratio) if finding and finding.ratio else "",
        marks=tuple(_mark(x, pair, found, ratios, size) for x, pair in placed if (found := ratio(pair)) is not None),
        missing=tuple((x, f"pair {pair.number}: {why_not(pair)}") for x, pair in placed if ratio(pair) is None),
        base="".join(_dot(x - aside, seconds.at(t)) for x, pair in placed for t in _drawable(pair.base)),
        head="".join(_diamond(x + aside, seconds.at(t), small) for x, pair in placed for t in _drawable(pair.head)),
        ratio_ticks=ratios.ratios([1 + limits.delta, 1.0, 1 / (1 + limits.delta)], _LINE),
        time_ticks=seconds.times(_LINE),
        outside=sum(seconds.beyond(t) != 0 for t in every_round),
        numbers=tuple((x, pair.number) for x, pair in placed if pair.number % every_nth == 0),
        size=round(1.1 * size, 2),
    )


def ratio_axis(pairs: Sequence[Pair], findings: Sequence[Finding | None], limits: Limits) -> Axis:
    """The axis that all drawings of a benchmark share."""
    found = [value for pair in pairs if (value := ratio(pair)) is not None]
    bounds = [bound for finding in findings if finding for bound in (finding.low, finding.high) if bound]
    return axis(found, [1 / (1 + limits.delta), 1 + limits.delta, *bounds], *RATIOS)


def _mark(x: float, pair: Pair, found: float, ratios: Axis, size: float) -> Mark:
    beyond, y = ratios.beyond(found), ratios.at(found)
    reason = why_not(pair)
    told = f"pair {pair.number}, {pair.first} first: {times(found)}" + (f"; not counted: {reason}" if reason else "")
    return Mark(x, y, _outline(x, y, size, pair.first, beyond), not reason, times(found) if beyond else "", told)


def _outline(x: float, y: float, size: float, first: str, beyond: int) -> str:
    if beyond:  # an arrow head that points to where it would be
        return f"M{x - size:.2f} {y + beyond * size:.2f}h{2 * size:.2f}l{-size:.2f} {-1.8 * beyond * size:.2f}z"
    if first == "head":
        return _diamond(x, y, 1.25 * size)
    arc = f"a{size:.2f} {size:.2f} 0 1 0"
    return f"M{x - size:.2f} {y:.2f}{arc} {2 * size:.2f} 0{arc} {-2 * size:.2f} 0z"


def _dot(x: float, y: float) -> str:
    return f"M{x:.2f} {y:.2f}h0"


def _diamond(x: float, y: float, size: float) -> str:
    return f"M{x:.2f} {y - size:.2f}l{size:.2f} {size:.2f} {-size:.2f} {size:.2f} {-size:.2f} {-size:.2f}z"


def _drawable(rounds: Sequence[float]) -> list[float]:
    return [seconds for seconds in rounds if math.isfinite(seconds) and seconds > 0]


def _described(pairs: Sequence[Pair], finding: Finding | None) -> str:
    found = [value for pair in pairs if counts(pair) and (value := ratio(pair)) is not None]
    parts = [f"{fmt.counted(len(pairs), 'pair', 'pairs')}, of which {len(found)} count"]
    if found:
        parts.append(f"their ratios of head to base go from {times(min(found))} to {times(max(found))}")
    if finding and finding.ratio and finding.low and finding.high:
        low, high = times(finding.low), times(finding.high)
        parts.append(f"the median is {times(finding.ratio)}, between {low} and {high}")
    return f"{'; '.join(parts)}. All are in the table below."
