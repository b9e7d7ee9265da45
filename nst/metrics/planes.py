"""What all figures share: the check of a picture, its luma, and single-scale SSIM. No torch here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nst.images import Bytes

Plane = NDArray[np.float64]

#: Side in pixels of SSIM's Gaussian window (standard deviation 1.5), as published.
WINDOW = 11

_LUMA = np.array([0.299, 0.587, 0.114]) / 255


def check(picture: Bytes, name: str) -> None:
    """Refuse with a ValueError what is no picture as saved; ``name`` is for the message."""
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or picture.size == 0:
        raise ValueError(
            f"{name}: expected uint8 pixels of shape (height, width, 3), not {picture.dtype} {picture.shape}"
        )


def luma(picture: Bytes) -> Plane:
    """Rec. 601 luma Y' as float64 (height, width) in [0, 1]: the grey that SSIM was published on."""
    plane: Plane = picture @ _LUMA
    return plane


def extend(picture: Bytes, side: int) -> Bytes:
    """A picture narrower or lower than ``side`` pixels, mirrored at its edges until it is not."""
    missing = [(0, max(0, side - length)) for length in picture.shape[:2]]
    return np.pad(picture, [*missing, (0, 0)], mode="symmetric") if any(m for _, m in missing) else picture


def ssim(left: Plane, right: Plane, luminance_constant: float = 0.01) -> float:
    """Mean SSIM of two planes in [0, 1] with sides of at least :data:`WINDOW` pixels; in [-1, 1].

    Gaussian window of 11 pixels and standard deviation 1.5, K2 = 0.03, population moments, and only places where
    the window lies inside the picture, as in Wang, Bovik, Sheikh & Simoncelli (2004), "Image quality assessment:
    from error visibility to structural similarity", IEEE Transactions on Image Processing 13.

    Args:
        luminance_constant: K1 of that paper.
    """
    from skimage.metrics import structural_similarity  # takes a while to import

    return float(
        structural_similarity(
            left,
            right,
            data_range=1.0,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            K1=luminance_constant,
        )
    )
