"""Contact sheets: many small grey pictures of any sizes as tiles of one, to look at. No torch here.

A layer has a strip, its filters left to right, :data:`COLUMNS` in a row; a sheet has the strips of all layers one
below the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from nst.images import Bytes

Map = NDArray[np.floating]
"""Responses of one filter, (rows, columns)."""
Tile = NDArray[np.uint8]
"""Grey levels, (height, width)."""

#: Tiles in a row.
COLUMNS = 8
#: Grey level of what is no tile: between tiles, and where a row has fewer than others.
PAPER = 255


def tile(values: Map, height: int, width: int) -> Tile:
    """The values scaled to their own range, the lowest black and the highest white; values all the same are mid-grey.

    Each value becomes a block of height x width pixels, nothing is interpolated: where there are fewer pixels than
    values, one of several is shown. What is not finite counts as 0.
    """
    finite = np.where(np.isfinite(values), values, 0).astype(np.float64)
    low, high = finite.min(), finite.max()
    share = (finite - low) / (high - low) if high > low else np.full_like(finite, 0.5)
    levels = np.rint(share * 255).astype(np.uint8)
    rows, columns = (np.arange(size) * have // size for size, have in zip((height, width), levels.shape, strict=True))
    shown: Tile = levels[np.ix_(rows, columns)]
    return shown


def strip(maps: Sequence[Map], height: int, width: int) -> Tile:
    """Tiles of height x width pixels, a thin gap between them, as :func:`strip_size` says."""
    tiles = [tile(one, height, width) for one in maps]
    rows = [_joined(tiles[first : first + COLUMNS], axis=1) for first in range(0, len(tiles), COLUMNS)]
    return _joined(rows, axis=0)


def sheet(strips: Sequence[Tile]) -> Bytes:
    """Strips one below the other, uint8 (height, width, 3)."""
    return in_colour(_joined(strips, axis=0))


def in_colour(levels: Tile) -> Bytes:
    """Grey levels as a picture (height, width, 3)."""
    return np.repeat(levels[..., None], 3, axis=2)


def strip_size(filters: int, height: int, width: int) -> tuple[int, int]:
    """Height and width of a strip of so many tiles."""
    rows, columns = -(-filters // COLUMNS), min(filters, COLUMNS)
    return rows * height + (rows - 1) * _GAP, columns * width + (columns - 1) * _GAP


def sheet_size(filters: Iterable[int], height: int, width: int) -> tuple[int, int]:
    """Height and width of a sheet of layers with so many tiles each."""
    heights, widths = zip(*(strip_size(count, height, width) for count in filters), strict=True)
    return sum(heights) + (len(heights) - 1) * _GAP, max(widths)


#: Pixels between tiles.
_GAP = 4


def _joined(parts: Sequence[Tile], axis: int) -> Tile:
    """Parts below each other (axis 0) or beside each other (1), what is shorter filled up with paper."""
    across = max(part.shape[1 - axis] for part in parts)
    found: list[Tile] = []
    for part in parts:
        missing = [(0, 0), (0, 0)]
        missing[1 - axis] = (0, across - part.shape[1 - axis])
        if found:
            missing[axis] = (_GAP, 0)
        found.append(np.pad(part, missing, constant_values=PAPER))
    return np.concatenate(found, axis=axis)
