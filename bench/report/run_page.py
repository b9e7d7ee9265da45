"""What stands on the page of a run, in plain tuples: there may be ten thousand such pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from bench.record import PlannedJob, Record, StoredPlan
from bench.report import balance, by_frame, frame_curves, players, provenance, run_curve, video, words
from bench.report import format as fmt
from bench.report.axes import frozen
from bench.report.balance import OfRun
from bench.report.curves import Chart
from bench.report.extras import Extra
from bench.report.format import Figure
from bench.report.frame_curves import FrameCharts, FrameTable
from bench.report.model import Run
from bench.report.neighbours import Beside
from bench.report.players import Together

#: Width of the bar of phases, in units of its drawing.
BAR = 520.0
_UNTRAINED = "These weights are random and untrained: the picture shows statistics of texture, not learned style."
#: What a figure is of, its kind, its value in full and its text. A value of None was not measured.
Told = tuple[str, str, str | None, str]


@dataclass(frozen=True)
class Phase:
    told: Told
    x: float
    width: float
    colour: int


@dataclass(frozen=True)
class Context:
    """What a page tells beside the run itself."""

    settings: str = ""
    experiments: tuple[tuple[str, str, str], ...] = ()
    """Name of each experiment the run belongs to, its pair page there, and its page of the grid."""
    beside: tuple[Beside, ...] = ()
    machine: int = 0
    """Number of its machine on the page about the results; 0 without a record."""
    job: str = ""
    """Its id in its own folder."""
    command: str = ""
    """To run it again."""
    shown: str = ""
    """Which copy of the picture is shown, where that is no link."""
    balance: str = ""
    """The page that has what carries its gradient beside that of others."""
    before: str = ""
    after: str = ""
    extras: tuple[Extra, ...] = ()
    """Pictures that it shows beside its own."""


@dataclass(frozen=True)
class RunPage:
    run: Run
    context: Context
    chart: Chart | None
    legend: tuple[tuple[str, int, int], ...]
    table: run_curve.CurveTable | None
    sizes: tuple[str, ...]
    """That the curve goes through, where there are several."""
    players: Together | None
    frame_charts: FrameCharts | None
    """What became of each frame of a video."""
    frame_table: FrameTable | None
    outcome: tuple[Told, ...]
    diagnosis: tuple[Told, ...]
    """The numbers behind the verdict."""
    terms: tuple[Told, ...]
    balance: OfRun | None
    phases: tuple[Phase, ...]
    gpu: tuple[Told, ...]
    """What its driver told while the run optimised; empty without one."""
    held_back: str
    """What kept the GPU's clocks down, in words."""
    parameters: Markup
    further: Markup
    """Empty where there is nothing to tell."""
    extras_title: str
    untrained: str
    """What is to be known of a picture from random weights."""
    attempts: tuple[str, ...]
    """Given up before this one, in words."""
    machine: str
    files: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    folder: str
    """Where its files lie, from the results folder."""
    manifest: str
    """A manifest for this run alone."""


def page(run: Run, context: Context, plan: StoredPlan, job: PlannedJob) -> RunPage:
    record = run.record
    chart, legend = run_curve.chart(run)
    terms = record.outcome.terms if record and record.outcome else {}
    return RunPage(
        run=run,
        context=context,
        chart=chart,
        legend=legend,
        table=run_curve.table(run.curve) if run.curve else None,
        sizes=run_curve.sizes(run.curve) if run.curve else (),
        players=players.of_run(run),
        frame_charts=frame_curves.of_run(run.id, run.frames) if run.frames else None,
        frame_table=frame_curves.table(run.frames) if run.frames else None,
        outcome=_told(_outcome(run)),
        diagnosis=_told(_diagnosis(run)),
        terms=_told((name, fmt.loss(value, "term")) for name, value in terms.items()),
        balance=balance.of_run(run),
        phases=_phases(run),
        gpu=_told(_gpu(run)),
        held_back=", ".join(_held_back(run)),
        parameters=_settings(run, everyday=True),
        further=_settings(run, everyday=False),
        untrained=words.UNTRAINED.get(run.task, _UNTRAINED),
        extras_title=words.EXTRAS.get(run.task, "Beside it"),
        attempts=_attempts(run),
        machine=provenance.machine(run),
        files=tuple(_files(record)) if record else (),
        facts=provenance.facts(run, context.job),
        folder=provenance.folder(context.job),
        manifest=provenance.manifest(plan, job, context.job),
    )


def _files(record: Record) -> Iterator[tuple[str, str]]:
    """Names and hashes; of the frames of a video only how many there are."""
    frames = [name for name in record.files if video.is_frame(name)]
    yield from ((name, sha256) for name, sha256 in record.files.items() if name not in frames)
    if frames:
        yield "single frames", f"{fmt.counted(len(frames), 'picture', 'pictures')}, with hashes in record.json"


def _told(rows: Sequence[tuple[str, Figure]] | Iterator[tuple[str, Figure]]) -> tuple[Told, ...]:
    return tuple((name, figure.kind, figure.value, figure.text) for name, figure in rows)


def _settings(run: Run, *, everyday: bool) -> Markup:
    """Parameters in words, those with no meaning for the task left out."""
    return _described(
        tuple(
            (name, frozen(value))
            for name, value in run.parameters.items()
            if (name in words.EVERYDAY) == everyday and value is not None
        )
    )


@lru_cache(maxsize=2048, typed=True)
def _described(rows: tuple[tuple[str, Any], ...]) -> Markup:
    """Rows of a list of facts; what a recipe says is the same on thousands of pages."""
    told = ((words.clean(name), words.clean(words.value(name, value))) for name, value in rows)
    return Markup("").join(Markup("<div><dt>{}</dt><dd>{}</dd></div>\n").format(*row) for row in told)


def _outcome(run: Run) -> Iterator[tuple[str, Figure]]:
    record = run.record
    if record is None:
        return
    outcome = record.outcome
    if outcome and outcome.evaluations:
        if by_frame.is_video(record):
            yield "final loss, mean of its frames", run.loss
            yield "the same of the frames as saved, clipped", fmt.loss(outcome.saved_loss, "saved-loss")
        else:
            yield "final loss", run.loss
            yield "loss at the start", fmt.loss(outcome.start_loss, "start-loss")
            yield "loss of the picture as saved, clipped", fmt.loss(outcome.saved_loss, "saved-loss")
    if record.timing:
        yield words.HEADLINE.get(run.task, "time to optimise"), run.seconds
        if run.task not in words.HEADLINE:
            yield "time per evaluation", run.per_evaluation
    if record.memory:
        yield "peak memory", run.memory
        yield "memory before", fmt.memory(record.memory.before_bytes, "memory-before")
    if outcome:
        if outcome.evaluations:
            yield "evaluations", fmt.whole(outcome.evaluations, "evaluations")
            yield "updates", fmt.whole(outcome.updates, "updates")
        if outcome.picture_evaluation is not None:
            yield "picture taken at evaluation", fmt.whole(outcome.picture_evaluation, "picture-evaluation")
        if outcome.out_of_gamut is not None:
            yield "values outside [0, 1] before saving", fmt.share(outcome.out_of_gamut, "out-of-gamut")
        if outcome.attempts and outcome.seed is not None:
            yield "seed of its noise", Figure("noise-seed", repr(outcome.seed), str(outcome.seed))
        for name, figure in run.quality.items():
            yield words.QUALITY[name], figure
        for name, figure in run.numbers.items():
            yield words.own_number(name)[0], figure
    if run.repeats:
        count = len(run.repeats.jobs)
        agreement, difference = run.repeats.structure, run.repeats.difference
        yield f"agreement of its {count} repeats (SSIM, 1 is all)", fmt.quality(agreement, "agreement")
        yield "difference of its repeats (8-bit levels)", fmt.quality(difference, "agreement-difference")


def _diagnosis(run: Run) -> Iterator[tuple[str, Figure]]:
    numbers: Mapping[str, float] = run.record.diagnosis.numbers if run.record and run.record.diagnosis else {}
    for name, value in numbers.items():
        told, kind = words.NUMBERS.get(name, (name, "number"))
        yield told, fmt.as_kind(kind, value, f"number {name}")


def _attempts(run: Run) -> tuple[str, ...]:
    if run.record is None or run.record.outcome is None:
        return ()
    return tuple(
        f"seed {a.seed}, after {fmt.counted(a.evaluations, 'evaluation', 'evaluations')}: {a.verdict}, {a.reason}"
        for a in run.record.outcome.attempts
    )


def _phases(run: Run) -> tuple[Phase, ...]:
    timing = run.record.timing if run.record else None
    if timing is None:
        return ()
    values = {name: float(getattr(timing, name)) for name in words.PHASES if name != "restarts" or timing.restarts}
    total = sum(v for v in values.values() if v > 0) or 1.0
    phases, x = [], 0.0
    for name, value in values.items():
        width, colour = BAR * max(value, 0.0) / total, words.PHASES.index(name)
        (told,) = _told([(name, fmt.seconds(value, f"phase {name}"))])
        phases.append(Phase(told, round(x, 2), round(width, 2), colour))
        x += width
    return tuple(phases)


def _gpu(run: Run) -> Iterator[tuple[str, Figure]]:
    """Before and after, as far as there is anything to tell."""
    timing = run.record.timing if run.record else None
    if timing is None:
        return
    rows = [("energy of the GPU", fmt.energy(timing.energy_joules))]
    for state, when in ((timing.gpu_before, "at the start"), (timing.gpu_after, "at the end")):
        if state is not None:
            rows += [
                (f"clock {when}", fmt.whole(state.sm_mhz, f"gpu-clock {when}", "MHz")),
                (f"temperature {when}", fmt.whole(state.temperature_celsius, f"gpu-temperature {when}", "°C")),
            ]
    yield from ((name, figure) for name, figure in rows if figure.value is not None)


def _held_back(run: Run) -> tuple[str, ...]:
    timing = run.record.timing if run.record else None
    states = (timing.gpu_before, timing.gpu_after) if timing else ()
    return tuple(dict.fromkeys(reason for state in states if state for reason in state.slowed_by or ()))
