"""What the first filters of layers respond to in a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from nst.backbones import Backbone
from nst.images import Pixels
from nst.problems import to_tensor


@dataclass(frozen=True)
class Response:
    """The responses of a layer's first filters, as the layer itself gives them: a convolution's before its ReLU."""

    layer: str
    maps: NDArray[np.float32]
    """(filters, rows, columns), in the layer's own unit."""

    @property
    def positive(self) -> float:
        """Share of the responses above 0: what a ReLU behind the layer lets through."""
        return float((self.maps > 0).mean())

    @property
    def largest(self) -> float:
        """The largest response, whatever its sign, which a sheet does not show: tiles are scaled each for itself."""
        return float(np.abs(self.maps).max())


def responses(backbone: Backbone, picture: Pixels, layers: Sequence[str], filters: int) -> tuple[Response, ...]:
    """One pass of a picture through a network.

    Args:
        backbone: on the device and in the precision of the run.
        picture: float32 (height, width, 3) in [0, 1], large enough for all of the layers.
        layers: canonical names; the responses come in this order.
        filters: how many of each layer, its first; a layer that has fewer gives all.
    """
    with torch.no_grad():
        found = backbone(to_tensor(picture).to(backbone.mean), layers)
    return tuple(Response(layer, found[layer][0, :filters].float().cpu().numpy()) for layer in layers)
