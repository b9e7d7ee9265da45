"""Numbers as people read them. Each keeps its full value beside the text, for machines and for tests."""

from __future__ import annotations

import math
from dataclasses import dataclass

from markupsafe import escape

#: Between a number and its unit, and between groups of digits: neither may break or stretch.
NARROW = "\u202f"
NONE = "–"

#: Below so many seconds, multiply by this and call it that.
TIME_UNITS = (
    (1e-3, 1e6, "µs"),
    (1.0, 1e3, "ms"),
    (1000.0, 1.0, "s"),
    (7200.0, 1 / 60, "min"),
    (math.inf, 1 / 3600, "h"),
)

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Figure:
    """A number on a page: the quantity it measures, its value in full, its text with a unit."""

    kind: str
    value: str | None
    """``repr`` of the number, so that reading it back gives the same number; None if there is none."""
    text: str

    def __html__(self) -> str:
        """What a page shows where a template says ``{{ figure }}``; the full value goes along for machines."""
        if self.value is None:
            return f'<span class="{escape(self.kind)} none">{escape(self.text)}</span>'
        return f'<data class="{escape(self.kind)}" value="{escape(self.value)}">{escape(self.text)}</data>'


def number(value: float, digits: int = 3) -> str:
    """``value`` to so many significant digits: 0.0123, 12.3, 12 300, 1.23×10⁻⁵. Halves go away from 0."""
    if not math.isfinite(value):
        return NONE
    if value == 0:
        return "0"
    # Browsers round an exact half (1.125 GiB) up, Python to the even digit: a hair further, and both agree.
    value = math.nextafter(value, math.copysign(math.inf, value))
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    power = int(exponent)
    if -4 < power < 6:
        text = f"{float(f'{mantissa}e{exponent}'):.{max(0, digits - 1 - power)}f}"
        return grouped(text).replace("-", "−")
    return f"{mantissa.replace('-', '−')}×10{str(power).translate(_SUPERSCRIPT)}"


def grouped(text: str) -> str:
    """``12345.6`` as ``12 345.6``; four digits stay together."""
    whole, dot, rest = text.partition(".")
    if len(whole.lstrip("-")) > 4:
        whole = f"{int(whole):,}".replace(",", NARROW)
    return whole + dot + rest


def count(value: int) -> str:
    return grouped(str(value))


def counted(value: int, one: str, many: str) -> str:
    """``1 run``, ``2 runs``."""
    return f"{count(value)} {one if value == 1 else many}"


def _figure(kind: str, value: float | None, text: str) -> Figure:
    return Figure(kind, None if value is None else repr(value), text)


def _absent(kind: str, value: float | None) -> Figure | None:
    if value is None:
        return Figure(kind, None, NONE)
    return None if math.isfinite(value) else Figure(kind, None, "diverged")


def loss(value: float | None, kind: str = "loss") -> Figure:
    return _absent(kind, value) or _figure(kind, value, number(value or 0.0, 4))


def seconds(value: float | None, kind: str = "seconds") -> Figure:
    return _absent(kind, value) or _figure(kind, value, duration(value or 0.0))


def duration(value: float) -> str:
    factor, unit = unit_of_time(value)
    return f"{number(value * factor)}{NARROW}{unit}"


def moment(value: float, kind: str) -> Figure:
    """A place in a clip: always in seconds, so that places can be told apart at a glance."""
    return _absent(kind, value) or _figure(kind, value, f"{value:.2f}{NARROW}s")


def unit_of_time(seconds: float) -> tuple[float, str]:
    """How many of the unit are in a second, and the unit."""
    size = abs(seconds)
    return next((factor, unit) for limit, factor, unit in TIME_UNITS if size < limit)


def memory(value: int | None, kind: str = "peak-memory") -> Figure:
    return _absent(kind, value) or _figure(kind, value, size(value or 0))


def size(value: int) -> str:
    bytes_, unit = unit_of_size(value)
    return f"{number(value / bytes_)}{NARROW}{unit}"


def unit_of_size(value: float) -> tuple[int, str]:
    """Bytes of the unit, and the unit."""
    for limit, unit in ((1024, "B"), (1024**2, "KiB"), (1024**3, "MiB")):
        if value < limit:
            return limit // 1024, unit
    return 1024**3, "GiB"


def ratio(value: float | None, kind: str = "ratio") -> Figure:
    return _absent(kind, value) or _figure(kind, value, f"{number(value or 0.0)}{NARROW}×")


def share(value: float | None, kind: str = "share") -> Figure:
    """A fraction in per cent."""
    return _absent(kind, value) or _figure(kind, value, f"{number((value or 0.0) * 100)}{NARROW}%")


def quality(value: float | None, kind: str, scales: int | None = None) -> Figure:
    """A figure of quality; ``0.743 (4)`` where it was taken over a number of scales."""
    if value is None or not math.isfinite(value):
        return Figure(kind, None, NONE)
    return _figure(kind, value, number(value) + (f"{NARROW}({scales})" if scales else ""))


def as_kind(shown: str, value: float, kind: str) -> Figure:
    """A number as a share, a ratio, a time, a whole number, or in three digits (``number``)."""
    if shown == "whole":
        return whole(round(value), kind)
    return {"share": share, "ratio": ratio, "seconds": seconds}.get(shown, quality)(value, kind)


def energy(value: float | None, kind: str = "energy") -> Figure:
    return _absent(kind, value) or _figure(kind, value, f"{number(value or 0.0)}{NARROW}J")


def whole(value: int | None, kind: str, unit: str = "") -> Figure:
    if value is None:
        return Figure(kind, None, NONE)
    return Figure(kind, repr(value), count(value) + (f"{NARROW}{unit}" if unit else ""))
