"""One result from its pictures and settings: every size, every attempt, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from nst import balance, colours, images, problems
from nst.backbones import Backbone
from nst.balance import Ends
from nst.blended import Blended, blended, regions_to_blend
from nst.diagnosis import BAD, Diagnosis, diagnose
from nst.images import Bytes, Pixels
from nst.kept import Kept
from nst.masks import Mask
from nst.observing import Attempt, Observer, Silent
from nst.optimizers import Optimizer
from nst.preparing import Prepared, StyleSource, prepare
from nst.settings import NOISE_INITS, Settings
from nst.stages import stages
from nst.synthesis import Progress, Synthesis, make_optimizer, synthesize


@dataclass(frozen=True)
class Made:
    """A result and how it came about. K evaluations over all stages, T terms."""

    start: Pixels
    """(H, W, 3) what the last size began with, black 0 and white 1."""
    picture: Pixels
    """(H, W, 3) as it was evaluated, black 0 and white 1, not clipped."""
    image: Bytes
    """(H, W, 3) as it is saved: clipped, rounded, with the content's colours where those are kept, and blended into
    the content where that is asked for."""
    terms: tuple[str, ...]
    curve: NDArray[np.float64]
    """(K, T): weighted terms of each evaluation."""
    seconds: NDArray[np.float64]
    """(K,): optimising, from the start to the end of each evaluation."""
    sizes: NDArray[np.int64]
    """(K,): the stage that each evaluation belongs to, by its size."""
    picture_evaluation: int
    """Row of the curve that belongs to the picture; -1 where no loss was ever finite."""
    updates: int
    seed: int
    """Of the noise that this result came from."""
    diagnosis: Diagnosis | None
    attempts: tuple[Attempt, ...]
    """Given up before this one."""
    saved_loss: float = float("nan")
    """Of :attr:`image`, by the network's exact layers: what clipping, rounding, the content's colours and layers in
    fewer bits make of the loss."""
    blended: Blended | None = None
    """What was blended into the content; None where nothing was."""
    state_bytes: int = 0
    """What the optimiser held when the last size was done (:attr:`nst.synthesis.Synthesis.state_bytes`)."""
    pull: Ends | None = None
    """How strongly each term pulls (:func:`nst.balance.pull`), where ``balance`` asks for it."""

    @property
    def totals(self) -> NDArray[np.float64]:
        """(K,): the loss of each evaluation."""
        totals: NDArray[np.float64] = self.curve.sum(axis=1)
        return totals

    @property
    def last_stage(self) -> slice:
        """Rows of the curve that belong to the last size: losses of different sizes are not comparable."""
        return slice(int(np.argmax(self.sizes == self.sizes[-1])), len(self.sizes))


def make(
    network: Backbone,
    settings: Settings,
    *,
    content: Bytes | None = None,
    styles: Sequence[StyleSource] = (),
    observer: Observer | None = None,
    kept: Kept | None = None,
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

    Raises:
        ValueError: without any picture.
        SettingsError: when a picture gets too small for a layer that is read, or there is no region to blend.
    """
    if content is None and not styles:
        raise ValueError("nothing to make a picture from: expected a content, a style, or both")
    regions = regions_to_blend(settings, content is not None, [source.region for source in styles])
    observer, kept = observer or Silent(), kept or Kept()
    prepared = [prepare(network, settings, stage, content, styles, observer, kept) for stage in stages(settings)]
    restarts = settings.restarts if settings.init in NOISE_INITS else 0  # from a picture it would go the same way
    attempts: list[Attempt] = []
    while True:
        seed = (settings.seed + len(attempts) * _STRIDE) % 2**32
        made = _attempt(settings, prepared, seed, tuple(attempts), observer)
        bad = made.diagnosis is not None and made.diagnosis.verdict in BAD
        if not bad or len(attempts) == restarts:
            if regions:
                made = _blended(settings, made, regions, prepared[-1].content, observer)
            return _assessed(made, settings, prepared[-1], observer)
        assert made.diagnosis is not None
        attempts.append(Attempt(seed, len(made.curve), made.diagnosis.verdict, made.diagnosis.reason))
        observer.gave_up(attempts[-1])


#: Between the seeds of two attempts: 2^32 over the golden ratio, so that no repeat (seed + 1, + 2, ...) draws one.
_STRIDE = 2_654_435_769


def _attempt(
    settings: Settings,
    prepared: Sequence[Prepared],
    seed: int,
    attempts: tuple[Attempt, ...],
    observer: Observer,
) -> Made:
    first = prepared[0]
    start = problems.start(
        settings,
        first.height,
        first.width,
        seed=seed,
        content=first.content,
        style=first.style,
        style_colour=first.style_colour,
    )
    pictures = start.to(first.objective.backbone.mean) * settings.pixel_range
    optimizer = make_optimizer(settings)
    done: list[Synthesis] = []
    for number, step in enumerate(prepared):
        before = sum(len(result.curve) for result in done)
        with observer.phase("optimise"):
            if number:
                pictures, optimizer = _enlarged(done[-1], optimizer, step.height, step.width, settings.pixel_range)
            began = pictures
            result = _optimise(settings, step, pictures, optimizer, observer, before)
        done.append(result)
    last = done[-1]
    begun, picture = (_picture(pictures, settings.pixel_range) for pictures in (began, last.pictures))
    content = prepared[-1].content
    shown = picture if content is None else colours.recolour_result(settings.colours, picture, content)
    row = int(last.picture_evaluation[0])
    return Made(
        start=begun,
        picture=picture,
        image=images.to_bytes(shown),
        terms=last.terms,
        curve=np.concatenate([result.curve[:, :, 0] for result in done]),
        seconds=_joined([result.seconds for result in done]),
        sizes=np.repeat([p.stage.size for p in prepared], [len(r.curve) for r in done]),
        picture_evaluation=row if row < 0 else row + sum(len(result.curve) for result in done[:-1]),
        updates=int(sum(result.updates[0] for result in done)),
        seed=seed,
        diagnosis=diagnose(
            _judged(last.curve[:, :, 0].sum(axis=1), settings),
            picture,
            begun,
            line_search=settings.line_search == "strong-wolfe",
        ),
        attempts=attempts,
        state_bytes=last.state_bytes,
    )


def _blended(
    settings: Settings, made: Made, regions: Sequence[Mask], content: Pixels | None, observer: Observer
) -> Made:
    assert content is not None
    assert settings.blend is not None
    with observer.phase("save"):
        found = blended(settings.blend, made.image, regions, content, across=settings.blend_seam != "flat")
        return replace(made, image=images.to_bytes(found.picture), blended=found)


def _assessed(made: Made, settings: Settings, last: Prepared, observer: Observer) -> Made:
    """With what can only be told now that it is over, and is timed apart."""
    objective = last.objective

    def shown(picture: Pixels) -> Tensor:
        return problems.to_tensor(picture).to(objective.backbone.mean) * objective.pixel_range

    with observer.phase("assess"):
        with torch.no_grad():
            saved_loss = float(last.exact()(shown(made.image.astype(np.float32) / np.float32(255))).sum())
        if not settings.balance:
            return replace(made, saved_loss=saved_loss)
        start = made.start.clip(0, 1) if settings.clamp == "update" else made.start  # as the first evaluation saw it
        ends = Ends(balance.pull(objective, shown(start)), balance.pull(objective, shown(made.picture)))
        return replace(made, saved_loss=saved_loss, pull=ends)


def _judged(totals: NDArray[np.float64], settings: Settings) -> NDArray[np.float64]:
    """The losses that tell how a run went: that of the averaged picture, the last, is no step of it."""
    return totals[:-1] if settings.averaging and len(totals) > 2 else totals


def _optimise(
    settings: Settings, step: Prepared, pictures: Tensor, optimizer: Optimizer, observer: Observer, before: int
) -> Synthesis:
    return synthesize(
        step.objective,
        pictures,
        optimizer,
        step.stage.evaluations,
        keep="best" if settings.line_search == "strong-wolfe" else "last",
        clamp=settings.clamp == "update",
        averaging=settings.averaging,
        on_progress=lambda p: observer.progressed(Progress(before + p.evaluations, p.loss)),
    )


def _enlarged(
    result: Synthesis, optimizer: Optimizer, height: int, width: int, white: float
) -> tuple[Tensor, Optimizer]:
    """Where the next size starts: the picture resampled and cut to black and white, the optimiser as far as it fits."""
    pictures = F.interpolate(result.pictures, (height, width), mode="bicubic", align_corners=False)
    return pictures.clamp(0, white), optimizer.resized(height, width)


def _picture(pictures: Tensor, white: float) -> Pixels:
    """The first of (B, 3, H, W) as an array (H, W, 3) with white at 1."""
    array: Pixels = (pictures[0] / white).permute(1, 2, 0).cpu().numpy()
    return array


def _joined(times: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Seconds of all stages on one clock that runs while optimising."""
    ends = np.cumsum([0.0, *(part[-1] for part in times)])
    return np.concatenate([part + end for part, end in zip(times, ends[:-1], strict=True)])
