"""Pictures with an alpha channel: something to be put into another picture, and around it a margin of what was there.

The margin is cut generously, as people do by hand: blending makes up for it, pasting shows it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nst.samples import photo_files
from nst.samples.canvas import Bytes, colour, finish, grid, mix, smooth

#: The saucer of coffee.png lies within this ellipse, the wood of the table around it: columns and rows, in pixels.
_CUP_CENTRE, _CUP_AXES, _CUP_MARGIN = (279.0, 203.0), (203.0, 187.0), 9


def coffee_cup() -> Bytes:
    """(H, W, 4): the cup of ``coffee`` on its saucer, cut out along an ellipse."""
    photograph = photo_files.read("coffee.png")
    rows, columns = np.ogrid[: photograph.shape[0], : photograph.shape[1]]
    inside = sum(
        ((at - centre) / (axis + _CUP_MARGIN)) ** 2
        for at, centre, axis in zip((columns, rows), _CUP_CENTRE, _CUP_AXES, strict=True)
    )
    return _cropped(photograph, np.asarray(inside <= 1))


#: Pixels a side of the graffiti, so that it has room on the photograph of a wall.
_SIDE = 300


def graffiti() -> Bytes:
    """(300, 300, 4): a spray-painted star in a ring on a smooth pale wall, with some of that wall around it."""
    x, y = grid(_SIDE)
    x, y = 2 * x - 1, 2 * y - 1
    radius, angle = np.hypot(x, y), np.arctan2(y, x) + np.pi / 2
    points = 0.28 + 0.34 * np.abs(((angle * 5 / (2 * np.pi)) % 1) - 0.5) * 2  # of five rays
    star, ring = radius - points, np.abs(radius - 0.74) - 0.06
    wall = np.full((_SIDE, _SIDE, 3), colour("dbd6cc"))
    painted = mix(wall, colour("1a1a21"), smooth(0.05, 0.03, star))
    painted = mix(painted, colour("ed2975"), smooth(0.01, -0.01, star))
    painted = mix(painted, colour("fcdb33"), smooth(-0.20, -0.24, star))
    painted = mix(painted, colour("148cc7"), smooth(0.01, -0.01, ring))
    picture = finish(painted, np.random.default_rng(0), grain=0.004)
    return np.dstack([picture, np.where(radius <= 0.9, 255, 0).astype(np.uint8)])


def _cropped(picture: Bytes, inside: NDArray[Any]) -> Bytes:
    """What lies inside, as large as needed."""
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.dstack([picture[part], np.where(inside[part], 255, 0).astype(np.uint8)])
