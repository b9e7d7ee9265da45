"""Pictures that need no download: photographs, styles to restyle them with, cut-outs to blend into them.

The photographs are those inside the scikit-image package, the styles are drawn by this package from
a seed. Neither needs a network, torch or a graphics card::

    from nst import samples

    samples.load("chelsea")                        # (300, 451, 3) uint8, sRGB
    samples.load("swirls")                         # (640, 640, 3), always the same pixels
    samples.draw("swirls", size=512, seed=7)       # another picture in the same manner

Importing the package is cheap: the drawing code is imported when a picture is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nst.samples.registry import SAMPLES, Sample, UnknownSampleError, find

if TYPE_CHECKING:
    from nst.samples.canvas import Bytes

__all__ = [
    "DEFAULT_SIZE",
    "Sample",
    "UnknownSampleError",
    "cut_outs",
    "describe",
    "draw",
    "find",
    "load",
    "names",
    "photographs",
    "styles",
    "version",
]

DEFAULT_SIZE = 640
"""Side in pixels of a style that :func:`load` gives."""

_SIZES = range(32, 4097)


def names() -> list[str]:
    """Every sample's name: photographs, styles, cut-outs (aliases such as ``cat`` are left out)."""
    return list(SAMPLES)


def photographs() -> list[str]:
    """The names of the photographs."""
    return [sample.name for sample in SAMPLES.values() if sample.kind == "photograph"]


def styles() -> list[str]:
    """The names of the drawn styles."""
    return [sample.name for sample in SAMPLES.values() if sample.kind == "style"]


def cut_outs() -> list[str]:
    """The names of the pictures with an alpha channel."""
    return [sample.name for sample in SAMPLES.values() if sample.kind == "cut-out"]


def describe(name: str) -> str:
    """One line on the sample, for a photograph with its source and licence.

    Raises :class:`UnknownSampleError`.
    """
    return find(name).description


def version(name: str) -> int:
    """The version of the sample's pixels: a picture made before it was raised is out of date.

    Raises :class:`UnknownSampleError`.
    """
    return find(name).version


def load(name: str) -> Bytes:
    """The sample as a new (H, W, 3) uint8 array, sRGB; (H, W, 4) with alpha where it is a cut-out.

    A photograph or cut-out has its own size, a style is square with ``DEFAULT_SIZE`` pixels a side and seed 0.
    Raises :class:`UnknownSampleError`, and FileNotFoundError where scikit-image is missing.
    """
    return find(name).make(DEFAULT_SIZE, 0)


def draw(name: str, *, size: int = DEFAULT_SIZE, seed: int = 0) -> Bytes:
    """A style drawn anew as a (size, size, 3) uint8 array, sRGB.

    ``size`` is in pixels, 32 to 4096; ``seed`` is 0 or more, and the same two give the same pixels.
    Raises :class:`UnknownSampleError`, and ValueError for a photograph or cut-out or a size or seed out of range.
    """
    sample = find(name)
    if sample.kind != "style":
        raise ValueError(f"'{name}' is a {sample.kind}: only styles can be drawn anew")
    if size not in _SIZES:
        raise ValueError(f"size must lie between {_SIZES.start} and {_SIZES.stop - 1} pixels, not {size}")
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, not {seed}")
    return sample.make(size, seed)
