"""What a recipe is, and the list of all."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from nst.settings import Settings

#: Kinds of weights that a recipe's factors were balanced for.
MadeFor = Literal["imagenet", "caffe", "random", "compact"]

_WEIGHTS: dict[MadeFor, str] = {
    "imagenet": "torchvision's ImageNet weights",
    "random": "random weights",
    "caffe": "the VGG weights converted from Caffe, which see BGR from 0 to 255",
    "compact": "the compact network",
}


@dataclass(frozen=True)
class Recipe:
    """A full set of settings under one name."""

    name: str
    formula: str
    """What is minimised, in the notation of :mod:`nst.settings`."""
    source: str
    settings: Settings
    made_for: MadeFor
    open: tuple[str, ...]
    """What the source leaves unsaid or does otherwise, with the choice made here."""

    def mismatch(self, weights: str, pixels: str) -> str | None:
        """A warning where the recipe is asked for on weights it was not made for.

        A file may be anything; and who changes what the network sees knows that the recipe's was another.
        """
        known: dict[str, MadeFor] = {"random": "random", "imagenet": "imagenet", "packaged": "compact"}
        given = known.get(weights.partition(":")[0])
        if given is None or given == self.made_for or pixels != self.settings.pixels:
            return None
        name = _WEIGHTS[given]
        remedy = {
            "imagenet": "set weights: imagenet",
            "random": "set weights: random, or choose another recipe",
            "caffe": "set weights to a file of them, such as vgg19-d01eb7cb.pth, or pixels: imagenet and other factors",
            "compact": "set backbone: compact, or choose another recipe",
        }[self.made_for]
        return f"recipe {self.name} was made for {_WEIGHTS[self.made_for]}; on {name} its factors may be off: {remedy}"


RECIPES: dict[str, Recipe] = {}


def recipe(
    *, made_for: MadeFor = "imagenet", open: tuple[str, ...] = ()
) -> Callable[[Callable[[], Settings]], Callable[[], Settings]]:
    """Enter a function's settings as a recipe: the docstring's first paragraph is the formula, ``Source:`` the
    source."""

    def enter(function: Callable[[], Settings]) -> Callable[[], Settings]:
        name = function.__name__.replace("_", "-")
        formula, source = (" ".join(part.split()) for part in (inspect.getdoc(function) or "").split("\n\nSource: "))
        RECIPES[name] = Recipe(name, formula.rstrip("."), source.rstrip("."), function(), made_for, open)
        return function

    return enter
