"""How large a picture becomes, and by which filter."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from PIL import Image

from nst.images.base import Bytes, PictureError, Pixels, Plane

SizeRule = Literal["stretch", "long", "short", "height", "area"]
SIZE_RULES: tuple[str, ...] = get_args(SizeRule)

Resampling = Literal["bicubic", "bilinear", "lanczos", "box"]
RESAMPLINGS: tuple[str, ...] = get_args(Resampling)

_FILTERS = {name: Image.Resampling[name.upper()] for name in RESAMPLINGS}

#: A square of the largest size there is a use for. A strip of 1 x 5000 brought to 512 on its short side would
#: be 512 x 2,560,000: nobody means that, and it would take the machine's memory before saying so.
_MAX_RESIZED = 16384**2


def target_size(width: int, height: int, size: int, rule: SizeRule) -> tuple[int, int]:
    """Width and height in pixels that a picture gets under a size rule.

    ``stretch``: size x size, whatever the shape. ``long``, ``short``, ``height``: that side becomes ``size``,
    the shape stays. ``area``: the shape stays and width x height comes near size^2. "512 px" under these rules
    differs by a factor of 1.8 in pixels for a 4:3 photograph, which is why the rule has a name.
    """
    if rule == "stretch":
        return size, size
    scale = {
        "long": size / max(width, height),
        "short": size / min(width, height),
        "height": size / height,
        "area": size / (width * height) ** 0.5,
    }[rule]
    return max(1, round(width * scale)), max(1, round(height * scale))


def resize(picture: Bytes, size: int, rule: SizeRule, *, resampling: Resampling = "bicubic") -> Pixels:
    """Resample by a size rule: :func:`fit` to :func:`target_size`."""
    width, height = target_size(picture.shape[1], picture.shape[0], size, rule)
    return fit(picture, height, width, resampling=resampling)


def check_size(width: int, height: int, new_width: int, new_height: int) -> None:
    """Refuse to blow a long strip up beyond all measure.

    Raises:
        PictureError: when the new size has more pixels than there is a use for.
    """
    if new_width * new_height > _MAX_RESIZED:
        raise PictureError(
            f"a picture of {width} x {height} pixels would become {new_width} x {new_height}: "
            f"more than {_MAX_RESIZED} pixels are refused: use size_rule 'long' or 'area', or a smaller size"
        )


def fit(picture: Bytes, height: int, width: int, *, resampling: Resampling = "bicubic") -> Pixels:
    """Resample to a height and width; every filter is antialiased when it shrinks.

    Returns:
        float32 (height, width, 3) in [0, 1], from uint8.

    Raises:
        PictureError: when a long strip would be blown up beyond all measure.
    """
    check_size(picture.shape[1], picture.shape[0], width, height)
    image = Image.fromarray(picture)
    if image.size != (width, height):
        image = image.resize((width, height), _FILTERS[resampling])
    return np.asarray(image, dtype=np.float32) / np.float32(255)


def resize_alpha(alpha: Plane, height: int, width: int, *, resampling: Resampling = "bicubic") -> Plane:
    """An alpha plane, uint8, brought to (height, width): that of the result it is put back on."""
    image = Image.fromarray(alpha)
    if image.size != (width, height):
        image = image.resize((width, height), _FILTERS[resampling])
    return np.asarray(image, dtype=np.uint8)
