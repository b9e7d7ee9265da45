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

from nst.graphs import Way, plainly
from nst.objectives import Objective
from nst.optimizers import LBFGS, Adam, Optimizer
from nst.settings import Settings
from nst.stepping import Stepping

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
    stepping = Stepping(objective, start, optimizer, evaluations, keep=keep, clamp=clamp, averaging=averaging)
    return carry_out(stepping, plainly(stepping), on_progress)


def carry_out(stepping: Stepping, way: Way, on_progress: Callable[[Progress], None] | None = None) -> Synthesis:
    """As :func:`synthesize`, of pictures that have not begun, in a way of one's choice."""
    batch = len(stepping.pictures)
    updates_before = _updates(stepping.optimizer, batch)
    clock = _StepClock(stepping.pictures.device)
    done = 0
    for k in range(stepping.total):
        work = way.begin if k == 0 else way.finish if stepping.finishes(k) else way.advance
        work()
        clock.mark()
        done = k + 1
        if done == stepping.total or done % CHUNK == 0:
            if on_progress is not None:
                on_progress(Progress(done, tuple(stepping.losses.tolist())))
            if stepping.kept.lost(k):
                break
    return Synthesis(
        pictures=stepping.kept.pictures,
        picture_evaluation=stepping.kept.evaluation.cpu().numpy(),
        terms=stepping.objective.names,
        curve=stepping.curve[:done].double().cpu().numpy(),
        seconds=clock.seconds(),
        updates=_updates(stepping.optimizer, batch) - updates_before,
        state_bytes=stepping.state_bytes,
    )


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
