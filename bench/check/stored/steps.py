"""Where a series of times changed its level for good: an exact piecewise-constant fit. Pure, without random numbers.

Among all ways to cut a series into stretches of two points or more, the fit takes the one with the smallest sum of
distances of each point from the median of its stretch, plus a penalty for every cut. Distances and not their squares:
a single outlier costs the same wherever the cuts are, and so makes none. That is the L1 Potts functional (Storath,
Weinmann & Unser, Jump-penalized least absolute values estimation of scalar or circle-valued signals, Information and
Inference 6, 2017), minimised exactly by dynamic programming over the place of the last cut, in O(n^2 log n).
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

#: Points of the shortest stretch. One point is never a step: it may be the machine's fault.
FEWEST = 2
#: The smallest change of level that is told, relatively.
SMALLEST = 0.05
#: The penalty of a cut is so many times the noise times ln n. A cut costs two parameters, its place and a level, which
#: the Bayesian information criterion charges with ln n under Laplace noise; the rest is caution.
CAUTION = 2.0
#: Noise of log times that is assumed at the least: a history of rounded or equal figures has none that can be seen.
LEAST_NOISE = 0.002


@dataclass(frozen=True)
class Step:
    """A change of level."""

    index: int
    """Of the first point of the new level."""
    before: float
    after: float
    """The levels: medians of the logarithms of both stretches."""
    least: float
    """The least that they are apart: of an even number of points every value between the two in the middle is a
    median, and here those count that are nearest to each other. An outlier with one other point is no level."""

    @property
    def ratio(self) -> float:
        """After to before: 1.1 is 10 % longer."""
        return math.exp(self.after - self.before)


def steps(logs: Sequence[float], smallest: float = SMALLEST) -> list[Step]:
    """The steps of a series, first to last.

    Args:
        logs: natural logarithms of the times, in order.
        smallest: of two levels that are less apart, relatively, one is made.
    """
    starts = fit(logs, penalty(logs))
    while len(starts) > 1:
        found = _between(logs, starts)
        faintest = min(found, key=lambda step: step.least)
        if faintest.least >= math.log1p(smallest):
            return found
        starts.remove(faintest.index)
    return []


def penalty(logs: Sequence[float]) -> float:
    """What a cut has to save, in units of the logarithms: :data:`CAUTION` x noise x ln n."""
    return CAUTION * noise(logs) * math.log(max(len(logs), 2))


def noise(logs: Sequence[float]) -> float:
    """Mean distance of points from their level, from the differences between neighbours: few steps do not show there.

    Of normal noise the median difference is 0.954 and the mean distance 0.798 standard deviations.
    """
    differences = [abs(b - a) for a, b in pairwise(logs)]
    return max(LEAST_NOISE, 0.798 / 0.954 * median(differences)) if differences else LEAST_NOISE


def fit(values: Sequence[float], penalty: float, fewest: int = FEWEST) -> list[int]:
    """Where the stretches of the best fit begin; the first of them is 0. Of equally good ones that which cuts earlier.

    Args:
        values: the series; with fewer than ``fewest`` points it is one stretch.
        penalty: of every cut, in units of the values.
        fewest: points of the shortest stretch.
    """
    n = len(values)
    if n < 2 * fewest:
        return [0]
    # best[j]: cost of the first j points at their best, and where their last stretch begins.
    best = [(math.inf, 0)] * (n + 1)
    best[0] = (-penalty, 0)
    for start in range(n - fewest + 1):
        before = best[start][0] + penalty
        if math.isinf(before):
            continue
        for length, distance in enumerate(distances(values[start:]), start=1):
            # What a float leaves behind is no reason for a cut.
            if length >= fewest and before + distance < best[start + length][0] - 1e-12:
                best[start + length] = (before + distance, start)
    starts, end = [], n
    while end:
        end = best[end][1]
        starts.append(end)
    return starts[::-1]


def distances(values: Sequence[float]) -> list[float]:
    """Sum of the distances of the first 1, 2, ... values from their median.

    A further value adds its distance from the middle of those before: from their median, or the nearer end of what lies
    between the two in the middle, which are all medians.
    """
    kept: list[float] = []
    total, found = 0.0, []
    for value in values:
        if kept:
            low, high = _middle(kept)
            total += abs(value - min(max(value, low), high))
        insort(kept, value)
        found.append(total)
    return found


def _between(logs: Sequence[float], starts: Sequence[int]) -> list[Step]:
    stretches = [sorted(logs[a:b]) for a, b in zip(starts, [*starts[1:], len(logs)], strict=True)]
    return [
        Step(start, median(before), median(after), _apart(_middle(before), _middle(after)))
        for start, before, after in zip(starts[1:], stretches[:-1], stretches[1:], strict=True)
    ]


def _middle(ordered: Sequence[float]) -> tuple[float, float]:
    """The two values in the middle; of an odd number the one, twice."""
    return ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    return max(other[0] - one[1], one[0] - other[1], 0.0)
