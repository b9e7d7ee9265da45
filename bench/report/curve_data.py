"""A curve as the site's script gets it: the points that its shape needs, packed to 12 bits a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.report.curves import pieces, sampled
from bench.report.drawn import Curve
from bench.report.packing import digits, number, width
from bench.report.thinning import Point, followed, thinned

#: Points of a curve, and of its times: with these about 250 bytes a run.
MOST, MOST_TIMES = 60, 16
#: What may be lost of the height of a curve's drawing, of its width by time: less than a pixel.
TOLERANCE = 1 / 512
#: Gaps that a curve may have; what lies beyond is drawn without.
MOST_PIECES = 16
#: Steps between the least and the greatest value; two digits of base 64.
STEPS = 64**2 - 2
#: Stands for a value that is not a finite number above 0.
HOLE = STEPS + 1


def packed(curve: Curve) -> dict[str, Any] | None:
    """Losses of the size of the result; None where nothing can be drawn.

    ``rows``, ``first``: rows at that size, and the evaluation of the first. ``before``, where the run came from smaller
    sizes: as many evaluations at this size have as many pixels as it had done by then. ``at``: from each row that is
    kept to the next, the first from row 0, in as many digits as the longest needs. ``loss``: log10 of the least and the
    greatest, and the places between them, two digits a row. ``time``: seconds at the first row and the last, then rows
    and places likewise, with straight lines between them.

    Lines between the rows kept pass the others closer than :data:`TOLERANCE` of the height, or they are the lowest and
    the highest of each stretch.
    """
    part = curve.last_size
    losses, seconds = curve.total[part], curve.seconds[part]
    kept = _kept(losses)
    if not kept:
        return None
    logs = [log for _, log in kept if log is not None]
    times = _times(seconds)
    found = {
        "rows": len(losses),
        "first": int(curve.evaluation[part][0]),
        "at": _steps([row for row, _ in kept]),
        "loss": [*_ends(min(logs), max(logs)), _places([log for _, log in kept], min(logs), max(logs))],
        "time": [
            *_ends(seconds[0], seconds[-1]),
            _steps([int(row) for row, _ in times]),
            _places([value for _, value in times], seconds[0], seconds[-1]),
        ],
    }
    return found | ({"before": float(number(_before(curve), 6))} if len(curve.sizes) > 1 else {})


def _kept(losses: Sequence[float]) -> list[tuple[int, float | None]]:
    """Rows with the log10 of their loss, None where a gap begins."""
    found = list(pieces(range(len(losses)), losses))
    if len(found) > MOST_PIECES:
        found = [*found[: MOST_PIECES - 1], [point for piece in found[MOST_PIECES - 1 :] for point in piece]]
    if not found:
        return []
    heights = [log for piece in found for _, log in piece]
    tolerance = TOLERANCE * (max(heights) - min(heights))
    kept: list[tuple[int, float | None]] = []
    for piece in found:
        share = max(2, MOST * len(piece) // len(heights))
        kept += [(int(row), log) for row, log in followed(piece, tolerance, share) or thinned(piece, share)]
        if piece is not found[-1]:
            kept.append((int(piece[-1][0]) + 1, None))
    return kept


def _times(seconds: Sequence[float]) -> list[Point]:
    points = [(float(row), value) for row, value in enumerate(seconds)]
    tolerance = TOLERANCE * (seconds[-1] - seconds[0])
    return followed(points, tolerance, MOST_TIMES) or [points[k] for k in sampled(len(points), MOST_TIMES)]


def _before(curve: Curve) -> float:
    """What was done at smaller sizes, in evaluations of the last: they count as their pixels."""
    last = curve.sizes[-1][1]
    return float(sum((size / last) ** 2 for size in curve.size[: curve.last_size.start]))


def _steps(rows: Sequence[int]) -> str:
    steps = [row - before for before, row in zip([0, *rows], rows, strict=False)]
    return digits(steps, width(max(steps) + 1))


def _ends(low: float, high: float) -> list[float]:
    return [float(number(low, 6)), float(number(high, 6))]


def _places(values: Sequence[float | None], low: float, high: float) -> str:
    span = high - low or 1.0
    return digits([HOLE if v is None else min(STEPS, max(0, round((v - low) / span * STEPS))) for v in values], 2)
