"""What every page is made from: each job with its record, pictures and curve, in words and figures."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.pairing import Step
from bench.record import PlannedExperiment, PlannedJob, Record
from bench.repeats import Repeats
from bench.report import by_frame, drawn, extras, inputs, video, words
from bench.report import format as fmt
from bench.report.axes import axes_of, frozen
from bench.report.by_frame import Frames
from bench.report.drawn import Curve as Curve
from bench.report.extras import Extra
from bench.report.format import Figure
from bench.report.inputs import Input, InputKey
from bench.report.pictures import Broken, Picture, Source
from bench.report.video import Film
from bench.results import Problem, Results
from bench.runs import UNSTABLE


@dataclass(frozen=True)
class Run:
    """One job on the pages."""

    id: str
    page: str
    task: str
    parameters: Mapping[str, Any]
    content: Input | None
    style: Input | None
    status: str
    status_text: str
    diagnosis: str | None
    """In words; None without one."""
    warned: bool
    """The diagnosis is one that the reader must not miss."""
    reason: str
    """Why there is no picture, or why the diagnosis is what it is."""
    picture: Picture | None
    loss: Figure
    seconds: Figure
    per_evaluation: Figure
    memory: Figure
    quality: Mapping[str, Figure]
    """By the names of :data:`bench.report.words.QUALITY`; without those that nothing could be compared with."""
    repeats: Repeats | None
    """The repeats it is one of, with how much they agree."""
    timing_valid: bool
    unsteadiness: float | None
    """How much the same piece of work differed before and after the run that made it, where that marks the run."""
    curve: Curve | None
    network: str
    random_weights: bool
    problems: tuple[str, ...]
    record: Record | None
    machine: str = ""
    """What its machine has in common with no other (:attr:`bench.results.Results.machines`)."""
    film: Film | None = None
    """Its moving pictures."""
    frames: Frames | None = None
    """What became of each frame of those."""
    extras: tuple[Extra, ...] = ()
    """What its task left beside the picture."""

    @property
    def numbers(self) -> Mapping[str, Figure]:
        """Figures of its task's own."""
        own = self.record.outcome.numbers if self.record and self.record.outcome else {}
        return {name: fmt.as_kind(words.own_number(name)[1], value, f"number {name}") for name, value in own.items()}

    @property
    def optimised(self) -> bool:
        """Whether it came to its picture by evaluations, as far as is known: only then has it a loss to tell."""
        return not (self.record and self.record.outcome) or self.record.outcome.evaluations > 0

    @property
    def short_id(self) -> str:
        """Twelve digits that stand for the run in addresses."""
        return short_id(self.id)

    @property
    def pair(self) -> tuple[InputKey | None, InputKey | None]:
        """Of its content and its style: what tells the pair from others."""
        return self.content.key if self.content else None, self.style.key if self.style else None

    @property
    def unfinished(self) -> bool:
        """It ran, or was to be read, and came to no good end."""
        return self.status not in ("done", "not run")

    @property
    def result(self) -> str:
        """The diagnosis of a run that is done, else its status."""
        return self.diagnosis if self.status == "done" and self.diagnosis else self.status_text

    @property
    def why(self) -> str:
        """The reason, without the status where it opens with that."""
        if self.reason.lower().startswith(self.status_text):
            return self.reason[len(self.status_text) :].lstrip(" ,.:;-–")
        return self.reason

    @property
    def title(self) -> str:
        return " × ".join(words.shorten(i.label, 40) for i in (self.content, self.style) if i) or self.task


@dataclass(frozen=True)
class Experiment:
    """One experiment: its runs, and what varies between them."""

    name: str
    anchor: str
    task: str
    plan: PlannedExperiment
    runs: tuple[Run, ...]
    axes: Mapping[str, tuple[Any, ...]]
    """Parameters and zips that tell its runs apart, with their values, those of a zip as :class:`Step`; parameters that
    move in step are left out."""
    in_step: tuple[str, ...]
    zips: Mapping[str, tuple[str, ...]]
    """Parameters of the zips among the axes."""

    @property
    def optimised(self) -> bool:
        """Whether there are losses to speak of."""
        return any(run.optimised for run in self.runs)

    @property
    def varying(self) -> tuple[str, ...]:
        """All parameters that vary."""
        return (*(name for axis in self.axes for name in self.zips.get(axis, (axis,))), *self.in_step)

    def value(self, run: Run, axis: str) -> Any:
        """Where a run stands on an axis; one of its values in :attr:`axes`."""
        if axis not in self.zips:
            return frozen(run.parameters.get(axis))
        step = Step.of(run.parameters, self.zips[axis])
        return next((known for known in self.axes[axis] if known == step), step)

    def settings(self, run: Run, without: Sequence[str] = ()) -> str:
        """What tells ``run`` from the others of its pair: ``noise · 256 px``."""
        told = []
        for axis in self.axes:
            rest = [name for name in self.zips.get(axis, (axis,)) if name not in without]
            if axis in self.zips and len(rest) == len(self.zips[axis]) and axis not in without:
                told.append(words.setting(axis, self.value(run, axis)))
            elif axis not in without:
                told += [words.setting(name, run.parameters.get(name)) for name in rest]
        return " · ".join(told)


@dataclass(frozen=True)
class Model:
    results: Results
    experiments: tuple[Experiment, ...]
    runs: Mapping[str, Run]
    problems: tuple[Problem, ...]

    @property
    def title(self) -> str:
        return self.results.plan.title or self.results.plan.name


def sources(results: Results) -> dict[str, Source]:
    """Every picture that the site shows, by job id or ``input:<sha256>``."""
    found: dict[str, Source] = {}
    for job in results.plan.jobs.values():
        for given in job.inputs.values():
            for key, source in inputs.sources(given, results.inputs):
                found.setdefault(key, source)
        record = results.records.get(job.id)
        if record is not None and (record.status == "done" or "image.png" in record.files):
            path = results.folders[job.id] / "image.png"
            found[job.id] = Source(path, record.files.get("image.png"))
        if record is not None:
            found |= video.sources(results, record)
            found |= extras.sources(results, record)
    return found


def short_id(id: str) -> str:
    """Twelve digits of an id; of its hash, where it is not one of hexadecimal digits."""
    plain = re.fullmatch(r"[0-9a-f]{12,64}", id)
    return id[:12] if plain else hashlib.sha256(id.encode("utf-8", "replace")).hexdigest()[:12]


def gather(results: Results, pictures: Mapping[str, Picture | Broken]) -> Model:
    plan = results.plan
    problems = list(results.problems)
    torn = {problem.id: problem.message for problem in results.problems}
    curves, frames = drawn.read(results), by_frame.read(results)
    runs: dict[str, Run] = {}
    for job in plan.jobs.values():
        runs[job.id] = _run(results, job, torn.get(job.id), pictures, curves.get(job.id), frames.get(job.id))
        problems += [Problem(job.id, text) for text in runs[job.id].problems if text != torn.get(job.id)]
    experiments = []
    for number, planned in enumerate(plan.experiments, start=1):
        for id in planned.jobs:
            if id not in runs:
                problems.append(Problem(id, f"plan.json: experiment {planned.name} names a job it does not hold"))
        members = tuple(runs[id] for id in planned.jobs if id in runs)
        axes, in_step, zips = axes_of(planned, [run.parameters for run in members])
        experiments.append(Experiment(planned.name, f"e{number}", planned.task, planned, members, axes, in_step, zips))
    return Model(results, tuple(experiments), runs, tuple(problems))


def _run(
    results: Results,
    job: PlannedJob,
    torn: str | None,
    pictures: Mapping[str, Picture | Broken],
    read: Curve | str | None,
    told: Frames | str | None,
) -> Run:
    record = results.records.get(job.id)
    status = record.status if record else "unreadable" if torn else "not run"
    shown = pictures.get(job.id)
    outcome, timing = (record.outcome, record.timing) if record else (None, None)
    curve, curve_problem = (read, None) if isinstance(read, Curve) else (None, read)
    frames, frames_problem = (told, None) if isinstance(told, Frames) else (None, told)
    content = inputs.view(job, "content", pictures)
    picture = shown if isinstance(shown, Picture) else None
    film = video.film(record, picture, content.picture if content else None, pictures, frames)
    broken = (torn, shown.reason if isinstance(shown, Broken) else None, curve_problem, frames_problem)
    problems = [text for text in broken if text]
    problems += film.problems if film else ()
    beside, missing = extras.extras(record, pictures)
    problems += missing
    diagnosis = record.diagnosis if record else None
    reason = torn or ""
    if record and record.failure:
        reason = record.failure.message
    elif isinstance(shown, Broken):
        reason = shown.reason
    elif diagnosis:
        reason = diagnosis.reason
    seconds = timing.optimise if timing else None
    done = outcome.evaluations if outcome else 0
    weights = record.weights if record else None
    return Run(
        id=job.id,
        page=f"runs/{short_id(job.id)}.html",
        task=str(job.parameters.get("task", "transfer")),
        parameters=job.parameters,
        content=content,
        style=inputs.view(job, "style", pictures),
        status=status,
        status_text=words.STATUS[status],
        diagnosis=words.DIAGNOSIS[diagnosis.verdict] if diagnosis else None,
        warned=bool(diagnosis and diagnosis.verdict in words.WARNED),
        reason=reason,
        picture=picture,
        loss=_loss(record),
        seconds=fmt.seconds(seconds),
        per_evaluation=fmt.seconds(seconds / done if seconds is not None and done else None, "per-evaluation"),
        memory=fmt.memory(record.memory.peak_bytes if record and record.memory else None),
        quality=_quality(record),
        repeats=results.agreement.get(job.id),
        timing_valid=bool(timing and timing.valid),
        unsteadiness=_unsteadiness(results, job.id),
        curve=curve,
        network=words.network(job.parameters, weights),
        random_weights=words.is_random(job.parameters, weights),
        problems=tuple(problems),
        record=record,
        machine=results.machines.get(job.id, ""),
        film=film,
        frames=frames,
        extras=beside,
    )


def _unsteadiness(results: Results, id: str) -> float | None:
    apart = results.unsteadiness(id)
    return apart if apart is not None and apart > UNSTABLE else None


def _loss(record: Record | None) -> Figure:
    if record is None or record.outcome is None:
        return fmt.loss(None)
    if record.outcome.final_loss is None and record.outcome.evaluations:
        return Figure("loss", None, "diverged")
    return fmt.loss(record.outcome.final_loss)


def _quality(record: Record | None) -> dict[str, Figure]:
    if record is None or record.outcome is None:
        return {}
    found = record.outcome.quality
    figures = {name: fmt.quality(getattr(found, name), name) for name in words.QUALITY if name != "structure"}
    figures = {"structure": fmt.quality(found.structure, "structure", found.structure_scales), **figures}
    return {name: figure for name, figure in figures.items() if figure.value is not None}
