"""Pictures as arrays: reading, sizing, writing. No torch here.

A picture is a float32 array (height, width, 3), sRGB, values in [0, 1].
"""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

Pixels = NDArray[np.float32]
Bytes = NDArray[np.uint8]
SizeRule = Literal["stretch", "long", "short", "height", "area"]
SIZE_RULES: tuple[str, ...] = get_args(SizeRule)

#: 178 megapixels: the size above which Pillow itself refuses, stated here so that it cannot drift.
MAX_PIXELS = 178_956_970


class PictureError(ValueError):
    """A file that cannot be read as a picture; the text says which and why."""


def read(path: Path) -> Bytes:
    """Decode a picture file: upright (EXIF orientation applied), RGB, transparency laid on white.

    Returns:
        uint8 array (height, width, 3).

    Raises:
        PictureError: when the file is missing, no picture, broken, or larger than :data:`MAX_PIXELS`.
    """
    return decode(read_file(path), str(path))


def read_file(path: Path) -> bytes:
    """The bytes of a file, which must be an ordinary one: a pipe would wait for ever.

    Raises:
        PictureError: when it cannot be read.
    """
    try:
        if path.exists() and not path.is_file():
            raise PictureError(f"{path}: not a file")
        return path.read_bytes()
    except OSError as error:
        raise PictureError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a name with a null character
        raise PictureError(f"{str(path)!r}: not a file name: {error}") from error


def decode(data: bytes, name: str) -> Bytes:
    """As :func:`read`, from bytes; ``name`` is for messages."""
    try:
        with warnings.catch_warnings(), Image.open(BytesIO(data)) as opened:
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # MAX_PIXELS decides, below
            if opened.width * opened.height > MAX_PIXELS:
                raise PictureError(
                    f"{name}: {opened.width} x {opened.height} pixels: more than {MAX_PIXELS} are refused"
                )
            picture = _eight_bits(ImageOps.exif_transpose(opened), name)
            if picture.has_transparency_data:
                picture = picture.convert("RGBA")
                paper = Image.new("RGBA", picture.size, "white")
                picture = Image.alpha_composite(paper, picture)
            return np.asarray(picture.convert("RGB"), dtype=np.uint8)
    except Image.DecompressionBombError as error:
        raise PictureError(f"{name}: {error}") from error
    except UnidentifiedImageError as error:
        raise PictureError(f"{name}: not a picture in a format that Pillow reads") from error
    except PictureError:
        raise
    except (OSError, SyntaxError, ValueError) as error:
        raise PictureError(f"{name}: damaged picture: {error}") from error


def _eight_bits(picture: Image.Image, name: str) -> Image.Image:
    """Grey pictures of 16 bits, 32 bits or floating point as 8 bits; Pillow itself would clip them to white.

    16 bits are scaled from 0..65535; floating point is taken as 0..1. Other ranges have no agreed meaning.
    """
    if not (picture.mode.startswith("I") or picture.mode == "F"):
        return picture
    values = np.asarray(picture, dtype=np.float64)
    top = 1.0 if picture.mode == "F" else 65535.0
    if not np.isfinite(values).all() or values.min() < 0 or values.max() > top:
        raise PictureError(
            f"{name}: grey values from {values.min():g} to {values.max():g}: expected 0 to {top:g} "
            f"in a picture of this kind ({picture.mode})"
        )
    return Image.fromarray(np.rint(values * (255 / top)).astype(np.uint8))


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


def resize(picture: Bytes, size: int, rule: SizeRule) -> Pixels:
    """Resample (bicubic, antialiased) by a size rule; returns float32 (height, width, 3) in [0, 1]."""
    height, width = picture.shape[:2]
    wanted = target_size(width, height, size, rule)
    image = Image.fromarray(picture)
    if image.size != wanted:
        image = image.resize(wanted, Image.Resampling.BICUBIC)
    return np.asarray(image, dtype=np.float32) / np.float32(255)


def to_bytes(picture: Pixels) -> Bytes:
    """Clip to [0, 1] and round half to even; values that are not finite become mid-grey."""
    finite = np.where(np.isfinite(picture), picture, np.float32(0.5))
    rounded: Bytes = np.rint(np.clip(finite, 0, 1) * 255).astype(np.uint8)
    return rounded


def encode_png(picture: Bytes) -> bytes:
    """PNG bytes of a uint8 (height, width, 3) array; the same array gives the same bytes."""
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()
