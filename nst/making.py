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
from nst.kept import Kept, fit
from nst.masks import Mask
from nst.objectives import Objective, evaluate
from nst.observing import Attempt, Observer, Silent
from nst.optimizers import Optimizer
from nst.problems import StylePart
from nst.settings import NOISE_INITS, Settings
from nst.stages import Stage, result_size, stages, style_size
from nst.synthesis import Progress, Synthesis, make_optimizer, synthesize


@dataclass(frozen=True)
class StyleSource:
    """A style picture as it was read, with its part in the run."""

    picture: Bytes
    weight: float = 1.0
    """Its share in the mix, relative to the other styles of its region."""
    region: Mask | None = None
    """Where in the result it applies; None: everywhere."""
    source: Mask | None = None
    """Which part of the style picture counts; None: all of it."""


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
    """Of :attr:`image`: what clipping, rounding and the content's colours make of the loss."""
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
    prepared = [_prepare(network, settings, stage, content, styles, observer, kept) for stage in stages(settings)]
    restarts = settings.restarts if settings.init in NOISE_INITS else 0  # from a picture it would go the same way
    attempts: list[Attempt] = []
    while True:
        seed = (settings.seed + len(attempts) * _STRIDE) % 2**32
        made = _attempt(settings, prepared, seed, tuple(attempts), observer)
        bad = made.diagnosis is not None and made.diagnosis.verdict in BAD
        if not bad or len(attempts) == restarts:
            if regions:
                made = _blended(settings, made, regions, prepared[-1].content, observer)
            return _assessed(made, settings, prepared[-1].objective, observer)
        assert made.diagnosis is not None
        attempts.append(Attempt(seed, len(made.curve), made.diagnosis.verdict, made.diagnosis.reason))
        observer.gave_up(attempts[-1])


#: Between the seeds of two attempts: 2^32 over the golden ratio, so that no repeat (seed + 1, + 2, ...) draws one.
_STRIDE = 2_654_435_769

#: Evaluations before the clock starts: CUDA chooses its algorithms in the first ones.
WARMUP = {"cuda": 3}


@dataclass(frozen=True)
class _Prepared:
    """A stage with its pictures sized and its targets taken."""

    stage: Stage
    height: int
    width: int
    objective: Objective
    content: Pixels | None
    style: Pixels | None
    """The first style at the result's size, in the colours it is to have, where the run starts from it."""


def _prepare(
    network: Backbone,
    settings: Settings,
    stage: Stage,
    content: Bytes | None,
    styles: Sequence[StyleSource],
    observer: Observer,
    kept: Kept,
) -> _Prepared:
    with observer.phase("decode"):
        lead = content if content is not None else styles[0].picture
        width, height = result_size(settings, stage.size, lead.shape[1], lead.shape[0])
        filter_ = settings.resampling
        sized = None if content is None else fit(kept, content, height, width, filter_)

        def fitted(picture: Bytes, columns: int, rows: int) -> Pixels:
            style = fit(kept, picture, rows, columns, filter_)
            return style if sized is None else colours.recolour_style(settings.colours, style, sized)

        parts = []
        for source in styles:
            own = style_size(settings, stage.size, source.picture.shape[1], source.picture.shape[0], (width, height))
            parts.append(StylePart(fitted(source.picture, *own), source.weight, source.region, source.source))
        begun = fitted(styles[0].picture, width, height) if settings.init == "style" else None
    with observer.phase("targets"):
        objective = problems.objective(network, settings, height, width, content=sized, styles=parts, kept=kept)
    with observer.phase("warmup"):
        scratch = problems.noise("uniform", 0.5, 0.5, height, width, seed=0).to(network.mean) * settings.pixel_range
        for _ in range(WARMUP.get(network.mean.device.type, 1)):
            evaluate(objective, scratch)
    return _Prepared(stage, height, width, objective, sized, begun)


def _attempt(
    settings: Settings,
    prepared: Sequence[_Prepared],
    seed: int,
    attempts: tuple[Attempt, ...],
    observer: Observer,
) -> Made:
    first = prepared[0]
    start = problems.start(settings, first.height, first.width, seed=seed, content=first.content, style=first.style)
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


def _assessed(made: Made, settings: Settings, objective: Objective, observer: Observer) -> Made:
    """With what can only be told now that it is over, and is timed apart."""

    def shown(picture: Pixels) -> Tensor:
        return problems.to_tensor(picture).to(objective.backbone.mean) * objective.pixel_range

    with observer.phase("assess"):
        with torch.no_grad():
            saved_loss = float(objective(shown(made.image.astype(np.float32) / np.float32(255))).sum())
        if not settings.balance:
            return replace(made, saved_loss=saved_loss)
        start = made.start.clip(0, 1) if settings.clamp == "update" else made.start  # as the first evaluation saw it
        ends = Ends(balance.pull(objective, shown(start)), balance.pull(objective, shown(made.picture)))
        return replace(made, saved_loss=saved_loss, pull=ends)


def _judged(totals: NDArray[np.float64], settings: Settings) -> NDArray[np.float64]:
    """The losses that tell how a run went: that of the averaged picture, the last, is no step of it."""
    return totals[:-1] if settings.averaging and len(totals) > 2 else totals


def _optimise(
    settings: Settings, step: _Prepared, pictures: Tensor, optimizer: Optimizer, observer: Observer, before: int
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
