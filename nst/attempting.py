"""One attempt at a result, or at several together: from the start pictures through all sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from nst import problems
from nst.graphs import Way, plainly, recorded
from nst.objectives import Objective, together
from nst.observing import Observer
from nst.optimizers import Optimizer
from nst.preparing import Prepared
from nst.settings import Settings
from nst.stepping import Stepping
from nst.synthesis import Synthesis, carry_out, make_optimizer


@dataclass(frozen=True)
class Course:
    """How it went: every size, each of B pictures."""

    stages: Sequence[Synthesis]
    began: Tensor
    """(B, 3, H, W) what the last size began with."""


def joined(prepared: Sequence[Sequence[Prepared]]) -> list[Objective]:
    """What is minimised at each size, of the stages of each of B pictures.

    Raises:
        ValueError: where the pictures differ in size, or in more than their targets.
    """
    stages = list(zip(*prepared, strict=True))
    for stage in stages:
        if len({(one.stage, one.height, one.width) for one in stage}) > 1:
            raise ValueError("results of different sizes cannot be made together")
    return [together([one.objective for one in stage]) for stage in stages]


def attempt(
    settings: Sequence[Settings],
    prepared: Sequence[Sequence[Prepared]],
    objectives: Sequence[Objective],
    seeds: Sequence[int],
    observer: Observer,
    graphs: bool = False,
) -> Course:
    """Run all stages of B pictures; how they begin is each picture's own, how they go on is that of the first.

    Args:
        settings: of each picture.
        prepared: the stages of each.
        objectives: of all pictures, for each stage (:func:`joined`).
        seeds: of the noise of each.
        observer: told how it goes.
        graphs: record steps on a GPU, and replay them, where that is possible.
    """
    first = settings[0]
    starts = [_start(own, stages[0], seed) for own, stages, seed in zip(settings, prepared, seeds, strict=True)]
    pictures = torch.cat(starts).to(objectives[0].backbone.mean) * first.pixel_range
    optimizer = make_optimizer(first)
    done: list[Synthesis] = []
    for number, (step, objective) in enumerate(zip(prepared[0], objectives, strict=True)):
        before = sum(len(result.curve) for result in done)
        with observer.phase("optimise"):
            if number:
                pictures, optimizer = _enlarged(done[-1], optimizer, step.height, step.width, first.pixel_range)
            began = pictures
            stepping = Stepping(
                objective,
                pictures,
                optimizer,
                step.stage.evaluations,
                keep="best" if first.line_search == "strong-wolfe" else "last",
                clamp=first.clamp == "update",
                averaging=first.averaging,
            )
            result = carry_out(
                stepping,
                _way(stepping, graphs, observer),
                lambda p, before=before: observer.progressed(  # type: ignore[misc]
                    replace(p, evaluations=before + p.evaluations)
                ),
            )
        done.append(result)
    return Course(done, began)


def _way(stepping: Stepping, graphs: bool, observer: Observer) -> Way:
    if stepping.pictures.device.type != "cuda":
        return plainly(stepping)
    if not graphs:
        stepping.reserve()  # as with recordings, so that sums are rounded alike
        return plainly(stepping)
    with observer.phase("warmup"):
        way = recorded(stepping)
    observer.stepping(way.recorded, way.why_not)
    return way


def _start(settings: Settings, step: Prepared, seed: int) -> Tensor:
    if step.warm is not None:
        return problems.to_tensor(step.warm)
    return problems.start(
        settings,
        step.height,
        step.width,
        seed=seed,
        content=step.content,
        style=step.style,
        style_colour=step.style_colour,
    )


def _enlarged(
    result: Synthesis, optimizer: Optimizer, height: int, width: int, white: float
) -> tuple[Tensor, Optimizer]:
    """Where the next size starts: the picture resampled and cut to black and white, the optimiser as far as it fits."""
    pictures = F.interpolate(result.pictures, (height, width), mode="bicubic", align_corners=False)
    return pictures.clamp(0, white), optimizer.resized(height, width)
