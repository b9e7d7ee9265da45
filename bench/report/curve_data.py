"""A curve as the site's script gets it: thinned, and packed to 12 bits a value."""

from __future__ import annotations

import math
from typing import Any

from bench.report.curves import sampled
from bench.report.model import Curve
from bench.report.packing import digits, number

#: Points of a curve: what a chart of half a screen's width can show.
MOST = 100
#: Steps between the least and the greatest value; two digits of base 64.
STEPS = 64**2 - 2
#: Stands for a value that is not a finite number above 0.
HOLE = STEPS + 1


def packed(curve: Curve) -> dict[str, Any] | None:
    """Losses of the size of the result; None where nothing can be drawn.

    ``rows``, ``first``: rows at that size, and the evaluation of the first; ``points``: how many of them are kept,
    evenly spread, the k-th being row round(k (rows - 1) / (points - 1)); ``loss``: log10 of the least and the greatest,
    and the places between them, two digits each; ``time``: seconds at the first and the last point, and the places
    between them.
    """
    part = curve.last_size
    losses, seconds, evaluations = curve.total[part], curve.seconds[part], curve.evaluation[part]
    kept = sampled(len(losses), MOST)
    logs = [math.log10(losses[k]) if math.isfinite(losses[k]) and losses[k] > 0 else None for k in kept]
    known = [value for value in logs if value is not None]
    if not known:
        return None
    times = [seconds[k] for k in kept]
    return {
        "rows": len(losses),
        "first": int(evaluations[0]),
        "points": len(kept),
        "loss": _places(logs, min(known), max(known)),
        "time": _places(times, times[0], times[-1]),
    }


def _places(values: list[float | None] | list[float], low: float, high: float) -> list[Any]:
    span = high - low or 1.0
    at = [HOLE if v is None else min(STEPS, max(0, round((v - low) / span * STEPS))) for v in values]
    return [float(number(low, 6)), float(number(high, 6)), digits(at, 2)]
