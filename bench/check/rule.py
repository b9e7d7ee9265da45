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

from bench.amounts import percent, plainly
from bench.check.model import Finding, Limits, Verdict


def level(n: int, k: int) -> float:
    """How often, at the most, the k-th smallest of n exceeds the median: P(Bin(n, 1/2) <= k - 1). Exact."""
    if not 1 <= k <= n:
        raise ValueError(f"the place {k} of {n}: expected 1 to {n}")
    return sum(math.comb(n, i) for i in range(k)) / (1 << n)


def place(n: int, alpha: float) -> int | None:
    """The largest k whose level does not exceed ``alpha``; None where n pairs cannot say anything."""
    found, tail = None, 0
    for k in range(1, n // 2 + 1):
        tail += math.comb(n, k - 1)
        if tail / (1 << n) > alpha:  # a quotient of whole numbers: exact to the last digit, however large n is
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


def is_time(seconds: float) -> bool:
    """Whether it can be one: from a picosecond to thirty years. Not 0, which is what a timer too coarse gives."""
    return 1e-12 <= seconds <= 1e9


def decide(base: Sequence[float], head: Sequence[float], limits: Limits) -> Finding:
    """Compare the i-th of one side with the i-th of the other.

    Args:
        base: seconds, a figure for each pair. One that cannot be a time makes the finding inconclusive.
        head: as many.
        limits: level, relative difference and absolute floor.
    """
    n = len(base)
    if len(head) != n:
        raise ValueError(f"{n} times of the base and {len(head)} of the head: expected pairs")
    impossible = next((time for time in (*base, *head) if not is_time(time)), None)
    if impossible is not None:
        return Finding(verdict=Verdict.INCONCLUSIVE, n=n, reason=f"{impossible:g} s cannot be a time")
    k = place(n, limits.alpha)
    if k is None:
        need = fewest(limits.alpha)
        counted = "no pair" if not n else "1 pair" if n == 1 else f"{n} pairs"
        reason = f"{counted}: at a level of {limits.alpha:g} at least {need} are needed"
        return Finding(verdict=Verdict.INCONCLUSIVE, n=n, reason=reason)
    ratios = sorted(_log_ratio(b, h) for b, h in zip(base, head, strict=True))
    differences = sorted(h - b for b, h in zip(base, head, strict=True))
    low, high = ratios[k - 1], ratios[n - k]
    more = median(differences)  # pair by pair too: what drifts is in both of a pair
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


def _log_ratio(base: float, head: float) -> float:
    """ln(head / base), to the last digit the opposite of ln(base / head)."""
    return math.log(head / base) if head >= base else -math.log(base / head)


def _judge(low: float, high: float, more: float, most: float, limits: Limits) -> tuple[Verdict, str]:
    """By the bounds of the log ratio, the median of the differences, and their upper bound."""
    bar = math.log(1 + limits.delta)  # as ratios are taken, so that one of exactly that much is not above it
    if low > bar and more > limits.floor:
        return Verdict.REGRESSION, ""
    if high < -bar and more < -limits.floor:
        return Verdict.IMPROVEMENT, ""
    if high < bar:
        return Verdict.NO_CHANGE, ""
    if most <= limits.floor:
        return Verdict.NO_CHANGE, f"no more than {plainly(limits.floor)} slower"
    delta, floor = percent(limits.delta), plainly(limits.floor)
    if low > bar:
        return Verdict.INCONCLUSIVE, f"more than {delta} slower, but whether by more than {floor} could not be shown"
    return Verdict.INCONCLUSIVE, f"neither more nor less than {delta} slower could be shown"
