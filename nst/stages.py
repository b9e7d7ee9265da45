"""The sizes that a run goes through, coarse to fine, and how large each picture is at each; no torch."""

from __future__ import annotations

from dataclasses import dataclass

from nst.images import target_size
from nst.layers import Topology
from nst.settings import Settings


@dataclass(frozen=True)
class Stage:
    """One size of a run."""

    size: int
    evaluations: int


def stages(settings: Settings) -> tuple[Stage, ...]:
    """The stages of a run in order; the last is that of ``size`` and ``evaluations``."""
    given = settings.coarse_evaluations or (settings.evaluations,)
    counts = given * len(settings.coarse_sizes) if len(given) == 1 else given
    coarse = (Stage(size, count) for size, count in zip(settings.coarse_sizes, counts, strict=False))
    return (*coarse, Stage(settings.size, settings.evaluations))


def smallest_side(settings: Settings, shape: Topology) -> tuple[int, str]:
    """Pixels that every picture needs on each side, and the layer that needs them."""
    taps = (*(settings.content_layers or ()), *(settings.style_layers or ()))
    return max(((shape.smallest(tap), tap) for tap in taps), default=(1, ""))


def total_evaluations(settings: Settings) -> int:
    """Of all stages; restarts not counted."""
    return sum(stage.evaluations for stage in stages(settings))


def result_size(settings: Settings, size: int, width: int, height: int) -> tuple[int, int]:
    """Width and height of the result at a stage, from those of the picture it follows: content, or else style."""
    return target_size(width, height, size, settings.size_rule)


def style_size(settings: Settings, size: int, width: int, height: int, result: tuple[int, int]) -> tuple[int, int]:
    """Width and height that a style picture gets at a stage, from its own and the result's, all (width, height)."""
    if settings.style_fit == "content":
        wanted = tuple(max(1, round(side * settings.style_scale)) for side in result)
    else:
        scaled = max(1, round(size * settings.style_scale))
        wanted = target_size(width, height, scaled, settings.size_rule)
    if not settings.style_upscale:
        return min(width, wanted[0]), min(height, wanted[1])
    return wanted[0], wanted[1]
