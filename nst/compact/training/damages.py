"""What a crop can suffer: the flaws of synthesised textures, and changes that a style does not survive.

A damage takes crops (B, 3, H, W) in [0, 1] and a generator, and returns as many; how strong it is varies from crop
to crop. A new one is one more function under :func:`_damage`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

Damage = Callable[[Tensor, torch.Generator], Tensor]

#: Every damage by name, in the order of their classes; class 0 is no damage.
DAMAGES: dict[str, Damage] = {}


def _damage(function: Damage) -> Damage:
    DAMAGES[function.__name__] = function
    return function


def damage(crops: Tensor, share: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Some of the crops damaged, each in one way.

    Args:
        crops: (B, 3, H, W) in [0, 1].
        share: of the crops that are damaged, 0 to 1.
        generator: draws which, how and how strongly.

    Returns:
        The crops, cut to [0, 1], and the class of each: 0 for whole ones.
    """
    count = len(crops)
    hit = torch.rand(count, generator=generator) < share
    kinds = torch.where(hit, torch.randint(1, len(DAMAGES) + 1, (count,), generator=generator), 0)
    crops = crops.clone()
    for kind, function in enumerate(DAMAGES.values(), start=1):
        places = (kinds == kind).nonzero()[:, 0]
        if len(places):
            crops[places] = function(crops[places], generator).clamp(0, 1)
    return crops, kinds


def _draw(crops: Tensor, low: float, high: float, generator: torch.Generator) -> Tensor:
    """One number for each crop, evenly between the two: (B, 1, 1, 1)."""
    return low + (high - low) * torch.rand(len(crops), 1, 1, 1, generator=generator)


@_damage
def noise(crops: Tensor, generator: torch.Generator) -> Tensor:
    """Grain in brightness."""
    size = _draw(crops, 0.02, 0.12, generator)
    return crops + size * torch.randn(crops[:, :1].shape, generator=generator)


@_damage
def speckle(crops: Tensor, generator: torch.Generator) -> Tensor:
    """Grain in colour: what an untrained network leaves of a texture."""
    size = _draw(crops, 0.02, 0.12, generator)
    return crops + size * torch.randn(crops.shape, generator=generator)


@_damage
def fringes(crops: Tensor, generator: torch.Generator) -> Tensor:
    """Red and blue beside their edges, by a pixel or two."""
    moved = crops.clone()
    for i in range(len(crops)):
        for channel in (0, 2):
            across, down = (int(v) for v in torch.randint(-2, 3, (2,), generator=generator))
            if not across and not down:
                across = 1
            moved[i, channel] = crops[i, channel].roll((down, across), (0, 1))
    return moved


@_damage
def blur(crops: Tensor, generator: torch.Generator) -> Tensor:
    """The mean of near pixels, some of it."""
    near = F.avg_pool2d(F.pad(crops, (2, 2, 2, 2), mode="reflect"), 5, 1)
    return crops + _draw(crops, 0.5, 1, generator) * (near - crops)


@_damage
def ringing(crops: Tensor, generator: torch.Generator) -> Tensor:
    """Edges overdone, with a halo."""
    near = F.avg_pool2d(F.pad(crops, (1, 1, 1, 1), mode="reflect"), 3, 1)
    return crops + _draw(crops, 0.8, 2.5, generator) * (crops - near)


@_damage
def jostled(crops: Tensor, generator: torch.Generator) -> Tensor:
    """Every pixel taken from somewhere near: lines fall to pieces, histograms stay."""
    count, _, height, width = crops.shape
    reach = _draw(crops, 1, 4, generator)
    offsets = reach * torch.randn(count, height, width, 2, generator=generator) * (2 / height)
    still = torch.eye(2, 3).expand(count, 2, 3)
    grid = F.affine_grid(still, [count, 3, height, width], align_corners=False)
    return F.grid_sample(crops, grid + offsets, mode="nearest", padding_mode="reflection", align_corners=False)


@_damage
def wavy(crops: Tensor, generator: torch.Generator) -> Tensor:
    """Bent smoothly and strongly: straight lines and even strokes are lost, their edges stay."""
    count, _, height, width = crops.shape
    coarse = torch.randn(count, 2, 8, 8, generator=generator) * _draw(crops, 0.06, 0.15, generator)
    offsets = F.interpolate(coarse, size=(height, width), mode="bicubic", align_corners=False).permute(0, 2, 3, 1)
    still = torch.eye(2, 3).expand(count, 2, 3)
    grid = F.affine_grid(still, [count, 3, height, width], align_corners=False)
    return F.grid_sample(crops, grid + offsets, padding_mode="reflection", align_corners=False)


@_damage
def phases(crops: Tensor, generator: torch.Generator) -> Tensor:
    """The spectrum kept, phases turned at random, the same for all colours: what second-order statistics miss."""
    count, _, height, width = crops.shape
    turn = torch.rand(count, 1, height, width // 2 + 1, generator=generator) * 2 - 1
    spectrum = torch.fft.rfft2(crops) * torch.exp(1j * math.pi * turn * _draw(crops, 0.4, 1, generator))
    spectrum[..., 0, 0] = torch.fft.rfft2(crops)[..., 0, 0]
    turned: Tensor = torch.fft.irfft2(spectrum, s=(height, width))
    return turned


@_damage
def tiles(crops: Tensor, generator: torch.Generator) -> Tensor:
    """Squares of eight pixels, shuffled: everything is there but what joins them."""
    side = 8
    count, _, height, width = crops.shape
    cells = F.unfold(crops, side, stride=side)
    order = torch.rand(count, cells.shape[2], generator=generator).argsort(1)
    shuffled = cells.gather(2, order[:, None].expand_as(cells))
    return F.fold(shuffled, (height, width), side, stride=side)


@_damage
def tint(crops: Tensor, generator: torch.Generator) -> Tensor:
    """Colours towards one another's mean: a palette that has run together."""
    grey = crops.mean(1, keepdim=True)
    wash = crops.mean((2, 3), keepdim=True) - crops.mean((1, 2, 3), keepdim=True)
    return crops + _draw(crops, 0.4, 1, generator) * (grey + wash - crops)
