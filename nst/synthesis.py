"""The one loop: from a start picture to a picture, its curve and its times.

Reconstruction is transfer with the style switched off, texture is transfer with the content switched off;
all three are :func:`synthesize` with another :class:`~nst.objectives.Objective`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nst.backbones import Backbone
from nst.images import Pixels
from nst.objectives import Objective, Term, style_target
from nst.optimizers import LBFGS, Adam, Optimizer
from nst.recipes import Conventions, Noise

#: Evaluations between two looks at the device: often enough for a progress bar, rare enough to cost nothing.
CHUNK = 10


@dataclass(frozen=True)
class Progress:
    """Where a run stands at the end of a chunk."""

    evaluations: int
    loss: float
    """Of the first picture of the batch, at the chunk's last evaluation."""


@dataclass(frozen=True)
class Synthesis:
    """B pictures and how they came about. K evaluations, T terms."""

    pictures: NDArray[np.floating]
    """(B, H, W, 3), not clipped; the last with a finite loss."""
    picture_evaluation: NDArray[np.int64]
    """(B,): row of the curve that belongs to the picture; -1 where no loss was ever finite."""
    terms: tuple[str, ...]
    curve: NDArray[np.float64]
    """(K, T, B): weighted terms at evaluation k, of picture k."""
    seconds: NDArray[np.float64]
    """(K,): from the start to the end of evaluation k."""
    updates: int


def to_tensor(picture: Pixels, *, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32) -> Tensor:
    """(H, W, 3) array -> contiguous (1, 3, H, W) tensor."""
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))[None].to(device, dtype)


def noise_picture(kind: Noise, height: int, width: int, seed: int) -> Tensor:
    """Noise (1, 3, H, W) in [0, 1] space, drawn on the CPU so that every device starts from the same.

    ``uniform``: on [0, 1]. ``normal``: mean 0.5, deviation 0.25, not clipped.
    """
    generator = torch.Generator().manual_seed(seed)
    if kind == "uniform":
        return torch.rand(1, 3, height, width, generator=generator)
    return 0.5 + 0.25 * torch.randn(1, 3, height, width, generator=generator)


def content_terms(backbone: Backbone, picture: Tensor, layers: tuple[str, ...], weight: float) -> list[Term]:
    """Targets of the content: the picture's own features, each layer at ``weight``."""
    with torch.no_grad():
        features = backbone(picture, layers)
    return [Term(layer, weight, features[layer]) for layer in layers]


def style_terms(
    backbone: Backbone,
    picture: Tensor,
    layers: tuple[str, ...],
    weights: tuple[float, ...],
    conventions: Conventions,
    *,
    height: int,
    width: int,
) -> list[Term]:
    """Targets of the style: Gram matrices, for a result of ``height`` x ``width`` pixels."""
    with torch.no_grad():
        features = backbone(picture, layers)
        terms = []
        for layer, weight in zip(layers, weights, strict=True):
            stride = backbone.shape.stride(layer)
            positions = (height // stride) * (width // stride)
            terms.append(Term(layer, weight, style_target(features[layer], positions, conventions.gram_divisor)))
    return terms


def make_optimizer(name: str, *, learning_rate: float, history: int, conventions: Conventions) -> Optimizer:
    """``lbfgs`` or ``adam``."""
    if name == "adam":
        return Adam(learning_rate)
    return LBFGS(learning_rate, history, conventions.curvature_gate, conventions.max_change)


def evaluate(objective: Objective, pictures: Tensor) -> tuple[Tensor, Tensor]:
    """One evaluation: weighted terms (T, B) and the gradient of each picture's total, (B, 3, H, W)."""
    variable = pictures.detach().requires_grad_(True)
    terms = objective(variable)
    (gradient,) = torch.autograd.grad(terms.sum(), variable)
    return terms.detach(), gradient


def synthesize(
    objective: Objective,
    start: Tensor,
    optimizer: Optimizer,
    evaluations: int,
    *,
    on_progress: Callable[[Progress], None] | None = None,
) -> Synthesis:
    """Minimise the objective from ``start`` (B, 3, H, W) with exactly ``evaluations`` evaluations.

    Evaluation k sees the picture after k updates, so the last evaluation is followed by no update: the
    picture returned is the one whose loss was measured. The run ends early when no picture of the batch has a
    finite loss any more.
    """
    pictures = start.detach().clone().contiguous()
    kept = pictures.clone()
    kept_at = torch.full((len(pictures),), -1, dtype=torch.long, device=pictures.device)
    rows: list[Tensor] = []
    clock = _StepClock(pictures.device)
    for k in range(evaluations):
        terms, gradient = evaluate(objective, pictures)
        losses = terms.sum(0)
        finite = losses.isfinite()
        kept = torch.where(finite[:, None, None, None], pictures, kept)
        kept_at = torch.where(finite, k, kept_at)
        rows.append(terms)
        clock.mark()
        last = k == evaluations - 1
        if not last:
            optimizer.step(pictures, losses, gradient)
        if last or (k + 1) % CHUNK == 0:
            if on_progress is not None:
                on_progress(Progress(k + 1, float(losses[0])))
            if not bool(finite.any()):
                break
    return Synthesis(
        pictures=kept.permute(0, 2, 3, 1).cpu().numpy(),
        picture_evaluation=kept_at.cpu().numpy(),
        terms=objective.names,
        curve=torch.stack(rows).double().cpu().numpy(),
        seconds=clock.seconds(),
        updates=len(rows) - 1,
    )


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
