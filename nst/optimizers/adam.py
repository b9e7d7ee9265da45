"""Adam over a batch of independent pictures."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from nst.optimizers.rows import movable, shaped


class Adam:
    """Kingma & Ba 2015, algorithm 1, as torch computes it; every picture counts its own steps.

    torch.optim.Adam has one count for the whole batch, and lets the moments of a picture decay that stands still:
    hence the update is written out here.

    Args:
        learning_rate: alpha, about the largest change of a value per step.
        betas: decay of the first and the second moment.
        eps: added to the root of the second moment.
    """

    def __init__(self, learning_rate: float, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8) -> None:
        self._learning_rate, self._betas, self._eps = learning_rate, betas, eps
        self._first: Tensor | None = None
        self._second: Tensor
        self._steps: Tensor

    waits: ClassVar[bool] = False

    @property
    def updates(self) -> Tensor:
        """(B,) int64: steps each picture has taken; empty before the first."""
        return torch.zeros(0, dtype=torch.long) if self._first is None else self._steps.clone()

    def step(self, pictures: Tensor, losses: Tensor, gradients: Tensor, active: Tensor | None = None) -> None:
        """See :class:`~nst.optimizers.Optimizer`."""
        self.reserve(pictures, 1)
        assert self._first is not None
        moving = movable(losses, gradients.flatten(1), active)
        mask = shaped(moving, pictures)
        gradients = torch.where(mask, gradients, 0.0)
        self._steps += moving
        rows = mask.to(gradients.dtype)
        self._first.lerp_(gradients, torch.full_like(rows, 1 - self._betas[0]).where(mask, 0.0))
        self._second.mul_(torch.full_like(rows, self._betas[1]).where(mask, 1.0))
        self._second.addcmul_(gradients, gradients, value=1 - self._betas[1])  # zero where a picture stands still

        taken = self._steps.clamp_min(1).double()
        first_bias, second_bias = (1 - beta**taken for beta in self._betas)
        length = torch.where(moving, self._learning_rate / first_bias, 0.0)
        root = self._second.sqrt().div_(shaped(second_bias.sqrt(), pictures).to(pictures.dtype)).add_(self._eps)
        pictures.sub_((self._first / root).mul_(shaped(length, pictures).to(pictures.dtype)))

    def reserve(self, pictures: Tensor, steps: int) -> None:
        """See :class:`~nst.optimizers.Optimizer`; any number of steps takes the same memory."""
        if self._first is None:
            self._first, self._second = torch.zeros_like(pictures), torch.zeros_like(pictures)
            self._steps = torch.zeros(len(pictures), dtype=torch.long, device=pictures.device)

    def resized(self, height: int, width: int) -> Adam:
        """Adam at another size of picture, with what it has learned: moments resampled, step counts kept.

        The first moment is resampled bicubically, the second bilinearly and kept from below zero, as in crowsonkb's
        style-transfer-pytorch. Values are not rescaled: that suits an objective whose gradient per pixel depends
        little on the number of pixels; otherwise the moments catch up within about 1 / (1 - beta) steps.
        """
        other = Adam(self._learning_rate, self._betas, self._eps)
        if self._first is not None:
            size = (height, width)
            other._first = F.interpolate(self._first, size, mode="bicubic")
            other._second = F.interpolate(self._second, size, mode="bilinear").relu_()
            other._steps = self._steps.clone()
        return other
