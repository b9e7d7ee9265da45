"""The bytes that a step cannot do without, added up from shapes. No torch here."""

from __future__ import annotations

from nst.layers import Topology
from nst.settings import Settings


def activations(shape: Topology, settings: Settings, height: int, width: int, size: int) -> int:
    """Bytes of the features of one picture that its gradient needs, of ``size`` bytes a value.

    What each layer hands on, up to the deepest that a loss reads. A ReLU's gradient needs what comes out of it and
    nothing of what went in: a convolution, or a batch norm, before a ReLU counts only where it is read itself.
    """
    read = {*(settings.content_layers or ()), *(settings.style_layers or ())}
    layers = shape.stack[: shape.index(deepest(shape, settings)) + 1]
    total = 0
    for layer, after in zip(layers, (*layers[1:], None), strict=True):
        if after is None or after.kind != "relu" or layer.name in read:
            rows, columns = shape.positions(layer.name, height, width)
            total += layer.channels * rows * columns * size
    return total


def targets(shape: Topology, settings: Settings, height: int, width: int, size: int) -> int:
    """Bytes of content features and style statistics."""
    total = 0
    for name in settings.content_layers or ():
        rows, columns = shape.positions(name, height, width)
        total += shape.channels(name) * rows * columns * size
    for name in settings.style_layers or ():
        total += shape.channels(name) ** 2 * size
    return total


def deepest(shape: Topology, settings: Settings) -> str:
    """The last layer that a loss reads."""
    taps = (*(settings.content_layers or ()), *(settings.style_layers or ()))
    return shape.layers[max(shape.index(tap) for tap in taps)]
