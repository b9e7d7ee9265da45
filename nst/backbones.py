"""The networks whose features are compared: VGG-16 and VGG-19, whole or narrowed, and their weights.

A :class:`Backbone` maps pictures in [0, 1] to the features of its taps. It is frozen, stops at the deepest
tap that is read, and never lets a ReLU overwrite a convolution that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from nst import weights as weight_files
from nst.layers import Topology, topology
from nst.weights import WeightsError

#: ImageNet's channel means and deviations, RGB in [0, 1] (torchvision's documentation of its weights).
_MEAN = (0.485, 0.456, 0.406)
_STD = (0.229, 0.224, 0.225)


class Backbone(nn.Module):
    """Features of pictures at named taps.

    Args:
        shape: which convolutions there are, and how wide.
        pooling: ``max`` as published, or ``average`` (Gatys et al. 2016).
        state: convolution weights under torchvision's names, ``<index>.weight`` and ``<index>.bias``.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, shape: Topology, pooling: str, state: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.shape = shape
        modules: list[nn.Module] = []
        channels = 3
        for name in shape.layers:
            if name.startswith("conv"):
                width = shape.channels(name)
                modules.append(nn.Conv2d(channels, width, kernel_size=3, padding=1))
                channels = width
            elif name.startswith("relu"):
                modules.append(nn.ReLU(inplace=False))
            else:
                modules.append(nn.MaxPool2d(2) if pooling == "max" else nn.AvgPool2d(2))
        self.features = nn.Sequential(*modules)
        _fit(self.features, state, shape)
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(_STD).view(1, 3, 1, 1))
        self.requires_grad_(False)
        self.eval()

    def forward(self, pictures: Tensor, taps: Iterable[str]) -> dict[str, Tensor]:
        """Features by canonical layer name.

        Args:
            pictures: (B, 3, H, W), RGB in [0, 1].
            taps: canonical names; nothing behind the deepest is computed.

        Returns:
            For each tap a tensor (B, N, h, w).
        """
        wanted = set(taps)
        found: dict[str, Tensor] = {}
        features = (pictures - self.mean) / self.std
        for name, module in zip(self.shape.layers, self.features, strict=True):
            if len(found) == len(wanted):
                break
            features = module(features)
            if name in wanted:
                found[name] = features
        return found


def build(backbone: str, weights: str, *, width: float = 1.0, pooling: str = "max", progress: bool = True) -> Backbone:
    """A backbone with its weights, on the CPU in float32.

    Args:
        backbone: a name of :data:`nst.layers.BACKBONES`.
        weights: as :func:`nst.weights.load` takes them.
        width: multiplier on every layer's channels.
        pooling: ``max`` or ``average``.
        progress: show a bar while ImageNet weights are downloaded.

    Raises:
        WeightsError: when the weights are missing, altered, unsafe to load or of other shapes.
    """
    shape = topology(backbone, width)
    return Backbone(shape, pooling, weight_files.load(shape, weights, progress=progress))


def _fit(features: nn.Sequential, state: Mapping[str, Tensor], shape: Topology) -> None:
    """Load a state strictly, saying which layer is missing or of another shape."""
    for key, own in features.state_dict().items():
        index, kind = key.split(".")
        layer = shape.layers[int(index)]
        if key not in state:
            raise WeightsError(f"the weights lack {key} ({kind} of {layer} of {shape.name})")
        if state[key].shape != own.shape:
            raise WeightsError(
                f"{kind} of {layer} has shape {tuple(state[key].shape)}, but {shape.name} at width "
                f"{shape.width:g} needs {tuple(own.shape)}"
            )
    if extra := sorted(set(state) - set(features.state_dict())):
        raise WeightsError(f"the weights hold {extra[0]}, which {shape.name} does not have")
    features.load_state_dict(dict(state))
