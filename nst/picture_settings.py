"""Settings of networks and of the pictures they see: what :class:`nst.settings.Settings` begins with; no torch."""

from __future__ import annotations

from dataclasses import dataclass

from nst import kinds
from nst.colours import COLOURS, Colours
from nst.images import RESAMPLINGS, SIZE_RULES, Resampling, SizeRule
from nst.kinds import one_of, setting
from nst.layers import BACKBONES, PADDINGS, POOLINGS
from nst.pixels import PIXELS


@dataclass(frozen=True)
class PictureSettings:
    """Groups ``network``, ``picture``, ``style-picture`` and ``stages``."""

    backbone: str = setting("vgg19", "network", one_of(BACKBONES), "Network of the features.")
    weights: str = setting(
        "imagenet", "network", kinds.WEIGHTS, "imagenet; packaged: compact's own; random, random:<seed>; or a file."
    )
    width: float = setting(
        1.0, "network", kinds.WIDTH, "Factor on the channels of every layer; 1 is the published network."
    )
    pooling: str = setting(
        "max",
        "network",
        one_of(POOLINGS),
        "max; average; average-rescaled: average x 2; l2-rescaled: root of the sum of squares x 0.78.",
    )
    padding: str = setting("zero", "network", one_of(PADDINGS), "What the first convolution sees beyond the edge.")
    pixels: str = setting(
        "imagenet",
        "network",
        one_of(PIXELS),
        "What the network sees: imagenet: RGB less mean, over deviation; caffe: BGR x 255 less mean; caffe-256: "
        "x 256; rgb255: RGB x 255 less mean.",
    )
    precision: str = setting(
        "float32",
        "network",
        one_of(("float32", "float64", "tf32", "bfloat16")),
        "float32 (IEEE); float64; tf32: GPUs multiply in convolutions with 10 bits; bfloat16: all layers but the first "
        "in half the bits.",
    )

    size: int = setting(256, "picture", kinds.SIDE, "Pixels, measured as size_rule says.")
    size_rule: SizeRule = setting(
        "stretch",
        "picture",
        one_of(SIZE_RULES),
        "stretch: size x size; long, short, height: that side; area: about size squared in all.",
    )
    resampling: Resampling = setting("bicubic", "picture", one_of(RESAMPLINGS), "Filter that resizes the inputs.")
    style_fit: str = setting(
        "rule",
        "style-picture",
        one_of(("rule", "content")),
        "rule: the style is sized by size_rule; content: stretched to the content's width and height.",
    )
    style_scale: float = setting(
        1.0, "style-picture", kinds.SCALE, "Size of the style picture relative to the result: motifs grow with it."
    )
    style_upscale: bool = setting(
        True,
        "style-picture",
        kinds.SWITCH,
        "Whether a style smaller than asked is enlarged; if not, no side of it grows.",
    )
    colours: Colours = setting(
        "style",
        "style-picture",
        one_of(COLOURS),
        "Whose colours: the style's; luminance: the result keeps the content's chroma; histogram, moments: the style "
        "is first recoloured to the content's histogram, or mean and covariance.",
    )
    coarse_sizes: tuple[int, ...] = setting(
        (),
        "stages",
        kinds.SIDES,
        "Sizes to run before size, each result enlarged, cut to [0, 1], the start of the next: coarse to fine.",
    )
    coarse_evaluations: tuple[int, ...] = setting(
        (),
        "stages",
        kinds.COUNTS,
        "Evaluations at each coarse size, or one number for all; as evaluations if left out.",
    )
