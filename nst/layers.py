"""The convolutions of each topology and what people call them; no torch here.

Three dialects name the same layer (VGG-19 shown):

=====================  =======================  ===================================================
block                  ``conv4_2``, ``relu4_2``  Simonyan & Zisserman 2015, Gatys et al. 2016
ordinal                ``conv10``, ``relu10``    the PyTorch tutorial and the courses built on it
torchvision index      ``21``, ``22``            position in ``torchvision.models.vgg19().features``
=====================  =======================  ===================================================

A *tap* is a layer read out; its canonical name is the block name. ``conv`` taps read before the
ReLU, ``relu`` taps behind it.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

#: Convolutions per block and channels per block, Simonyan & Zisserman 2015, table 1 (columns D and E).
_BLOCK_CHANNELS = (64, 128, 256, 512, 512)
_BLOCK_DEPTHS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}

BACKBONES = tuple(_BLOCK_DEPTHS)


class UnknownLayerError(ValueError):
    """A layer name that the backbone does not have; the text names the nearest one that it has."""


@dataclass(frozen=True)
class Topology:
    """The stack of convolutions, ReLUs and pools of one backbone, as torchvision numbers it."""

    name: str
    width: float = 1.0
    """Multiplier on every layer's channels; 1 is the published network."""

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """Canonical names in torchvision's order: ``conv1_1, relu1_1, conv1_2, ..., pool5``."""
        names: list[str] = []
        for block, depth in enumerate(_BLOCK_DEPTHS[self.name], start=1):
            for layer in range(1, depth + 1):
                names += [f"conv{block}_{layer}", f"relu{block}_{layer}"]
            names.append(f"pool{block}")
        return tuple(names)

    @cached_property
    def convolutions(self) -> tuple[str, ...]:
        return tuple(name for name in self.layers if name.startswith("conv"))

    def channels(self, conv: str) -> int:
        """Output channels of a convolution, at least 4 whatever the width."""
        block = int(conv.removeprefix("conv").split("_")[0])
        return max(4, round(_BLOCK_CHANNELS[block - 1] * self.width))

    def stride(self, layer: str) -> int:
        """Pixels of the picture per position of the layer, along one side."""
        index = self.layers.index(layer)
        return int(2 ** sum(name.startswith("pool") for name in self.layers[: index + 1]))

    def resolve(self, name: str | int) -> str:
        """Canonical name of a layer given in any dialect.

        Raises:
            UnknownLayerError: when this backbone has no such convolution or ReLU.
        """
        text = str(name).strip()
        if (
            re.fullmatch("[0-9]{1,3}", text)
            and int(text) < len(self.layers)
            and not self.layers[int(text)].startswith("pool")
        ):
            return self.layers[int(text)]
        ordinal = re.fullmatch(r"(conv|relu)_?([0-9]{1,3})", text)
        if ordinal and 1 <= int(ordinal[2]) <= len(self.convolutions):
            return self.convolutions[int(ordinal[2]) - 1].replace("conv", ordinal[1])
        if text in self.layers and not text.startswith("pool"):
            return text
        raise UnknownLayerError(self._explain(text))

    def _explain(self, text: str) -> str:
        expected = (
            f"expected conv1_1 to {self.convolutions[-1]} (or relu...), conv1 to conv{len(self.convolutions)}, "
            f"or a torchvision index of a convolution or ReLU below {len(self.layers) - 1}"
        )
        known = [name for name in self.layers if not name.startswith("pool")]
        near = difflib.get_close_matches(text, known, n=1, cutoff=0.6)
        hint = f"; did you mean {near[0]}?" if near else ""
        shown = text if len(text) <= 60 else text[:57] + "..."
        return f"{self.name} has no layer {shown!r}: {expected}{hint}"


@lru_cache
def topology(backbone: str, width: float = 1.0) -> Topology:
    """The topology of a backbone by name.

    Raises:
        KeyError: for a name that is not in :data:`BACKBONES`.
    """
    if backbone not in _BLOCK_DEPTHS:
        raise KeyError(backbone)
    return Topology(backbone, width)
