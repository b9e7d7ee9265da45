"""Which colour a transparent pixel has for a network that knows no transparency.

A file gives every pixel a colour, seen or not. Editors leave anything in those that are not seen: black, white,
what was erased. Three answers suggest themselves, and two are wrong:

- the stored colour: the garbage would enter the statistics of a style, and a content's features;
- the picture laid on white (or any paper): at the half-transparent rim of a shape the network sees object and
  paper mixed. When alpha is put back on the result, the paper is still in the rim: a pale halo on every
  background but that one. Dividing the paper out again amplifies what the network did to it;
- the colours of the visible part carried on beyond its rim. No edge lies where the shape ends, nothing comes in
  that is not in the picture, and a rim pixel keeps the object's own colour, so that alpha put back on the result
  gives no halo on any background. This is what is done here; renderers of games know it as alpha bleeding.

The colours are carried on by push-pull (Gortler, Grzeszczuk, Szeliski & Cohen, "The Lumigraph", 1996, section 3.4):
means over ever larger blocks, weighted by alpha, fill the gaps of the next finer level. Near the rim that is the
colour close by, far away the mean of all that is seen. It is smooth: it adds no texture, but its area does count.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nst.images.base import Bytes, Plane

#: Alpha below which a pixel counts as unseen. Under 3 % opaque nobody sees its colour, and the file does not
#: know it: from a source that multiplies alpha in, fewer than eight levels per channel are left. At and above
#: it the stored colour stays as it is, so doing this twice is the same as doing it once.
SEEN_FROM = 8


def carry_on(pixels: Bytes, alpha: Plane) -> Bytes:
    """The picture with colours for all unseen pixels; without any seen pixel it is white.

    Args:
        pixels: uint8 (height, width, 3), not multiplied by alpha.
        alpha: uint8 (height, width).
    """
    seen = alpha >= SEEN_FROM
    if seen.all():
        return pixels
    if not seen.any():
        return np.full_like(pixels, 255)
    weight = np.where(seen, alpha, 0).astype(np.float32)[..., None] / np.float32(255)
    return np.where(seen[..., None], pixels, _from_coarser(pixels * weight, weight))


def shape_in_alpha_alone(pixels: Bytes, alpha: Plane) -> bool:
    """Whether all that is seen has one colour (within two levels), as in a black drawing on nothing."""
    colours = pixels[alpha >= SEEN_FROM]
    return colours.size > 0 and int(np.ptp(colours, axis=0).max()) <= 2


def _push_pull(weighted: NDArray[np.float32], weight: NDArray[np.float32]) -> Bytes:
    """Colours (h, w, 3) everywhere, from weight times colour and the weight (h, w, 1), which is 0 in the gaps."""
    known = weight > 0
    colour = np.rint(np.divide(weighted, weight, out=np.zeros_like(weighted), where=known)).astype(np.uint8)
    return colour if known.all() else np.where(known, colour, _from_coarser(weighted, weight))


def _from_coarser(weighted: NDArray[np.float32], weight: NDArray[np.float32]) -> Bytes:
    """Colours as the next coarser level knows them: everywhere, and smooth."""
    height, width = weight.shape[:2]
    coarse = Image.fromarray(_push_pull(_halved(weighted), _halved(weight)))
    finer = coarse.resize((2 * coarse.width, 2 * coarse.height), Image.Resampling.BILINEAR)
    return np.asarray(finer, dtype=np.uint8)[:height, :width]


def _halved(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means of blocks of 2 x 2; what a block lacks at the border has no weight."""
    height, width = plane.shape[:2]
    even = np.pad(plane, [(0, height % 2), (0, width % 2), (0, 0)]) if height % 2 or width % 2 else plane
    rows = even[0::2] + even[1::2]
    return np.asarray((rows[:, 0::2] + rows[:, 1::2]) / 4, dtype=np.float32)
