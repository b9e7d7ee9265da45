"""From pictures and settings to results, one at a time or several together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from nst import balance, images, problems
from nst.attempting import attempt, joined
from nst.backbones import Backbone
from nst.balance import Ends
from nst.blended import blended, regions_to_blend
from nst.diagnosis import BAD
from nst.images import Bytes, Pixels
from nst.kept import Kept
from nst.made import Made, made
from nst.masks import Mask
from nst.observing import Attempt, Observer, Silent
from nst.preparing import Before, Prepared, StyleSource, prepare, warm_up
from nst.resolution import apart, shared
from nst.settings import NOISE_INITS, Settings
from nst.stages import stages


def make(
    network: Backbone,
    settings: Settings,
    *,
    content: Bytes | None = None,
    styles: Sequence[StyleSource] = (),
    observer: Observer | None = None,
    kept: Kept | None = None,
    before: Before | None = None,
    warmed: bool = False,
    graphs: bool = False,
) -> Made:
    """Run all stages; a run from noise that went wrong is begun again with another seed, as often as allowed.

    Args:
        network: as ``settings`` name it, on the device and in the precision of the run.
        settings: see :func:`nst.resolution.complete`.
        content: uint8 (h, w, 3); None for a texture.
        styles: empty for a reconstruction.
        observer: told how it goes.
        kept: what earlier runs left, and where this one leaves its sized pictures and targets; the result is the
            same without.
        before: of a frame that starts from the one before it: it needs no coarse sizes, and noise has no part in it.
        warmed: whether the device did the same before, as for other frames of a clip.
        graphs: replay steps on a GPU from a recording where that is possible (:mod:`nst.graphs`).

    Raises:
        ValueError: without any picture.
        SettingsError: when a picture gets too small for a layer that is read, or there is no region to blend.
    """
    _check_pictures(content, styles)
    regions = regions_to_blend(settings, content is not None, [source.region for source in styles])
    observer, kept = observer or Silent(), kept or Kept()
    steps = stages(settings) if before is None else stages(settings)[-1:]
    prepared = [prepare(network, settings, stage, content, styles, observer, kept, before) for stage in steps]
    objectives = joined([prepared])
    if not warmed:
        warm_up(objectives, prepared, settings, observer, 1, graphs)
    from_noise = settings.init in NOISE_INITS and before is None  # from a picture it would go the same way
    restarts = settings.restarts if from_noise else 0
    attempts: list[Attempt] = []
    while True:
        seed = (settings.seed + len(attempts) * _STRIDE) % 2**32
        course = attempt([settings], [prepared], objectives, [seed], observer, graphs)
        result = made(course, 0, settings, prepared, seed, tuple(attempts))
        bad = result.diagnosis is not None and result.diagnosis.verdict in BAD
        if not bad or len(attempts) == restarts:
            if regions:
                result = _blended(settings, result, regions, prepared[-1].content, observer)
            return _assessed(result, settings, prepared[-1], observer)
        assert result.diagnosis is not None
        attempts.append(Attempt(seed, len(result.curve), result.diagnosis.verdict, result.diagnosis.reason))
        observer.gave_up(attempts[-1])


#: Between the seeds of two attempts: 2^32 over the golden ratio, so that no repeat (seed + 1, + 2, ...) draws one.
_STRIDE = 2_654_435_769


@dataclass(frozen=True)
class Wanted:
    """One of several results that are made together."""

    settings: Settings
    content: Bytes | None = None
    styles: Sequence[StyleSource] = ()


def make_together(
    network: Backbone,
    wanted: Sequence[Wanted],
    *,
    observer: Observer | None = None,
    kept: Kept | None = None,
    warmed: bool = False,
    graphs: bool = False,
) -> tuple[Made, ...]:
    """Run all stages of several results at once, as the pictures of a batch: each as :func:`make` makes it by itself.

    Every picture has its own targets, its own history of the optimiser and its own line search. What the others do
    changes nothing but how sums are rounded, which L-BFGS multiplies from step to step.

    Args:
        network: of all.
        wanted: results of one size, whose settings differ in how they start at the most.
        observer: told how it goes.
        kept: see :func:`make`; ``warmed`` and ``graphs`` likewise.

    Raises:
        ValueError: where they cannot be made together (:func:`nst.resolution.apart`), or there is no picture to make
            one from.
    """
    for one in wanted:
        _check_pictures(one.content, one.styles)
        why = apart(one.settings)
        if not why and shared(one.settings.values()) != shared(wanted[0].settings.values()):
            why = "their settings differ in more than the start"
        if why:
            raise ValueError(f"results cannot be made together: {why}")
    observer, kept = observer or Silent(), kept or Kept()

    def ready(one: Wanted) -> list[Prepared]:
        steps = stages(one.settings)
        return [prepare(network, one.settings, stage, one.content, one.styles, observer, kept) for stage in steps]

    prepared = [ready(one) for one in wanted]
    objectives = joined(prepared)
    if not warmed:
        warm_up(objectives, prepared[0], wanted[0].settings, observer, len(wanted), graphs)
    settings = [one.settings for one in wanted]
    seeds = [own.seed for own in settings]
    course = attempt(settings, prepared, objectives, seeds, observer, graphs)
    return tuple(
        _assessed(made(course, row, own, steps, seed), own, steps[-1], observer)
        for row, (own, steps, seed) in enumerate(zip(settings, prepared, seeds, strict=True))
    )


def _check_pictures(content: Bytes | None, styles: Sequence[StyleSource]) -> None:
    if content is None and not styles:
        raise ValueError("nothing to make a picture from: expected a content, a style, or both")


def _blended(
    settings: Settings, result: Made, regions: Sequence[Mask], content: Pixels | None, observer: Observer
) -> Made:
    assert content is not None
    assert settings.blend is not None
    with observer.phase("save"):
        found = blended(settings.blend, result.image, regions, content, across=settings.blend_seam != "flat")
        return replace(result, image=images.to_bytes(found.picture), blended=found)


def _assessed(result: Made, settings: Settings, last: Prepared, observer: Observer) -> Made:
    """With what can only be told now that it is over, and is timed apart."""
    objective = last.objective

    def shown(picture: Pixels) -> Tensor:
        return problems.to_tensor(picture).to(objective.backbone.mean) * objective.pixel_range

    with observer.phase("assess"):
        with torch.no_grad():
            saved_loss = float(last.exact()(shown(result.image.astype(np.float32) / np.float32(255))).sum())
        if not settings.balance:
            return replace(result, saved_loss=saved_loss)
        start = (
            result.start.clip(0, 1) if settings.clamp == "update" else result.start
        )  # as the first evaluation saw it
        ends = Ends(balance.pull(objective, shown(start)), balance.pull(objective, shown(result.picture)))
        return replace(result, saved_loss=saved_loss, pull=ends)
