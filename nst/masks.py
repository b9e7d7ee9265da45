"""Masks: which part of a picture a region is. No torch here.

A mask is a grey picture, white inside and black outside, or a built-in shape. Brought to a height and width it is a
float32 array (height, width) in [0, 1]: the share of each pixel that lies inside.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nst.images import Bytes, PictureError, find_file, read_file, stored_values

Weights = NDArray[np.float32]
"""A mask at some resolution, (height, width), in [0, 1]."""

PREFIX = "mask:"

#: From this share on a pixel counts as inside, where it can only be in or out.
HALF = 0.5

#: Part of a built-in mask's identity: raise it when the shapes change.
VERSION = 1

#: The edge of a built-in shape goes from 1 to 0 over this share of the side.
_EDGE = 0.02

#: Semi-axes of the disc, as shares of width and height: half of the picture lies inside (pi 0.4^2 = 0.503).
_RADIUS = 0.4

#: Points per side at which the shapes are looked up, at least: five across an edge.
_POINTS = 250

#: Levels between the channels of a picture that still counts as grey: JPEG shifts them a little.
_GREY = 8


@dataclass(frozen=True)
class Mask:
    """A mask that exists; :func:`resize` gives its values."""

    source: str
    """What the manifest calls it: ``mask:<shape>`` or a path."""
    sha256: str
    """Its identity: of the file's bytes, or of a built-in shape's name and version."""
    at: Callable[[int, int], Weights]
    """Its values at a height and width."""
    data: bytes | None = None
    """Of the file, for whoever keeps a copy; None for a built-in shape."""


Coordinates = NDArray[np.float64]


def _left(x: Coordinates, y: Coordinates) -> Coordinates:
    return (0.5 - x) + 0 * y


def _top(x: Coordinates, y: Coordinates) -> Coordinates:
    return (0.5 - y) + 0 * x


def _disc(x: Coordinates, y: Coordinates) -> Coordinates:
    distance: Coordinates = _RADIUS - np.hypot(x - 0.5, y - 0.5)
    return distance


#: How far inside of a shape a place is, x and y from 0 to 1; and whether the mask is the shape or what it leaves out.
#: One of a pair is the other's complement by construction, so the two add up to exactly 1.
_SHAPES: dict[str, tuple[Callable[[Coordinates, Coordinates], Coordinates], bool]] = {
    "left": (_left, True),
    "right": (_left, False),
    "top": (_top, True),
    "bottom": (_top, False),
    "disc": (_disc, True),
    "frame": (_disc, False),
}

SHAPES: tuple[str, ...] = tuple(PREFIX + name for name in _SHAPES)
"""The built-in masks: two halves upright and lying, and a disc (an ellipse in a picture that is not square) with
the frame around it."""


def read(source: str, folder: Path) -> Mask:
    """Find and check a mask.

    A file is taken as it stands: white is inside, greys are kept, a colour profile and transparency are ignored, it is
    turned upright (EXIF). A colour picture is refused rather than reduced to its luma: where several regions are
    painted in one file, luma would make a mask of each colour's brightness, which nobody means.

    Args:
        source: one of :data:`SHAPES`, or a path relative to ``folder``.
        folder: the manifest's folder.

    Raises:
        PictureError: for a shape that does not exist, a file that is missing or no picture, one in colour, and a
            mask with nothing inside.
    """
    if source.startswith(PREFIX):
        return _built_in(source.removeprefix(PREFIX).strip())
    path = find_file(source, folder)
    data = read_file(path)
    values = stored_values(data, str(path))
    if int(np.ptp(values, axis=2).max()) > _GREY:
        raise PictureError(
            f"{path}: this mask is in colour: save each region as a grey picture of its own, white inside, black out"
        )
    inside = values[..., 1]
    if not inside.any():
        raise PictureError(f"{path}: this mask is black all over: what is inside must be white, or grey")
    return Mask(source, hashlib.sha256(data).hexdigest(), lambda height, width: _averaged(inside, height, width), data)


def resize(mask: Mask, height: int, width: int) -> Weights:
    """The mask at a resolution, a picture's or that of a layer's features: float32 (height, width) in [0, 1].

    A file's values are averaged over the area of each pixel, so that no part gets lost and the mean stays; that is
    exact for any ratio of sizes. A built-in shape is drawn anew. Neither has a shape of its own: a mask is stretched to
    height x width.
    """
    return mask.at(height, width)


def union(regions: Sequence[Mask], height: int, width: int) -> Weights:
    """Several masks as one, float32 (height, width): of each pixel the share of the mask that it is most inside of."""
    whole: Weights = np.max([resize(region, height, width) for region in regions], axis=0)
    return whole


def shown(inside: NDArray[np.bool_]) -> Bytes:
    """What is inside as a picture, uint8 (height, width, 3): white, all else black."""
    return np.repeat(np.where(inside, 255, 0).astype(np.uint8)[..., None], 3, axis=2)


def _built_in(name: str) -> Mask:
    if name not in _SHAPES:
        near = difflib.get_close_matches(name.lower(), _SHAPES, n=1, cutoff=0.5)
        hint = f" (did you mean {PREFIX}{near[0]}?)" if near else ""
        raise PictureError(f"{PREFIX}{name}: no such mask{hint}: built in are {', '.join(SHAPES)}")
    digest = hashlib.sha256(f"mask/{name}/{VERSION}".encode()).hexdigest()
    return Mask(PREFIX + name, digest, lambda height, width: _drawn(name, height, width))


def _drawn(name: str, height: int, width: int) -> Weights:
    """A built-in shape: the mean over each pixel of points close enough together to see its edge."""
    shape, meant = _SHAPES[name]
    down, across = -(-_POINTS // height), -(-_POINTS // width)  # points per pixel, rounded up
    y = ((np.arange(height * down) + 0.5) / (height * down))[:, None]
    x = ((np.arange(width * across) + 0.5) / (width * across))[None, :]
    ramp = np.clip(0.5 + shape(x, y) / _EDGE, 0, 1)  # 1 well inside, 0 well outside, a straight line over the edge
    drawn = ramp.reshape(height, down, width, across).mean(axis=(1, 3)).astype(np.float32)
    # float32 rounds 1 - v so that v + (1 - v) is 1 again for every v in [0, 1].
    return np.asarray(drawn if meant else 1 - drawn, dtype=np.float32)


def _averaged(values: NDArray[np.uint8], height: int, width: int) -> Weights:
    """Means over the area that each new pixel covers, parts of old pixels by their share."""
    down, across = _shares(values.shape[0], height), _shares(values.shape[1], width)
    means = np.clip(down @ (values / 255) @ across.T, 0, 1)
    return means.astype(np.float32)  # from double precision, so that white all over is exactly 1


def _shares(old: int, new: int) -> NDArray[np.float64]:
    """(new, old): how much of each new interval every old one makes up, when both divide the same length."""
    edges_old, edges_new = np.arange(old + 1) / old, np.arange(new + 1) / new
    end = np.minimum(edges_new[1:, None], edges_old[None, 1:])
    start = np.maximum(edges_new[:-1, None], edges_old[None, :-1])
    shares: NDArray[np.float64] = np.maximum(end - start, 0) * new
    return shares
