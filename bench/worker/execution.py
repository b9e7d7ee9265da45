"""One job, from stored input pictures to a folder with its picture and curve. Runs inside a worker; imports torch."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bench import record
from bench.engines import InputFile
from bench.record import Memory, Outcome, Timing
from bench.tasks import TASKS, Task
from bench.worker.failures import is_lasting, is_out_of_memory
from bench.worker.timing import CONTRACT, PHASES, objection
from bench.worker.warm import Warm
from bench.worker.watch import Watch
from nst import images, making, masks, metrics
from nst.images import Picture
from nst.kept import Kept, fit
from nst.making import Made, StyleSource
from nst.settings import Settings, from_values
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
    sharing: int = 1,
    warm: Warm | None = None,
) -> Executed:
    """Run one synthesis job.

    Args:
        parameters: resolved, as in the record.
        inputs: stored pictures by role; a style may be several.
        weights: ``imagenet``, ``random:<seed>`` or a file.
        folder: an existing folder that gets ``image.png`` and ``curve.csv``.
        device: ``cpu`` or ``cuda:<n>``.
        on_progress: called at the end of every chunk of evaluations.
        sharing: how many jobs the run has on the device at a time; times of more than one are not valid.
        warm: what earlier jobs left and this one may use; None: what this process keeps for the device.
    """
    warm = warm_for(device) if warm is None else warm
    order = _Order(TASKS[parameters["task"]], from_values(parameters), inputs, weights, folder)
    # Events, streams and counters of torch are those of the current device, which need not be the job's.
    with torch.cuda.device(device) if device.startswith("cuda") else nullcontext():
        if warm.holds:
            try:
                return _execute(order, warm, Watch(device, on_progress, sharing))
            except Exception as error:
                if is_lasting(error) or not is_out_of_memory(error, device):
                    raise
            # Beside what was kept it did not fit; whether it fits by itself is what its record must tell.
            warm.drop()
        return _execute(order, warm, Watch(device, on_progress, sharing))


@dataclass(frozen=True)
class _Order:
    task: Task
    settings: Settings
    inputs: Mapping[str, Sequence[InputFile]]
    weights: str
    folder: Path


def _execute(order: _Order, warm: Warm, watch: Watch) -> Executed:
    try:
        return _carry_out(order, warm, watch)
    finally:
        watch.stop()


def _carry_out(order: _Order, warm: Warm, watch: Watch) -> Executed:
    settings, folder = order.settings, order.folder
    warm.kept.begin()
    with watch.phase("decode"):
        content, styles = read_pictures(order.task, order.inputs, warm)
    with watch.phase("weights"):
        network = warm.network(settings, order.weights)
    watch.kept = warm.kept
    made = making.make(
        network,
        settings,
        content=None if content is None else content.pixels,
        styles=styles,
        observer=watch,
        kept=warm.kept,
    )
    conditions, memory = watch.stop()
    with watch.phase("save"):
        alpha = None
        if content is not None and content.alpha is not None:
            alpha = images.resize_alpha(content.alpha, *made.image.shape[:2])
        files = {"image.png": images.encode_png(made.image, alpha), "curve.csv": _curve_csv(made)}
        for name, data in files.items():
            (folder / name).write_bytes(data)
    with watch.phase("assess"):
        quality = _quality(settings, made, content, styles, warm.kept)
    reason = objection(conditions)
    reused = warm.kept.reused | ({"weights"} if warm.reused_network else set())
    return Executed(
        outcome=_outcome(made, quality),
        diagnosis=_diagnosis(made),
        timing=Timing(
            contract=CONTRACT,
            **watch.clock.seconds,
            reused=[phase for phase in PHASES if phase in reused],
            valid=reason is None,
            invalid_reason=reason,
            gpu_before=conditions.before,
            gpu_after=conditions.after,
            energy_joules=conditions.energy_joules,
        ),
        memory=memory,
        files={name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    )


@lru_cache(maxsize=1)
def warm_for(device: str) -> Warm:
    """What this process keeps for the jobs of a device; a worker has one."""
    return Warm(device)


def read_pictures(
    task: Task, inputs: Mapping[str, Sequence[InputFile]], warm: Warm
) -> tuple[Picture | None, list[StyleSource]]:
    """The content, where the task has one, and the styles of a job."""
    content = warm.picture(inputs["content"][0].path) if task.has_content else None
    return content, [_style(given, warm) for given in inputs.get("style", ())]


def _style(given: InputFile, warm: Warm) -> StyleSource:
    mask, style_mask = (
        None if source is None else masks.read(source, given.path.parent) for source in (given.mask, given.style_mask)
    )
    return StyleSource(warm.picture(given.path).pixels, given.weight, mask, style_mask)


def _quality(
    settings: Settings, made: Made, content: Picture | None, styles: Sequence[StyleSource], kept: Kept
) -> record.Quality:
    """Figures of the picture as saved.

    A style of several pictures, or one that counts or applies in parts, has no one picture to compare with.
    """
    height, width = made.image.shape[:2]

    def sized(picture: images.Bytes, height: int, width: int) -> images.Bytes:
        return images.to_bytes(fit(kept, picture, height, width, settings.resampling))

    style = None
    if len(styles) == 1 and styles[0].region is None and styles[0].source is None:
        drawn = styles[0].picture
        # As large as the network saw it: strokes are compared pixel by pixel.
        seen = style_size(settings, settings.size, drawn.shape[1], drawn.shape[0], (width, height))
        style = sized(drawn, seen[1], seen[0])
    seen_content = None if content is None else sized(content.pixels, height, width)
    return record.Quality(**asdict(metrics.assess(made.image, seen_content, style, kept)))


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
        pull=_pull(made),
    )


def _pull(made: Made) -> record.Pull | None:
    ends = made.pull
    if ends is None:
        return None
    start, end = ({name: _finite(norm) for name, norm in norms.items()} for norms in (ends.start, ends.end))
    return record.Pull(start=start, end=end)


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
