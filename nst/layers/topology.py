"""A backbone's layers by name: in any dialect, with channels, strides and positions."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cached_property, lru_cache

from nst.layers.families import FAMILIES, Builder
from nst.layers.stack import Layer

#: Names of all networks: torchvision's for those that it has.
BACKBONES = tuple(FAMILIES)

#: What may stand in for a network's max pools. The rescaled ones: :data:`RESCALED`.
POOLINGS = ("max", "average", "average-rescaled", "l2-rescaled")

#: Factors that bring average and L2 pooling back to about the size of max pooling's activations, as
#: crowsonkb/style-transfer-pytorch has them for the 2 x 2 pools of VGG.
RESCALED = {"average-rescaled": 2.0, "l2-rescaled": 0.78}

#: What the first convolution sees beyond the picture's edge: zeros as published, or its border pixels again
#: (crowsonkb/style-transfer-pytorch, against artefacts along the edges).
PADDINGS = ("zero", "replicate")

_WORDS = {"conv": "convolution", "bn": "batch norm", "relu": "ReLU", "fire": "fire module", "block": "block"}


class UnknownLayerError(ValueError):
    """A layer name that the backbone does not have; the text names the nearest one that it has."""


class UnsupportedError(ValueError):
    """A pooling or padding that the backbone cannot have; the text begins with the parameter's name."""


@dataclass(frozen=True)
class Topology:
    """The layers of one backbone, in the order in which they are computed."""

    name: str
    width: float = 1.0
    """Multiplier on every layer's channels, of which at least 4 remain; 1 is the network as it was made."""

    @cached_property
    def stack(self) -> tuple[Layer, ...]:
        builder = Builder(self.width)
        FAMILIES[self.name](builder)
        return tuple(builder.layers)

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """Canonical names in order: ``conv1_1, relu1_1, conv1_2, ..., pool5``."""
        return tuple(layer.name for layer in self.stack)

    @cached_property
    def taps(self) -> tuple[str, ...]:
        """The layers that can be read: all but the pools."""
        return tuple(layer.name for layer in self.stack if layer.kind != "pool")

    @cached_property
    def convolutions(self) -> tuple[str, ...]:
        """The convolutions that can be read; those inside a fire module or a residual block cannot."""
        return tuple(layer.name for layer in self.stack if layer.kind == "conv")

    @cached_property
    def tensors(self) -> dict[str, tuple[int, ...]]:
        """Shapes of all weights and batch statistics, by torchvision's names without a leading ``features.``."""
        return {f"{layer.key}.{name}": shape for layer in self.stack for name, shape in layer.tensors.items()}

    def channels(self, layer: str) -> int:
        """Channels of a layer's output."""
        return self.stack[self.index(layer)].channels

    def stride(self, layer: str) -> int:
        """Pixels of the picture from one position of the layer to the next, along one side."""
        stride = 1
        for passed in self.stack[: self.index(layer) + 1]:
            stride *= passed.window.stride
        return stride

    def positions(self, layer: str, height: int, width: int) -> tuple[int, int]:
        """Positions (h, w) of a layer for a picture of height x width pixels; 0 where the picture is too small."""
        for passed in self.stack[: self.index(layer) + 1]:
            height, width = passed.window.positions(height), passed.window.positions(width)
        return height, width

    def smallest(self, layer: str) -> int:
        """Pixels that both sides of a picture need to leave at least one position at the layer."""
        return self._smallest[self.index(layer)]

    @cached_property
    def _smallest(self) -> tuple[int, ...]:
        found: list[int] = []
        for layer in self.layers:
            side = found[-1] if found else 1
            while not self.positions(layer, side, side)[0]:
                side += 1
            found.append(side)
        return tuple(found)

    def index(self, layer: str) -> int:
        """Place of a canonical name in :attr:`stack`.

        Raises:
            UnknownLayerError: for any other name.
        """
        if layer not in self._indices:
            raise UnknownLayerError(self._explain(layer))
        return self._indices[layer]

    @cached_property
    def _indices(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.layers)}

    def resolve(self, name: str | int) -> str:
        """Canonical name of a layer given in any dialect.

        Raises:
            UnknownLayerError: when this backbone has no such layer, or it is a pool.
        """
        text = str(name).strip()
        if text not in self._dialects:
            raise UnknownLayerError(self._explain(text))
        return self._dialects[text]

    def knows(self, name: str | int) -> bool:
        """Whether :meth:`resolve` would find a layer."""
        return str(name).strip() in self._dialects

    @cached_property
    def _dialects(self) -> dict[str, str]:
        """Canonical name by any name; a canonical name means itself whatever else is called so."""
        known: dict[str, str] = {}
        counts: dict[str, int] = {}
        for layer in self.stack:
            if layer.kind == "pool":
                continue
            if layer.kind == "block":
                known[layer.key.partition(".")[0]] = layer.name
            elif layer.kind != "fire":
                counts[layer.kind] = counts.get(layer.kind, 0) + 1
                known[f"{layer.kind}{counts[layer.kind]}"] = known[f"{layer.kind}_{counts[layer.kind]}"] = layer.name
            known[layer.key] = layer.name
        return known | {name: name for name in self.taps}

    def _explain(self, text: str) -> str:
        near = difflib.get_close_matches(text, self.taps, n=1, cutoff=0.6)
        hint = f"; did you mean {near[0]}?" if near else ""
        shown = text if len(text) <= 60 else text[:57] + "..."
        return f"{self.name} has no layer {shown!r}: expected {self._expected()}{hint}"

    def _expected(self) -> str:
        kinds = list(dict.fromkeys(layer.kind for layer in self.stack if layer.kind != "pool"))
        whole = [layer for layer in self.stack if layer.kind in ("fire", "block")]
        if whole:
            stem = self.stack[: self.index(whole[0].name)]
            parts = [layer.name for layer in stem if layer.kind != "pool"]
            parts.append(f"{whole[0].name} to {whole[-1].name}")
        else:
            others = ", ".join(f"{kind}..." for kind in kinds[1:])
            parts = [f"{self.convolutions[0]} to {self.convolutions[-1]} (or {others})"]
            if self.convolutions[0] != "conv1":
                parts.append(f"conv1 to conv{len(self.convolutions)}")
        if "block" in kinds:
            parts.append(f"torchvision's {whole[0].key} to {whole[-1].key}")
        else:
            words = [_WORDS[kind] for kind in kinds]
            below = max(self.index(name) for name in self.taps) + 1
            parts.append(f"a torchvision index of a {', '.join(words[:-1])} or {words[-1]} below {below}")
        return f"{', '.join(parts[:-1])}, or {parts[-1]}"

    def check(self, *, pooling: str = "max", padding: str = "zero") -> None:
        """Whether this backbone can have a pooling and a padding.

        Raises:
            UnsupportedError: when it cannot, or there is none of that name.
        """
        for name, value, known in (("pooling", pooling, POOLINGS), ("padding", padding, PADDINGS)):
            if value not in known:
                raise UnsupportedError(f"{name} is {value!r}: expected one of {', '.join(known)}")
        pool = next(layer.window for layer in self.stack if layer.kind == "pool")
        if pooling in RESCALED and pool.kernel != 2:
            raise UnsupportedError(
                f"pooling {pooling}: its factor {RESCALED[pooling]:g} is for the 2 x 2 pools of the VGG backbones, "
                f"and {self.name} pools {pool.kernel} x {pool.kernel}: use max or average"
            )
        if padding != "zero" and not self.stack[0].window.padding:
            raise UnsupportedError(
                f"padding {padding}: the first convolution of {self.name} does not pad at all: leave padding at zero"
            )


@lru_cache
def topology(backbone: str, width: float = 1.0) -> Topology:
    """The topology of a backbone by name.

    Raises:
        KeyError: for a name that is not in :data:`BACKBONES`.
    """
    if backbone not in FAMILIES:
        raise KeyError(backbone)
    return Topology(backbone, width)
