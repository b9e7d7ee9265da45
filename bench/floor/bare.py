"""torchvision's network without anything around it. Imports torch."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from nst.backbones import Backbone


def passes(network: Backbone, deepest: str, like: Tensor) -> Callable[[], Tensor]:
    """A forward pass of the network up to a layer, and back to the picture: the gradient, (B, 3, H, W).

    The modules are torchvision's own kinds in its own order, with the weights and pools of ``network``; ReLUs overwrite
    their input, as torchvision's do. Nothing is read on the way, and what comes back into the last layer is given.

    Args:
        network: whose modules are run.
        deepest: the last layer.
        like: a picture of the size, type and device to measure at.
    """
    modules = list(network.features)[: network.shape.index(deepest) + 1]
    bare = nn.Sequential(*(nn.ReLU(inplace=True) if isinstance(module, nn.ReLU) else module for module in modules))
    picture = torch.rand(like.shape, generator=torch.Generator().manual_seed(0)).to(like)
    with torch.no_grad():
        back = torch.ones_like(bare(picture))

    def once() -> Tensor:
        variable = picture.detach().requires_grad_(True)
        (gradient,) = torch.autograd.grad(bare(variable), variable, back)
        return gradient

    return once
