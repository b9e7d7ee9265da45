"""The networks whose features are compared: torchvision's, whole or narrowed, with the weights and pools of choice.

A :class:`Backbone` maps pictures in [0, 1] to the features of its taps. It is frozen, stops at the deepest
tap that is read, and never lets a ReLU overwrite a layer that is.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Literal, cast

import torch
from torch import Tensor, nn

from nst import weights as weight_files
from nst.layers import RESCALED, Layer, Topology, topology
from nst.pixels import PIXELS, PixelScale
from nst.settings import Settings


class Backbone(nn.Module):
    """Features of pictures at named taps.

    Args:
        shape: which layers there are, and how wide.
        pooling: of :data:`nst.layers.POOLINGS`: ``max`` as published, ``average`` (Gatys et al. 2016), or rescaled.
        state: tensors under the names of :attr:`nst.layers.Topology.tensors`.
        pixels: what the network sees of a picture.
        padding: of :data:`nst.layers.PADDINGS`: what the first convolution sees beyond the picture's edge.

    Raises:
        UnsupportedError: when the backbone cannot have this pooling or padding.
        WeightsError: when the state does not fit the shape.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        shape: Topology,
        pooling: str,
        state: Mapping[str, Tensor],
        *,
        pixels: PixelScale = PIXELS["imagenet"],
        padding: str = "zero",
    ) -> None:
        super().__init__()
        shape.check(pooling=pooling, padding=padding)
        weight_files.check(shape, {name: tensor.shape for name, tensor in state.items()})
        self.shape = shape
        self.pixels = pixels
        self._halves: tuple[Backbone, ...] = ()
        self.tf32 = False
        """Whether GPUs may multiply in TF32 where evaluations go through it (:func:`nst.objectives.evaluate`)."""
        #: ReLUs that may overwrite what they are given, which nothing but them needs: one pass over memory less.
        self._overwriting = {
            i + 1 for i, (a, b) in enumerate(pairwise(shape.stack)) if (a.kind, b.kind) == ("conv", "relu")
        }
        first, *later = shape.stack
        self.features = nn.Sequential(_module(first, pooling, padding), *(_module(layer, pooling) for layer in later))
        for layer, module in zip(shape.stack, self.features, strict=True):
            module.load_state_dict({name: state[f"{layer.key}.{name}"] for name in layer.tensors})
        self._set_pixels(torch.empty(0))
        self.requires_grad_(False)
        self.eval()

    def forward(self, pictures: Tensor, taps: Iterable[str]) -> dict[str, Tensor]:
        """Features by canonical layer name.

        Args:
            pictures: (B, 3, H, W), RGB in [0, 1].
            taps: canonical names; nothing behind the deepest is computed.

        Returns:
            For each tap a tensor (B, N, h, w) of the pictures' type, whatever the layers compute in.

        Raises:
            UnknownLayerError: for a tap that the backbone does not have.
        """
        wanted = {self.shape.index(tap): tap for tap in taps}
        found: dict[str, Tensor] = {}
        features = self._seen(pictures)
        if self._halves:
            features = features.contiguous(memory_format=torch.channels_last)
        for i in range(max(wanted, default=-1) + 1):
            if i in self._overwriting:
                cast("nn.ReLU", self.features[i]).inplace = i - 1 not in wanted
            features = self.features[i](features)
            if i in wanted:
                found[wanted[i]] = features.to(pictures.dtype)
            if i == 0 and self._halves:
                features = features.bfloat16()
        return found

    def halved(self) -> Backbone:
        """This network with its layers in bfloat16 and channels last, for pictures and features in float32.

        Half the bytes are moved, and processors with matrix units for bfloat16 multiply several times as fast; the
        eight digits of a feature become two to three. The first layer stays as it is: a picture in 256 steps would
        hide small changes of it from all layers. What comes of it is judged by :attr:`exact`.
        """
        fast = copy.deepcopy(self)
        fast.features[1:].to(torch.bfloat16)
        fast.features.to(memory_format=torch.channels_last)
        fast._halves = (self,)
        return fast

    @property
    def exact(self) -> Backbone:
        """The network whose layers were halved; itself where none were."""
        return self._halves[0] if self._halves else self

    def _seen(self, pictures: Tensor) -> Tensor:
        """Pictures as the network sees them: (B, 3, H, W) in its order of channels and its units."""
        if self.pixels.order == "bgr":
            pictures = pictures.flip(1)
        if self.pixels.scale != 1:
            pictures = pictures * self.pixels.scale
        return (pictures - self.mean) / self.deviation

    def _set_pixels(self, like: Tensor) -> None:
        for name in ("mean", "deviation"):
            values = torch.tensor(getattr(self.pixels, name), dtype=like.dtype, device=like.device)
            self.register_buffer(name, values.view(1, 3, 1, 1), persistent=False)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Backbone:
        """Behind every move and conversion: a float64 network has the constants themselves, not float32's of them."""
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self._set_pixels(self.mean)
        return self


def build(
    backbone: str,
    weights: str,
    *,
    width: float = 1.0,
    pooling: str = "max",
    padding: str = "zero",
    pixels: str = "imagenet",
    progress: bool = True,
) -> Backbone:
    """A backbone with its weights, on the CPU in float32.

    Args:
        backbone: a name of :data:`nst.layers.BACKBONES`.
        weights: as :func:`nst.weights.load` takes them.
        width: multiplier on every layer's channels.
        pooling: of :data:`nst.layers.POOLINGS`.
        padding: of :data:`nst.layers.PADDINGS`.
        pixels: a name of :data:`nst.pixels.PIXELS`.
        progress: show a bar while ImageNet weights are downloaded.

    Raises:
        UnsupportedError: when the backbone cannot have this pooling or padding.
        WeightsError: when the weights are missing, altered, unsafe to load or of other shapes.
    """
    shape = topology(backbone, width)
    shape.check(pooling=pooling, padding=padding)
    state = weight_files.load(shape, weights, progress=progress)
    return Backbone(shape, pooling, state, pixels=PIXELS[pixels], padding=padding)


_DTYPES = {"float32": torch.float32, "float64": torch.float64, "tf32": torch.float32, "bfloat16": torch.float32}


def from_settings(settings: Settings, device: torch.device | str) -> Backbone:
    """The network that the settings name, on a device and in their precision; settings of other groups count nothing.

    Raises:
        WeightsError: as :func:`build`.
    """
    network = build(
        settings.backbone,
        settings.weights,
        width=settings.width,
        pooling=settings.pooling,
        padding=settings.padding,
        pixels=settings.pixels,
    )
    network = network.to(device, _DTYPES[settings.precision])
    network.tf32 = settings.precision == "tf32"
    return network.halved() if settings.precision == "bfloat16" else network


def _module(layer: Layer, pooling: str, edge: str = "zero") -> nn.Module:
    """What computes a layer. No module changes what it is given, so that every layer before it can be read."""
    kernel, stride, padding, _ = layer.window
    if layer.kind == "conv":
        mode: Literal["zeros", "replicate"] = "replicate" if edge == "replicate" else "zeros"
        return nn.Conv2d(layer.inputs, layer.channels, kernel, stride, padding, bias=layer.bias, padding_mode=mode)
    if layer.kind == "bn":
        return nn.BatchNorm2d(layer.channels)
    if layer.kind == "relu":
        return nn.ReLU(inplace=False)
    if layer.kind == "pool":
        return _pool(layer, pooling)
    if layer.kind == "fire":
        from torchvision.models.squeezenet import Fire

        return Fire(layer.inputs, layer.inner, layer.channels // 2, layer.channels // 2)  # type: ignore[no-any-return]
    return _block(layer)


def _pool(layer: Layer, pooling: str) -> nn.Module:
    """The pool of a layer, with its window whatever it does there."""
    kernel, stride, padding, ceil = layer.window
    if pooling == "max":
        return nn.MaxPool2d(kernel, stride, padding, ceil_mode=ceil)
    if pooling == "l2-rescaled":
        return _Rescaled(nn.LPPool2d(2, kernel, stride, ceil_mode=ceil), RESCALED[pooling])
    # What lies beyond the edge counts in no mean: max pooling passes over it too.
    average = nn.AvgPool2d(kernel, stride, padding, ceil_mode=ceil, count_include_pad=False)
    return _Rescaled(average, RESCALED[pooling]) if pooling in RESCALED else average


class _Rescaled(nn.Module):
    """A pool times a factor."""

    def __init__(self, pool: nn.Module, factor: float) -> None:
        super().__init__()
        self.pool = pool
        self.factor = factor

    def forward(self, features: Tensor) -> Tensor:
        return self.pool(features) * self.factor  # type: ignore[no-any-return]


def _block(layer: Layer) -> nn.Module:
    from torchvision.models.resnet import Bottleneck

    shortcut = None
    stride = layer.window.stride
    if layer.shortcut:
        projection = nn.Conv2d(layer.inputs, layer.channels, 1, stride, bias=False)
        shortcut = nn.Sequential(projection, nn.BatchNorm2d(layer.channels))
    return Bottleneck(layer.inputs, layer.inner, stride, shortcut)  # type: ignore[no-any-return]
