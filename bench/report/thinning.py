"""Fewer points of a curve that look the same: what keeps a line's shape, and what keeps its spikes."""

from __future__ import annotations

import math
from collections.abc import Sequence

Point = tuple[float, float]


def followed(points: Sequence[Point], tolerance: float, most: int) -> list[Point] | None:
    """Points among which straight lines pass no other one further than ``tolerance`` above or below.

    None when that takes more than ``most``. ``x`` must rise. One pass: from the last point kept, the slopes that pass
    all points since are an interval that narrows; where the next point lies outside, the one before it is kept.
    """
    if len(points) <= 2:
        return list(points)
    kept = [points[0]]
    (x0, y0), low, high = points[0], -math.inf, math.inf
    before = points[0]
    for point in points[1:]:
        x, y = point
        slope = (y - y0) / (x - x0)
        if not low <= slope <= high:
            kept.append(before)
            if len(kept) >= most:
                return None
            (x0, y0), low, high = before, -math.inf, math.inf
            slope = (y - y0) / (x - x0)
        spare = tolerance / (x - x0)
        # Comparisons take half the time of min and max, and every point of every run comes by here.
        if slope - spare > low:
            low = slope - spare
        if slope + spare < high:
            high = slope + spare
        before = point
    return [*kept, before]


def thinned(points: Sequence[Point], most: int) -> list[Point]:
    """At most ``most`` points: first, last, and lowest and highest of each stretch, so that no spike is lost."""
    if len(points) <= most:
        return list(points)
    inner, buckets = points[1:-1], (most - 2) // 2
    kept = [points[0]]
    for k in range(buckets):
        bucket = inner[k * len(inner) // buckets : (k + 1) * len(inner) // buckets]
        kept += sorted({min(bucket, key=lambda p: p[1]), max(bucket, key=lambda p: p[1])})
    return [*kept, points[-1]]
