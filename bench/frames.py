"""``frames.csv`` of a video job as columns: what became of each frame, a row for every one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

#: Columns that every such file has; what else there is are terms of the loss.
NEEDED = ("frame", "time", "evaluations", "loss", "seconds", "flicker", "visible", "cut")
#: Those that count something, and are never empty.
_COUNTED = ("frame", "evaluations", "cut")
#: Those by which a frame is found.
_PLACED = ("frame", "time")


def read_frames(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """The columns of a ``frames.csv`` by name, in the file's order.

    ``frame``, ``evaluations`` and ``cut`` are int64, all others float64; an empty field is NaN.

    Raises ValueError, with a sentence for people, when there is none or it cannot be read.
    """
    if not path.is_file():
        raise ValueError("frames.csv is missing")
    try:
        return _columns(pd.read_csv(path, dtype=str, keep_default_na=False))
    except (ValueError, OSError, OverflowError) as error:
        raise ValueError(f"frames.csv: {str(error).strip() or 'cannot be read'}") from None


def _columns(table: pd.DataFrame) -> dict[str, np.ndarray[Any, Any]]:
    missing = [name for name in NEEDED if name not in table]
    if missing:
        raise ValueError(f"has no column {', '.join(missing)}")
    if table.empty:
        raise ValueError("has no rows")
    numbers = table.map(lambda text: float(text) if text else np.nan)
    numbers = numbers.astype(dict.fromkeys(_COUNTED, np.int64))
    for name in _PLACED:
        if not (np.diff(numbers[name]) > 0).all() or not np.isfinite(numbers[name]).all():
            raise ValueError(f"the column {name} does not rise from row to row")
    return {str(name): numbers[name].to_numpy() for name in numbers}
