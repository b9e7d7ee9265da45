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

    ``first``: evaluation of the first row at that size. ``at``: from each row that is kept to the next, the first from
    that one, in as many digits as the longest needs. ``loss``: log10 of the least and the greatest, and the places
    between them, two digits a row.

    ``time``: what had passed at some evaluations, with straight lines between them: steps from each to the next,
    seconds at the first and at the last, and places between the two. ``pixels``, where the run came from smaller sizes:
    the same of its work, in evaluations of the last size, which has more pixels.

    Lines between the rows kept pass the others closer than :data:`TOLERANCE` of the height, or they are the lowest and
    the highest of each stretch.
    """
    losses, seconds, first = curve.total[curve.last_size], curve.seconds, curve.last_size.start
    kept = _kept(losses)
    if not kept:
        return None
    logs = [log for _, log in kept if log is not None]
    found = {
        "first": first,
        "at": _steps([row for row, _ in kept]),
        "loss": [*_ends(min(logs), max(logs)), _places([log for _, log in kept], min(logs), max(logs))],
        "time": _knots(_times(seconds)),
    }
    return found | ({"pixels": _knots(_work(curve))} if first else {})


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


def _work(curve: Curve) -> list[Point]:
    """What was done before an evaluation, where a size begins and at the end: each row counts as its pixels."""
    last, ends = curve.sizes[-1][1], [*(row for row, _ in curve.sizes[1:]), len(curve.size) - 1]
    points, done = [(0.0, 0.0)], 0.0
    for (row, size), end in zip(curve.sizes, ends, strict=True):
        done += (end - row) * (size / last) ** 2
        points.append((float(end), done))
    return points


def _knots(points: Sequence[Point]) -> list[Any]:
    (_, low), (_, high) = points[0], points[-1]
    return [_steps([int(row) for row, _ in points]), *_ends(low, high), _places([y for _, y in points], low, high)]


def _steps(rows: Sequence[int]) -> str:
    steps = [row - before for before, row in zip([0, *rows], rows, strict=False)]
    return digits(steps, width(max(steps) + 1))


def _ends(low: float, high: float) -> list[float]:
    return [float(number(low, 6)), float(number(high, 6))]


def _places(values: Sequence[float | None], low: float, high: float) -> str:
    span = high - low or 1.0
    return digits([HOLE if v is None else min(STEPS, max(0, round((v - low) / span * STEPS))) for v in values], 2)
