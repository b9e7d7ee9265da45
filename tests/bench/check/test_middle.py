"""What counts of a pair: the round in the middle by its ratio."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.check.model import Pair, middles


def pair(base, head, number=1, invalid=""):
    return Pair(number=number, first="base", base=base, head=head, invalid=invalid)


@pytest.mark.parametrize(
    ("base", "head", "expected"),
    [
        ([2.0], [3.0], (2.0, 3.0)),
        ([1.0, 1.0, 1.0], [1.5, 1.2, 0.9], (1.0, 1.2)),
        # a slow moment in which both sides were caught, and two in which one was: the medians would be 4 and 1.3
        ([1.0, 4.0, 4.0, 1.1, 9.0], [1.2, 4.8, 1.2, 6.0, 11.0], (4.0, 4.8)),
        ([1.0, 4.0], [1.0, 16.0], (2.0, 4.0)),  # geometric means of both: a ratio of 2, between 1 and 4
        ([1.0, 2.0, 8.0, 3.0], [9.0, 2.0, 32.0, 0.3], (4.0, 8.0)),
        ([1.0, 2.0, 6.0], [3.0], (2.0, 3.0)),  # not in turns: the medians
    ],
)
def test_known_rounds(base, head, expected):
    assert pair(base, head).middle == pytest.approx(expected, rel=1e-12)


def test_a_time_that_is_none_has_no_ratio_and_is_left_to_the_rule():
    assert pair([0.0, 1.0, 1.0], [1.0, 2.0, 3.0]).middle == (1.0, 2.0)
    assert pair([0.0], [1.0]).middle == (0.0, 1.0)


times = st.floats(1e-3, 1e3)


@given(rounds=st.lists(st.tuples(times, times), min_size=1, max_size=9))
def test_sides_that_change_places_change_the_sign_and_nothing_else(rounds):
    """So that of equal sides either is as likely to be the slower one: what the rule's exact level rests on."""
    base, head = (list(side) for side in zip(*rounds, strict=True))
    one, other = pair(base, head).middle, pair(head, base).middle
    ratio = math.log(one[1] / one[0])
    assert math.log(other[1] / other[0]) == pytest.approx(-ratio, rel=1e-9, abs=1e-9)
    ratios = sorted(math.log(h / b) for b, h in rounds)
    n = len(ratios)
    assert ratio == pytest.approx((ratios[(n - 1) // 2] + ratios[n // 2]) / 2, rel=1e-9, abs=1e-9)


def test_pairs_that_do_not_count_have_no_say():
    pairs = [pair([9.0], [9.0], number=0), pair([1.0], [2.0]), pair([5.0], [5.0], invalid="busy"), pair([3.0], [4.0])]
    assert middles(pairs) == ([1.0, 3.0], [2.0, 4.0])
