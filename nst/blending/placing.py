"""Where the masked part of a source comes to lie in a target, and what has to be looked at there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nst.blending.inputs import BlendError, Field, Floats, Inside


def cover(inside: Inside, height: int, width: int, offset: tuple[int, int]) -> Inside:
    """A mask laid onto a target, bool (height, width) of the target; what lies beyond is cut off.

    Args:
        inside: of the source, (height, width) of the source, not empty.
        height, width: of the target.
        offset: column and row of the source's top left corner in the target.

    Raises:
        BlendError: when nothing of the mask lies on the target.
    """
    column, row = offset
    seen = inside[max(0, -row) : max(0, height - row), max(0, -column) : max(0, width - column)]
    if not seen.any():
        rows, columns = (
            f"{box.start + at} to {box.stop - 1 + at}" for box, at in zip(bounds(inside), (row, column), strict=True)
        )
        raise BlendError(
            f"nothing of the mask lies on the target: with the source's corner at column {column}, row {row} it is"
            f" within columns {columns} and rows {rows}, and the target is {width} x {height} pixels"
        )
    covered = np.zeros((height, width), dtype=np.bool_)
    top, left = max(0, row), max(0, column)
    covered[top : top + seen.shape[0], left : left + seen.shape[1]] = seen
    return covered


def bounds(inside: Inside) -> tuple[slice, slice]:
    """Rows and columns of the smallest box that holds all that is inside, which must not be nothing."""
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


@dataclass(frozen=True)
class Window:
    """The smallest part of the target that holds all pixels to be made and every neighbour that they have there.

    Where a pixel to be made lies at the window's edge, the target ends.
    """

    place: tuple[slice, slice]
    """Rows and columns of the target."""
    inside: Inside
    """Which pixels of the window are to be made."""
    corner: tuple[int, int]
    """Row and column of the window's top left pixel in the source."""

    def of_target(self, target: Floats) -> Field:
        """The target in the window, (height, width, channels) in double precision."""
        return target[self.place].astype(np.float64)

    def of_source(self, source: Floats) -> Field:
        """The source under the window. Beyond the source its edge pixels are repeated: it has no differences there."""
        rows, columns = (
            np.clip(np.arange(length) + first, 0, last - 1)
            for length, first, last in zip(self.inside.shape, self.corner, source.shape[:2], strict=True)
        )
        under: Field = source[rows[:, None], columns].astype(np.float64)
        return under


def window(covered: Inside, offset: tuple[int, int]) -> Window:
    """The window around what :func:`cover` gave."""
    place = tuple(
        slice(max(0, box.start - 1), min(length, box.stop + 1))
        for box, length in zip(bounds(covered), covered.shape, strict=True)
    )
    rows, columns = place
    return Window((rows, columns), covered[rows, columns], (rows.start - offset[1], columns.start - offset[0]))
