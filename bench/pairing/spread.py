"""What pairs of numbers say: medians, quartiles, wins and losses, and how likely chance alone would do it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    """Ratios B / A over pairs. Quartiles are linear between order statistics.

    A B that never got there is infinite: it counts as a loss, and stands last among the ratios. A median or a quartile
    is infinite where it falls among those.
    """

    n: int
    median: float
    lower: float
    upper: float
    least: float
    most: float
    difference: float
    """Median of B - A, in the quantity's own unit."""
    wins: int
    """Pairs in which B is smaller than A: faster, or a lower loss."""
    losses: int
    ties: int
    p: float
    """Two-sided p-value of the sign test (:func:`sign_test`)."""


def spread(pairs: Iterable[tuple[float | None, float | None]]) -> Spread | None:
    """Ratios b / a of the pairs that have one; None if none has."""
    known = [(a, b) for a, b in pairs if a is not None and b is not None and a > 0]
    if not known:
        return None
    ratios = sorted(b / a for a, b in known)
    wins, losses = sum(b < a for a, b in known), sum(b > a for a, b in known)
    return Spread(
        n=len(known),
        median=quantile(ratios, 0.5),
        lower=quantile(ratios, 0.25),
        upper=quantile(ratios, 0.75),
        least=ratios[0],
        most=ratios[-1],
        difference=median(b - a for a, b in known),
        wins=wins,
        losses=losses,
        ties=len(known) - wins - losses,
        p=sign_test(wins, losses),
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """Linear between the two order statistics around ``share`` (Hyndman & Fan 1996, definition 7).

    Args:
        ordered: at least one number, ascending; infinity may stand at the end.
    """
    at = (len(ordered) - 1) * share
    low, high = ordered[math.floor(at)], ordered[math.ceil(at)]
    return low if low == high else low + (high - low) * (at - math.floor(at))


def sign_test(wins: int, losses: int) -> float:
    """Exact two-sided p-value: how often a fair coin is at least as one-sided as this.

    Ties are dropped before, as Dixon & Mood do (The statistical sign test, JASA 41, 1946): twice the smaller tail of
    the binomial distribution with n = wins + losses and 1/2, at most 1. Without wins and losses it is 1.
    """
    n = wins + losses
    tail = term = 1
    for k in range(1, min(wins, losses) + 1):
        term = term * (n - k + 1) // k  # n over k, in whole numbers: exact for any n
        tail += term
    return min(1.0, 2 * tail / (1 << n))
