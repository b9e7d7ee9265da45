"""Places of the rule's bounds and their exact levels, of the binomial and of every outcome there is."""

import math
import re
from fractions import Fraction
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from bench.check.model import Limits, Verdict
from bench.check.rule import decide, fewest, level, place
from tests.bench.check.limits import RATIOS

PAGE = Path(__file__).parents[3] / "docs" / "check.md"


def test_the_place_of_the_bounds_and_their_exact_level():
    """Levels from coefficients of the binomial over powers of two; the places are the largest within 1.25 %."""
    table = {
        7: (1, Fraction(1, 128)),
        8: (1, Fraction(1, 256)),
        9: (1, Fraction(1, 512)),
        10: (2, Fraction(1 + 10, 1024)),
        12: (2, Fraction(1 + 12, 4096)),
        16: (4, Fraction(1 + 16 + 120 + 560, 65536)),
        20: (5, Fraction(1 + 20 + 190 + 1140 + 4845, 1048576)),
    }
    assert {n: (place(n, 0.0125), Fraction(level(n, place(n, 0.0125)))) for n in table} == table


def test_the_documents_table_is_what_the_rule_does():
    rows = re.findall(r"^\| (\d+) \| (\d+) \| (0\.\d+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert rows == [(str(n), str(k), f"{level(n, k):.4f}") for n in (7, 8, 10, 16, 20) for k in [place(n, 0.0125)]]


@pytest.mark.parametrize("n", [1, 2, 7, 16, 33, 200])
def test_levels_are_the_binomials(n):
    places = range(1, n // 2 + 2)
    assert [level(n, k) for k in places] == pytest.approx(binom.cdf([k - 1 for k in places], n, 0.5), rel=1e-9)


@pytest.mark.parametrize("alpha", [0.25, 0.05, 0.0125, 1 / 128, 0.001])
def test_a_place_is_the_largest_within_its_level(alpha):
    for n in range(fewest(alpha), 60):
        k = place(n, alpha)
        assert level(n, k) <= alpha < level(n, k + 1)
        assert k <= n // 2  # the bounds do not cross


@pytest.mark.parametrize(
    ("alpha", "n"), [(0.3, 2), (0.25, 2), (0.0125, 7), (1 / 128, 7), (0.0078, 8), (0.001, 10), (1e-300, 997)]
)
def test_fewer_pairs_than_the_fewest_say_nothing(alpha, n):
    assert fewest(alpha) == n
    assert (place(n - 1, alpha), place(n, alpha)) == (None, 1)


def test_bounds_never_cross_however_generous_the_level():
    assert [place(n, 0.99) for n in (2, 3, 10, 11)] == [1, 1, 5, 5]


def test_a_level_that_is_met_exactly_counts():
    assert place(10, 11 / 1024) == 2
    assert place(10, np.nextafter(11 / 1024, 0)) == 1


def test_thousands_of_pairs_are_no_trouble():
    """2 to the power of 2000 is no float."""
    k = place(2000, 0.0125)
    assert level(2000, k) == pytest.approx(binom.cdf(k - 1, 2000, 0.5), rel=1e-6)
    assert level(2000, k) <= 0.0125 < level(2000, k + 1)


@pytest.mark.parametrize(("n", "k"), [(7, 0), (7, 8), (0, 1), (7, -1)])
def test_there_is_no_such_place(n, k):
    with pytest.raises(ValueError, match=rf"^the place {k} of {n}: expected 1 to {n}$"):
        level(n, k)


@pytest.mark.parametrize("alpha", [0, 1, -0.1, math.nan])
def test_there_is_no_such_level(alpha):
    with pytest.raises(ValueError, match="expected more than 0 and less than 1"):
        fewest(alpha)


def every_sign(n):
    """All ways in which n ratios can lie above and below their median; each as likely as any other."""
    return product((-1, 1), repeat=n)


def reach(n):
    """Distances from the median that span nine orders of magnitude."""
    return [10.0 ** (-9 + 9 * i / n) for i in range(n)]


@pytest.mark.parametrize("n", [7, 8, 10, 12])
def test_at_the_edge_exactly_the_level_of_all_outcomes_is_called_slower(n):
    """The true ratio is exactly the difference that matters: ln(head / base) lies above ln 1.1 as often as below."""
    edge, distances = math.log(1.1), reach(n)
    found = [
        decide([1.0] * n, [math.exp(edge + sign * d) for sign, d in zip(signs, distances, strict=True)], RATIOS).verdict
        for signs in every_sign(n)
    ]
    assert Fraction(found.count(Verdict.REGRESSION), len(found)) == Fraction(level(n, place(n, 0.0125)))


@pytest.mark.parametrize("n", [7, 10])
def test_at_the_other_edges_too(n):
    """Improvements at 1 / 1.1, and no change at 1.1: the upper bound is as exact as the lower."""
    found = {}
    for edge, verdict in [(-math.log(1.1), Verdict.IMPROVEMENT), (math.log(1.1), Verdict.NO_CHANGE)]:
        found[verdict] = sum(
            decide([1.0] * n, [math.exp(edge + s * d) for s, d in zip(signs, reach(n), strict=True)], RATIOS).verdict
            in (verdict, Verdict.IMPROVEMENT)
            for signs in every_sign(n)
        )
    assert {verdict: Fraction(count, 2**n) for verdict, count in found.items()} == dict.fromkeys(
        found, Fraction(level(n, place(n, 0.0125)))
    )


@pytest.mark.parametrize(("negative", "verdict"), [(1, "regression"), (2, "inconclusive")])
def test_how_far_off_pairs_are_does_not_matter(negative, verdict):
    """All 5040 ways to deal seven distances to signs of which one, or two, are negative; the bounds are the 2nd."""
    limits, signs = Limits(floor=0, alpha=0.07), [-1] * negative + [1] * (7 - negative)
    found = {
        decide([1.0] * 7, [1.1 * math.exp(s * d) for s, d in zip(signs, dealt, strict=True)], limits).verdict
        for dealt in permutations(reach(7))
    }
    assert (place(7, 0.07), found) == (2, {verdict})
