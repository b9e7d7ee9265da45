"""The sizes that a run goes through, coarse to fine, and how large each picture is at each; no torch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nst.images import target_size
from nst.layers import Topology, topology
from nst.settings import Settings


@dataclass(frozen=True)
class Stage:
    """One size of a run."""

    size: int
    evaluations: int


def stages(settings: Settings) -> tuple[Stage, ...]:
    """The stages of a run in order; the last is that of ``size`` and ``evaluations``.

    What synthesises nothing has one, without evaluations.
    """
    given = settings.coarse_evaluations or (settings.evaluations or 0,)
    sizes = settings.coarse_sizes or ()
    counts = given * len(sizes) if len(given) == 1 else given
    coarse = (Stage(size, count) for size, count in zip(sizes, counts, strict=False))
    return (*coarse, Stage(settings.size, settings.evaluations or 0))


def later_stages(settings: Settings) -> tuple[Stage, ...]:
    """The stages of a clip's frames after the first; one that starts from the frame before needs no coarse sizes."""
    return stages(settings)[-1:] if settings.frames == "warm" else stages(settings)


def taps(settings: Settings) -> tuple[str, ...]:
    """The layers that a run reads; one that is read twice comes twice."""
    return (*(settings.content_layers or ()), *(settings.style_layers or ()), *(settings.feature_layers or ()))


def shown_filters(layers: Iterable[str], filters: int, shape: Topology) -> list[int]:
    """How many filters of each layer a sheet shows: its first, all of a layer that has fewer."""
    return [min(filters, shape.channels(layer)) for layer in layers]


def smallest_side(read: Iterable[str], shape: Topology) -> tuple[int, str]:
    """Pixels that every picture needs on each side where these layers are read, and the layer that needs them."""
    return max(((shape.smallest(tap), tap) for tap in read), default=(1, ""))


def needed_side(settings: Settings) -> tuple[int, str]:
    """As :func:`smallest_side`, for all that a run reads: a pixel where it has no network."""
    read = taps(settings)
    return smallest_side(read, topology(settings.backbone, settings.width)) if read else (1, "")


def total_evaluations(settings: Settings, frames: int = 1) -> int:
    """Of all stages, of all frames of a clip of one shot; restarts not counted."""
    first, later = (sum(stage.evaluations for stage in part) for part in (stages(settings), later_stages(settings)))
    return first + (frames - 1) * later


def result_size(settings: Settings, size: int, width: int, height: int) -> tuple[int, int]:
    """Width and height of the result at a stage, from those of the picture it follows: content, or else style."""
    return target_size(width, height, size, settings.size_rule)


def source_size(source: tuple[int, int], target: tuple[int, int], result: tuple[int, int]) -> tuple[int, int]:
    """Width and height that the source of a blend gets, all (width, height): by the factors that make the result of
    the target. So it keeps the size that it has beside the target, whatever the result's."""
    return (
        max(1, round(source[0] * result[0] / target[0])),
        max(1, round(source[1] * result[1] / target[1])),
    )


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
