"""Where the axes of charts have their marks. ``site_templates/scripts/ticks.js`` does the same, and is tested to."""

from __future__ import annotations

import math


def linear_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers, at most ``most`` of them."""
    raw = (high - low) / (most - 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{k * step:.12g}") for k in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Losses to label between 10**low and 10**high: decades, thinned or filled in until there are 3 to 7."""
    first, last = math.floor(low), math.ceil(high)
    inside = [p for p in range(first, last + 1) if low <= p <= high]
    if len(inside) >= 3:
        stride = -(-len(inside) // 7)
        return [10.0**p for p in inside if p % stride == 0]
    for mantissas in ((1, 3), (1, 2, 5), (1, 2, 3, 5, 7)):
        ticks = [
            m * 10.0**p for p in range(first, last + 1) for m in mantissas if low <= math.log10(m * 10.0**p) <= high
        ]
        if 3 <= len(ticks) <= 7:
            return ticks
    return linear_ticks(10.0**low, 10.0**high)
