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
