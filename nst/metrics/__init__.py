"""How good a picture is, told from pixels alone: no network that made it has a say. No torch here.

Losses of different backbones, layers or conventions cannot be compared; these figures can::

    from nst.metrics import assess

    assess(result, content, style)
    # Quality(structure=0.74, structure_scales=5, style_distance=2.70, colour_distance=20.07, ...), rounded

They judge the picture that people see: uint8 arrays (height, width, 3), sRGB, as saved. None of them is a verdict on
beauty: :mod:`nst.metrics.similarity`, :mod:`nst.metrics.distances`, :mod:`nst.metrics.colours` and
:mod:`nst.metrics.repeats` say what each cannot tell.
"""

from __future__ import annotations

from dataclasses import dataclass

from nst.images import Bytes
from nst.kept import Kept
from nst.metrics.colours import colourfulness
from nst.metrics.distances import colour_distance, style_distance
from nst.metrics.repeats import Agreement, agreement
from nst.metrics.similarity import Structure, structure

__all__ = [
    "Agreement",
    "Quality",
    "Structure",
    "agreement",
    "assess",
    "colour_distance",
    "colourfulness",
    "structure",
    "style_distance",
]


@dataclass(frozen=True)
class Quality:
    """The figures of one result; None where its task has no content or no style."""

    #: Structure kept from the content, 0 to 1, higher is better; see :func:`structure`.
    structure: float | None
    #: Over how many scales, 1 to 5. Figures over different numbers of scales must not be compared.
    structure_scales: int | None
    #: Distance from the style's strokes in Delta E, 0 or more, lower is better; see :func:`style_distance`.
    style_distance: float | None
    #: Distance from the style's colours in Delta E, 0 or more, lower is better; see :func:`colour_distance`.
    colour_distance: float | None
    #: How colourful the result is, in 8-bit levels, 0 for grey; see :func:`colourfulness`.
    colourfulness: float
    #: The same of the pictures that it was made from, to read it by.
    content_colourfulness: float | None
    style_colourfulness: float | None


def assess(result: Bytes, content: Bytes | None, style: Bytes | None, kept: Kept | None = None) -> Quality:
    """Judge a result by the pictures it was made from.

    Args:
        result: uint8 (height, width, 3), as saved.
        content: uint8, brought to the result's size where it has another; None for a texture.
        style: uint8, any size, but at the scale the network saw it: strokes are compared pixel by pixel.
            None for a reconstruction.
        kept: where the style's half of the work is looked for, and left for other results.

    Raises:
        ValueError: when one of them is no such array.
    """
    of_content = None if content is None else structure(result, content)
    return Quality(
        structure=None if of_content is None else of_content.value,
        structure_scales=None if of_content is None else of_content.scales,
        style_distance=None if style is None else style_distance(result, style, kept),
        colour_distance=None if style is None else colour_distance(result, style, kept),
        colourfulness=colourfulness(result, "result"),
        content_colourfulness=None if content is None else colourfulness(content, "content"),
        style_colourfulness=None if style is None else colourfulness(style, "style"),
    )
