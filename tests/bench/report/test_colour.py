"""An accent colour that can be read by day and by night, and nothing but a colour."""

from __future__ import annotations

import colorsys
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.report import colour
from bench.resources import templates_folder


def test_the_papers_are_those_of_the_style_sheet() -> None:
    sheets = "".join(path.read_text(encoding="utf-8") for path in sorted(templates_folder().rglob("*.css")))
    assert re.findall(r"--paper: (#[0-9a-f]{6});", sheets) == [colour.LIGHT_PAPER, colour.DARK_PAPER]


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000", "#fff", 21.0), ("#777777", "#ffffff", 4.48), ("#f00", "#ffffff", 4.0)]
)
def test_contrast_is_that_of_the_guidelines(one: str, other: str, ratio: float) -> None:
    """Ratios as the guidelines' own examples and checkers give them."""
    assert colour.contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert colour.contrast(other, one) == colour.contrast(one, other)


@given(st.integers(0, 0xFFFFFF))
def test_every_colour_can_be_read_on_both_papers_and_keeps_its_hue(value: int) -> None:
    given_ = f"#{value:06x}"
    light, dark = colour.accents(given_)
    assert colour.contrast(light, colour.LIGHT_PAPER) >= colour.CONTRAST
    assert colour.contrast(dark, colour.DARK_PAPER) >= colour.CONTRAST
    channels = [[int(text[k : k + 2], 16) for k in (1, 3, 5)] for text in (given_, light, dark)]
    if min(max(of) - min(of) for of in channels) > 60:  # of greyish ones, rounding to 8 bits moves the hue
        hues = [colorsys.rgb_to_hls(*(c / 255 for c in of))[0] for of in channels]
        assert max(min(abs(h - hues[0]), 1 - abs(h - hues[0])) for h in hues) < 0.01


def test_a_colour_that_can_be_read_is_left_alone() -> None:
    assert colour.accents("#07A")[0] == "#0077aa"
    assert colour.accents("#ffcc00")[1] == "#ffcc00"


def test_the_sheet_sets_the_colour_by_day_by_night_and_on_paper() -> None:
    assert colour.sheet("#0077aa") == (
        ":root { --accent: #0077aa; }\n"
        "@media (prefers-color-scheme: dark) { :root { --accent: #0088c2; } }\n"
        "@media print { :root { --accent: #0077aa; } }\n"
    )


def test_without_a_colour_the_accent_is_the_ink() -> None:
    assert colour.sheet("") == ":root { --accent: var(--ink); }\n"


@pytest.mark.parametrize(
    "text", ["red", "#12", "#12345g", "#07a;}", "#07a\n", " #07a", "#0077aaff", "url(x)", "#０７７"]
)
def test_nothing_but_a_colour_gets_into_the_sheet(text: str) -> None:
    with pytest.raises(ValueError, match="expected a colour #rgb or #rrggbb"):
        colour.sheet(text)
