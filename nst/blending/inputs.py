"""What may come in: pictures, masks and offsets, checked."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float64]
"""Values of a picture or differences between them, (height, width, channels)."""

Inside = NDArray[np.bool_]
"""Which pixels are meant, (height, width)."""

Floats = NDArray[np.floating[Any]]
"""A picture of floats, float32 or float64."""


#: Far beyond any picture, and far from where sums of differences would overflow.
_LIMIT = 1e30


class BlendError(ValueError):
    """Pictures, mask and offset that cannot be blended; the text says which and why."""


def as_floats(picture: NDArray[Any], role: str) -> Floats:
    """A picture as floats (height, width, channels); uint8 becomes float32 in [0, 1], float16 becomes float32.

    Args:
        picture: (height, width) or (height, width, channels), uint8 or float.
        role: what messages call it.

    Raises:
        BlendError: for what is no picture, is empty, holds other numbers, or some that are not finite.
    """
    given = np.asarray(picture)
    if given.ndim not in (2, 3):
        raise BlendError(
            f"the {role} has shape {given.shape}: a picture is (height, width) or (height, width, channels)"
        )
    if not given.size:
        raise BlendError(f"the {role} has no pixels: its shape is {given.shape}")
    values = given.reshape(*given.shape[:2], -1)
    if values.dtype == np.uint8:
        return values.astype(np.float32) / np.float32(255)
    if values.dtype.kind != "f":
        raise BlendError(f"the {role} holds {values.dtype}: pictures are uint8 (0 to 255) or floats (0 to 1)")
    values = values.astype(np.result_type(values.dtype, np.float32), copy=False)
    sound = np.abs(values) < _LIMIT  # not so for NaN either
    if not sound.all():
        row, column, _ = np.argwhere(~sound)[0]
        found = values[row, column][~sound[row, column]][0]
        raise BlendError(
            f"the {role} is {found:g} at column {column}, row {row}: values must be finite, below {_LIMIT:g}"
        )
    return values


def as_pair(source: NDArray[Any], target: NDArray[Any]) -> tuple[Floats, Floats]:
    """Both as floats (height, width, channels) of one kind: double precision where one of them has it.

    A grey source is the same in every channel of the target.

    Raises:
        BlendError: as :func:`as_floats`, and where the source has channels that the target lacks, or the reverse.
    """
    given, onto = as_floats(source, "source"), as_floats(target, "target")
    has, wants = given.shape[2], onto.shape[2]
    if has not in (1, wants):
        hint = ": its alpha channel is a mask, to be given as such" if (has, wants) in ((4, 3), (2, 1)) else ""
        raise BlendError(f"the source has {_channels(has)}, the target {_channels(wants)}{hint}")
    kind = np.result_type(given.dtype, onto.dtype)
    shared = np.broadcast_to(given, (*given.shape[:2], wants))
    return shared.astype(kind, copy=False), onto.astype(kind, copy=False)


def _channels(count: int) -> str:
    return f"{count} channel{'s' if count > 1 else ''}"


def as_inside(mask: NDArray[Any]) -> Inside:
    """Which pixels a mask means: those that lie inside by half or more (from 0.5, of uint8 from 128).

    Raises:
        BlendError: for what is no mask, and for one that means no pixel.
    """
    given = np.asarray(mask)
    if given.ndim != 2:
        raise BlendError(f"the mask has shape {given.shape}: it has one value for each pixel, (height, width)")
    if given.dtype == np.bool_:
        inside, largest = given, 0.0
    elif given.dtype == np.uint8:
        inside, largest = given >= 128, given.max(initial=0) / 255
    elif given.dtype.kind == "f":
        if not ((given >= 0) & (given <= 1)).all():
            raise BlendError("the mask holds values beyond 0 and 1: floats say which share of a pixel lies inside")
        inside, largest = given >= 0.5, float(given.max(initial=0))
    else:
        raise BlendError(f"the mask holds {given.dtype}: masks are bool, floats (0 to 1) or uint8 (0 to 255)")
    if not inside.any():
        most = f" (the most is {largest:.2f})" if largest else ""
        raise BlendError(f"the mask is empty: no pixel of it lies inside by half or more{most}")
    return inside


def as_offset(offset: tuple[int, int]) -> tuple[int, int]:
    """Column and row as plain numbers.

    Raises:
        BlendError: when they are not two whole numbers.
    """
    try:
        column, row = (operator.index(number) for number in offset)
    except (TypeError, ValueError):
        raise BlendError(f"the offset must be two whole numbers of pixels, column and row, not {offset!r}") from None
    return column, row
