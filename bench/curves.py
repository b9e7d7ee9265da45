"""``curve.csv`` of a job as columns: fast where it is as this program writes it, patient where it is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic_core import from_json

#: Columns that count something.
_COUNTED = ("evaluation", "size")
#: Columns that every curve has; what else there is are terms of the loss.
NEEDED = ("evaluation", "seconds", "size", "total")
#: What float32 cannot hold is no loss of ours, and no chart could show it.
_MOST = 1e300


def read_curve(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """The columns of a ``curve.csv`` by name, in the file's order: what :func:`bench.results.curve` shows as a table.

    ``evaluation`` and ``size`` are int64, all others float64, to the bit what ``float()`` makes of the text;
    what is beyond 1e300 is NaN.

    Raises ValueError, with a sentence for people, when there is none or it cannot be read.
    """
    if not path.is_file():
        raise ValueError("curve.csv is missing")
    try:
        columns = _columns(path.read_bytes())
        # pandas puts up with more than this program writes, and has the words for what it does not put up with.
        return _columns_slowly(path) if columns is None else columns
    except (ValueError, OSError, OverflowError) as error:
        raise ValueError(f"curve.csv: {str(error).strip() or 'cannot be read'}") from None


def _columns(text: bytes) -> dict[str, np.ndarray[Any, Any]] | None:
    """The columns of a table as this program writes it; None for any other."""
    head, _, body = text.rstrip(b"\n").partition(b"\n")
    try:
        names = head.decode().split(",")
        fields = body.replace(b"\n", b",")
        if body.translate(None, b"0123456789.+-eE,\n"):
            numbers = list(map(float, fields.decode().split(",")))
        else:  # numbers and nothing else: as JSON they are read in a third of the time, and as exactly
            numbers = from_json(b"[" + fields + b"]")
        table = np.array(numbers, dtype=np.float64)
    except (ValueError, OverflowError):
        return None
    named = b'"' not in head and all(names) and len(set(names)) == len(names) and set(NEEDED) <= set(names)
    if not named or b"\r" in text or any(row.count(b",") != len(names) - 1 for row in body.split(b"\n")):
        return None
    table[np.abs(table) > _MOST] = np.nan
    columns: dict[str, np.ndarray[Any, Any]] = dict(zip(names, table.reshape(-1, len(names)).T, strict=True))
    for name in _COUNTED:
        if not (np.abs(columns[name]) < 2.0**63).all():
            return None
        columns[name] = columns[name].astype(np.int64)
    return columns


def _columns_slowly(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    # As text first: the default float parser of older pandas is off by a bit in the last place.
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    missing = [name for name in NEEDED if name not in table]
    if missing:
        raise ValueError(f"has no column {', '.join(missing)}")
    if table.empty:
        raise ValueError("has no rows")
    numbers = table.map(float)
    numbers = numbers.mask(numbers.abs() > _MOST).astype(dict.fromkeys(_COUNTED, int))
    return {str(name): numbers[name].to_numpy() for name in numbers}
