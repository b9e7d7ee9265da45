"""Recipes of this project."""

from __future__ import annotations

from nst.recipes.registry import recipe
from nst.settings import Settings


@recipe(made_for="random")
def untrained() -> Settings:
    """300 mean (F - P)^2 at conv2_2 + 1e6 sum over conv1_1 ... conv5_1 of mean (G/(N M) - A/(N M))^2; average pooling.

    Source: this project: settings that show the most style with random weights (He, Wang & Hopcroft 2016).
    """
    return Settings(
        pooling="average",
        size_rule="long",
        content_layers=("conv2_2",),
        content_weight=300.0,
        # Without line search an early step can overshoot by orders of magnitude; what it learns of the curvature
        # then keeps all later steps tiny, and the run sticks at its start. Bounding the change of a pixel prevents
        # that: cat x stained glass fell from 9625 to 126 instead of 5353.
        max_change=0.25,
        history=10,
        evaluations=100,
    )


@recipe(made_for="compact")
def compact() -> Settings:
    """1.5 relative (F - P)^2 at conv2_2 conv3_2 conv4_2 + relative (G - A)^2, 16 times at conv1_1, 8 times at conv1_2,
    4 times at conv2_1, twice at conv2_2 and once each at conv3_1 3_3 4_1 4_3, + 0.3 mean squares of neighbours'
    differences + 20 mean square beyond black and white; relative: over the target's; average pooling.

    Source: this project: settings that show the most style with the network that comes in its package.
    """
    return Settings(
        backbone="compact",
        weights="packaged",
        pooling="average",
        padding="replicate",  # zeros beyond the edge leave seams along it
        size_rule="long",
        # A trained network's statistics are reached slowly where low frequencies are far off: few evaluations of small
        # pictures take them most of the way. Loud noise would be the farthest start of all.
        coarse_sizes=(64, 128, 256),
        coarse_evaluations=(150, 150, 150),
        init="content",
        # Gram matrices of convolutions cannot tell a feature from its opposite: from mid-grey, a night sky with stars
        # may come out as a day sky with holes.
        noise_centre="style",
        noise_spread=0.15,
        # conv4_2 alone, VGG-19's, knows no objects here and leaves little of a photograph.
        content_layers=("conv2_2", "conv3_2", "conv4_2"),
        content_weight=1.5,
        # Every layer's loss is a share of its target and counts alike, whatever its channels' sizes.
        content_reduction="relative",
        style_layers=("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_3", "conv4_1", "conv4_3"),
        style_weight=1.0,
        # The first layers hold the palette and the grain, and are reached last.
        style_layer_weights=(16.0, 8.0, 4.0, 2.0, 1.0, 1.0, 1.0, 1.0),
        style_reduction="relative",
        tv_weight=0.3,
        gamut_weight=20.0,
        # Of a loss of about 5: a clip of twice that weight follows the frame before more than its own.
        temporal_weight=300.0,
        max_change=0.25,  # as the recipe untrained, and for its reasons
        history=50,
        evaluations=150,
    )
