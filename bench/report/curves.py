"""Curves as inline SVG: where every line, tick and label goes. The y axis of losses is logarithmic; no library, no
script."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bench.report.format import NARROW, TIME_UNITS, number
from bench.report.thinning import Point, followed, thinned
from bench.report.ticks import linear_ticks, log_ticks

#: Units of the drawing. The style sheet scales it; the margins leave room for labels at phone size.
WIDTH, HEIGHT = 520.0, 290.0
LEFT, RIGHT, TOP, BOTTOM = 66.0, 14.0, 18.0, 30.0
#: Points of a line. Longer ones have those that their shape needs; restless ones, which need more than this, the
#: extremes of every stretch.
MOST_POINTS = 100
#: Six colours in four dashes each; the style sheet draws class ``s0`` to ``s5`` and ``d0`` to ``d3``.
COLOURS, DASHES = 6, 4
MOST_LINES = COLOURS * DASHES
MOST_ROWS = 60
#: Room that the label of a mark needs.
MARK_WIDTH = 58.0


@dataclass(frozen=True)
class Series:
    """One line to draw: y over x, with what it belongs to."""

    run: str
    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    colour: int
    dash: int
    term: str = "total"
    breaks: tuple[float, ...] = ()
    """Places on the x axis where a new piece begins: what lies left and right of one is not one curve."""


@dataclass(frozen=True)
class Line:
    run: str
    term: str
    label: str
    colour: int
    dash: int
    pieces: tuple[str, ...]
    """``points`` of polylines: a curve is broken where it cannot be drawn, as at a loss of 0."""


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class Mark:
    """An upright line at a break, and what begins there: the label stands above the plot, clear of the curves."""

    at: float
    label: str
    line: bool
    """False for the first: the plot begins there anyway."""


@dataclass(frozen=True)
class Chart:
    """A drawing. ``x0`` to ``y1`` are data at the edges of the plot (y: log10 where the axis is logarithmic)."""

    title: str
    x_title: str
    x0: float
    x1: float
    y0: float
    y1: float
    lines: tuple[Line, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...] = ()
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP
    bottom: float = HEIGHT - BOTTOM
    values: str = "The values are in the table below."
    """Where those find the numbers who do not see the drawing."""


def chart(
    title: str,
    x_title: str,
    series: Sequence[Series],
    *,
    seconds: bool = False,
    marks: Sequence[tuple[float, str]] = (),
    most: int = MOST_POINTS,
    logarithmic: bool = True,
    values: str = Chart.values,
) -> Chart | None:
    """Draw the first :data:`MOST_LINES` series, ``most`` points of each; None when no point of them can be drawn.

    ``marks`` are places on the x axis, from left to right, each with the name of what begins there. An axis that is
    not ``logarithmic`` begins at 0. ``values`` says where the numbers are.
    """
    height = _logarithm if logarithmic else _itself
    shown = [s for s in series[:MOST_LINES] if any(height(y) is not None for y in s.y)]
    if not shown:
        return None
    xs = [x for s in shown for x, y in zip(s.x, s.y, strict=True) if height(y) is not None and math.isfinite(x)]
    ys = [at for s in shown for y in s.y if (at := height(y)) is not None]
    x0, x1 = min(0.0, *xs), max(xs)
    x1 = x1 if x1 > x0 else x0 + 1.0
    y0, y1 = _ends(ys) if logarithmic else (0.0, 1.04 * max(ys) or 1.0)

    def place(x: float, y: float) -> str:
        return f"{_scale(x, x0, x1, LEFT, WIDTH - RIGHT):.2f},{_scale(y, y0, y1, HEIGHT - BOTTOM, TOP):.2f}"

    def line(s: Series) -> Line:
        drawn = []
        for piece in pieces(s.x, s.y, s.breaks, height):
            thin = _fewer(piece, (y1 - y0) / 2 / (HEIGHT - TOP - BOTTOM), most)
            # A lone point is drawn as a dot: a round cap on a line of no length.
            drawn.append(" ".join(place(x, y) for x, y in (thin if len(thin) > 1 else [*thin, *thin])))
        return Line(s.run, s.term, s.label, s.colour, s.dash, tuple(drawn))

    return Chart(
        title=title,
        x_title=x_title,
        x0=x0,
        x1=x1,
        y0=y0,
        y1=y1,
        lines=tuple(line(s) for s in shown),
        x_ticks=tuple(
            Tick(round(_scale(v, x0, x1, LEFT, WIDTH - RIGHT), 2), _x_label(v, x1, seconds))
            for v in linear_ticks(x0, x1)
        ),
        y_ticks=tuple(
            Tick(round(_scale(at, y0, y1, HEIGHT - BOTTOM, TOP), 2), _y_label(v))
            for v in (log_ticks if logarithmic else linear_ticks)(y0, y1)
            if (at := height(v)) is not None
        ),
        marks=_marks([(_scale(x, x0, x1, LEFT, WIDTH - RIGHT), label) for x, label in marks if x0 <= x <= x1]),
        values=values,
    )


def _ends(ys: Sequence[float]) -> tuple[float, float]:
    """Of an axis with room above and below what is drawn."""
    low, high = min(ys), max(ys)
    margin = 0.04 * (high - low) if high - low > 1e-6 else 0.1
    return low - margin, high + margin


def _fewer(piece: list[Point], tolerance: float, most: int) -> list[Point]:
    return piece if len(piece) <= most else followed(piece, tolerance, most) or thinned(piece, most)


def _marks(places: Sequence[tuple[float, str]]) -> tuple[Mark, ...]:
    """A label goes without where there is no room for it before the next line."""
    ends = [*(at for at, _ in places), WIDTH - RIGHT][1:]
    return tuple(
        Mark(round(at, 2), label if end - at >= MARK_WIDTH else "", at > LEFT)
        for (at, label), end in zip(places, ends, strict=True)
    )


def _logarithm(y: float) -> float | None:
    """How high a value stands on a logarithmic axis; None for one that has no place there."""
    return math.log10(y) if math.isfinite(y) and y > 0 else None


def _itself(y: float) -> float | None:
    return y if math.isfinite(y) and y >= 0 else None


def _scale(v: float, from0: float, from1: float, to0: float, to1: float) -> float:
    return to0 + (v - from0) / (from1 - from0) * (to1 - to0)


def _y_label(v: float) -> str:
    """With the digits it needs and no more: 0.01, 30, 10 000, 10⁻⁴, 3×10⁶."""
    digits = len(f"{v:.6e}".partition("e")[0].rstrip("0").replace(".", ""))
    return number(v, digits).removeprefix("1×")


def _x_label(v: float, end: float, seconds: bool) -> str:
    if v == 0:
        return "0"
    if not seconds:
        return f"{v:g}" if v < 1e4 else number(v, 3)
    # One unit for the whole axis: that of its end.
    factor, unit = next((f, u) for limit, f, u in TIME_UNITS if end < limit)
    return f"{v * factor:.6g}{NARROW}{unit}"


def pieces(
    x: Iterable[float],
    y: Iterable[float],
    breaks: Sequence[float] = (),
    height: Callable[[float], float | None] = _logarithm,
) -> Iterator[list[Point]]:
    """x and ``height`` of y, log10 if not told otherwise, where that can be drawn; apart where it cannot and at
    ``breaks``."""
    piece: list[Point] = []
    for at, value in zip(x, y, strict=True):
        if piece and at in breaks:
            yield piece
            piece = []
        if math.isfinite(at) and (up := height(value)) is not None:
            piece.append((at, up))
        elif piece:
            yield piece
            piece = []
    if piece:
        yield piece


def sampled(length: int, most: int = MOST_ROWS) -> list[int]:
    """Rows of a table that shows a curve: evenly spread, the first and the last among them."""
    if length <= most:
        return list(range(length))
    return sorted({round(k * (length - 1) / (most - 1)) for k in range(most)})
