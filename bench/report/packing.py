"""Columns of the site's data, small enough to open a page with ten thousand runs at once.

The script that reads them back is ``site_templates/scripts/runs.js``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

#: Digits of packed numbers; base64url, so that they need no escaping anywhere.
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def width(values: int) -> int:
    """Digits that it takes to tell so many values apart."""
    return 1 if values <= 64 else 2 if values <= 64**2 else 3


def digits(indices: Iterable[int], wide: int) -> str:
    """Each index in ``wide`` digits, the highest first."""
    if wide == 1:
        return "".join(DIGITS[k] for k in indices)
    return "".join("".join(DIGITS[k >> 6 * place & 63] for place in reversed(range(wide))) for k in indices)


def label_column(texts: Sequence[str | None], values: Sequence[str]) -> dict[str, Any]:
    """Texts as places in a list of their values, which is also the order they sort in; None has no place there."""
    place = {value: k for k, value in enumerate(values)}
    wide = width(len(values) + 1)
    return {"values": list(values), "width": wide, "at": digits((place.get(t, len(values)) if t is not None
                                                                 else len(values) for t in texts), wide)}  # fmt: skip


def number(value: float | None, significant: int = 4) -> str:
    """Shortest JSON of ``value`` to so many digits: ``812e6``, ``0.5`` as ``.5`` would not be JSON; None is null."""
    if value is None or not math.isfinite(value):
        return "null"
    if value == 0:
        return "0"
    mantissa, _, exponent = f"{value:.{significant - 1}e}".partition("e")
    sign, figures = ("-", mantissa[1:]) if mantissa.startswith("-") else ("", mantissa)
    figures = figures.replace(".", "").rstrip("0")
    power = int(exponent) - len(figures) + 1
    whole = f"{sign}{figures}e{power}"
    plain = f"{float(whole):.12g}"
    return plain if len(plain) <= len(whole) and "e" not in plain else whole


def numbers(values: Iterable[float | None], significant: int = 4) -> str:
    """A JSON list."""
    return f"[{','.join(number(value, significant) for value in values)}]"


def json_text(value: Any) -> str:
    """JSON in ASCII that can stand in a script, or in a script element of a page."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("</", "<\\/").replace("<!--", "<\\u0021--")
