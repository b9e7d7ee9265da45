"""Optimisers over a batch of independent pictures.

Each call of ``step`` takes in one evaluation per picture and puts every picture, in place, to where it shall be
evaluated next. Rows of the batch never influence one another, whichever of them stop, fail or start again.
"""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from nst.optimizers.adam import Adam
from nst.optimizers.average import Average
from nst.optimizers.lbfgs import LBFGS
from nst.settings import LineSearch

__all__ = ["LBFGS", "Adam", "Average", "LineSearch", "Optimizer"]


class Optimizer(Protocol):
    """Puts pictures to where they shall be evaluated next."""

    def step(self, pictures: Tensor, losses: Tensor, gradients: Tensor, active: Tensor | None = None) -> None:
        """Take in one evaluation and change (B, 3, H, W) ``pictures`` in place.

        Args:
            pictures: where the objective was evaluated; nobody else may have changed them since the last call.
            losses: (B,), of each picture.
            gradients: (B, 3, H, W), of each picture's own loss.
            active: (B,) bool, True for pictures that may move; None: all. The others stay exactly as they are, as
                does all the optimiser knows of them. So do pictures whose loss or gradient is not finite, but for
                a trial of a line search: that is taken back.
        """

    def reserve(self, pictures: Tensor, steps: int) -> None:
        """Take all memory that so many steps of such pictures need; those, and no more, then change tensors in place.

        Such a step without a line search is the same work on the same memory every time, whatever the numbers are.
        """

    @property
    def waits(self) -> bool:
        """Whether a step makes the host wait for numbers from the device."""

    @property
    def updates(self) -> Tensor:
        """(B,) int64: accepted changes of each picture so far; empty before the first step."""

    def resized(self, height: int, width: int) -> Optimizer:
        """One to go on with when every picture has been resized to ``height`` x ``width``."""
