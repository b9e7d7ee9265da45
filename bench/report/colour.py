"""The accent colour of a site: one hue that can be read on light paper and on dark.

Contrast and relative luminance: Web Content Accessibility Guidelines (WCAG) 2.2, section "relative luminance" and
success criterion 1.4.3, which asks for 4.5:1 of text.
"""

from __future__ import annotations

import colorsys
import re

#: ``--paper`` of report.css by day and by night; a test holds them to it.
LIGHT_PAPER, DARK_PAPER = "#fbfaf8", "#171716"
CONTRAST = 4.5

_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
#: Steps from the colour that was given to black or white.
_STEPS = 512


def accents(text: str) -> tuple[str, str]:
    """The colours that stand for ``text`` by day and by night, as ``#rrggbb``.

    The same hue and saturation; darker, or lighter, only as far as :data:`CONTRAST` with the paper asks for.

    Raises:
        ValueError: when ``text`` is no colour ``#rgb`` or ``#rrggbb``.
    """
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(text))
    found = []
    for paper, end in ((LIGHT_PAPER, 0.0), (DARK_PAPER, 1.0)):
        tones = (lightness + (end - lightness) * step / _STEPS for step in range(_STEPS + 1))
        shown = (_hex(colorsys.hls_to_rgb(hue, tone, saturation)) for tone in tones)
        found.append(next(colour for colour in shown if contrast(colour, paper) >= CONTRAST))
    return found[0], found[1]


def contrast(one: str, other: str) -> float:
    """The ratio of two colours' luminances, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance, from 0 for black to 1 for white."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def sheet(accent: str) -> str:
    """Lines for the end of the style sheet: ``--accent`` by day, by night and on paper. Without one it is the ink.

    Raises:
        ValueError: when ``accent`` is neither empty nor a colour ``#rgb`` or ``#rrggbb``.
    """
    if not accent:
        return ":root { --accent: var(--ink); }\n"
    light, dark = accents(accent)
    return (
        f":root {{ --accent: {light}; }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ --accent: {dark}; }} }}\n"
        f"@media print {{ :root {{ --accent: {light}; }} }}\n"
    )


def _channels(text: str) -> tuple[float, float, float]:
    """Red, green and blue from 0 to 1."""
    if not _COLOUR.fullmatch(text):
        raise ValueError(f"{text!r}: expected a colour #rgb or #rrggbb")
    digits = text[1:] if len(text) == 7 else "".join(2 * digit for digit in text[1:])
    red, green, blue = (int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4))
    return red, green, blue


def _hex(channels: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(255 * c):02x}" for c in channels)
