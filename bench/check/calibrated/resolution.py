"""What a machine can resolve, from pairs of which both sides are the same code. Pure.

All of it follows from the observed log ratios as they are: had n pairs been drawn from them, how would the bounds of
:mod:`bench.check.rule` have come out? An order statistic of n draws with replacement has a distribution that can be
written down, P(k-th smallest <= x) = P(Bin(n, F(x)) >= k), so that nothing is simulated.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from bench.check import rule
from bench.check.model import Limits

#: How often what is promised has to come true.
SURE = 0.95
#: How often a slowdown has to be called a regression that is said to be seen: by the first pairs and by the fresh ones.
SEEN = 0.9
#: Slowdowns beyond this factor are not looked for.
_MOST = 100.0


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Observed(_Model):
    """Of one benchmark: equal sides, compared."""

    id: str
    name: str
    phase: str
    base: list[float]
    """Seconds, of each pair (:attr:`bench.check.model.Pair.middle`)."""
    head: list[float]

    @property
    def ratios(self) -> list[float]:
        """Log ratios, ascending."""
        return sorted(math.log(h / b) for b, h in zip(self.base, self.head, strict=True))


class Resolution(_Model):
    """What n pairs of such a benchmark can tell."""

    off: float
    """The median of the ratios is no further from 1 than this, in 95 of 100 comparisons: 0.02 is 2 %."""
    finest: float
    """The smallest ``delta`` at which equal code is shown to be equal in 95 of 100 comparisons; 0 where differences
    stay below the floor."""
    seen: float | None
    """The smallest slowdown that comes out red, twice, in 9 of 10 comparisons, at the limits asked for: 1.2 is 20 %
    slower; None where none does."""


def resolution(observed: Observed, limits: Limits) -> Resolution | None:
    """None where there are too few pairs, asked for or observed, to say anything."""
    n, k, values = limits.pairs, rule.place(limits.pairs, limits.alpha), observed.ratios
    if k is None or len(values) < rule.fewest(limits.alpha):
        return None
    tail = (1 - SURE) / 2
    middles = quantile(values, n, (n + 1) // 2, tail), quantile(values, n, n // 2 + 1, 1 - tail)
    upper, lower = quantile(values, n, n + 1 - k, SURE), quantile(values, n, k, 1 - SURE)
    below_floor = quantile(_differences(observed), n, n + 1 - k, SURE) <= limits.floor
    return Resolution(
        off=math.expm1(max(-middles[0], middles[1], 0.0)),
        finest=0.0 if below_floor else math.expm1(max(upper, -lower, 0.0)),
        seen=_seen(observed, limits, k),
    )


def _seen(observed: Observed, limits: Limits, k: int) -> float | None:
    """By bisection: the more a head is slowed down, the more often both bounds of a regression are passed."""
    n, miss = limits.pairs, 1 - math.sqrt(SEEN)  # it has to be found in two sets of pairs
    by_ratio = (1 + limits.delta) * math.exp(-quantile(observed.ratios, n, k, miss))
    low, high = max(by_ratio, 1.0), _MOST
    if low > high or not _above_floor(observed, high, limits, miss):
        return None
    while high - low > 1e-4 * low:
        middle = (low + high) / 2
        low, high = (low, middle) if _above_floor(observed, middle, limits, miss) else (middle, high)
    return high


def _above_floor(observed: Observed, factor: float, limits: Limits, miss: float) -> bool:
    """Whether the median difference of n pairs exceeds the floor, but for a share ``miss`` of comparisons."""
    # Of an even number the lower of the two middle ones, which is no more than the median.
    return quantile(_differences(observed, factor), limits.pairs, (limits.pairs + 1) // 2, miss) > limits.floor


def _differences(observed: Observed, factor: float = 1.0) -> list[float]:
    """Head less base in seconds, ascending, had the head taken ``factor`` times as long."""
    return sorted(factor * h - b for b, h in zip(observed.base, observed.head, strict=True))


def quantile(values: Sequence[float], n: int, k: int, share: float) -> float:
    """Of the k-th smallest of n draws with replacement from ascending ``values``: the least x with P(<= x) >= share."""
    return values[_place(len(values), n, k, share)]


@lru_cache(maxsize=64)
def _place(count: int, n: int, k: int, share: float) -> int:
    """Where that x stands, which does not depend on what the values are."""
    found = bisect_left(range(1, count + 1), share, key=lambda m: at_least(n, k, m / count))
    return min(found, count - 1)


def at_least(n: int, k: int, p: float) -> float:
    """P(Bin(n, p) >= k)."""
    return math.fsum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))
