"""Every setting of a run, by name: the one list behind recipes, manifests, ``--set``, records and documentation.

No torch here. A new setting is one more field of :class:`Settings` and its use where its group is at home.

Notation: a layer's features are F, N channels x M positions; G is the Gram matrix F F^T; A marks the same of the
style picture, P the features of the content picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, get_args

from nst import kinds
from nst.colours import COLOURS, Colours
from nst.groups import Group
from nst.images import RESAMPLINGS, SIZE_RULES, Resampling, SizeRule
from nst.kinds import Kind, one_of
from nst.layers import BACKBONES, PADDINGS, POOLINGS
from nst.pixels import PIXELS

GramDivisor = Literal["none", "positions", "elements"]
Reduction = Literal["mean", "sum", "half", "quarter", "relative"]
CurvatureGate = Literal["relative", "torch"]
LineSearch = Literal["none", "strong-wolfe"]

#: Starts that are drawn from the seed; a restart draws another.
NOISE_INITS = ("noise", "uniform", "normal")

#: How a part of a picture is blended into another.
BLENDS = ("none", "paste", "poisson", "mixed")
#: Those that solve for pixels, and so have a seam to solve across.
FUSIONS = ("poisson", "mixed")


def _setting(default: Any, group: Group, kind: Kind, meaning: str) -> Any:
    return field(default=default, metadata={"group": group, "kind": kind, "meaning": meaning})


@dataclass(frozen=True)
class Settings:
    """A full set of settings. What a task has no use for is None: the style's in a reconstruction.

    The types are those of a synthesis: of a task that makes its picture otherwise, every setting outside its groups
    is None, and what it is made by reads none of them.
    """

    backbone: str = _setting("vgg19", "network", one_of(BACKBONES), "Network of the features.")
    weights: str = _setting(
        "imagenet", "network", kinds.WEIGHTS, "imagenet; packaged: compact's own; random, random:<seed>; or a file."
    )
    width: float = _setting(
        1.0, "network", kinds.WIDTH, "Factor on the channels of every layer; 1 is the published network."
    )
    pooling: str = _setting(
        "max",
        "network",
        one_of(POOLINGS),
        "max; average; average-rescaled: average x 2; l2-rescaled: root of the sum of squares x 0.78.",
    )
    padding: str = _setting("zero", "network", one_of(PADDINGS), "What the first convolution sees beyond the edge.")
    pixels: str = _setting(
        "imagenet",
        "network",
        one_of(PIXELS),
        "What the network sees: imagenet: RGB less mean, over deviation; caffe: BGR x 255 less mean; caffe-256: "
        "x 256; rgb255: RGB x 255 less mean.",
    )
    precision: str = _setting(
        "float32",
        "network",
        one_of(("float32", "float64", "tf32", "bfloat16")),
        "float32 (IEEE); float64; tf32: GPUs multiply in convolutions with 10 bits; bfloat16: all layers but the first "
        "in half the bits.",
    )

    size: int = _setting(256, "picture", kinds.SIDE, "Pixels, measured as size_rule says.")
    size_rule: SizeRule = _setting(
        "stretch",
        "picture",
        one_of(SIZE_RULES),
        "stretch: size x size; long, short, height: that side; area: about size squared in all.",
    )
    resampling: Resampling = _setting("bicubic", "picture", one_of(RESAMPLINGS), "Filter that resizes the inputs.")
    style_fit: str = _setting(
        "rule",
        "style-picture",
        one_of(("rule", "content")),
        "rule: the style is sized by size_rule; content: stretched to the content's width and height.",
    )
    style_scale: float = _setting(
        1.0, "style-picture", kinds.SCALE, "Size of the style picture relative to the result: motifs grow with it."
    )
    style_upscale: bool = _setting(
        True,
        "style-picture",
        kinds.SWITCH,
        "Whether a style smaller than asked is enlarged; if not, no side of it grows.",
    )
    colours: Colours = _setting(
        "style",
        "style-picture",
        one_of(COLOURS),
        "Whose colours: the style's; luminance: the result keeps the content's chroma; histogram, moments: the style "
        "is first recoloured to the content's histogram, or mean and covariance.",
    )
    coarse_sizes: tuple[int, ...] = _setting(
        (),
        "stages",
        kinds.SIDES,
        "Sizes to run before size, each result enlarged, cut to [0, 1], the start of the next: coarse to fine.",
    )
    coarse_evaluations: tuple[int, ...] = _setting(
        (),
        "stages",
        kinds.COUNTS,
        "Evaluations at each coarse size, or one number for all; as evaluations if left out.",
    )

    init: str = _setting(
        "noise",
        "start",
        one_of(("noise", "content", "style", "grey", "uniform", "normal")),
        "Start picture: noise: the recipe's; content, style: that picture; grey: mid-grey; uniform: on [0, 1]; "
        "normal: mean 0.5, deviation 0.25.",
    )
    noise: str | None = _setting(
        "uniform", "start", one_of(("uniform", "normal")), "Distribution that init: noise draws from."
    )
    noise_centre: float | str | None = _setting(
        0.5,
        "start",
        kinds.CENTRE,
        "Its mean, 0 black, 1 white; mean: the colour that the network sees as zero; style: the style's mean colour.",
    )
    noise_spread: float | None = _setting(
        0.5,
        "start",
        kinds.WEIGHT,
        "Half the range of uniform, the deviation of normal noise, in units of black to white.",
    )
    seed: int = _setting(0, "start", kinds.SEED, "Of the noise. repeats gives 0, 1, 2, ...")
    restarts: int = _setting(
        0,
        "start",
        kinds.RETRIES,
        "How often a run from noise that stalled, diverged or overflowed is begun again with another seed.",
    )

    content_layers: tuple[str, ...] | None = _setting(
        ("conv4_2",), "content", kinds.LAYERS, "Layers of the content loss, in any dialect."
    )
    content_weight: float | None = _setting(1.0, "content", kinds.WEIGHT, "Factor on the content loss of each layer.")
    content_reduction: Reduction | None = _setting(
        "mean",
        "content",
        one_of(("mean", "sum", "half", "relative")),
        "Of (F - P)^2: mean over N M; sum; half: half the sum; relative: sum over the sum of P^2.",
    )

    style_layers: tuple[str, ...] | None = _setting(
        ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"),
        "style",
        kinds.LAYERS,
        "Layers of the style loss, in any dialect.",
    )
    style_weight: float | None = _setting(1e6, "style", kinds.WEIGHT, "Factor on the style loss.")
    style_layer_weights: tuple[float, ...] | str | None = _setting(
        "sum",
        "style",
        kinds.LAYER_FACTORS,
        "sum: 1 each; average: 1/n each; channels: 1/N^2 each; or one factor per style layer.",
    )
    style_statistic: str | None = _setting(
        "gram",
        "style",
        one_of(("gram", "wasserstein")),
        "gram: distance of Gram matrices; wasserstein: squared Wasserstein-2 distance of Gaussians with the features' "
        "means and covariances, over N.",
    )
    gram_divisor: GramDivisor | None = _setting(
        "elements", "style", one_of(get_args(GramDivisor)), "none: G; positions: G/M; elements: G/(N M)."
    )
    style_reduction: Reduction | None = _setting(
        "mean",
        "style",
        one_of(("mean", "sum", "quarter", "relative")),
        "Of (G - A)^2: mean over N^2; sum; quarter: sum/(4 N^2 M^2); relative: sum over the sum of A^2.",
    )

    tv_weight: float = _setting(0.0, "variation", kinds.WEIGHT, "Factor on the total variation.")
    tv: str | None = _setting(
        "mean-squares",
        "variation",
        one_of(("mean-squares", "sum-absolute", "half-sum-squares", "nine-point")),
        "Of the differences between neighbours, in units of pixel_range: mean-squares; sum-absolute; half-sum-squares; "
        "nine-point: mean squares, diagonals included.",
    )
    gamut_weight: float = _setting(
        0.0,
        "variation",
        kinds.WEIGHT,
        "Factor on the mean square by which values lie below black or above white, where white is 1.",
    )

    optimizer: str = _setting("lbfgs", "optimiser", one_of(("lbfgs", "adam")), "lbfgs or adam.")
    learning_rate: float = _setting(
        1.0,
        "optimiser",
        kinds.POSITIVE,
        "Adam: about the most a value changes by per step, in units of pixel_range; L-BFGS: factor on its step.",
    )
    pixel_range: float = _setting(
        1.0, "optimiser", kinds.POSITIVE, "What white is to the optimiser: 1, 255, ... Steps and tv are in these units."
    )
    evaluations: int = _setting(300, "optimiser", kinds.COUNT, "Forward and backward passes.")
    history: int | None = _setting(100, "optimiser", kinds.COUNT, "Pairs that L-BFGS keeps.")
    line_search: LineSearch | None = _setting(
        "none", "optimiser", one_of(get_args(LineSearch)), "Of L-BFGS; every trial counts as an evaluation."
    )
    curvature_gate: CurvatureGate | None = _setting(
        "relative",
        "optimiser",
        one_of(get_args(CurvatureGate)),
        "Pairs that L-BFGS takes in: relative: y.s > 1e-10 |y| |s|; torch: y.s > 1e-10.",
    )
    max_change: float | None = _setting(
        0.0, "optimiser", kinds.WEIGHT, "Most that an L-BFGS update may change a value, where white is 1; 0: no bound."
    )
    betas: tuple[float, ...] | None = _setting((0.9, 0.999), "optimiser", kinds.BETAS, "Decay rates of Adam's moments.")
    averaging: float = _setting(
        0.0,
        "optimiser",
        kinds.FRACTION,
        "Decay of a moving average of the pictures, which becomes the result; 0: none.",
    )
    clamp: str = _setting(
        "never",
        "optimiser",
        one_of(("never", "update")),
        "update: values are cut to black and white before each evaluation; never.",
    )

    balance: bool = _setting(
        False,
        "record",
        kinds.SWITCH,
        "Record the norm of each weighted term's gradient at start and end, and with it which layers carry it; changes "
        "nothing that is made.",
    )

    feature_layers: tuple[str, ...] | None = _setting(
        ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"),
        "features",
        kinds.LAYERS,
        "Layers whose responses are shown, in any dialect: a row of the sheet each.",
    )
    feature_filters: int | None = _setting(
        5, "features", kinds.COUNT, "How many of the first filters of each layer are shown; of fewer, all."
    )

    blend: str | None = _setting(
        "none",
        "blend",
        one_of(BLENDS),
        "How a part becomes one with the picture around it: poisson: its gradients; mixed: the stronger of both "
        "pictures' gradients; paste: its pixels. Of a transfer, the style's regions in the content; none: all as made.",
    )
    blend_offset: tuple[int, ...] | None = _setting(
        (0, 0), "blend", kinds.OFFSET, "Where a blend puts the source's top left corner in the result: column, row."
    )
    blend_seam: str | None = _setting(
        "source",
        "blend",
        one_of(("source", "flat")),
        "What poisson and mixed follow between a pixel inside and its neighbour outside: source: as everywhere, the "
        "source, or the stronger of both; flat: no difference at all.",
    )

    def values(self) -> dict[str, Any]:
        """As plain data by name; tuples as lists."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}


#: Name of each setting -> its field: default, and ``group``, ``kind`` and ``meaning`` under ``metadata``.
FIELDS = {item.name: item for item in fields(Settings)}


def group(name: str) -> tuple[str, ...]:
    """Names of the settings of one group."""
    return tuple(key for key, item in FIELDS.items() if item.metadata["group"] == name)


def from_values(values: Mapping[str, Any]) -> Settings:
    """Settings from plain data that was checked before, such as a record's parameters; other keys are ignored."""
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k in FIELDS}
    return Settings(**plain)
