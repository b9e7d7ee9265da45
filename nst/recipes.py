"""Named conventions: what a style-transfer engine or course computes, written out in full.

"Style weight 1e6" means nothing without the rest of the formula. A recipe states all of it: default
parameters, which a manifest may override, and :class:`Conventions`, which it may not, because changing
them makes another recipe. A new recipe is one more entry in :data:`RECIPES`.

Notation: a layer's features are F, N channels x M positions; G is the Gram matrix F F^T; A marks the
same of the style picture, P the features of the content picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

GramDivisor = Literal["none", "positions", "elements"]
Reduction = Literal["mean", "sum", "quarter"]
TotalVariation = Literal["squared"]
Noise = Literal["uniform", "normal"]
Optimizer = Literal["lbfgs", "adam"]
CurvatureGate = Literal["torch", "relative"]

FIRST_FIVE = ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1")
FIRST_OF_EACH_BLOCK = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")


@dataclass(frozen=True)
class Conventions:
    """The parts of a recipe that are formula rather than setting."""

    gram_divisor: GramDivisor
    """``elements``: G / (N M); ``positions``: G / M; ``none``: G."""
    style_reduction: Reduction
    """Of (G - A)^2: ``mean`` over N^2 entries, ``sum``, or ``quarter``: sum / (4 N^2 M^2)."""
    content_reduction: Reduction
    """Of (F - P)^2: ``mean`` over N M, or ``sum``."""
    noise: Noise = "uniform"
    """What ``init: noise`` draws: uniform on [0, 1], or normal with mean 0.5 and deviation 0.25."""
    total_variation: TotalVariation = "squared"
    """``squared``: mean square of the differences between neighbours, both directions added."""
    curvature_gate: CurvatureGate = "torch"
    """Which L-BFGS pairs count: ``torch``: y.s > 1e-10; ``relative``: y.s > 1e-10 |y| |s|."""
    max_change: float | None = None
    """L-BFGS updates are shortened to change no pixel value by more than this; None: taken as they are."""
    pixels: Literal["imagenet"] = "imagenet"
    """The picture is optimised as RGB in [0, 1]; the network sees it less ImageNet's mean, over its deviation."""


@dataclass(frozen=True)
class Recipe:
    """A full set of parameters and conventions under one name."""

    name: str
    summary: str
    source: str
    conventions: Conventions
    content_layers: tuple[str, ...]
    style_layers: tuple[str, ...]
    style_weight: float
    content_weight: float = 1.0
    style_layer_weights: tuple[float, ...] | Literal["sum", "average"] = "sum"
    """One weight per style layer; ``sum``: 1 each; ``average``: 1 / number of layers each."""
    tv_weight: float = 0.0
    backbone: str = "vgg19"
    pooling: Literal["max", "average"] = "max"
    size: int = 256
    size_rule: str = "stretch"
    init: str = "noise"
    optimizer: Optimizer = "lbfgs"
    learning_rate: float = 1.0
    history: int = 100
    evaluations: int = 300
    open: tuple[str, ...] = field(default=())
    """What the source leaves unsaid, with the choice made here."""


_CMU = Conventions(gram_divisor="elements", style_reduction="mean", content_reduction="mean")
_CMU_OPEN = (
    "taps: 'conv' is the convolution before its ReLU, as in the PyTorch tutorial that the starter code follows",
)

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="cmu-16726",
            summary="mean (F-P)^2 at conv2_2 + 1e6 sum over the first five convolutions of mean (G/NM - A/NM)^2",
            source="CMU 16-726 course report: content at conv4, style at conv1 to conv5, L-BFGS defaults, 300 steps",
            conventions=_CMU,
            content_layers=("conv2_2",),
            style_layers=FIRST_FIVE,
            style_weight=1e6,
            open=_CMU_OPEN,
        ),
        Recipe(
            name="cmu-16726-b",
            summary="cmu-16726 with style weight 1e7",
            source="CMU 16-726 course report of 2023: of 1e5 to 1e7, 1e7 was judged best and 1e5 failed to converge",
            conventions=_CMU,
            content_layers=("conv2_2",),
            style_layers=FIRST_FIVE,
            style_weight=1e7,
            open=_CMU_OPEN,
        ),
        Recipe(
            name="naas-avgpool",
            summary="1e4 sum (F-P)^2 at conv4_2 + 1/5 sum over conv1_1 ... conv5_1 of sum (G-A)^2; average pooling",
            source="project report 'Neural Algorithm of Artistic Style': raw sums, alpha/beta = 10^4, average pooling",
            conventions=Conventions(gram_divisor="none", style_reduction="sum", content_reduction="sum"),
            content_layers=("conv4_2",),
            style_layers=FIRST_OF_EACH_BLOCK,
            content_weight=1e4,
            style_weight=1.0,
            style_layer_weights="average",
            pooling="average",
            open=(
                "alpha/beta is printed '104': taken as 10^4, as the raw sums suggest",
                "optimiser: L-BFGS with torch's defaults",
                "evaluations: 300",
                "size: 256 x 256",
                "noise: uniform",
            ),
        ),
        Recipe(
            name="naas-vgg16",
            summary="1e-3 mean (F-P)^2 + 1e3 (1e4 first layer, 1e1 others) of mean (G-A)^2, VGG-16",
            source="project report 'A Neural Algorithm of Artistic Style' on VGG-16: alpha 1e-3, beta 1e3, 20 epochs",
            conventions=Conventions(gram_divisor="none", style_reduction="mean", content_reduction="mean"),
            backbone="vgg16",
            content_layers=("conv4_2",),
            style_layers=FIRST_OF_EACH_BLOCK,
            content_weight=1e-3,
            style_weight=1e3,
            style_layer_weights=(1e4, 1e1, 1e1, 1e1, 1e1),
            evaluations=400,
            open=(
                "content layer: conv4_2, the paper's",
                "an epoch: one step of torch's L-BFGS, 20 evaluations",
                "noise: uniform",
            ),
        ),
        Recipe(
            name="naas-adam",
            summary="mean (F-P)^2 at conv4_1 + 1e8 x 0.2 sum over five layers of sum (G-A)^2 / (4 N^2 M^2), Adam",
            source="project report 'NAAS + GDF': torchvision layers 0, 5, 10, 19, 28, average pooling, 1200 x Adam 0.2",
            conventions=Conventions(gram_divisor="none", style_reduction="quarter", content_reduction="mean"),
            content_layers=("conv4_1",),
            style_layers=FIRST_OF_EACH_BLOCK,
            content_weight=1.0,
            style_weight=1e8,
            style_layer_weights="average",
            pooling="average",
            size=224,
            init="content",
            optimizer="adam",
            learning_rate=0.2,
            evaluations=1200,
            open=(
                "alpha/beta = 1e-8: taken as 1 and 1e8",
                "Adam's momenta: 0.9 and 0.999, torch's defaults",
                "style recipe 'MSE over Gram matrices divided by 4 N^2 M^2': taken as the paper's sum / (4 N^2 M^2)",
            ),
        ),
        Recipe(
            name="untrained",
            summary="300 mean (F-P)^2 at conv2_2 + 1e6 sum over conv1_1 ... conv5_1 of mean (G/NM - A/NM)^2",
            source="this project: settings that show the most style with random weights (He, Wang & Hopcroft 2016)",
            conventions=Conventions(
                gram_divisor="elements",
                style_reduction="mean",
                content_reduction="mean",
                # Without line search an early step can overshoot by orders of magnitude; what it learns of the
                # curvature then keeps all later steps tiny, and the run sticks at its start. Bounding the
                # change of a pixel prevents that: cat x stained glass fell from 9625 to 126 instead of 5353.
                curvature_gate="relative",
                max_change=0.25,
            ),
            content_layers=("conv2_2",),
            style_layers=FIRST_OF_EACH_BLOCK,
            content_weight=300.0,
            style_weight=1e6,
            pooling="average",
            size_rule="long",
            history=10,
            evaluations=100,
        ),
    )
}

DEFAULT_RECIPE = "cmu-16726"


def layer_weights(weights: tuple[float, ...] | str, layers: int) -> tuple[float, ...]:
    """One weight per style layer.

    Raises:
        ValueError: when a list of weights has another length than the list of layers.
    """
    if weights == "sum":
        return (1.0,) * layers
    if weights == "average":
        return (1.0 / layers,) * layers
    if isinstance(weights, str):
        raise ValueError(f"style_layer_weights is {weights!r}: expected sum, average or one number per style layer")
    if len(weights) != layers:
        raise ValueError(f"style_layer_weights has {len(weights)} numbers for {layers} style layers")
    return weights
