"""Curves drawn and packed: ticks, lines, and what may be left out of them."""

from __future__ import annotations

import math

import pytest

from bench.report import curves, thinning, ticks


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 3.0, [1.0, 10.0, 100.0, 1000.0]),
        (-12.0, 12.0, [1e-12, 1e-8, 1e-4, 1.0, 1e4, 1e8, 1e12]),
        (1.0, 2.0, [10.0, 30.0, 100.0]),
        (math.log10(4.0), math.log10(11.0), [5.0, 7.0, 10.0]),
        (math.log10(4.0), math.log10(4.4), [4.0, 4.1, 4.2, 4.3, 4.4]),
    ],
)
def test_a_log_axis_has_three_to_seven_ticks(low: float, high: float, expected: list[float]) -> None:
    assert ticks.log_ticks(low, high) == pytest.approx(expected)


def test_labels_of_a_log_axis_have_the_digits_they_need() -> None:
    drawn = curves.chart("t", "x", [curves.Series("r", "l", (0.0, 1.0), (1e-6, 2e7), 0, 0)])
    assert drawn is not None
    assert [tick.label for tick in drawn.y_ticks] == ["10⁻⁶", "10⁻⁴", "0.01", "1", "100", "10\u202f000", "10⁶"]


def test_a_linear_axis_has_round_ticks() -> None:
    assert ticks.linear_ticks(0, 299) == [0, 100, 200]
    assert ticks.linear_ticks(0, 0.0123) == pytest.approx([0, 0.005, 0.01])


def test_thinning_keeps_ends_and_spikes() -> None:
    points = [(float(k), 50.0 if k == 777 else math.sin(k)) for k in range(5000)]
    thin = thinning.thinned(points, 200)
    assert len(thin) <= 200
    assert (thin[0], thin[-1]) == (points[0], points[-1])
    assert (777.0, 50.0) in thin
    assert thin == sorted(thin)


def test_a_table_of_a_long_curve_keeps_its_ends() -> None:
    rows = curves.sampled(10_000)
    assert (len(rows), rows[0], rows[-1]) == (60, 0, 9_999)
    assert curves.sampled(3) == [0, 1, 2]


def test_a_curve_breaks_where_its_loss_is_not_a_positive_number() -> None:
    y = (4.0, 2.0, math.nan, 1.0, 0.0, math.inf)
    drawn = curves.chart("t", "x", [curves.Series("r", "l", (0.0, 1.0, 2.0, 3.0, 4.0, 5.0), y, 0, 0)])
    assert drawn is not None
    assert [len(piece.split()) for piece in drawn.lines[0].pieces] == [2, 2]
    assert drawn.x1 == 3.0


@pytest.mark.parametrize("y", [(math.nan,), (0.0, -1.0), ()])
def test_a_curve_with_nothing_to_draw_draws_nothing(y: tuple[float, ...]) -> None:
    assert curves.chart("t", "x", [curves.Series("r", "l", tuple(map(float, range(len(y)))), y, 0, 0)]) is None


def test_a_curve_that_never_changes_still_has_an_axis() -> None:
    drawn = curves.chart("t", "x", [curves.Series("r", "l", (0.0, 1.0), (5.0, 5.0), 0, 0)])
    assert drawn is not None
    assert drawn.y0 < math.log10(5.0) < drawn.y1
    assert 2 <= len(drawn.y_ticks) <= 7
