"""Answers to the findings of documents, in figures of our own runs: data, for pages, terminals and programs alike."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import Literal

from bench.findings.figures import Unit, find, parting
from bench.findings.held import Left, Measured, Reading, pairs, side
from bench.findings.rule import Word, changes, word
from bench.record import PlannedExperiment, PlannedFinding
from bench.results import Results

#: What is counted: pairs that differ in one axis, runs by themselves, or every run here with every run there.
Of = Literal["pairs", "runs", "comparisons"]


@dataclass(frozen=True)
class Group:
    """The figures of runs that stand for one side of a finding."""

    centre: float
    """Their median; of a figure that is 1 or 0, their mean."""
    least: float
    most: float
    runs: int
    typical: str
    """The job whose figure is nearest to the centre."""
    lowest: str
    highest: str


@dataclass(frozen=True)
class Ratio:
    """End over start, over pairs."""

    centre: float
    least: float
    most: float


@dataclass(frozen=True)
class Answer:
    """What our runs say to a finding."""

    finding: PlannedFinding
    experiment: str
    word: Word
    of: Of
    showing: int
    measured: int
    left: Left
    random: int
    """Runs with random weights among those that were looked at."""
    looked_at: int
    unit: Unit
    groups: tuple[Group, ...] = ()
    """All runs; or where the axis starts and where it ends; or this experiment and the other. None if nothing was
    measured."""
    ratio: Ratio | None = None
    """Of pairs; None where a figure is not above 0."""
    apart: tuple[str, ...] = ()
    """Parameters that make the losses of both sides those of different functions: a lower one then means nothing."""
    tied: int = 0
    """Of what was measured, how much says nothing: of a figure that is 1 or 0, both sides have the same."""
    unsteady: float = 0.0
    """Of times: how much longer the same work took at one end of these runs than at the other; 0 where the machine held
    still."""
    example: tuple[str, str] | None = None
    """The pair whose ratio, or difference, is nearest to the middle of all."""

    @property
    def untaught(self) -> bool:
        """Whether it cannot be told with these weights."""
        return self.finding.learned and self.random > 0


def answers(results: Results) -> list[Answer]:
    """Every finding of a results folder, experiment by experiment, in the manifest's order."""
    return [
        answer(results, experiment, finding)
        for experiment in results.plan.experiments
        for finding in experiment.findings
    ]


def answer(results: Results, experiment: PlannedExperiment, finding: PlannedFinding) -> Answer:
    """What the runs of an experiment say to a finding. A figure that this version does not know is measured nowhere."""
    reading = Reading(results, finding.figure)
    if finding.along is not None:
        return _of_pairs(experiment, finding, reading)
    count = _of_runs if finding.than is None else _of_experiments
    return _told(experiment, finding, reading, count(experiment, finding, reading))


@dataclass(frozen=True)
class _Count:
    """How much of what was measured shows a finding."""

    of: Of
    groups: Sequence[Sequence[Measured]]
    """As :attr:`Answer.groups`."""
    showing: int
    measured: int
    left: Left
    tied: int = 0
    apart: tuple[str, ...] = ()


def _of_runs(experiment: PlannedExperiment, finding: PlannedFinding, reading: Reading) -> _Count:
    found = side(experiment, _set(finding.jobs), reading)
    showing = sum(
        (finding.at_least is None or run.value >= finding.at_least)
        and (finding.at_most is None or run.value <= finding.at_most)
        for run in found.measured
    )
    return _Count("runs", [found.measured], showing, len(found.measured), found.left)


def _of_pairs(experiment: PlannedExperiment, finding: PlannedFinding, reading: Reading) -> Answer:
    found = pairs(experiment, finding, reading.results.plan.jobs, reading)
    starts, ends = [start for start, _ in found.measured], [end for _, end in found.measured]
    count = _Count(
        "pairs",
        [starts, ends],
        showing=sum(_changes(finding, start.value, end.value) for start, end in found.measured),
        measured=len(found.measured),
        left=found.left,
        tied=sum(start.value == end.value for start, end in found.measured) if _ties(finding) else 0,
        apart=parting(finding.figure, found.moved),
    )
    told = _told(experiment, finding, reading, count)
    if not found.measured:
        return told
    positive = all(start.value > 0 and end.value > 0 for start, end in found.measured)
    sizes = [(end.value / start.value if positive else end.value - start.value) for start, end in found.measured]
    middle = median(sizes)
    nearest = min(range(len(sizes)), key=lambda k: abs(sizes[k] - middle))
    example = (starts[nearest].job, ends[nearest].job)
    ratio = Ratio(middle, min(sizes), max(sizes)) if positive else None
    return replace(told, ratio=ratio, example=example)


def _of_experiments(experiment: PlannedExperiment, finding: PlannedFinding, reading: Reading) -> _Count:
    """Every run here with every run there; whether they are the same, the middles of both say."""
    plan = reading.results.plan
    other = next((one for one in plan.experiments if one.name == finding.than), None)
    here = side(experiment, _set(finding.jobs), reading)
    there = side(other, _set(finding.than_jobs), reading) if other else side(experiment, (), reading)
    measured = len(here.measured) * len(there.measured)
    groups = [here.measured, there.measured]
    tied = 0
    if finding.change != "same" or not measured:
        showing = _compared(finding, here.measured, there.measured)
        values = Counter(run.value for run in there.measured)
        tied = sum(values[run.value] for run in here.measured) if _ties(finding) else 0
    else:
        unit = _unit(finding)
        showing = measured * _changes(finding, *(_centre(group, unit) for group in reversed(groups)))
    apart = parting(finding.figure, _differing(reading.results, *groups))
    return _Count("comparisons", groups, showing, measured, here.left + there.left, tied, apart)


def _differing(results: Results, here: Sequence[Measured], there: Sequence[Measured]) -> tuple[str, ...]:
    """Parameters whose values here are not those there; ``pictures`` where those are others."""
    sides = [[results.plan.jobs[run.job] for run in runs] for runs in (here, there)]
    names = dict.fromkeys(name for jobs in sides for job in jobs for name in job.parameters)
    found = [
        name for name in names if len({frozenset(repr(j.parameters.get(name)) for j in jobs) for jobs in sides}) > 1
    ]
    pictures = {frozenset((role, one.sha256) for j in jobs for role, one in j.inputs.items()) for jobs in sides}
    return (*found, *(("pictures",) if len(pictures) > 1 else ()))


def _compared(finding: PlannedFinding, here: Sequence[Measured], there: Sequence[Measured]) -> int:
    """How often a run here is lower, or higher, than one there."""
    ordered = sorted(run.value for run in there)
    if finding.change == "lower":
        return sum(len(ordered) - bisect_right(ordered, run.value) for run in here)
    return sum(bisect_left(ordered, run.value) for run in here)


def _changes(finding: PlannedFinding, start: float, end: float) -> bool:
    return changes(finding.change or "same", start, end, finding.within or 0.0, finding.by or 0.0)


def _unit(finding: PlannedFinding) -> Unit:
    figure = find(finding.figure)
    return figure.unit if figure else "number"


def _ties(finding: PlannedFinding) -> bool:
    """Whether two that have the same say nothing of how the figure changes: where it is 1 or 0, most have the same,
    whatever became likelier."""
    return _unit(finding) == "flag" and finding.change != "same"


def _set(jobs: Collection[str] | None) -> frozenset[str] | None:
    return None if jobs is None else frozenset(jobs)


def _told(experiment: PlannedExperiment, finding: PlannedFinding, reading: Reading, count: _Count) -> Answer:
    unit = _unit(finding)
    looked_at = {run.job for group in count.groups for run in group}
    random = sum(_random(reading.results, job) for job in looked_at)
    unsteady = reading.unsteady(looked_at)
    return Answer(
        finding=finding,
        experiment=experiment.name,
        word=word(
            count.showing,
            count.measured,
            tied=count.tied,
            always=finding.always,
            untellable=bool(count.apart) or (finding.learned and random > 0) or unsteady > 0,
            waiting=count.left.waiting > 0,
        ),
        of=count.of,
        showing=count.showing,
        measured=count.measured,
        tied=count.tied,
        left=count.left,
        random=random,
        looked_at=len(looked_at),
        unit=unit,
        groups=tuple(_group(group, unit) for group in count.groups) if count.measured else (),
        apart=count.apart if count.measured else (),
        unsteady=unsteady,
    )


def _random(results: Results, job: str) -> bool:
    """Whether a run's weights never learned anything."""
    return results.records[job].weights.startswith("random")


def _centre(runs: Sequence[Measured], unit: Unit) -> float:
    values = [run.value for run in runs]
    return fmean(values) if unit == "flag" else median(values)


def _group(runs: Sequence[Measured], unit: Unit) -> Group:
    values, centre = [run.value for run in runs], _centre(runs, unit)
    return Group(
        centre=centre,
        least=min(values),
        most=max(values),
        runs=len(runs),
        typical=min(runs, key=lambda run: abs(run.value - centre)).job,
        lowest=min(runs, key=lambda run: run.value).job,
        highest=max(runs, key=lambda run: run.value).job,
    )
