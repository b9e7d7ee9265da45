"""Columns as small numbers: which rows of a table agree in everything but an axis, and what moves along with it.

Tables have ten thousand rows and sixty columns, nearly all of them constant: those are dropped at first sight, and
the others are compared as whole numbers.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int64]


def codes(values: Sequence[Hashable]) -> Codes:
    """The values of a column as numbers: the same number where they are equal, 0 for the first, 1 for the next new."""
    seen: dict[Hashable, int] = {}
    return np.fromiter((seen.setdefault(value, len(seen)) for value in values), np.int64, len(values))


def varying(columns: Mapping[str, Sequence[Hashable]]) -> dict[str, Codes]:
    """The columns that have more than one value, as :func:`codes`."""
    return {name: codes(values) for name, values in columns.items() if len(set(values)) > 1}


def moves_with(at: Codes, column: Codes) -> bool:
    """True if a column varies and each value of an axis comes with one of its values: a zip, an override.

    Args:
        at: where each row stands on the axis.
        column: what the column says there.
    """
    if not len(at) or column.max() == 0:
        return False
    said = np.zeros(int(at.max()) + 1, np.int64)
    said[at] = column
    return bool((said[at] == column).all())


def keys(columns: Iterable[Codes], rows: int) -> list[int]:
    """One number for each row: the same where rows agree in all these columns."""
    key: Any = np.zeros(rows, np.int64)
    for column in columns:
        # Numbered anew at every step, so that no product of many columns leaves 64 bits.
        key = np.unique(key * (int(column.max(initial=0)) + 1) + column, return_inverse=True)[1].reshape(-1)
    found: list[int] = key.tolist()
    return found


@dataclass(frozen=True)
class LinedUp:
    """Rows of runs along an axis."""

    in_step: tuple[str, ...]
    """Parameters that change with the axis, and only with it."""
    rows: Mapping[Hashable, Mapping[int, int]]
    """Value of the axis -> what else a run is, as a number -> its row. Runs of one number differ in the axis alone."""


def line_up(
    columns: Mapping[str, Sequence[Hashable]], parameters: Sequence[str], moved: Sequence[str], at: Sequence[Hashable]
) -> LinedUp:
    """Find the runs that differ in an axis, in what moves in step with it, and in nothing else.

    Args:
        columns: of a table of runs, all that tells one from another.
        parameters: those of the columns that may move in step.
        moved: those that the axis stands for.
        at: the value of the axis, row by row.
    """
    places = codes(at)
    varied = varying(columns)
    in_step = tuple(
        name
        for name, column in varied.items()
        if name in parameters and name not in moved and moves_with(places, column)
    )
    apart = [column for name, column in varied.items() if name not in moved and name not in in_step]
    present = list(dict.fromkeys(at))
    rows: dict[Hashable, dict[int, int]] = {value: {} for value in present}
    for row, (place, key) in enumerate(zip(places.tolist(), keys(apart, len(at)), strict=True)):
        rows[present[place]][key] = row
    return LinedUp(in_step, rows)
