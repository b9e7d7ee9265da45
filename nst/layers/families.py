"""The networks, layer by layer: those that were published as torchvision builds and numbers them, and our own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nst.layers.stack import SAME, Kind, Layer, Window

#: Convolutions per block: columns A, B, D and E of table 1 of Simonyan & Zisserman 2015.
_VGG_DEPTHS = {
    "vgg11": (1, 1, 2, 2, 2),
    "vgg13": (2, 2, 2, 2, 2),
    "vgg16": (2, 2, 3, 3, 3),
    "vgg19": (2, 2, 4, 4, 4),
}
_VGG_CHANNELS = (64, 128, 256, 512, 512)

#: Channels per block of our own network, a quarter of VGG-19's but for the first block: half as many filters as in
#: print are what strokes and edges of any direction and colour take, and the whole is still 1.3 million weights.
_COMPACT_CHANNELS = (32, 32, 64, 128, 128)

#: Convolutions (channels, window) and the ordinals that a pool follows: the one-GPU AlexNet of Krizhevsky 2014.
_ALEXNET = (
    (64, Window(11, 4, 2)),
    (192, Window(5, 1, 2)),
    (384, Window(3, 1, 1)),
    (256, Window(3, 1, 1)),
    (256, Window(3, 1, 1)),
)
_ALEXNET_POOLS = (1, 2, 5)

#: Channels of each fire module's squeeze and of either half of its expand, from fire2 on: table 1 of Iandola et al.
#: 2016.
_FIRE = ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256))

#: Blocks per stage and channels of their 3 x 3 convolutions: table 1 of He et al. 2016.
_RESNET50 = ((3, 64), (4, 128), (6, 256), (3, 512))
_EXPANSION = 4


class Builder:
    """Puts layer on layer, each reading the one before; channels are given as published."""

    def __init__(self, width: float) -> None:
        self.layers: list[Layer] = []
        self._width = width
        self._channels = 3

    def convolution(self, name: str, channels: int, window: Window, *, key: str = "", bias: bool = True) -> None:
        self._add(name, "conv", key, self._wide(channels), window, bias=bias)

    def plain(self, name: str, kind: Kind, window: Window = SAME, *, key: str = "") -> None:
        """A layer that keeps the channels: batch norm, ReLU or pool."""
        self._add(name, kind, key, self._channels, window)

    def fire(self, name: str, squeeze: int, expand: int) -> None:
        self._add(name, "fire", "", 2 * self._wide(expand), inner=self._wide(squeeze))

    def block(self, name: str, channels: int, stride: int, *, key: str) -> None:
        inner = self._wide(channels)
        self._add(name, "block", key, _EXPANSION * inner, Window(3, stride, 1), inner=inner)

    def _wide(self, channels: int) -> int:
        return max(4, round(channels * self._width))

    def _add(
        self,
        name: str,
        kind: Kind,
        key: str,
        channels: int,
        window: Window = SAME,
        *,
        inner: int = 0,
        bias: bool = True,
    ) -> None:
        place = key or str(len(self.layers))
        self.layers.append(Layer(name, kind, place, self._channels, channels, window, inner, bias))
        self._channels = channels


def _vgg(
    network: Builder, depths: tuple[int, ...], batch_norm: bool = False, widths: tuple[int, ...] = _VGG_CHANNELS
) -> None:
    for block, (depth, channels) in enumerate(zip(depths, widths, strict=True), start=1):
        for i in range(1, depth + 1):
            network.convolution(f"conv{block}_{i}", channels, Window(3, 1, 1))
            if batch_norm:
                network.plain(f"bn{block}_{i}", "bn")
            network.plain(f"relu{block}_{i}", "relu")
        network.plain(f"pool{block}", "pool", Window(2, 2))


def _alexnet(network: Builder) -> None:
    for i, (channels, window) in enumerate(_ALEXNET, start=1):
        network.convolution(f"conv{i}", channels, window)
        network.plain(f"relu{i}", "relu")
        if i in _ALEXNET_POOLS:
            network.plain(f"pool{i}", "pool", Window(3, 2))


def _squeezenet(network: Builder, channels: int, stem: Window, pools: tuple[int, ...]) -> None:
    """``pools``: the pool behind the stem and those behind fire modules, by number."""
    network.convolution("conv1", channels, stem)
    network.plain("relu1", "relu")
    network.plain("pool1", "pool", Window(3, 2, 0, ceil=True))
    for i, (squeeze, expand) in enumerate(_FIRE, start=2):
        network.fire(f"fire{i}", squeeze, expand)
        if i in pools:
            network.plain(f"pool{i}", "pool", Window(3, 2, 0, ceil=True))


def _resnet50(network: Builder) -> None:
    """torchvision's, which strides in a block's 3 x 3 convolution where He et al. stride in the first 1 x 1."""
    network.convolution("conv1", 64, Window(7, 2, 3), key="conv1", bias=False)
    network.plain("bn1", "bn", key="bn1")
    network.plain("relu1", "relu", key="relu")
    network.plain("pool1", "pool", Window(3, 2, 1), key="maxpool")
    for stage, (blocks, channels) in enumerate(_RESNET50, start=1):
        for i in range(blocks):
            stride = 2 if stage > 1 and i == 0 else 1
            network.block(f"layer{stage}_{i + 1}", channels, stride, key=f"layer{stage}.{i}")


#: What builds each published backbone, by torchvision's name.
_PUBLISHED: dict[str, Callable[[Builder], None]] = {
    **{
        f"{name}{suffix}": partial(_vgg, depths=depths, batch_norm=bool(suffix))
        for name, depths in _VGG_DEPTHS.items()
        for suffix in ("", "_bn")
    },
    "alexnet": _alexnet,
    "squeezenet1_0": partial(_squeezenet, channels=96, stem=Window(7, 2), pools=(4, 8)),
    "squeezenet1_1": partial(_squeezenet, channels=64, stem=Window(3, 2), pools=(3, 5)),
    "resnet50": _resnet50,
}

#: Those that torchvision has weights of.
PUBLISHED = tuple(_PUBLISHED)

#: What builds each backbone.
FAMILIES: dict[str, Callable[[Builder], None]] = {
    **_PUBLISHED,
    "compact": partial(_vgg, depths=_VGG_DEPTHS["vgg19"], widths=_COMPACT_CHANNELS),
}
