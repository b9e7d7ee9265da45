"""Structure kept from the content: multi-scale SSIM. No torch here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from nst.images import Bytes
from nst.metrics.planes import WINDOW, Plane, check, extend, luma, ssim

#: Weights of the scales, finest first, as published.
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)

#: scikit-image has no contrast and structure terms by themselves, but with such a K1 the luminance term is 1 to
#: within 1e-12 and SSIM is their product.
_NO_LUMINANCE = 1e6


@dataclass(frozen=True)
class Structure:
    """A multi-scale SSIM and what it was taken over."""

    #: 0 to 1; 1 for identical pictures.
    value: float
    #: How many scales fitted, 1 to 5. Values over different numbers of scales must not be compared.
    scales: int


def structure(result: Bytes, content: Bytes) -> Structure:
    """Structure that a result kept from its content; higher is better, symmetric for pictures of one size.

    Multi-scale SSIM: ``mean(l c s) at scale M ^ weight_M * product over j < M of mean(c s) at scale j ^ weight_j``
    with SSIM's luminance, contrast and structure terms l, c, s, scale j + 1 being scale j averaged over 2 x 2 pixels
    (Wang, Simoncelli & Bovik 2003, "Multi-scale structural similarity for image quality assessment", Asilomar
    Conference on Signals, Systems and Computers). Taken on luma, as published: the colours are for the style to judge.

    Five scales need a shorter side of 176 pixels: the window of 11 must fit into the coarsest. A smaller picture
    has as many as fit, with their weights divided by their sum: 4 from 88 pixels, 3 from 44, 2 from 22, else 1. The
    coarse scales, which are easily kept, are then missing, so that the figure falls: compare pictures of one size.

    A scale whose mean is negative counts as 0, because a fractional power of it is no number. The whole is then 0,
    which says "against the content at some scale" and no more.

    What it cannot tell: whether what is kept matters to the eye or is recognised, and edges that moved by a few
    pixels from edges that went. A result that is the content unchanged scores 1: read it beside the style's figures.

    Args:
        result, content: uint8 (height, width, 3). A content of another size is resampled to the result's (bicubic,
            as the engine does). Under 11 pixels, both are mirrored at the edges until the window fits.

    Raises:
        ValueError: when one of them is no such array.
    """
    check(result, "result")
    check(content, "content")
    height, width = result.shape[:2]
    if content.shape != result.shape:
        content = np.asarray(Image.fromarray(content).resize((width, height), Image.Resampling.BICUBIC))
    left, right = (luma(extend(picture, WINDOW)) for picture in (result, content))
    scales = min(len(WEIGHTS), (min(left.shape) // WINDOW).bit_length())
    weights = np.array(WEIGHTS[:scales]) / sum(WEIGHTS[:scales])
    value = 1.0
    for scale, weight in enumerate(weights, start=1):
        similarity = ssim(left, right) if scale == scales else ssim(left, right, luminance_constant=_NO_LUMINANCE)
        value *= max(0.0, similarity) ** weight
        left, right = _halved(left), _halved(right)
    return Structure(min(1.0, float(value)), scales)


def _halved(plane: Plane) -> Plane:
    """Means of 2 x 2 pixels; an odd row or column at the end is left out."""
    height, width = (length // 2 for length in plane.shape)
    blocks: Plane = plane[: height * 2, : width * 2].reshape(height, 2, width, 2).mean(axis=(1, 3))
    return blocks
