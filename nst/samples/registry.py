"""The one list of samples: a new sample is one new entry here.

The drawing modules are imported only when a sample is made, so that listing the samples costs
nothing.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from nst.samples.canvas import Bytes

Kind = Literal["photograph", "style", "cut-out"]


class UnknownSampleError(KeyError):
    """A name that no sample has; the message offers the nearest right one."""

    def __init__(self, name: str, known: list[str]) -> None:
        near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
        hint = f"did you mean '{near[0]}'?" if near else f"known are: {', '.join(known)}"
        self.name, self.known = name, known
        self.message = f"no sample is named '{name}'; {hint}"
        super().__init__(self.message)

    def __str__(self) -> str:
        # KeyError would show the message between quotation marks.
        return self.message

    def __reduce__(self) -> tuple[type[UnknownSampleError], tuple[str, list[str]]]:
        # An exception is rebuilt from its args, which hold the message; __init__ takes other things.
        return (UnknownSampleError, (self.name, self.known))


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture that needs no download."""

    name: str
    kind: Kind
    description: str
    """One line; for a photograph with its source and licence."""
    version: int
    """Raised by hand whenever the sample's pixels change: results are filed under it."""
    make: Callable[[int, int], Bytes]
    """Takes size in pixels and seed, gives (H, W, 3) uint8, (H, W, 4) for a cut-out; only styles heed the two."""
    aliases: tuple[str, ...] = ()
    """Other names that :func:`find` accepts."""


def _photograph(name: str, file: str, description: str, version: int = 1, aliases: tuple[str, ...] = ()) -> Sample:
    def make(size: int, seed: int) -> Bytes:
        from nst.samples.photo_files import read

        return read(file)

    return Sample(name, "photograph", description, version, make, aliases)


def _style(name: str, description: str, version: int = 1) -> Sample:
    def make(size: int, seed: int) -> Bytes:
        drawn: Bytes = import_module(f"nst.samples.{name.replace('-', '_')}").draw(size, seed)
        return drawn

    return Sample(name, "style", description, version, make)


def _cut_out(name: str, description: str, version: int = 1) -> Sample:
    def make(size: int, seed: int) -> Bytes:
        made: Bytes = getattr(import_module("nst.samples.cutting"), name.replace("-", "_"))()
        return made

    return Sample(name, "cut-out", description, version, make)


_ENTRIES = (
    _photograph(
        "chelsea",
        "chelsea.png",
        "Chelsea the cat, close up; Stefan van der Walt, CC0, from scikit-image",
        aliases=("cat",),
    ),
    _photograph(
        "astronaut",
        "astronaut.png",
        "The astronaut Eileen Collins; NASA Great Images, public domain, from scikit-image",
    ),
    _photograph(
        "coffee",
        "coffee.png",
        "A cup of espresso on a wooden table; Rachel Michetti, CC0, from scikit-image",
    ),
    _photograph(
        "rocket",
        "rocket.jpg",
        "A Falcon 9 lifting off with DSCOVR; SpaceX, public domain, from scikit-image",
        version=2,
    ),
    _photograph(
        "hubble",
        "hubble_deep_field.jpg",
        "Thousands of galaxies, the eXtreme Deep Field; NASA, free to use, from scikit-image",
    ),
    _photograph(
        "retina",
        "retina.jpg",
        "The back of an eye; Mikael Häggström, CC0, from scikit-image",
    ),
    _photograph(
        "tissue",
        "ihc.png",
        "Stained tissue in blue and brown; CMMI, no known restrictions, from scikit-image",
        aliases=("ihc", "immunohistochemistry"),
    ),
    _photograph(
        "camera",
        "camera.png",
        "A photographer and his camera, grey; Lav Varshney, CC0, from scikit-image",
    ),
    _photograph(
        "coins",
        "coins.png",
        "Greek coins from Pompeii, grey; Brooklyn Museum, no known restrictions, from scikit-image",
    ),
    _photograph("brick", "brick.png", "A brick wall, grey; CC0Textures, CC0, from scikit-image"),
    _photograph("grass", "grass.png", "Grass from above, grey; linolafett, CC0, from scikit-image"),
    _photograph("gravel", "gravel.png", "Gravel from above, grey; CC0Textures, CC0, from scikit-image"),
    _style("seigaiha", "Overlapping waves of concentric rings, indigo on cream, as a worn woodblock prints them"),
    _style("swirls", "A night sky of short thick brush strokes that follow whirls around glowing stars"),
    _style("stained-glass", "A leaded window: sun, hills and water in pieces of jewel-coloured glass"),
    _style("halftone", "A pop-art burst printed in rotated screens of cyan, magenta, yellow and black dots"),
    _style("mosaic", "Sun over a rolling sea in small stone tiles laid along the forms"),
    _style("hatching", "Mountains hatched in layers of coloured pencil on warm paper"),
    _style("pointillism", "A river at sunset in dots of pure colour that blend in the eye"),
    _style("impasto", "A field of poppies in thick oil paint, the bristles' tracks catching the light"),
    _style("watercolour", "Anemones in transparent washes with dark rims, blooms and spatter on rough paper"),
    _style("cubism", "A guitar and a song sheet taken apart into shaded planes of ochre, rust and blue"),
    _style("batik", "Wax-resist cloth in indigo and brown: ovals, stars and waves with crackled dye"),
    _style("marbling", "Marbled paper: drops of floating ink drawn out with stylus and comb"),
    _cut_out("coffee-cup", "The cup of sample:coffee with its saucer, to be put elsewhere; Rachel Michetti, CC0"),
    _cut_out("graffiti", "A spray-painted star in a ring, with the pale wall around it, to be put elsewhere"),
)

SAMPLES: dict[str, Sample] = {entry.name: entry for entry in _ENTRIES}
"""Every sample by its name: photographs, styles, cut-outs."""

_ALIASES = {alias: entry.name for entry in _ENTRIES for alias in entry.aliases}


def find(name: str) -> Sample:
    """The sample of a name or alias; :class:`UnknownSampleError` where there is none."""
    try:
        return SAMPLES[_ALIASES.get(name, name)]
    except KeyError:
        raise UnknownSampleError(name, [*SAMPLES, *_ALIASES]) from None
