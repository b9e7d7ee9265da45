"""Axes of the gate's drawings: nothing that must be there is left out, nothing extreme presses the rest together."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bench.check.pages.axes import axis, times


def test_an_axis_holds_all_values_where_none_is_extreme() -> None:
    made = axis([1.0, 1.1, 1.2, 1.3], [], top=0, bottom=100)
    assert made.low < 1.0
    assert made.high > 1.3


def test_what_must_be_there_is_there_without_any_value() -> None:
    made = axis([], [0.9, 1.1], top=0, bottom=100)
    assert made.low < 0.9
    assert made.high > 1.1


def test_equal_ratios_lie_equally_far_apart() -> None:
    made = axis([1.0, 2.0, 4.0], [1.0, 4.0], top=10, bottom=110)
    assert made.at(1.0) - made.at(2.0) == pytest.approx(made.at(2.0) - made.at(4.0))
    assert made.at(1.0) > made.at(4.0)


def test_an_extreme_value_lies_at_the_end_and_is_known_to_be_beyond() -> None:
    made = axis([*[1.0, 1.05, 0.95] * 5, 40.0, 0.01], [0.9, 1.1], top=0, bottom=100)
    assert made.high < 1.4
    assert (made.beyond(40.0), made.at(40.0)) == (1, 0.0)
    assert (made.beyond(0.01), made.at(0.01)) == (-1, 100.0)
    assert made.beyond(1.05) == 0


def test_equal_values_have_an_axis_all_the_same() -> None:
    made = axis([2.0] * 5, [], top=0, bottom=100, least=1.2)
    assert made.high / made.low > 1.2
    assert made.at(2.0) == pytest.approx(50, abs=0.1)


def test_without_anything_there_is_an_axis_around_one() -> None:
    assert axis([], [], top=0, bottom=100).at(1.0) == pytest.approx(50, abs=0.1)


def test_named_ratios_are_labelled_and_round_ones_where_there_is_room() -> None:
    ticks = axis([0.8, 1.4], [0.8, 1.4], top=0, bottom=200).ratios([1.1, 1.0, 1 / 1.1], room=17)
    assert [tick.label for tick in ticks] == ["1.10", "1", "0.91", "0.80", "1.20", "1.40"]
    places = sorted(tick.at for tick in ticks)
    assert min(b - a for a, b in pairwise(places)) >= 17


def test_times_are_labelled_in_one_unit_with_room_between_them() -> None:
    ticks = axis([0.9, 1.6], [0.9, 1.6], top=0, bottom=90).times(room=17)
    assert [tick.label for tick in ticks] == ["1\u202fs", "1.2\u202fs", "1.4\u202fs", "1.6\u202fs"]


@pytest.mark.parametrize(
    ("ratio", "told"), [(1.0, "1.00"), (1.266, "1.27"), (0.804, "0.80"), (120.0, "120"), (0.012, "0.0120")]
)
def test_a_ratio_has_two_decimals_and_more_where_it_has_none_to_speak_of(ratio: float, told: str) -> None:
    assert times(ratio) == told
