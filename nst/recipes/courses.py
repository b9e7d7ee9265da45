"""Recipes of published course projects."""

from __future__ import annotations

from dataclasses import replace

from nst.recipes.registry import recipe
from nst.settings import Settings

_FIRST_FIVE = ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1")
_TAPS = "taps: 'conv' is the convolution before its ReLU, as in the PyTorch tutorial that the starter code follows"


@recipe(open=(_TAPS,))
def cmu_16726() -> Settings:
    """mean (F - P)^2 at conv2_2 + 1e6 sum over the first five convolutions of mean (G/(N M) - A/(N M))^2.

    Source: CMU 16-726 course report: content at conv4, style at conv1 to conv5, L-BFGS defaults, 300 steps.
    """
    return Settings(content_layers=("conv2_2",), style_layers=_FIRST_FIVE, style_weight=1e6, curvature_gate="torch")


@recipe(open=(_TAPS,))
def cmu_16726_b() -> Settings:
    """mean (F - P)^2 at conv2_2 + 1e7 sum over the first five convolutions of mean (G/(N M) - A/(N M))^2.

    Source: CMU 16-726 course report of 2023: of 1e5 to 1e7, 1e7 was judged best and 1e5 failed to converge.
    """
    return replace(cmu_16726(), style_weight=1e7)


@recipe(
    open=(
        "alpha/beta is printed '104': taken as 10^4, as the raw sums suggest",
        "optimiser: L-BFGS with torch's defaults",
        "evaluations: 300",
        "size: 256 x 256",
        "noise: uniform",
    )
)
def naas_avgpool() -> Settings:
    """1e4 sum (F - P)^2 at conv4_2 + 1/5 sum over conv1_1 ... conv5_1 of sum (G - A)^2; average pooling.

    Source: project report 'Neural Algorithm of Artistic Style': raw sums, alpha/beta = 10^4, average pooling.
    """
    return Settings(
        pooling="average",
        content_weight=1e4,
        content_reduction="sum",
        style_weight=1.0,
        style_layer_weights="average",
        gram_divisor="none",
        style_reduction="sum",
        curvature_gate="torch",
    )


@recipe(
    open=(
        "content layer: conv4_2, the paper's",
        "an epoch: one step of torch's L-BFGS, 20 evaluations",
        "noise: uniform",
    )
)
def naas_vgg16() -> Settings:
    """1e-3 mean (F - P)^2 at conv4_2 + 1e3 (1e4 x conv1_1, 1e1 x conv2_1 ... conv5_1) mean (G - A)^2; VGG-16.

    Source: project report 'A Neural Algorithm of Artistic Style' on VGG-16: alpha 1e-3, beta 1e3, 20 epochs.
    """
    return Settings(
        backbone="vgg16",
        content_weight=1e-3,
        style_weight=1e3,
        style_layer_weights=(1e4, 1e1, 1e1, 1e1, 1e1),
        gram_divisor="none",
        curvature_gate="torch",
        evaluations=400,
    )


@recipe(
    open=(
        "alpha/beta = 1e-8: taken as 1 and 1e8",
        "Adam's momenta: 0.9 and 0.999, torch's defaults",
        "style recipe 'MSE over Gram matrices divided by 4 N^2 M^2': taken as the paper's sum / (4 N^2 M^2)",
    )
)
def naas_adam() -> Settings:
    """mean (F - P)^2 at conv4_1 + 1e8 x 0.2 sum over conv1_1 ... conv5_1 of sum (G - A)^2 / (4 N^2 M^2); average
    pooling.

    Source: project report 'NAAS + GDF': torchvision layers 0, 5, 10, 19, 28, average pooling, 1200 x Adam 0.2; a blend
    has b(e) = t(q) alone for a neighbour q outside of the mask.
    """
    return Settings(
        pooling="average",
        size=224,
        init="content",
        content_layers=("conv4_1",),
        style_weight=1e8,
        style_layer_weights="average",
        gram_divisor="none",
        style_reduction="quarter",
        optimizer="adam",
        learning_rate=0.2,
        evaluations=1200,
        blend_seam="flat",
    )
