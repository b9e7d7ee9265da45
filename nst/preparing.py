"""Before a run's clock starts: pictures brought to size, targets taken, the device warmed up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from nst import colours, problems
from nst.backbones import Backbone
from nst.graphs import rehearse
from nst.images import Bytes, Pixels
from nst.kept import Kept, fit
from nst.masks import Mask
from nst.objectives import Objective, evaluate
from nst.observing import Observer
from nst.pixels import Colour
from nst.problems import StylePart
from nst.settings import Settings
from nst.stages import Stage, result_size, style_size
from nst.stepping import Stepping
from nst.synthesis import make_optimizer


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
class Before:
    """What the frame before leaves to the next of a clip, at the result's size."""

    picture: Pixels
    """(H, W, 3) its result, moved to where its parts are now, black 0 and white 1."""
    visible: NDArray[np.bool_]
    """(H, W): where the frame before shows what is seen now."""


#: Evaluations before the clock starts: CUDA chooses its algorithms in the first ones.
WARMUP = {"cuda": 3}


@dataclass(frozen=True)
class Prepared:
    """A stage with its pictures sized and its targets taken."""

    stage: Stage
    height: int
    width: int
    objective: Objective
    exact: Callable[[], Objective]
    """The objective by the network's exact layers (:attr:`nst.backbones.Backbone.exact`)."""
    content: Pixels | None
    style: Pixels | None
    """The first style at the result's size, in the colours it is to have, where the run starts from it."""
    style_colour: Colour | None
    """The styles' mean, where the run starts from noise about it."""
    warm: Pixels | None = None
    """What it starts from instead of all that: the frame before where it is visible, the content elsewhere."""


def prepare(
    network: Backbone,
    settings: Settings,
    stage: Stage,
    content: Bytes | None,
    styles: Sequence[StyleSource],
    observer: Observer,
    kept: Kept,
    before: Before | None = None,
) -> Prepared:
    """Size the pictures for a stage and take its targets; see :func:`nst.making.make`."""
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

    def against(own: Backbone) -> Objective:
        found = problems.objective(own, settings, height, width, content=sized, styles=parts, kept=kept)
        if before is None or not settings.temporal_weight:
            return found
        prior = problems.temporal(own, settings, before.picture, before.visible)
        return replace(found, priors=(*found.priors, prior))

    with observer.phase("targets"):
        objective = against(network)
    colour = problems.mean_colour(parts) if settings.noise_centre == "style" else None
    exact = partial(against, network.exact) if network.exact is not network else lambda: objective
    warm = None if before is None or sized is None else np.where(before.visible[..., None], before.picture, sized)
    return Prepared(stage, height, width, objective, exact, sized, begun, colour, warm)


def warm_up(
    objectives: Sequence[Objective],
    prepared: Sequence[Prepared],
    settings: Settings,
    observer: Observer,
    pictures: int,
    graphs: bool,
) -> None:
    """Let the device do at each size what it will be timed at, with as many pictures; where steps are going to be
    recorded, steps as well."""
    for objective, step in zip(objectives, prepared, strict=True):
        with observer.phase("warmup"):
            like = objective.backbone.mean
            scratch = problems.noise("uniform", 0.5, 0.5, step.height, step.width, seed=0).to(like)
            scratch = (scratch * objective.pixel_range).repeat(pictures, 1, 1, 1)
            for _ in range(WARMUP.get(like.device.type, 1)):
                evaluate(objective, scratch)
            if graphs and like.device.type == "cuda":
                stepping = Stepping(objective, scratch, make_optimizer(settings), WARMUP["cuda"])
                rehearse([stepping.begin, *[stepping.advance] * (stepping.total - 1)])
