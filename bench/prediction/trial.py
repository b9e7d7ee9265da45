"""A few seconds of what jobs do, measured phase by phase. Runs inside a worker; imports torch.

Nothing is kept: pictures are random, and so are weights that would have to be downloaded. All the rest is what a job
does, by the functions that jobs use, so that what is measured here is what they take.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from bench.machine import allowance
from bench.prediction.blocks import TRACKED
from bench.prediction.point import DECODED
from bench.prediction.tracking import Tracker
from bench.worker.execution import warm_for
from bench.worker.memory import PeakMemory, settle
from nst import images, metrics, problems
from nst.backbones import Backbone
from nst.images import Pixels
from nst.kept import Kept
from nst.masks import Mask
from nst.objectives import Objective, evaluate
from nst.optimizers.bowl import Bowl
from nst.problems import StylePart
from nst.settings import Settings, from_values
from nst.synthesis import make_optimizer, synthesize
from nst.weights import imagenet_at_hand, imagenet_name

#: Evaluations that are timed, at least and at most.
_EVALUATIONS = (3, 16)
#: Optimiser steps that are timed: enough for L-BFGS to make room for 8, 16 and 32 pairs.
_UPDATES = 36
#: Bytes that may be kept of a picture that others are compared with.
_KEPT = 64 * 2**20
#: Bytes of the block that tells what fresh memory costs.
_FRESH = 64 * 2**20


def run(content: Mapping[str, Any], device: str) -> dict[str, Any]:
    """Measure what ``content`` asks for.

    Args:
        content: ``parameters`` and ``weights`` as in an order; ``result``, (width, height); ``styles``, sizes of the
            style pictures; ``regions``, how many the styles apply in (0: everywhere); ``seconds`` that evaluations
            may take; ``track``, two pairs of result and styles, small ones, to follow blocks of memory at (or none).
        device: ``cpu`` or ``cuda:<n>``.

    Returns:
        plain data for :class:`bench.prediction.model.Point`.
    """
    entered = time.perf_counter()
    settings = from_values(content["parameters"])
    source, note = _at_hand(settings, content["weights"])
    watch = _Watch(device)
    network = watch.time("weights", lambda: warm_for(device).network(settings, source))
    blank = np.zeros((48, 48, 3), np.uint8)
    metrics.assess(blank, blank, blank)  # what it imports is no part of a job's time

    tracked = [_track(network, settings, content, size, styles) for size, styles in content.get("track", ())]
    settle(device)
    began = time.perf_counter()
    idle, free = _held(device), _free(device)
    width, height = content["result"]
    pictures = [_picture(width, height) for width, height in (content["result"], *content["styles"])]
    stored = images.encode_png(images.to_bytes(_picture(DECODED, DECODED)))
    watch.time("decode", lambda: _decoded(stored, settings))
    objective = watch.time("targets", lambda: _objective(network, settings, content, pictures[0], pictures[1:]))
    scratch = problems.noise("uniform", 0.5, 0.5, height, width, seed=0).to(network.mean) * settings.pixel_range
    for _ in range(3 if device.startswith("cuda") else 1):  # as nst.making
        watch.time("warmup", lambda: evaluate(objective, scratch))
    wanted = int(content["seconds"] / max(watch.seconds["warmup"], 1e-6))
    count = min(max(wanted, _EVALUATIONS[0]), _EVALUATIONS[1])
    memory = PeakMemory(device)
    memory.start()
    result = synthesize(objective, scratch, make_optimizer(settings), count)
    peak = memory.stop().peak_bytes
    image = images.to_bytes(result.pictures[0].permute(1, 2, 0).clamp(0, 1).cpu().numpy())
    kept = Kept(_KEPT)  # the style's half is kept from job to job
    for _ in range(3):  # short as they are, the best of three: a hiccup of the machine would count for every job
        watch.time("save", lambda: images.encode_png(image), best=True)
        watch.time("assess", lambda: metrics.assess(image, image if settings.content_layers else None, None), best=True)
        watch.time("compare", lambda: metrics.assess(image, None, image, kept), best=True)
    return {
        "pixels": width * height,
        "style_pixels": sum(across * down for across, down in content["styles"]),
        "seconds": {**watch.seconds, "evaluations": [float(s) for s in np.diff(result.seconds, prepend=0.0)]},
        "updates": _updates(settings, scratch, watch, content["seconds"] / 2),
        "fresh": 0.0 if device.startswith("cuda") else _fresh(),
        "idle_bytes": idle,
        "peak_bytes": peak,
        "free_bytes": free,
        "blocks": {"pixels": [size[0] * size[1] for size, _ in content.get("track", ())], "events": tracked},
        "cuda": device.startswith("cuda"),
        "note": note,
        "prepared": began - entered,
        "took": time.perf_counter() - entered,
    }


class _Watch:
    def __init__(self, device: str) -> None:
        self._synchronize: Callable[[], None] = torch.cuda.synchronize if device.startswith("cuda") else lambda: None
        self.seconds: dict[str, float] = {}

    def time(self, name: str, call: Callable[[], Any], best: bool = False) -> Any:
        """What the call returns; its seconds under ``name``, the last of several calls or the best."""
        self._synchronize()
        start = time.perf_counter()
        result = call()
        self._synchronize()
        seconds = time.perf_counter() - start
        self.seconds[name] = min(seconds, self.seconds.get(name, seconds)) if best else seconds
        return result


def _at_hand(settings: Settings, weights: str) -> tuple[str, str]:
    """The weights, or random ones where they would have to be downloaded, and a note that says so."""
    if weights != "imagenet":
        return weights, ""
    if imagenet_at_hand(settings.backbone) is not None:
        return weights, ""
    return "random:0", f"measured with random weights: {imagenet_name(settings.backbone)} is still to be downloaded"


def _picture(width: int, height: int) -> Pixels:
    return np.random.default_rng(0).random((height, width, 3), dtype=np.float32)


def _decoded(stored: bytes, settings: Settings) -> Pixels:
    """A picture read and resampled as inputs are."""
    pixels = images.open_picture(stored, "a scratch picture").pixels
    return images.fit(pixels, DECODED, DECODED, resampling=settings.resampling)


def _objective(
    network: Backbone, settings: Settings, content: Mapping[str, Any], result: Pixels, styles: Sequence[Pixels]
) -> Objective:
    regions = content["regions"]
    parts = [
        StylePart(picture, region=_region(number % regions) if regions else None)
        for number, picture in enumerate(styles)
    ]
    kept = result if settings.content_layers is not None else None
    return problems.objective(network, settings, *result.shape[:2], content=kept, styles=parts)


def _region(number: int) -> Mask:
    """One of as many as asked for; which part of the picture it is costs nothing more or less."""
    return Mask("a scratch region", str(number), lambda height, width: np.full((height, width), 0.5, np.float32))


def _track(
    network: Backbone, settings: Settings, content: Mapping[str, Any], size: Sequence[int], styles: Sequence[Any]
) -> list[int]:
    width, height = size
    pictures = [np.full((down, across, 3), 0.5, np.float32) for across, down in (size, *styles)]
    start = problems.noise("uniform", 0.5, 0.5, height, width, seed=0).to(network.mean) * settings.pixel_range
    objective = _objective(network, settings, content, pictures[0], pictures[1:])
    evaluate(objective, start)
    with (tracker := Tracker()):
        synthesize(objective, start, make_optimizer(settings), TRACKED)
    return tracker.events


def _updates(settings: Settings, like: Tensor, watch: _Watch, limit: float) -> list[float]:
    """Seconds of one optimiser step after another, on a bowl of which a picture is the bottom."""
    optimizer, bowl, picture = make_optimizer(settings), Bowl(like), torch.zeros_like(like)
    found: list[float] = []
    until = time.perf_counter() + limit
    while len(found) < _UPDATES and (len(found) < 3 or time.perf_counter() < until):
        watch.time("update", partial(optimizer.step, picture, *bowl(picture)))
        found.append(watch.seconds.pop("update"))
    return found


def _fresh() -> float:
    """Seconds per byte that memory fresh from the system costs over memory used before."""
    again = torch.zeros(_FRESH // 4)
    costs = []
    for _ in range(3):
        start = time.perf_counter()
        torch.empty(_FRESH // 4).fill_(1.0)
        between = time.perf_counter()
        again.fill_(1.0)
        costs.append((between - start) - (time.perf_counter() - between))
    return max(0.0, sorted(costs)[1] / _FRESH)


def _held(device: str) -> int | None:
    memory = PeakMemory(device)
    memory.start()
    return memory.stop().before_bytes


def _free(device: str) -> int | None:
    """Bytes that this process may hold at the most, those it holds already included."""
    if device.startswith("cuda"):
        return int(torch.cuda.mem_get_info()[0] + torch.cuda.memory_reserved())
    free = allowance.free()
    return None if free is None else free + (_held(device) or 0)
