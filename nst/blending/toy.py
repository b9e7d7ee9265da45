"""A picture from its gradients and one pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nst.blending import rectangle
from nst.blending.guidance import add_divergence
from nst.blending.inputs import BlendError, Field, Floats, as_floats


def gradients(picture: NDArray[Any]) -> tuple[Field, Field]:
    """Differences to the neighbour on the right, (height, width - 1, channels), and to the one below, (height - 1,
    width, channels), in double precision.

    Args:
        picture: (height, width) or (height, width, channels); uint8, which stands for 0 to 1, or floats.

    Raises:
        BlendError: for what is no picture, or not finite.
    """
    values = as_floats(picture, "picture").astype(np.float64)
    return np.diff(values, axis=1), np.diff(values, axis=0)


def from_gradients(right: Field, below: Field, corner: NDArray[np.float64]) -> Field:
    """The picture (height, width, channels) whose differences come closest to those given (least squares).

    It minimises the sum of (f(y, x+1) - f(y, x) - right)^2 and of (f(y+1, x) - f(y, x) - below)^2 under f(0, 0) =
    corner. A constant added to f changes no difference, so the pixel is met exactly, whatever the gradients are.

    Args:
        right: (height, width - 1, channels).
        below: (height - 1, width, channels).
        corner: the pixel at the top left, (channels,).

    Raises:
        BlendError: when the two are not of one picture.
    """
    height, width = right.shape[0], below.shape[1]
    channels = len(corner)
    if right.shape != (height, width - 1, channels) or below.shape != (height - 1, width, channels):
        raise BlendError(
            f"gradients of shapes {right.shape} and {below.shape} with a corner of {channels} channels"
            " are not those of one picture"
        )
    asked = np.zeros((height, width, channels))
    for axis, differences in enumerate((below, right)):
        add_divergence(asked, differences, axis)
    levels = rectangle.solve(asked, (False, False))
    return np.asarray(levels + (corner - levels[0, 0]))


def reconstruct(picture: NDArray[Any]) -> Floats:
    """The picture again, from nothing but its gradients and its pixel at the top left.

    The differences to the picture are rounding: below 1e-12 for float64 in [0, 1], below 1e-6 for float32 and uint8.

    Args:
        picture: (height, width) or (height, width, channels); uint8, which stands for 0 to 1, or floats.

    Returns:
        Its shape; float64 if it is, else float32.

    Raises:
        BlendError: for what is no picture, or not finite.
    """
    values = as_floats(picture, "picture")
    rebuilt = from_gradients(*gradients(values), values[0, 0].astype(np.float64))
    return rebuilt.astype(values.dtype).reshape(np.shape(picture))
