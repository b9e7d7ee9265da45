"""Every setting of a run, by name: the one list behind recipes, manifests, ``--set``, records and documentation.

No torch here. A new setting is one more field of :class:`Settings` and its use where its group is at home.

Notation: a layer's features are F, N channels x M positions; G is the Gram matrix F F^T; A marks the same of the
style picture, P the features of the content picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from typing import Any, Literal, get_args

from nst import kinds
from nst.kinds import one_of, setting
from nst.picture_settings import PictureSettings

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


@dataclass(frozen=True)
class Settings(PictureSettings):
    """A full set of settings. What a task has no use for is None: the style's in a reconstruction.

    The types are those of a synthesis: of a task that makes its picture otherwise, every setting outside its groups
    is None, and what it is made by reads none of them.
    """

    init: str = setting(
        "noise",
        "start",
        one_of(("noise", "content", "style", "grey", "uniform", "normal")),
        "Start picture: noise: the recipe's; content, style: that picture; grey: mid-grey; uniform: on [0, 1]; "
        "normal: mean 0.5, deviation 0.25.",
    )
    noise: str | None = setting(
        "uniform", "start", one_of(("uniform", "normal")), "Distribution that init: noise draws from."
    )
    noise_centre: float | str | None = setting(
        0.5,
        "start",
        kinds.CENTRE,
        "Its mean, 0 black, 1 white; mean: the colour that the network sees as zero; style: the style's mean colour.",
    )
    noise_spread: float | None = setting(
        0.5,
        "start",
        kinds.WEIGHT,
        "Half the range of uniform, the deviation of normal noise, in units of black to white.",
    )
    seed: int = setting(0, "start", kinds.SEED, "Of the noise. repeats gives 0, 1, 2, ...")
    restarts: int = setting(
        0,
        "start",
        kinds.RETRIES,
        "How often a run from noise that stalled, diverged or overflowed is begun again with another seed.",
    )

    content_layers: tuple[str, ...] | None = setting(
        ("conv4_2",), "content", kinds.LAYERS, "Layers of the content loss, in any dialect."
    )
    content_weight: float | None = setting(1.0, "content", kinds.WEIGHT, "Factor on the content loss of each layer.")
    content_reduction: Reduction | None = setting(
        "mean",
        "content",
        one_of(("mean", "sum", "half", "relative")),
        "Of (F - P)^2: mean over N M; sum; half: half the sum; relative: sum over the sum of P^2.",
    )

    style_layers: tuple[str, ...] | None = setting(
        ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"),
        "style",
        kinds.LAYERS,
        "Layers of the style loss, in any dialect.",
    )
    style_weight: float | None = setting(1e6, "style", kinds.WEIGHT, "Factor on the style loss.")
    style_layer_weights: tuple[float, ...] | str | None = setting(
        "sum",
        "style",
        kinds.LAYER_FACTORS,
        "sum: 1 each; average: 1/n each; channels: 1/N^2 each; or one factor per style layer.",
    )
    style_statistic: str | None = setting(
        "gram",
        "style",
        one_of(("gram", "wasserstein")),
        "gram: distance of Gram matrices; wasserstein: squared Wasserstein-2 distance of Gaussians with the features' "
        "means and covariances, over N.",
    )
    gram_divisor: GramDivisor | None = setting(
        "elements", "style", one_of(get_args(GramDivisor)), "none: G; positions: G/M; elements: G/(N M)."
    )
    style_reduction: Reduction | None = setting(
        "mean",
        "style",
        one_of(("mean", "sum", "quarter", "relative")),
        "Of (G - A)^2: mean over N^2; sum; quarter: sum/(4 N^2 M^2); relative: sum over the sum of A^2.",
    )

    tv_weight: float = setting(0.0, "variation", kinds.WEIGHT, "Factor on the total variation.")
    tv: str | None = setting(
        "mean-squares",
        "variation",
        one_of(("mean-squares", "sum-absolute", "half-sum-squares", "nine-point")),
        "Of the differences between neighbours, in units of pixel_range: mean-squares; sum-absolute; half-sum-squares; "
        "nine-point: mean squares, diagonals included.",
    )
    gamut_weight: float = setting(
        0.0,
        "variation",
        kinds.WEIGHT,
        "Factor on the mean square by which values lie below black or above white, where white is 1.",
    )

    optimizer: str = setting("lbfgs", "optimiser", one_of(("lbfgs", "adam")), "lbfgs or adam.")
    learning_rate: float = setting(
        1.0,
        "optimiser",
        kinds.POSITIVE,
        "Adam: about the most a value changes by per step, in units of pixel_range; L-BFGS: factor on its step.",
    )
    pixel_range: float = setting(
        1.0, "optimiser", kinds.POSITIVE, "What white is to the optimiser: 1, 255, ... Steps and tv are in these units."
    )
    evaluations: int = setting(300, "optimiser", kinds.COUNT, "Forward and backward passes.")
    history: int | None = setting(100, "optimiser", kinds.COUNT, "Pairs that L-BFGS keeps.")
    line_search: LineSearch | None = setting(
        "none", "optimiser", one_of(get_args(LineSearch)), "Of L-BFGS; every trial counts as an evaluation."
    )
    curvature_gate: CurvatureGate | None = setting(
        "relative",
        "optimiser",
        one_of(get_args(CurvatureGate)),
        "Pairs that L-BFGS takes in: relative: y.s > 1e-10 |y| |s|; torch: y.s > 1e-10.",
    )
    max_change: float | None = setting(
        0.0, "optimiser", kinds.WEIGHT, "Most that an L-BFGS update may change a value, where white is 1; 0: no bound."
    )
    betas: tuple[float, ...] | None = setting((0.9, 0.999), "optimiser", kinds.BETAS, "Decay rates of Adam's moments.")
    averaging: float = setting(
        0.0,
        "optimiser",
        kinds.FRACTION,
        "Decay of a moving average of the pictures, which becomes the result; 0: none.",
    )
    clamp: str = setting(
        "never",
        "optimiser",
        one_of(("never", "update")),
        "update: values are cut to black and white before each evaluation; never.",
    )

    balance: bool = setting(
        False,
        "record",
        kinds.SWITCH,
        "Record the norm of each weighted term's gradient at start and end, and with it which layers carry it; changes "
        "nothing that is made.",
    )

    feature_layers: tuple[str, ...] | None = setting(
        ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"),
        "features",
        kinds.LAYERS,
        "Layers whose responses are shown, in any dialect: a row of the sheet each.",
    )
    feature_filters: int | None = setting(
        5, "features", kinds.COUNT, "How many of the first filters of each layer are shown; of fewer, all."
    )

    blend: str | None = setting(
        "none",
        "blend",
        one_of(BLENDS),
        "How a part becomes one with the picture around it: poisson: its gradients; mixed: the stronger of both "
        "pictures' gradients; paste: its pixels. Of a transfer, the style's regions in the content; none: all as made.",
    )
    blend_offset: tuple[int, ...] | None = setting(
        (0, 0), "blend", kinds.OFFSET, "Where a blend puts the source's top left corner in the result: column, row."
    )
    blend_seam: str | None = setting(
        "source",
        "blend",
        one_of(("source", "flat")),
        "What poisson and mixed follow between a pixel inside and its neighbour outside: source: as everywhere, the "
        "source, or the stronger of both; flat: no difference at all.",
    )

    frames: str | None = setting(
        "independent",
        "video",
        one_of(("independent", "warm")),
        "independent: every frame by itself; warm: each from the result before it, moved along with the clip, and held "
        "to it where both show the same.",
    )
    temporal_weight: float | None = setting(
        1e4,
        "video",
        kinds.WEIGHT,
        "Factor on the mean square difference from the frame before, moved, where it is visible; white is 1.",
    )
    frame_batch: int | None = setting(1, "video", kinds.COUNT, "How many independent frames are made at once.")
    video_format: str | None = setting(
        "mp4", "video", one_of(("mp4", "webm")), "mp4: H.264 and AAC; webm: VP9 and Opus."
    )
    video_size: str | None = setting(
        "source",
        "video",
        one_of(("source", "result")),
        "source: frames are brought to the clip's own size before they are encoded; result: left as they were made.",
    )

    def values(self) -> dict[str, Any]:
        """As plain data by name; tuples as lists."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}


#: Name of each setting -> its field: default, and ``group``, ``kind`` and ``meaning`` under ``metadata``.
FIELDS = {item.name: item for item in fields(Settings)}


@cache
def group(name: str) -> tuple[str, ...]:
    """Names of the settings of one group."""
    return tuple(key for key, item in FIELDS.items() if item.metadata["group"] == name)


def from_values(values: Mapping[str, Any]) -> Settings:
    """Settings from plain data that was checked before, such as a record's parameters; other keys are ignored."""
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k in FIELDS}
    return Settings(**plain)
