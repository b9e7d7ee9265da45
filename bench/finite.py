"""Numbers that are none: JSON has no word for NaN and infinity, and no chart a place. Imports nothing heavy."""

from __future__ import annotations

import math
from typing import Any


def finite(value: float | None) -> float | None:
    """A number, or None for what is none."""
    return float(value) if value is not None and math.isfinite(value) else None


def or_null(value: Any) -> Any:
    """Anything at all for JSON: floats as :func:`finite` has them, the rest as it is."""
    return finite(value) if isinstance(value, float) else value
