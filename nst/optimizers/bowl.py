"""A function to time optimisers on: it costs next to nothing, and no step of theirs is refused."""

from __future__ import annotations

import torch
from torch import Tensor


class Bowl:
    """1/2 sum of slope (x - bottom)^2 with slopes from 0.5 to 1.5; convex, so that every pair of a history counts.

    Args:
        bottom: (B, 3, H, W).
    """

    def __init__(self, bottom: Tensor) -> None:
        self._bottom = bottom
        self._slope = torch.rand(bottom.shape, generator=torch.Generator().manual_seed(0)).to(bottom) + 0.5

    def __call__(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Losses (B,) and gradients (B, 3, H, W)."""
        away = pictures - self._bottom
        gradients = self._slope * away
        return (away * gradients).flatten(1).sum(1) / 2, gradients
