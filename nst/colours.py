"""Keeping the content's colours: by recolouring the style beforehand, or the result afterwards. No torch here.

Gatys, Bethge, Hertzmann & Shechtman, "Preserving Color in Neural Artistic Style Transfer" (2016), describe both ways.
Pictures are float arrays (height, width, 3), sRGB as stored (not linear light), nominally in [0, 1].
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from nst.images import Pixels

Colours = Literal["style", "luminance", "histogram", "moments"]
#: ``style``: the style's colours, as they come. ``luminance``: acts on the result. The others act on the style.
COLOURS: tuple[str, ...] = get_args(Colours)

#: Luma of ITU-R BT.601, as in neural-style's ``-original_colors`` (YUV) and neural-style-pt's (YCbCr).
_LUMA = np.array([0.299, 0.587, 0.114])

#: Variance of rounding to 8 bits. A direction of colour space in which a picture varies by less holds nothing but
#: rounding: in a grey picture those are all but one, in a flat one all.
_ROUNDING = (1 / 255) ** 2 / 12


def recolour_style(kind: Colours, style: Pixels, content: Pixels) -> Pixels:
    """The style as the network is to see it, float32 (height, width, 3) in [0, 1]; itself where ``kind`` is about
    the result, or about nothing.

    Raises:
        ValueError: for a kind that is not in :data:`COLOURS`.
    """
    if kind == "histogram":
        return match_histograms(style, content)
    if kind == "moments":
        return np.clip(match_moments(style, content), 0, 1)  # a picture again, that can be shown and stored
    return _unchanged(kind, style)


def recolour_result(kind: Colours, result: Pixels, content: Pixels) -> Pixels:
    """The result as it is to be saved, float32; itself where ``kind`` is about the style, or about nothing.

    Raises:
        ValueError: for a kind that is not in :data:`COLOURS`, and for pictures of two shapes.
    """
    if kind == "luminance":
        return keep_luminance(result, content)
    return _unchanged(kind, result)


def _unchanged(kind: str, picture: Pixels) -> Pixels:
    if kind not in COLOURS:
        raise ValueError(f"{kind!r} is no way of keeping colours: expected one of {', '.join(COLOURS)}")
    return picture


def keep_luminance(result: Pixels, content: Pixels) -> Pixels:
    """Luma of the result, chroma of the content; float32, not clipped.

    In YUV and YCbCr alike chroma is a multiple of R - Y and B - Y. To keep them and exchange Y is to add the
    difference in Y to every channel, so no conversion there and back is needed. Where that leaves [0, 1], saving
    clips it: no colour of that luma and chroma exists.

    Raises:
        ValueError: when the two are not of one shape.
    """
    if result.shape != content.shape:
        raise ValueError(f"the result is {result.shape}, the content {content.shape}: they must agree")
    difference = (result.astype(np.float64) - content) @ _LUMA
    return np.asarray(content + difference[..., None], dtype=np.float32)


def match_histograms(style: Pixels, content: Pixels) -> Pixels:
    """The style with each channel's histogram that of the content's; float32. Their sizes may differ."""
    from skimage.exposure import match_histograms as matched  # takes a second to import, and few jobs want it

    return np.asarray(matched(style, content, channel_axis=-1), dtype=np.float32)


def match_moments(style: Pixels, content: Pixels) -> Pixels:
    """The style under the affine map that gives it the content's mean and covariance of RGB; float32, not clipped.

    x -> C^(1/2) S^(-1/2) (x - mean of the style) + mean of the content, with symmetric square roots of the
    covariances: the image-analogies form of Gatys et al. (2016, section 3.1), who prefer it to Cholesky factors.

    Directions in which the style does not vary (all but one for a grey picture) have no inverse root; there it is
    taken as 0, so that the style stays flat in them, and nothing is amplified from rounding. The content's covariance
    is then matched in the other directions alone: a grey style takes on the content's mean and one line of colours
    through it (none where the content's brightness does not vary). The sizes may differ.
    """
    style_mean, style_covariance = _moments(style)
    content_mean, content_covariance = _moments(content)
    matrix = _root(content_covariance) @ _inverse_root(style_covariance)
    return ((style.astype(np.float64) - style_mean) @ matrix.T + content_mean).astype(np.float32)


def _moments(picture: Pixels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean (3,) and covariance (3, 3) over all pixels; that of a single pixel is 0."""
    values = picture.reshape(-1, 3).astype(np.float64)
    mean = values.mean(axis=0)
    return mean, (values - mean).T @ (values - mean) / len(values)


def _root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    variances, axes = np.linalg.eigh(covariance)
    root: NDArray[np.float64] = (axes * np.sqrt(np.maximum(variances, 0))) @ axes.T
    return root


def _inverse_root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    variances, axes = np.linalg.eigh(covariance)
    known = variances > _ROUNDING
    inverse: NDArray[np.float64] = (axes * np.where(known, 1 / np.sqrt(np.where(known, variances, 1)), 0)) @ axes.T
    return inverse
