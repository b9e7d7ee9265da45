"""From arrays back to files."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

from nst.images.base import Bytes, Pixels, Plane


def to_bytes(picture: Pixels) -> Bytes:
    """Clip to [0, 1] and round half to even; values that are not finite become mid-grey."""
    finite = np.where(np.isfinite(picture), picture, np.float32(0.5))
    rounded: Bytes = np.rint(np.clip(finite, 0, 1) * 255).astype(np.uint8)
    return rounded


def encode_png(pixels: Bytes, alpha: Plane | None = None) -> bytes:
    """PNG bytes of a uint8 (height, width, 3) array; the same arrays give the same bytes.

    Args:
        alpha: uint8 (height, width), to be stored beside the colours (not multiplied into them); None for RGB.

    Raises:
        ValueError: when ``alpha`` is of another height or width.
    """
    if alpha is not None and alpha.shape != pixels.shape[:2]:
        raise ValueError(f"alpha is {alpha.shape}, the picture {pixels.shape[:2]}: they must agree")
    buffer = BytesIO()
    stored = pixels if alpha is None else np.dstack([pixels, alpha])
    Image.fromarray(stored).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()
