"""The rule: exact bounds of a median from the order of few pairs. Pure, and without random numbers.

Of n pairs with log ratios d = ln(head / base), sorted, the k-th smallest is a lower bound of their median that is
wrong with probability P(Bin(n, 1/2) <= k - 1) at the most, whatever the distribution: that is the sign test turned
round (Hettmansperger & McKean, Robust Nonparametric Statistical Methods, 2nd ed. 2011, section 1.3). One pair that a
busy machine spoilt moves it by one place, not by its size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from bench.check.model import Finding, Limits, Verdict


def level(n: int, k: int) -> float:
    """How often, at the most, the k-th smallest of n exceeds the median: P(Bin(n, 1/2) <= k - 1). Exact."""
    if not 1 <= k <= n:
        raise ValueError(f"the place {k} of {n}: expected 1 to {n}")
    return sum(math.comb(n, i) for i in range(k)) / 2.0**n


def place(n: int, alpha: float) -> int | None:
    """The largest k whose level does not exceed ``alpha``; None where n pairs cannot say anything."""
    found, tail = None, 0
    for k in range(1, n // 2 + 1):
        tail += math.comb(n, k - 1)
        if tail > alpha * 2**n:
            break
        found = k
    return found


def fewest(alpha: float) -> int:
    """The smallest number of pairs that can say anything at that level: 7 at 0.0125."""
    if not 0 < alpha < 1:
        raise ValueError(f"a level of {alpha}: expected more than 0 and less than 1")
    n = 2  # a median has no bound from one
    while 2**-n > alpha:
        n += 1
    return n


def decide(base: Sequence[float], head: Sequence[float], limits: Limits) -> Finding:
    """Compare the i-th of one side with the i-th of the other.

    Args:
        base: seconds above 0, a figure for each pair.
        head: as many.
        limits: level, relative difference and absolute floor.
    """
    n = len(base)
    if len(head) != n:
        raise ValueError(f"{n} times of the base and {len(head)} of the head: expected pairs")
    k = place(n, limits.alpha)
    if k is None:
        need = fewest(limits.alpha)
        counted = "no pair" if not n else "1 pair" if n == 1 else f"{n} pairs"
        reason = f"{counted}: at a level of {limits.alpha:g} at least {need} are needed"
        return Finding(verdict=Verdict.INCONCLUSIVE, n=n, reason=reason)
    ratios = sorted(math.log(h / b) for b, h in zip(base, head, strict=True))
    differences = sorted(h - b for b, h in zip(base, head, strict=True))
    low, high = ratios[k - 1], ratios[n - k]
    more = median(head) - median(base)
    verdict, reason = _judge(low, high, more, differences[n - k], limits)
    return Finding(
        verdict=verdict,
        n=n,
        k=k,
        level=level(n, k),
        ratio=math.exp(median(ratios)),
        low=math.exp(low),
        high=math.exp(high),
        difference=more,
        reason=reason,
    )


def _judge(low: float, high: float, more: float, most: float, limits: Limits) -> tuple[Verdict, str]:
    """By the bounds of the log ratio, the difference of medians, and the upper bound of the differences."""
    bar = math.log1p(limits.delta)
    if low > bar and more > limits.floor:
        return Verdict.REGRESSION, ""
    if high < -bar and more < -limits.floor:
        return Verdict.IMPROVEMENT, ""
    if high < bar:
        return Verdict.NO_CHANGE, ""
    if most <= limits.floor:
        return Verdict.NO_CHANGE, f"no more than {limits.floor * 1000:g} ms slower"
    return Verdict.INCONCLUSIVE, f"neither more nor less than {limits.delta:.0%} slower could be shown"
