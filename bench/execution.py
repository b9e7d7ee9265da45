"""One job, from stored input pictures to a folder with its picture and curve. Runs inside a worker; imports torch."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bench import record
from bench.engines import InputFile
from bench.memory import PeakMemory
from bench.record import Memory, Outcome, Timing
from bench.tasks import TASKS
from bench.timing import CONTRACT, PhaseClock
from nst import backbones, images, making, masks, metrics
from nst.images import Picture
from nst.making import Attempt, Made, StyleSource
from nst.settings import Settings, from_values, group
from nst.stages import style_size
from nst.synthesis import Progress


@dataclass(frozen=True)
class Executed:
    """What a job gives back; its files are already in the folder."""

    outcome: Outcome
    diagnosis: record.Diagnosis | None
    timing: Timing
    memory: Memory
    files: dict[str, str]


def execute(
    parameters: Mapping[str, Any],
    inputs: Mapping[str, Sequence[InputFile]],
    weights: str,
    folder: Path,
    *,
    device: str,
    on_progress: Callable[[Progress], None],
) -> Executed:
    """Run one synthesis job.

    Args:
        parameters: resolved, as in the record.
        inputs: stored pictures by role; a style may be several.
        weights: ``imagenet``, ``random:<seed>`` or a file.
        folder: an existing folder that gets ``image.png`` and ``curve.csv``.
        device: ``cpu`` or ``cuda:<n>``.
        on_progress: called at the end of every chunk of evaluations.
    """
    task = TASKS[parameters["task"]]
    settings = from_values(parameters)
    watch = _Watch(device, on_progress)
    with watch.phase("decode"):
        content = _read(inputs["content"][0]) if task.has_content else None
        styles = [_style(given) for given in inputs.get("style", ())]
    with watch.phase("weights"):
        network = _network(_of_network(settings, weights), device)
    made = making.make(
        network,
        settings,
        content=None if content is None else content.pixels,
        styles=styles,
        observer=watch,
    )
    memory = watch.memory.stop()
    with watch.phase("save"):
        alpha = None
        if content is not None and content.alpha is not None:
            alpha = images.resize_alpha(content.alpha, *made.image.shape[:2])
        files = {"image.png": images.encode_png(made.image, alpha), "curve.csv": _curve_csv(made)}
        for name, data in files.items():
            (folder / name).write_bytes(data)
    with watch.phase("assess"):
        quality = _quality(settings, made, content, styles)
    return Executed(
        outcome=_outcome(made, quality),
        diagnosis=_diagnosis(made),
        timing=Timing(contract=CONTRACT, **watch.clock.seconds, valid=True),
        memory=memory,
        files={name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    )


class _Watch:
    """Times the phases of a run and measures the memory of the one that counts."""

    def __init__(self, device: str, on_progress: Callable[[Progress], None]) -> None:
        self.clock = PhaseClock(torch.cuda.synchronize if device.startswith("cuda") else lambda: None)
        self.memory = PeakMemory(device)
        self._on_progress = on_progress
        self._measuring = False

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        if name == "optimise" and not self._measuring:
            self._measuring = True
            self.memory.start()
        with self.clock.phase(name):
            yield

    def progressed(self, progress: Progress) -> None:
        self._on_progress(progress)

    def gave_up(self, attempt: Attempt) -> None:
        self.clock.move("optimise", "restarts")


def _of_network(settings: Settings, weights: str) -> Settings:
    """What decides the network, all else as without a recipe: jobs that differ in nothing of it share one."""
    chosen = {name: getattr(settings, name) for name in group("network")}
    return Settings(**{**chosen, "weights": weights})


@lru_cache(maxsize=2)
def _network(settings: Settings, device: str) -> backbones.Backbone:
    """Networks stay loaded between the jobs of a worker; two, because experiments alternate between few."""
    return backbones.from_settings(settings, device)


def _read(given: InputFile) -> Picture:
    return images.open_picture(images.read_file(given.path), str(given.path))


def _style(given: InputFile) -> StyleSource:
    mask, style_mask = (
        None if source is None else masks.read(source, given.path.parent) for source in (given.mask, given.style_mask)
    )
    return StyleSource(_read(given).pixels, given.weight, mask, style_mask)


def _quality(settings: Settings, made: Made, content: Picture | None, styles: Sequence[StyleSource]) -> record.Quality:
    """Figures of the picture as saved.

    A style of several pictures, or one that counts or applies in parts, has no one picture to compare with.
    """
    height, width = made.image.shape[:2]

    def sized(picture: images.Bytes, height: int, width: int) -> images.Bytes:
        return images.to_bytes(images.fit(picture, height, width, resampling=settings.resampling))

    style = None
    if len(styles) == 1 and styles[0].region is None and styles[0].source is None:
        drawn = styles[0].picture
        # As large as the network saw it: strokes are compared pixel by pixel.
        seen = style_size(settings, settings.size, drawn.shape[1], drawn.shape[0], (width, height))
        style = sized(drawn, seen[1], seen[0])
    kept = None if content is None else sized(content.pixels, height, width)
    return record.Quality(**asdict(metrics.assess(made.image, kept, style)))


def _outcome(made: Made, quality: record.Quality) -> Outcome:
    row, totals = made.picture_evaluation, made.totals
    outside = (made.picture < 0) | (made.picture > 1)
    return Outcome(
        width=made.image.shape[1],
        height=made.image.shape[0],
        evaluations=len(totals),
        updates=made.updates,
        picture_evaluation=row,
        start_loss=_finite(totals[made.last_stage][0]),
        final_loss=_finite(totals[row]) if row >= 0 else None,
        saved_loss=_finite(made.saved_loss),
        terms={name: _finite(made.curve[row, i]) if row >= 0 else None for i, name in enumerate(made.terms)},
        out_of_gamut=float(outside.mean()),
        seed=made.seed,
        attempts=[record.Attempt(**asdict(attempt)) for attempt in made.attempts],
        quality=quality,
    )


def _diagnosis(made: Made) -> record.Diagnosis | None:
    return None if made.diagnosis is None else record.Diagnosis(**asdict(made.diagnosis))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _curve_csv(made: Made) -> bytes:
    """Every evaluation in full precision; ``nan`` where a loss was not finite."""
    text = io.StringIO()
    text.write(",".join(["evaluation", "seconds", "size", "total", *made.terms]) + "\n")
    for k, (second, size, terms) in enumerate(zip(made.seconds, made.sizes, made.curve, strict=True)):
        numbers = [terms.sum(), *terms]
        text.write(
            ",".join(
                [
                    str(k),
                    repr(float(second)),
                    str(size),
                    *(repr(float(n)) if np.isfinite(n) else "nan" for n in numbers),
                ]
            )
            + "\n"
        )
    return text.getvalue().encode()
