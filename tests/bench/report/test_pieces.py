"""Numbers in words, ticks of axes, names of files."""

from __future__ import annotations

import math

import pytest

from bench.report import curves, words
from bench.report import format as fmt


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (1.0, "1.00"), (12.345, "12.3"), (999.9, "1000"), (1234.5, "1230"), (12345.6, "12\u202f300"),
        (123456.0, "123\u202f000"), (1.234e6, "1.23×10⁶"), (0.00123, "0.00123"), (1.2e-5, "1.20×10⁻⁵"), (-4.5, "−4.50"),
        (math.nan, "–"),
    ],
)  # fmt: skip
def test_numbers_have_three_significant_digits(value: float, text: str) -> None:
    assert fmt.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(4.2e-5, "42.0 µs"), (0.0123, "12.3 ms"), (0.9999, "1000 ms"), (61.5, "61.5 s"), (1234.0, "20.6 min"),
     (9000, "2.50 h"), (-0.5, "−500 ms")],
)  # fmt: skip
def test_times_choose_their_unit(value: float, text: str) -> None:
    assert fmt.duration(value).replace("\u202f", " ") == text


@pytest.mark.parametrize(
    ("value", "text"), [(512, "512 B"), (2048, "2.00 KiB"), (123456789, "118 MiB"), (3 << 30, "3.00 GiB")]
)
def test_bytes_choose_their_unit(value: int, text: str) -> None:
    assert fmt.size(value).replace("\u202f", " ") == text


@pytest.mark.parametrize("value", [0.1 + 0.2, 1e-300, 123456789.123456789])
def test_a_figure_keeps_every_bit_of_its_value(value: float) -> None:
    figure = fmt.loss(value)
    assert figure.value is not None
    assert float(figure.value) == value


@pytest.mark.parametrize(("value", "text"), [(None, "–"), (math.nan, "diverged"), (math.inf, "diverged")])
def test_what_is_no_number_is_a_word_and_has_no_value(value: float | None, text: str) -> None:
    assert fmt.loss(value) == fmt.Figure("loss", None, text)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("style_weight", 1e6, "1×10⁶"), ("style_weight", 1234567.0, "1.23457×10⁶"), ("learning_rate", 0.1, "0.1"),
        ("size", 256, "256\u202fpx"), ("seed", 4294967295, "4294967295"), ("optimizer", "lbfgs", "L-BFGS"),
        ("content_layers", ["conv1_1", "conv2_1"], "conv1_1, conv2_1"), ("x", None, "none"), ("x", True, "yes"),
    ],
)  # fmt: skip
def test_values_keep_the_digits_they_were_given(name: str, value: object, text: str) -> None:
    if value == 1234567.0:
        text = "1234567.0"
    assert words.value(name, value) == text


def test_slugs_are_short_plain_and_one_to_one() -> None:
    assert words.slug("Café / <b>", "a") == "cafe-b-ca978112ca"
    assert words.slug("x" * 5000, "a") == "x" * 60 + "-ca978112ca"
    assert words.slug("../..", "a") == "x-ca978112ca"
    assert words.slug("a", "1") != words.slug("a", "2")


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0, 3.0, [1.0, 10.0, 100.0, 1000.0]),
        (-12.0, 12.0, [1e-12, 1e-8, 1e-4, 1.0, 1e4, 1e8, 1e12]),
        (1.0, 2.0, [10.0, 30.0, 100.0]),
        (math.log10(4.0), math.log10(11.0), [5.0, 7.0, 10.0]),
        (math.log10(4.0), math.log10(4.4), [4.0, 4.1, 4.2, 4.3, 4.4]),
    ],
)
def test_a_log_axis_has_three_to_seven_ticks(low: float, high: float, ticks: list[float]) -> None:
    assert curves.log_ticks(low, high) == pytest.approx(ticks)


def test_labels_of_a_log_axis_have_the_digits_they_need() -> None:
    drawn = curves.chart("t", "x", [curves.Series("r", "l", (0.0, 1.0), (1e-6, 2e7), 0, 0)])
    assert drawn is not None
    assert [tick.label for tick in drawn.y_ticks] == ["10⁻⁶", "10⁻⁴", "0.01", "1", "100", "10\u202f000", "10⁶"]


def test_a_linear_axis_has_round_ticks() -> None:
    assert curves.linear_ticks(0, 299) == [0, 100, 200]
    assert curves.linear_ticks(0, 0.0123) == pytest.approx([0, 0.005, 0.01])


def test_thinning_keeps_ends_and_spikes() -> None:
    points = [(float(k), 50.0 if k == 777 else math.sin(k)) for k in range(5000)]
    thin = curves.thinned(points)
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
