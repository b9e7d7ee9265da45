"""How much repeats of one job agree. No torch here: pages are made without it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from PIL import Image

from nst.images import Bytes
from nst.metrics.planes import WINDOW, check, extend, luma, ssim

#: Pictures are compared at this length of their longer side, in pixels, or at their own where that is less.
SIDE = 128

#: Up to 16 pictures are compared each with each; of more, each with as many neighbours as this allows.
MAX_PAIRS = 120


@dataclass(frozen=True)
class Agreement:
    """How alike pictures are, over pairs of them."""

    #: Mean SSIM of a pair, -1 to 1; 1 when all are the same. Higher means that the seed matters less.
    structure: float
    #: Root mean square difference of a pair's pixels in 8-bit levels, 0 to 255. Lower means that the seed matters less.
    difference: float
    #: How many pairs were compared.
    pairs: int


def agreement(pictures: Iterable[Bytes]) -> Agreement:
    """How alike the pictures of one job under several seeds are.

    Each is averaged (box filter) down to at most 128 pixels, so that the cost of a pair is bounded; then for each
    pair SSIM on luma at that one scale (Wang, Bovik, Sheikh & Simoncelli 2004) and the squared difference of the
    sRGB values. Of more than 16 pictures, each is compared with its next ``120 // R`` neighbours in a circle (at
    least one): seeds have no order, so any choice that takes every picture equally often is fair.

    What it cannot tell: grain finer than 1/128 of the picture, which the averaging removes, and which of the pictures
    is the better one. Bad results may agree perfectly.

    Args:
        pictures: two or more uint8 arrays (height, width, 3) of one shape, read one at a time.

    Raises:
        ValueError: for fewer than two, for other arrays, or for arrays of different shapes.
    """
    small: list[Bytes] = []
    shape: tuple[int, ...] | None = None
    for number, picture in enumerate(pictures, start=1):
        check(picture, f"picture {number}")
        if shape is not None and picture.shape != shape:
            raise ValueError(f"picture {number}: shape {picture.shape}, where the first has {shape}")
        shape = picture.shape
        small.append(_shrunk(picture))
    if len(small) < 2:
        raise ValueError(f"agreement needs two pictures or more, not {len(small)}")
    planes = [luma(extend(picture, WINDOW)) for picture in small]
    pairs = _pairs(len(small))
    squares = [np.mean((small[i].astype(np.float64) - small[j]) ** 2) for i, j in pairs]
    return Agreement(
        structure=float(np.mean([ssim(planes[i], planes[j]) for i, j in pairs])),
        difference=float(np.sqrt(np.mean(squares))),
        pairs=len(pairs),
    )


def _shrunk(picture: Bytes) -> Bytes:
    height, width = picture.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))


def _pairs(count: int) -> list[tuple[int, int]]:
    if count * (count - 1) // 2 <= MAX_PAIRS:
        return list(combinations(range(count), 2))
    steps = range(1, max(1, MAX_PAIRS // count) + 1)
    return [(i, (i + step) % count) for step in steps for i in range(count)]
