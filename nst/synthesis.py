"""The one loop: from a start picture to a picture, its curve and its times, at one size.

Reconstruction is transfer with the style switched off, texture is transfer with the content switched off;
all three are :func:`synthesize` with another :class:`~nst.objectives.Objective`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nst.objectives import Objective, evaluate
from nst.optimizers import LBFGS, Adam, Average, Optimizer
from nst.optimizers.held import held_bytes
from nst.optimizers.line_search import MAX_TRIALS
from nst.settings import Settings

#: Evaluations between two looks at the device: often enough for a progress bar, rare enough to cost nothing.
CHUNK = 10


@dataclass(frozen=True)
class Progress:
    """Where a run stands at the end of a chunk."""

    evaluations: int
    losses: tuple[float, ...]
    """Of each picture of the batch, at the chunk's last evaluation."""

    @property
    def loss(self) -> float:
        """Of the first picture."""
        return self.losses[0]


@dataclass(frozen=True)
class Synthesis:
    """B pictures and how they came about. K evaluations, T terms."""

    pictures: Tensor
    """(B, 3, H, W) in the optimiser's units, on its device, not clipped: those whose loss is reported."""
    picture_evaluation: NDArray[np.int64]
    """(B,): row of the curve that belongs to the picture; -1 where no loss was ever finite."""
    terms: tuple[str, ...]
    curve: NDArray[np.float64]
    """(K, T, B): weighted terms at evaluation k, of picture k; NaN behind a picture's own last evaluation."""
    seconds: NDArray[np.float64]
    """(K,): from the start to the end of evaluation k."""
    updates: NDArray[np.int64]
    """(B,): changes that each picture has had; trial points of a line search are none."""
    state_bytes: int
    """Of what the optimiser holds in the end, and of the moving average where there is one."""


def make_optimizer(settings: Settings) -> Optimizer:
    """The optimiser that the settings name, in the units of their ``pixel_range``."""
    if settings.optimizer == "adam":
        assert settings.betas is not None
        return Adam(settings.learning_rate, (settings.betas[0], settings.betas[1]))
    assert settings.history is not None
    return LBFGS(
        settings.learning_rate,
        settings.history,
        settings.curvature_gate or "relative",
        settings.max_change * settings.pixel_range if settings.max_change else None,
        settings.line_search or "none",
    )


def synthesize(
    objective: Objective,
    start: Tensor,
    optimizer: Optimizer,
    evaluations: int | Sequence[int],
    *,
    keep: str = "last",
    clamp: bool = False,
    averaging: float = 0.0,
    on_progress: Callable[[Progress], None] | None = None,
) -> Synthesis:
    """Minimise the objective from ``start`` with exactly ``evaluations`` evaluations.

    Evaluation k sees the picture after k steps of the optimiser, so the last evaluation is followed by none: the
    picture returned is always one whose loss was measured. The run ends early when no picture of the batch has a
    finite loss any more.

    Args:
        objective: of one or of B problems.
        start: (B, 3, H, W), black 0 and white ``objective.pixel_range``.
        optimizer: fresh, or carried over from a smaller size.
        evaluations: for all pictures, or one number for each; a picture that has had its own stands still.
        keep: ``last``: the last picture with a finite loss; ``best``: that with the lowest, for line searches, whose
            last evaluation may be a trial that is dropped.
        clamp: cut values to black and white before each evaluation, the first included.
        averaging: decay of a moving average of the pictures, itself included, which then becomes the last picture
            evaluated; 0: none.
        on_progress: called at the end of every chunk of evaluations.

    Raises:
        ValueError: when the numbers of evaluations are not one per picture, or one of them is below 1.
    """
    pictures = start.detach().clone(memory_format=torch.contiguous_format)
    budgets = [evaluations] * len(pictures) if isinstance(evaluations, int) else list(evaluations)
    if len(budgets) != len(pictures) or min(budgets) < 1:
        raise ValueError(f"evaluations is {evaluations} for {len(pictures)} pictures: expected 1 or more for each")
    total = max(budgets)
    uneven = torch.tensor(budgets, device=pictures.device) if min(budgets) < total else None
    updates_before = _updates(optimizer, len(pictures))
    average = Average(averaging) if averaging else None
    kept = _Kept(pictures, keep == "best")
    rows: list[Tensor] = []
    clock = _StepClock(pictures.device)
    for k in range(total):
        last = k == total - 1
        active = None if uneven is None else k < uneven
        _cut(pictures, clamp, objective.pixel_range)
        if average is not None:
            average.update(pictures)
            if k and k + 1 in budgets:  # the last evaluation of a picture is that of its average
                ending = torch.ones_like(kept.evaluation, dtype=torch.bool) if uneven is None else uneven == k + 1
                torch.where(ending[:, None, None, None], average.value(), pictures, out=pictures)
                _cut(pictures, clamp, objective.pixel_range)
        terms, gradient = evaluate(objective, pictures)
        if active is not None:
            terms = torch.where(active, terms, torch.nan)
        losses = terms.sum(0)
        kept.take(k, pictures, terms)
        rows.append(terms)
        clock.mark()
        if not last:
            optimizer.step(pictures, losses, gradient, None if uneven is None else k + 1 < uneven)
        if last or (k + 1) % CHUNK == 0:
            if on_progress is not None:
                on_progress(Progress(k + 1, tuple(losses.tolist())))
            if kept.lost(k):
                break
    return Synthesis(
        pictures=kept.pictures,
        picture_evaluation=kept.evaluation.cpu().numpy(),
        terms=objective.names,
        curve=torch.stack(rows).double().cpu().numpy(),
        seconds=clock.seconds(),
        updates=_updates(optimizer, len(pictures)) - updates_before,
        state_bytes=held_bytes(optimizer, average),
    )


def _cut(pictures: Tensor, clamp: bool, white: float) -> None:
    if clamp:
        pictures.clamp_(0, white)


class _Kept:
    """Of each picture of a batch the last with a finite loss, or the one with the lowest."""

    def __init__(self, start: Tensor, lowest: bool) -> None:
        self.pictures = start.clone()
        self.evaluation = torch.full((len(start),), -1, dtype=torch.long, device=start.device)
        self._finite_at = self.evaluation.clone()
        self._lowest = torch.full((len(start),), torch.inf, dtype=torch.float64, device=start.device)
        self._any = not lowest

    def take(self, k: int, pictures: Tensor, terms: Tensor) -> None:
        """Evaluation k saw these pictures (B, 3, H, W) and gave these terms (T, B)."""
        totals = terms.double().sum(0)  # as the curve's, so that no row of it is lower than the lowest
        better = totals.isfinite()
        self._finite_at.masked_fill_(better, k)
        if not self._any:
            better &= totals < self._lowest
            self._lowest = torch.where(better, totals, self._lowest)
        self.evaluation.masked_fill_(better, k)
        torch.where(better[:, None, None, None], pictures, self.pictures, out=self.pictures)

    def lost(self, k: int) -> bool:
        """Whether no loss can be hoped to be finite again; a line search may step back after many that are not."""
        before = int(self._finite_at.max())
        return k - before > (0 if self._any or before < 0 else MAX_TRIALS + 1)


def _updates(optimizer: Optimizer, batch: int) -> NDArray[np.int64]:
    """An optimiser that was never asked has no counts yet."""
    counted = optimizer.updates.cpu().numpy()
    return counted if len(counted) else np.zeros(batch, dtype=np.int64)


class _StepClock:
    """Seconds at the end of each evaluation, read without making the device wait.

    On CUDA an event per evaluation is recorded and read when all is over; elsewhere the host's clock is right.
    """

    def __init__(self, device: torch.device) -> None:
        self._cuda = device.type == "cuda"
        self._marks: list[Any] = []
        self.mark()

    def mark(self) -> None:
        if not self._cuda:
            self._marks.append(time.perf_counter())
            return
        event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        event.record()
        self._marks.append(event)

    def seconds(self) -> NDArray[np.float64]:
        """From the first mark, made on construction, to each later one."""
        start, *marks = self._marks
        if self._cuda:
            torch.cuda.synchronize()
            passed = [start.elapsed_time(mark) / 1000 for mark in marks]
        else:
            passed = [mark - start for mark in marks]
        return np.array(passed, dtype=np.float64)
