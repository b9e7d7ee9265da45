"""How far a result is from its style: sliced Wasserstein distances of patches and of colours. No torch here.

A picture is taken as a cloud of points, one for each place: of Lab colours, or of small patches of one band of
spatial frequencies. Where in the picture a point lies is forgotten. The distance of two clouds is the least root
mean square way that points must travel to turn one cloud into the other (Wasserstein-2), estimated from below by
its projections on lines, where the best transport is to pair points off in order (Rabin, Peyré, Delon & Bernot 2011,
"Wasserstein barycenter and its application to texture mixing", SSVM).

The lines are sets of orthonormal directions, and the mean square over them is multiplied by the number of
dimensions: a cloud that is shifted by a vector is then exactly the vector's length away, so that both distances have
the unit of Lab, Delta E (CIE 1976), of which about 2.3 are just noticeable (Mahy, Van Eycken & Oosterlinck 1994,
"Evaluation of uniform color spaces", Color Research & Application 19).

Points are taken at the same evenly spread places, as fractions of height and width, in both pictures. Clouds are
therefore of one size whatever the pictures' sizes, the distances are symmetric, identical pictures are exactly 0
apart, and nothing is drawn anew from call to call. Other places would have moved either figure by about 0.3: smaller
differences say nothing.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from nst.images import Bytes
from nst.kept import Kept
from nst.metrics.planes import check, extend

Points = NDArray[np.float32]

#: Octaves of spatial frequency, finest first.
BANDS = 4
#: Side in pixels of a patch, in every band.
PATCH = 3
#: Under this side the coarsest band would be smaller than a patch.
_SMALLEST = (PATCH - 1) * 2 ** (BANDS - 1) + 1

_PATCHES = 4096
_PIXELS = 32768
_PATCH_BASES = 2
_COLOUR_BASES = 16


def style_distance(result: Bytes, style: Bytes, kept: Kept | None = None) -> float:
    """Distance between two pictures' strokes and textures in Delta E; 0 or more, lower is nearer, symmetric.

    Mean over four octaves of a Laplacian pyramid in Lab of the sliced Wasserstein distance between their 3 x 3
    patches, per pixel of a patch. From Karras, Aila, Laine & Lehtinen (2018), "Progressive growing of GANs", ICLR, with
    three changes: patches are of 3 x 3 instead of 7 x 7 pixels, because projections of long vectors on random lines
    tend to normal distributions and see little but variance (Diaconis & Freedman 1984, "Asymptotics of graphical
    projection pursuit"); contrast and colour of the patches are kept instead of normalised away; and the low-pass
    rest is left out, because :func:`colour_distance` judges the palette. Octaves have equal weight: those of natural
    pictures have about equal energy (Field 1987, "Relations between the statistics of natural images and the response
    properties of cortical cells", Journal of the Optical Society of America A 4).

    What it cannot tell: arrangements larger than about 30 pixels, where in the picture a texture lies, and meaning.
    Pictures of one style at different scales are far apart, and small pictures have few coarse patches: compare
    results of one size, with the style as the network saw it. A figure is best read beside that of the content itself.

    Args:
        result, style: uint8 (height, width, 3) of any sizes. Under 17 pixels, a picture is mirrored at its edges.
        kept: where the style's half of the work is looked for, and left for other results.

    Raises:
        ValueError: when one of them is no such array.
    """
    check(result, "result")
    check(style, "style")
    kept = kept or Kept()
    of_style = kept.recall("assess", ("strokes", kept.digest(style)), lambda: _strokes(style))
    bands = zip(_strokes(result), of_style, strict=True)
    return float(np.mean([_wasserstein(left, right, 3 * PATCH**2) / PATCH for left, right in bands]))


def colour_distance(result: Bytes, style: Bytes, kept: Kept | None = None) -> float:
    """Distance between two pictures' colours in Delta E; 0 or more, lower is nearer, symmetric.

    Sliced Wasserstein distance of the clouds of CIELAB pixels (D65, 2 degrees). Unlike a comparison of histograms
    bin by bin it knows how far apart colours are, and it needs no bins. For two flat pictures it is their Delta E; for
    others, pixels must change by at least this much (root mean square) to give one picture the other's colours.

    What it cannot tell: which colour lies where. Lab exaggerates differences of saturated blues.

    Args:
        result, style: uint8 (height, width, 3) of any sizes.
        kept: as for :func:`style_distance`.

    Raises:
        ValueError: when one of them is no such array.
    """
    check(result, "result")
    check(style, "style")
    kept = kept or Kept()
    of_style = kept.recall("assess", ("palette", kept.digest(style)), lambda: _palette(style))
    return _wasserstein(_palette(result), of_style, 3)


def _strokes(picture: Bytes) -> list[Points]:
    """For each band, its patches as :func:`_ordered` has them."""
    directions = _directions(3 * PATCH**2, _PATCH_BASES)
    return [_ordered(patches, directions) for patches in _patches(picture)]


def _palette(picture: Bytes) -> Points:
    """Its colours as :func:`_ordered` has them."""
    return _ordered(_colours(picture), _directions(3, _COLOUR_BASES))


def _colours(picture: Bytes) -> Points:
    """Lab colours (n, 3) at evenly spread places."""
    rows, columns = _places(_PIXELS, *picture.shape[:2])
    return _lab(picture[rows, columns])


def _patches(picture: Bytes) -> list[Points]:
    """For each band, finest first, patches (n, 27) at evenly spread places."""
    from skimage.transform import pyramid_laplacian  # takes a while to import

    lab = _lab(extend(picture, _SMALLEST))
    found = []
    for band in pyramid_laplacian(lab, max_layer=BANDS - 1, downscale=2, channel_axis=-1):
        windows = np.lib.stride_tricks.sliding_window_view(band, (PATCH, PATCH), axis=(0, 1))
        rows, columns = _places(_PATCHES, *windows.shape[:2])
        found.append(windows[rows, columns].reshape(_PATCHES, -1))
    return found


def _lab(colours: Bytes) -> Points:
    from skimage.color import rgb2lab

    lab: Points = rgb2lab(colours.astype(np.float32) / 255)
    return lab


def _places(count: int, height: int, width: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of ``count`` places spread evenly over a picture, the same fractions of every picture.

    The additive recurrence of the plastic number (Roberts 2018, "The unreasonable effectiveness of quasirandom
    sequences"): in a small picture, places come up again and again, each about equally often.
    """
    plastic = 1.3247179572447460  # the real root of x^3 = x + 1
    steps = np.arange(count)
    rows, columns = ((0.5 + steps / plastic**power) % 1 for power in (1, 2))
    return (rows * height).astype(np.intp), (columns * width).astype(np.intp)


@cache
def _directions(dimensions: int, bases: int) -> Points:
    """Random orthonormal bases side by side, (dimensions, bases * dimensions)."""
    # RandomState, because numpy promises its numbers never to change; those of default_rng may.
    random = np.random.RandomState(0)
    drawn = [np.linalg.qr(random.standard_normal((dimensions, dimensions)))[0] for _ in range(bases)]
    return np.concatenate(drawn, axis=1).astype(np.float32)


def _ordered(points: Points, directions: Points) -> Points:
    """Where points (n, d) lie along ``directions`` (d, k), in order: (k, n)."""
    return np.sort(directions.T @ points.T, axis=1)


def _wasserstein(left: Points, right: Points, dimensions: int) -> float:
    """Root mean square way between two clouds, as :func:`_ordered` has them, times sqrt(d)."""
    return float(np.sqrt(dimensions * np.mean(np.square(left - right), dtype=np.float64)))
