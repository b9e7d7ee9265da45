"""Pictures on their way: evaluation after evaluation, in tensors that stay where they are.

All that changes on the way lies in tensors, the number of the evaluation included, and is changed in place. So what
one step does is what every step does: the GPU can be given a recording of it (:mod:`nst.graphs`).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from nst.objectives import Objective, evaluate
from nst.optimizers import Average, Optimizer
from nst.optimizers.held import held_bytes
from nst.optimizers.line_search import MAX_TRIALS


class Stepping:
    """B pictures of one run at one size; :func:`nst.synthesis.synthesize` says what the arguments mean.

    :meth:`begin` comes first, then :meth:`advance`, again and again, but :meth:`finish` wherever :meth:`finishes`
    says so.

    Raises:
        ValueError: when the numbers of evaluations are not one per picture, or one of them is below 1.
    """

    def __init__(
        self,
        objective: Objective,
        start: Tensor,
        optimizer: Optimizer,
        evaluations: int | Sequence[int],
        *,
        keep: str = "last",
        clamp: bool = False,
        averaging: float = 0.0,
    ) -> None:
        self.objective, self.optimizer = objective, optimizer
        self.pictures = start.detach().clone(memory_format=torch.contiguous_format)
        """(B, 3, H, W), where the objective was evaluated last."""
        batch, device = len(self.pictures), self.pictures.device
        budgets = [evaluations] * batch if isinstance(evaluations, int) else list(evaluations)
        if len(budgets) != batch or min(budgets) < 1:
            raise ValueError(f"evaluations is {evaluations} for {batch} pictures: expected 1 or more for each")
        self._budgets = frozenset(budgets)
        self.total = max(budgets)
        """Evaluations in all."""
        self._uneven = torch.tensor(budgets, device=device) if min(budgets) < self.total else None
        self._clamp = clamp
        self._average = Average(averaging) if averaging else None
        self.kept = Kept(self.pictures, keep == "best")
        self.curve = self.pictures.new_full((self.total, len(objective.names), batch), torch.nan)
        """(evaluations, terms, B): weighted terms; NaN where there is none yet, or no more."""
        self.losses = self.pictures.new_zeros(batch)
        """(B,), of the last evaluation."""
        self._gradient = torch.zeros_like(self.pictures)
        self._done = torch.zeros((), dtype=torch.long, device=device)

    def reserve(self) -> None:
        """Take all memory now: from here on every :meth:`advance` is the same work on the same memory."""
        self.optimizer.reserve(self.pictures, max(1, self.total - 1))
        if self._average is not None:
            self._average.reserve(self.pictures)

    @property
    def averages(self) -> bool:
        """Whether pictures become their average in the end."""
        return self._average is not None

    def begin(self) -> None:
        """The first evaluation, of the start."""
        self._evaluate(ending=False)

    def advance(self) -> None:
        """A step of the optimiser, and the evaluation of where it led."""
        self._move()
        self._evaluate(ending=False)

    def finishes(self, k: int) -> bool:
        """Whether evaluation k is the last of some picture, and that of its average."""
        return self.averages and k > 0 and k + 1 in self._budgets

    def finish(self) -> None:
        """As :meth:`advance`; pictures whose last evaluation it is become their average."""
        self._move()
        self._evaluate(ending=True)

    @property
    def state_bytes(self) -> int:
        """Of what the optimiser holds, and of the moving average where there is one."""
        return held_bytes(self.optimizer, self._average)

    def _move(self) -> None:
        active = None if self._uneven is None else self._done < self._uneven
        self.optimizer.step(self.pictures, self.losses, self._gradient, active)

    def _evaluate(self, ending: bool) -> None:
        self._cut()
        if self._average is not None:
            self._average.update(self.pictures)
            if ending:
                self._end(self._average)
        terms, gradient = evaluate(self.objective, self.pictures)
        if self._uneven is not None:
            terms = torch.where(self._done < self._uneven, terms, torch.nan)
        self._gradient.copy_(gradient)
        torch.sum(terms, 0, out=self.losses)
        self.kept.take(self._done, self.pictures, terms)
        self.curve.index_copy_(0, self._done.view(1), terms[None])
        self._done += 1

    def _end(self, average: Average) -> None:
        value = average.value()
        if self._uneven is not None:
            value = torch.where((self._uneven == self._done + 1)[:, None, None, None], value, self.pictures)
        self.pictures.copy_(value)
        self._cut()

    def _cut(self) -> None:
        if self._clamp:
            self.pictures.clamp_(0, self.objective.pixel_range)


class Kept:
    """Of each picture of a batch the last with a finite loss, or the one with the lowest."""

    def __init__(self, start: Tensor, lowest: bool) -> None:
        self.pictures = start.clone()
        """(B, 3, H, W)."""
        self.evaluation = torch.full((len(start),), -1, dtype=torch.long, device=start.device)
        """(B,): where each was evaluated; -1: nowhere yet."""
        self._finite_at = self.evaluation.clone()
        self._lowest = torch.full((len(start),), torch.inf, dtype=torch.float64, device=start.device)
        self._any = not lowest

    def take(self, k: Tensor, pictures: Tensor, terms: Tensor) -> None:
        """Evaluation k, a number on the device, saw these pictures (B, 3, H, W) and gave these terms (T, B)."""
        totals = terms.double().sum(0)  # as the curve's, so that no row of it is lower than the lowest
        better = totals.isfinite()
        torch.where(better, k, self._finite_at, out=self._finite_at)
        if not self._any:
            better &= totals < self._lowest
            torch.where(better, totals, self._lowest, out=self._lowest)
        torch.where(better, k, self.evaluation, out=self.evaluation)
        torch.where(better[:, None, None, None], pictures, self.pictures, out=self.pictures)

    def lost(self, k: int) -> bool:
        """Whether no loss can be hoped to be finite again; a line search may step back after many that are not."""
        before = int(self._finite_at.max())
        return k - before > (0 if self._any or before < 0 else MAX_TRIALS + 1)
