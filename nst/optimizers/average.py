"""The average of a run's pictures."""

from __future__ import annotations

import torch
from torch import Tensor

from nst.optimizers.rows import shaped


class Average:
    """Exponential moving average of the iterates, corrected for its start at zero (Kingma & Ba 2015, section 7.2).

    After k updates picture i of them weighs (1 - decay) decay^(k - i) / (1 - decay^k), so one update gives the
    picture itself. The average is no point that was evaluated: its loss has to be taken separately.

    Args:
        decay: in [0, 1); 0.99 looks back over about 100 updates.

    Raises:
        ValueError: for another decay.
    """

    def __init__(self, decay: float) -> None:
        if not 0 <= decay < 1:
            raise ValueError(f"decay is {decay}: expected a number from 0 up to, but not including, 1")
        self._decay = decay
        self._sum: Tensor | None = None
        self._weight: Tensor

    def update(self, pictures: Tensor, active: Tensor | None = None) -> None:
        """Take in (B, 3, H, W) pictures; where ``active`` (B,) is False, the average stays as it is."""
        self.reserve(pictures)
        assert self._sum is not None
        weight = self._weight.lerp(torch.ones_like(self._weight), 1 - self._decay)
        taken = self._sum.lerp(pictures, 1 - self._decay)
        if active is not None:
            active = active.to(weight.device)
            weight = torch.where(active, weight, self._weight)
            taken = torch.where(shaped(active, taken), taken, self._sum)
        self._weight.copy_(weight)
        self._sum.copy_(taken)

    def reserve(self, pictures: Tensor) -> None:
        """Take all memory that averages of such pictures, (B, 3, H, W), need."""
        if self._sum is None:
            self._sum = torch.zeros_like(pictures)
            self._weight = torch.zeros(len(pictures), dtype=torch.float64, device=pictures.device)

    def value(self) -> Tensor:
        """(B, 3, H, W): the average so far; zero for a picture that was never taken in.

        Raises:
            RuntimeError: before the first update.
        """
        if self._sum is None:
            raise RuntimeError("the average of no pictures: call update() before value()")
        weight = torch.where(self._weight > 0, self._weight, 1.0)
        return self._sum / shaped(weight, self._sum).to(self._sum.dtype)
