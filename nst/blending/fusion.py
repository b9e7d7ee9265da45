"""A source's part in a target: blended, or pasted for comparison."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nst.blending.guidance import demand
from nst.blending.inputs import BlendError, Floats, Inside, as_inside, as_offset, as_pair
from nst.blending.placing import Window, cover, window
from nst.blending.poisson import solve


def blend(
    source: NDArray[Any],
    mask: NDArray[Any],
    target: NDArray[Any],
    *,
    mixed: bool = False,
    offset: tuple[int, int] = (0, 0),
    across: bool = True,
) -> Floats:
    """The target with the masked part of the source blended in: the target's shape, floats, not clipped.

    Pixels outside are the target's, to the bit. Those inside have differences to their neighbours as close as
    possible (least squares) to the source's; what the target does not have, neighbours beyond its border, plays no
    part. A mask that covers all of the target leaves no pixel to start from: the result then has the mean that the
    target has, in each channel.

    Args:
        source, target: (height, width) or (height, width, channels), of two sizes if need be; uint8, which
            stands for 0 to 1, or floats. A grey source goes into every channel of the target.
        mask: which part of the source, (height, width) of the source; bool, floats from 0 to 1, or uint8 as an
            alpha channel has them. What lies inside by half or more (0.5, 128) is inside, the rest outside.
        mixed: for each pair of neighbours and each channel, follow the source or the target, whichever differs
            more: for sources with holes, or to be seen through, and for textured targets.
        offset: column and row of the source's top left corner in the target; negative or beyond its border if need
            be, what lies outside of the target is cut off.
        across: whether the difference between a pixel inside and its neighbour outside follows the source (or,
            mixed, the larger) too, as published. False asks for none there: the seam becomes as flat as it can be,
            and pixels of the source outside its mask are never looked at.

    Returns:
        Floats of the target's shape: float64 where source or target is, else float32; [0, 1] as far as the target
        and uint8 go, but beyond where the differences lead there.

    Raises:
        BlendError: for what is no picture or no mask, values that are not finite, channels or sizes that do not
            agree, an empty mask, and one of which nothing lies on the target.
    """
    given, result, here = _prepared(source, mask, target, offset)
    before = here.of_target(result)
    asked = demand(here.of_source(given), before, here.inside, mixed=mixed, across=across)
    change = solve(asked, here.inside)
    result[here.place][here.inside] = (before + change)[here.inside]
    return result.reshape(np.shape(target))


def paste(
    source: NDArray[Any], mask: NDArray[Any], target: NDArray[Any], *, offset: tuple[int, int] = (0, 0)
) -> Floats:
    """The target with the masked part of the source copied in as it is, seam and all; as :func:`blend` otherwise."""
    given, result, here = _prepared(source, mask, target, offset)
    result[here.place][here.inside] = here.of_source(given)[here.inside]
    return result.reshape(np.shape(target))


def covered(mask: NDArray[Any], height: int, width: int, *, offset: tuple[int, int] = (0, 0)) -> Inside:
    """Which pixels of a target of height x width :func:`blend` makes anew with this mask, bool (height, width).

    Raises:
        BlendError: for what is no mask, an empty one, and one of which nothing lies on the target.
    """
    return cover(as_inside(mask), height, width, as_offset(offset))


def _prepared(
    source: NDArray[Any], mask: NDArray[Any], target: NDArray[Any], offset: tuple[int, int]
) -> tuple[Floats, Floats, Window]:
    """The source, a copy of the target to work on, and where in it pixels are to be made."""
    given, onto = as_pair(source, target)
    inside = as_inside(mask)
    if inside.shape != given.shape[:2]:
        raise BlendError(
            f"the mask is {_size(inside)}, the source {_size(given)}: the mask says which part of the source is"
            " meant, so they must be of one size"
        )
    (height, width), corner = onto.shape[:2], as_offset(offset)
    return given, onto.copy(), window(cover(inside, height, width, corner), corner)


def _size(array: NDArray[Any]) -> str:
    height, width = array.shape[:2]
    return f"{width} x {height} pixels"
