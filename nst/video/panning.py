"""A short clip that needs no download: the camera pans over a photograph, and a ball flies through the picture.

Everything that moves does so by a formula and by parts of pixels, so that the true motion is known: what estimates it
can be held against it. The ball covers the photograph and uncovers it again, and flies against the pan.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from nst import samples
from nst.images import Bytes
from nst.samples.canvas import palette
from nst.video.base import Frame
from nst.video.motion import Flow, Mask

WIDTH = 192
"""Columns of the sample; it has two thirds as many rows."""
COUNT = 24
"""Frames of the sample."""
DURATION = Fraction(80, 1000)
"""Seconds for each: 12.5 a second, which every kind of file can say exactly."""

_PHOTOGRAPH = "chelsea"
#: What follows is in columns of a frame that is WIDTH wide; others are scaled.
_PHOTOGRAPH_WIDTH = 276
_STRIPES = "f4f1e6 2f8fc4 f4f1e6 f0b429 f4f1e6 d8432f"
_RADIUS = 19.0
_TURN = np.radians(5.0)  # of the ball, a frame
_TILT = 0.35  # of its pole, in radii
#: Points across a pixel, so that edges are soft.
_POINTS = 4
_LIGHT = np.array([-0.45, -0.6, 0.66])  # where it comes from, of length 1

_Numbers = NDArray[np.float64]


def pan(width: int = WIDTH, count: int = COUNT) -> Iterator[Frame]:
    """The clip's frames; always the same pixels.

    Args:
        width: columns, a multiple of 3; two thirds as many rows. What is seen is the same, larger or smaller.
        count: frames, at most :data:`COUNT`.
    """
    photograph = _photograph(width)
    for index in range(count):
        yield Frame(index, _drawn(photograph, index, width), index * DURATION, DURATION)


def pan_motion(index: int, width: int = WIDTH) -> tuple[Flow, Mask]:
    """The true motion in :func:`pan` from the frame before to this one.

    Args:
        index: of the later frame, from 1.
        width: as for :func:`pan`.

    Returns:
        The flow as :func:`nst.video.flow` gives it, float32 (height, width, 2); and which pixels were seen in the frame
        before, bool (height, width): neither covered by the ball there nor outside of it.
    """
    here = _grid(width)
    ball = _distance(here, index, width) <= 1
    on_ground = here + _camera(index, width) - _camera(index - 1, width)
    there = np.where(ball[..., None], _on_ball_before(here, index, width), on_ground)
    was_covered = ~ball & (_distance(there, index - 1, width) <= 1)
    inside = ((there >= 0) & (there <= here[-1, -1])).all(-1)
    return (there - here).astype(np.float32), np.asarray(inside & ~was_covered)


def _grid(width: int) -> _Numbers:
    """Column and row of every pixel's middle, (height, width, 2)."""
    rows, columns = np.mgrid[: width * 2 // 3, :width].astype(np.float64)
    return np.dstack([columns, rows])


def _camera(index: int, width: int) -> _Numbers:
    """Where on the photograph the frame's corner lies: column and row. To the right, a little down and up again."""
    return np.array([4 + 3.35 * index, 24 + 7 * np.sin(index / 5)]) * (width / WIDTH)


def _ball(index: int, width: int) -> _Numbers:
    """Where the ball's middle is in the frame: from left to right, thrown from below and falling."""
    along = index / (COUNT - 1)
    return np.array([4 + 7.2 * index, 30 + 290 * (along - 0.47) ** 2]) * (width / WIDTH)


def _distance(at: _Numbers, index: int, width: int) -> _Numbers:
    """From the ball's middle, in radii."""
    away = (at - _ball(index, width)) / (_RADIUS * width / WIDTH)
    return np.asarray(np.hypot(away[..., 0], away[..., 1]))


def _on_ball_before(at: _Numbers, index: int, width: int) -> _Numbers:
    """Where on the frame before a point of the ball was: it flies, and turns about its middle."""
    return np.asarray((at - _ball(index, width)) @ _turning(_TURN) + _ball(index - 1, width))


def _photograph(width: int) -> _Numbers:
    """The photograph at the size at which it is panned over, (rows, columns, 3), as coefficients of cubic splines."""
    whole = Image.fromarray(samples.load(_PHOTOGRAPH))
    columns = round(_PHOTOGRAPH_WIDTH * width / WIDTH)
    small = whole.resize((columns, round(columns * whole.height / whole.width)), Image.Resampling.LANCZOS)
    values = np.asarray(small, dtype=np.float64)
    return np.stack([ndimage.spline_filter(values[..., channel]) for channel in range(3)], axis=-1)


def _drawn(photograph: _Numbers, index: int, width: int) -> Bytes:
    here = _grid(width)
    columns, rows = np.moveaxis(here + _camera(index, width), -1, 0)
    seen = [ndimage.map_coordinates(photograph[..., channel], [rows, columns], prefilter=False) for channel in range(3)]
    ground = np.clip(np.stack(seen, axis=-1), 0, 255)
    near = _distance(here, index, width) < 1 + 2 * WIDTH / (_RADIUS * width)  # two pixels more than the ball
    covered, ball = _ball_over(here[near], index, width)
    ground[near] = ground[near] * (1 - covered) + ball
    picture: Bytes = np.rint(ground).astype(np.uint8)
    return picture


def _ball_over(at: _Numbers, index: int, width: int) -> tuple[_Numbers, _Numbers]:
    """How much of each pixel (n, 2) the ball covers, (n, 1), and its colours times that, (n, 3).

    Both are means of points within the pixel.
    """
    steps = (np.arange(_POINTS) + 0.5) / _POINTS - 0.5
    points = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 1, 2)
    away = (at + points - _ball(index, width)) / (_RADIUS * width / WIDTH)
    hit = (np.hypot(away[..., 0], away[..., 1]) < 1)[..., None]
    return hit.mean(0), (hit * _painted(away, index)).mean(0)


def _painted(away: _Numbers, index: int) -> _Numbers:
    """The ball's colours at points given in radii from its middle: stripes that meet at a pole, in light from above."""
    height = np.sqrt(np.clip(1 - (away**2).sum(-1, keepdims=True), 0, 1))
    light = np.clip(np.concatenate([away, height], -1) @ _LIGHT, 0, 1)[..., None]
    turned = away @ _turning(_TURN * index)
    # The pole is tilted away from us, so that the stripes are curved as on a real one.
    around = np.arctan2(turned[..., 1], turned[..., 0] - _TILT * height[..., 0])
    stripes = palette(_STRIPES).astype(np.float64) * 255
    stripe = np.floor((around / (2 * np.pi) + 0.5) * len(stripes)).astype(int) % len(stripes)
    painted: _Numbers = np.clip(stripes[stripe] * (0.42 + 0.68 * light) + 130 * light**24, 0, 255)
    return painted


def _turning(angle: float) -> _Numbers:
    """What rows of points are multiplied with to turn them back by an angle."""
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
