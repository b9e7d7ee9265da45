"""Recipes of well-known engines, with their default settings."""

from __future__ import annotations

from dataclasses import replace

from nst.recipes.registry import recipe
from nst.settings import Settings

_RELU = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")


@recipe(
    made_for="caffe",
    open=(
        "the paper's VGG was rescaled to a mean activation of 1 per channel; the plain weights are meant here",
        "alpha/beta: 1e-3, one of the four ratios that the paper's figures use",
        "noise: normal, deviation 1/255 about the mean colour, as in the first author's NeuralImageSynthesis",
        "evaluations: 2000, what the first author told the authors of pystiche",
        "size: 512 on the longer side; history 100",
    ),
)
def gatys_paper() -> Settings:
    """1e-3 x 1/2 sum (F - P)^2 at conv4_2 + 1/5 sum over conv1_1 ... conv5_1 of sum (G - A)^2 / (4 N^2 M^2);
    average pooling.

    Source: Gatys, Ecker & Bethge, 'Image Style Transfer Using Convolutional Neural Networks', CVPR 2016, eqs. 1 to 7.
    """
    return Settings(
        pixels="caffe",
        pooling="average",
        size=512,
        size_rule="long",
        style_fit="content",
        noise="normal",
        noise_centre="mean",
        noise_spread=1 / 255,
        content_weight=1e-3,
        content_reduction="half",
        style_weight=1.0,
        style_layer_weights="average",
        gram_divisor="none",
        style_reduction="quarter",
        pixel_range=255.0,
        curvature_gate="torch",
        evaluations=2000,
    )


@recipe(
    made_for="caffe",
    open=(
        "total variation: the engine adds its gradient but not its value to the loss it prints; here both count",
        "resampling: bilinear, antialiased; Torch7's own bilinear filter differs slightly",
    ),
)
def neural_style() -> Settings:
    """5 mean (F - P)^2 at relu4_2 + 100 sum over relu1_1 ... relu5_1 of mean (G/(N M) - A/(N M))^2 + 1e-3 x 1/2
    sum (dx^2 + dy^2).

    Source: github.com/jcjohnson/neural-style, neural_style.lua at 07c4b82, defaults; pixels are BGR x 256 less the
    mean.
    """
    return Settings(
        pixels="caffe-256",
        size=512,
        size_rule="long",
        resampling="bilinear",
        noise="normal",
        noise_centre="mean",
        noise_spread=0.001 / 256,
        content_layers=("relu4_2",),
        content_weight=5.0,
        style_layers=_RELU,
        style_weight=1e2,
        tv_weight=1e-3,
        tv="half-sum-squares",
        pixel_range=256.0,
        curvature_gate="torch",
        evaluations=1000,
    )


@recipe(made_for="caffe", open=("sides are rounded, where the engine cuts fractions off: one pixel at most",))
def neural_style_pt() -> Settings:
    """5 mean (F - P)^2 at relu4_2 + 100 sum over relu1_1 ... relu5_1 of mean (G/(N M) - A/(N M))^2 + 1e-3 sum
    (|dx| + |dy|).

    Source: github.com/ProGamerGov/neural-style-pt, neural_style.py at 7251405, defaults; pixels are BGR x 255 less the
    mean (versions before 2022: x 256).
    """
    return replace(neural_style(), pixels="caffe", noise_spread=0.001 / 255, tv="sum-absolute", pixel_range=255.0)


@recipe(
    open=(
        "evaluations: 320: the loop asks for 300 and ends with the last of 16 steps of 20",
        "size: 512 on the shorter side, the tutorial's choice on a GPU",
        "style: stretched to the content's size; the tutorial demands pictures of equal size",
        "the picture saved is cut to [0, 1] as the last evaluation saw it",
    ),
)
def pytorch_tutorial() -> Settings:
    """mean (F - P)^2 at conv2_2 + 1e6 sum over the first five convolutions of mean (G/(N M) - A/(N M))^2, cut to
    [0, 1] each time.

    Source: github.com/pytorch/tutorials, advanced_source/neural_style_tutorial.py: conv_4, conv_1 to conv_5, start from
    the content, pixels clamped inside the closure of torch.optim.LBFGS.
    """
    return Settings(
        size=512,
        size_rule="short",
        style_fit="content",
        resampling="bilinear",
        init="content",
        noise="normal",
        noise_centre=0.0,
        noise_spread=1.0,
        content_layers=("conv2_2",),
        style_layers=("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1"),
        style_weight=1e6,
        curvature_gate="torch",
        clamp="update",
        evaluations=320,
    )


@recipe(
    open=(
        "content at relu4_2: the engine says conv4_2, which an in-place ReLU has overwritten by the time it is read",
        "resampling: bicubic with antialiasing; the engine's OpenCV filter has none",
        "the picture saved has the lowest loss seen; the engine saves whatever trial evaluation 1000 is",
        "the tolerances of torch.optim.LBFGS, which end some of the engine's runs after a few evaluations, are off",
    ),
)
def gordicaleksa() -> Settings:
    """1e5 mean (F - P)^2 at relu4_2 + 3e4 x 1/5 sum over relu1_1 ... relu5_1 of sum (G/(N M) - A/(N M))^2 + sum
    (|dx| + |dy|).

    Source: github.com/gordicaleksa/pytorch-neural-style-transfer at a244dc6, defaults: torchvision's weights see
    RGB from
    0 to 255 less the mean, not divided by the deviation; L-BFGS with strong-Wolfe line search, start from the content.
    """
    return Settings(
        pixels="rgb255",
        size=400,
        size_rule="height",
        init="content",
        noise="normal",
        noise_centre="mean",
        noise_spread=90 / 255,
        content_layers=("relu4_2",),
        content_weight=1e5,
        style_layers=_RELU,
        style_weight=3e4,
        style_layer_weights="average",
        style_reduction="sum",
        tv_weight=1.0,
        tv="sum-absolute",
        pixel_range=255.0,
        line_search="strong-wolfe",
        curvature_gate="torch",
        evaluations=1000,
    )


_SQRT2_STEPS = (128, 181, 256, 362)


@recipe(
    open=(
        "the square root of the covariance is exact here; the engine approximates it by 12 Newton-Schulz iterations",
        "the last evaluation of each size is spent on the averaged picture, so that the loss reported is its own",
    ),
)
def crowsonkb() -> Settings:
    """0.015 mean (F - P)^2 at relu4_2 + sum over relu1_1 ... relu5_1 of w [mean (m - m')^2 + 1/N tr(C + C' - 2
    (C'^1/2 C C'^1/2)^1/2)] + 2 TV.

    Source: github.com/crowsonkb/style-transfer-pytorch, style_transfer.py at e7e2c71, defaults: m and C are mean and
    covariance (+ 1e-4 I) of the features, w = (256, 64, 16, 4, 1) / 341, TV over nine points; Adam 0.02, clamped,
    averaged
    with decay 0.99; sizes 128 to 512 by steps of sqrt 2.
    """
    return Settings(
        padding="replicate",
        size=512,
        size_rule="long",
        style_upscale=False,
        coarse_sizes=_SQRT2_STEPS,
        coarse_evaluations=(1000, 500, 500, 500),
        init="content",
        noise="uniform",
        noise_centre=0.5 + 0.5 / 255,
        noise_spread=0.5 / 255,
        content_layers=("relu4_2",),
        content_weight=0.015,
        style_layers=_RELU,
        style_weight=1.0,
        style_layer_weights=tuple(w / 341 for w in (256, 64, 16, 4, 1)),
        style_statistic="wasserstein",
        tv_weight=2.0,
        tv="nine-point",
        optimizer="adam",
        learning_rate=0.02,
        betas=(0.9, 0.99),
        averaging=0.99,
        clamp="update",
        evaluations=500,
    )
