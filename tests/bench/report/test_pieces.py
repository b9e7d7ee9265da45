"""Numbers in words, names of files."""

from __future__ import annotations

import math

import pytest

from bench.report import format as fmt
from bench.report import words


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
