"""The compact network while it learns, and the weights that remain of it."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from nst.compact import NAME
from nst.layers import topology
from nst.pixels import PIXELS

#: Layers whose Gram matrices tell pieces and damages apart, each by itself.
TAPS = ("relu1_2", "relu2_2", "relu3_2", "relu3_4", "relu4_2", "relu4_4", "relu5_2")

#: Mixtures of a layer's channels whose Gram matrix a head reads: all of it would be 8,256 numbers.
_MIXED = 32

#: Below this share of what channels do in the mean, a channel counts as dead and is scaled up no further.
_DEAD = 1e-3

#: Deviation of the grain that channels are scaled by, where white is 1.
_GRAIN = 0.2


class Learner(nn.Module):
    """VGG's convolutions with a batch norm each and average pools, and a head on each of :data:`TAPS`.

    Args:
        exemplars: pieces to tell apart.
        damages: ways of damage to tell apart, none included.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, exemplars: int, damages: int) -> None:
        super().__init__()
        self.shape = topology(NAME)
        self.steps = nn.ModuleDict()
        self._normed: dict[str, tuple[nn.Conv2d, nn.BatchNorm2d]] = {}
        for layer in self.shape.stack:
            if layer.kind == "conv":
                convolution = nn.Conv2d(layer.inputs, layer.channels, 3, padding=1, bias=False)
                nn.init.kaiming_normal_(convolution.weight)
                self._normed[layer.name] = convolution, nn.BatchNorm2d(layer.channels)
                self.steps[layer.name] = nn.Sequential(*self._normed[layer.name])
            elif layer.kind == "pool":
                self.steps[layer.name] = nn.AvgPool2d(2)
            else:
                self.steps[layer.name] = nn.ReLU()
        self.heads = nn.ModuleDict(
            {tap: _Head(self.shape.channels(tap), exemplars, damages, self.shape.stride(tap) == 1) for tap in TAPS}
        )
        scale = PIXELS["imagenet"]
        self.register_buffer("mean", torch.tensor(scale.mean).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(scale.deviation).view(1, 3, 1, 1))

    def features(self, crops: Tensor, taps: Iterable[str] = TAPS) -> dict[str, Tensor]:
        """Features (B, N, h, w) of crops (B, 3, H, W) in [0, 1] by tap."""
        wanted, found = set(taps), {}
        values = (crops - self.mean) / self.deviation
        for name, step in self.steps.items():
            values = step(values)
            if name in wanted:
                found[name] = values
                if len(found) == len(wanted):
                    break
        return found

    def forward(self, crops: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
        """By tap: logits (B, exemplars) and (B, damages)."""
        return {tap: self.heads[tap](values) for tap, values in self.features(crops).items()}

    @torch.no_grad()
    def weights(self, crops: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        """What :func:`nst.weights.load` gives: batch norms folded in, and every channel scaled.

        A channel's mean activation over crops and the root mean square of its activation over grain add up to 1. With
        the first alone, as in the normalised VGG of Gatys, Ecker & Bethge (2015), channels that seldom respond to
        pictures, but strongly to grain, are scaled up until they are all that a start from noise has a loss of: the
        optimiser then takes several times as many evaluations. A ReLU passes scales on, so that nothing else changes.

        Args:
            crops: (B, 3, H, W) in [0, 1].
            generator: draws the grain.
        """
        self.eval()
        grain = torch.randn(crops.shape, generator=generator)
        grain = crops.mean((2, 3), keepdim=True) + _GRAIN * grain
        found: dict[str, Tensor] = {}
        inputs = torch.ones(3)
        values = (torch.cat([crops, grain]) - self.mean) / self.deviation
        for layer in self.shape.stack:
            values = self.steps[layer.name](values)
            if layer.kind != "conv":
                continue
            weight, bias = _folded(*self._normed[layer.name])
            pictures, noise = values.relu().split(len(crops))
            active = pictures.mean((0, 2, 3)) + noise.square().mean((0, 2, 3)).sqrt()
            scale = 1 / active.clamp(min=_DEAD * float(active.mean()))
            found[f"{layer.key}.weight"] = weight * inputs.view(1, -1, 1, 1) * scale.view(-1, 1, 1, 1)
            found[f"{layer.key}.bias"] = bias * scale
            inputs = 1 / scale
        return found


class _Head(nn.Module):
    """Tells pieces and damages apart by the Gram matrix of mixtures of a layer's channels."""

    places: Tensor

    def __init__(self, channels: int, exemplars: int, damages: int, first: bool) -> None:
        super().__init__()
        mixed = min(channels, _MIXED)
        # Every second position of the first block says as much of its statistics as all, in a quarter of the time.
        self.mix = nn.Conv2d(channels, mixed, 1, stride=2 if first else 1, bias=False)
        nn.init.orthogonal_(self.mix.weight)
        numbers = mixed * (mixed + 1) // 2
        self.norm = nn.BatchNorm1d(numbers)
        self.exemplar = nn.Linear(numbers, exemplars)
        self.damage = nn.Linear(numbers, damages)
        self.register_buffer("places", torch.triu_indices(mixed, mixed), persistent=False)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        mixed = self.mix(features).flatten(2)
        matrix = mixed @ mixed.mT
        numbers = matrix[:, self.places[0], self.places[1]].float() / mixed.shape[2]
        # Signed roots, as bilinear networks take them (Lin, RoyChowdhury & Maji 2015): squares have long tails.
        numbers = self.norm(numbers.sign() * (numbers.abs() + 1e-6).sqrt())
        return self.exemplar(numbers), self.damage(numbers)


def _folded(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Weight and bias of one convolution that does what a convolution and its batch norm do."""
    state = norm.state_dict()
    factor = state["weight"] / (state["running_var"] + norm.eps).sqrt()
    return convolution.weight * factor.view(-1, 1, 1, 1), state["bias"] - state["running_mean"] * factor
