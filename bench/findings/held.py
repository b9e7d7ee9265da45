"""Which runs a finding holds against each other, and what their figures are."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from bench.findings.figures import Figure, Run, find, timed
from bench.pairing import Descent, Step, seconds_to
from bench.pairing.matching import line_up
from bench.record import PlannedExperiment, PlannedFinding, PlannedJob
from bench.results import Results, curve
from bench.runs import UNSTABLE


@dataclass(frozen=True)
class Measured:
    """A run, or all repeats of one that have their figure in common, with that figure."""

    job: str
    value: float


@dataclass(frozen=True)
class Left:
    """How many were left out, and why."""

    untimed: int = 0
    """Their times are not valid under the timing contract."""
    missing: int = 0
    """They did not run, did not end well, or have no such figure."""
    without: int = 0
    """Of the missing, how many ended well, and so have no such figure."""
    waiting: int = 0
    """Of the missing, how many are yet to run."""

    def __add__(self, other: Left) -> Left:
        return Left(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True)
class Side:
    """The runs of an experiment that a finding is about."""

    measured: tuple[Measured, ...]
    left: Left


@dataclass(frozen=True)
class Pairs:
    """Runs that differ in one axis alone, with their figures: where it starts, and where it ends."""

    measured: tuple[tuple[Measured, Measured], ...]
    left: Left
    moved: tuple[str, ...]
    """Parameters that change from one to the other: the axis', and what moves in step with it."""


class Reading:
    """A figure as it is read of runs, each once."""

    def __init__(self, results: Results, figure: str) -> None:
        """Args: figure: a name that :func:`bench.findings.figures.find` knows."""
        self.results = results
        self._figure: Figure | None = find(figure)
        self._mutual = self._figure is not None and self._figure.mutual
        self._final = Reading(results, "final_loss") if self._mutual else self
        """What a mutual figure goes by."""
        self._known: dict[str, float | None] = {}
        self._descents: dict[str, Descent | None] = {}

    def of(self, job: str) -> float | None:
        """None where the run has no such figure."""
        if job not in self._known:
            record = self.results.records.get(job)
            run = Run(record, self.results.agreement.get(job)) if record and not self._elsewhere(job) else None
            self._known[job] = self._figure.of(run) if self._figure and run else None
        return self._known[job]

    def of_both(self, start: str, end: str) -> tuple[float | None, float | None]:
        """The figures of a pair."""
        if not self._mutual:
            return self.of(start), self.of(end)
        levels = [level for level in map(self._final.of, (start, end)) if level is not None]
        if len(levels) < 2 or self.untimed(start) or self.untimed(end):
            return None, None
        return self._reached(start, max(levels)), self._reached(end, max(levels))

    def untimed_both(self, start: str, end: str) -> bool:
        """Whether a pair has no figures only because its times are not valid."""
        if self._mutual:
            return self.untimed(start) or self.untimed(end)
        return all(self.of(job) is not None or self.untimed(job) for job in (start, end))

    def _reached(self, job: str, level: float) -> float | None:
        """Seconds until a run's loss was at this level or below."""
        if job not in self._descents:
            try:
                self._descents[job] = Descent.of(curve(self.results, job))
            except (OSError, ValueError):
                self._descents[job] = None
        descent = self._descents[job]
        return None if descent is None else seconds_to(descent, level)

    def untimed(self, job: str) -> bool:
        """Whether it has none only because its times are not valid, or of another machine than most: those of several
        machines are never put together."""
        record = self.results.records.get(job)
        timing = self._figure is not None and self._figure.timing
        done = timing and record is not None and record.status == "done"
        return done and record is not None and (not timed(record) or self._elsewhere(job))

    def _elsewhere(self, job: str) -> bool:
        """Whether its figure is a time of another machine."""
        timing = self._figure is not None and self._figure.timing
        return timing and self.results.machines.get(job) not in (None, self.results.main_machine)

    def without(self, job: str) -> bool:
        """Whether it ended well and has no such figure."""
        record = self.results.records.get(job)
        done = record is not None and record.status == "done"
        return done and self._final.of(job) is None and not self.untimed(job)

    def waiting(self, job: str) -> bool:
        """Whether it is yet to run."""
        return job not in self.results.records

    def unsteady(self, jobs: Iterable[str]) -> float:
        """How much longer the same work took at one end of these runs than at the other: of times alone, and 0 where
        that counts as holding still. Such times are not to be compared."""
        if self._figure is None or not self._figure.timing:
            return 0.0
        apart = max((self.results.unsteadiness(job) or 0.0 for job in jobs), default=0.0)
        return apart if apart > UNSTABLE else 0.0

    def one_of(self, job: str) -> Hashable:
        """What is the same for runs that have their figure in common."""
        repeats = self.results.agreement.get(job) if self._figure and self._figure.shared else None
        return tuple(repeats.jobs) if repeats else job


def side(experiment: PlannedExperiment, jobs: Collection[str] | None, reading: Reading) -> Side:
    """The runs of an experiment, or of these jobs of it, each figure once."""
    first = {reading.one_of(job): job for job in reversed(experiment.jobs) if jobs is None or job in jobs}
    measured, left = _sorted(list(reversed(first.values())), reading)
    return Side(measured, left)


def _sorted(jobs: Sequence[str], reading: Reading) -> tuple[tuple[Measured, ...], Left]:
    measured, untimed, without, waiting = [], 0, 0, 0
    for job in jobs:
        value = reading.of(job)
        if value is not None:
            measured.append(Measured(job, value))
        else:
            untimed += reading.untimed(job)
            without += reading.without(job)
            waiting += reading.waiting(job)
    return tuple(measured), Left(untimed, len(jobs) - len(measured) - untimed, without, waiting)


def pairs(
    experiment: PlannedExperiment, finding: PlannedFinding, planned: Mapping[str, PlannedJob], reading: Reading
) -> Pairs:
    """The pairs of an experiment from one value of an axis to another, each pair of figures once."""
    counts = None if finding.jobs is None else frozenset(finding.jobs)
    found: dict[Hashable, tuple[str, str]] = {}
    lined_up, moved = _lined_up(experiment, finding, planned)
    for start, end in lined_up:
        if counts is None or (start in counts and end in counts):
            found.setdefault((reading.one_of(start), reading.one_of(end)), (start, end))
    measured, untimed, without, waiting = [], 0, 0, 0
    for both in found.values():
        start_value, end_value = reading.of_both(*both)
        if start_value is not None and end_value is not None:
            measured.append((Measured(both[0], start_value), Measured(both[1], end_value)))
        else:
            late = reading.untimed_both(*both)
            untimed += late
            without += not late and any(reading.without(job) for job in both)
            waiting += not late and any(reading.waiting(job) for job in both)
    return Pairs(tuple(measured), Left(untimed, len(found) - len(measured) - untimed, without, waiting), moved)


def _lined_up(
    experiment: PlannedExperiment, finding: PlannedFinding, planned: Mapping[str, PlannedJob]
) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    """Jobs that differ in the axis alone, in what moves in step with it and in nothing else; and all that moves."""
    jobs = [planned[id] for id in experiment.jobs if id in planned]
    names = tuple(finding.start)
    parameters = list(dict.fromkeys(name for job in jobs for name in job.parameters))
    columns: dict[str, list[Any]] = {
        name: [_frozen(job.parameters.get(name)) for job in jobs] for name in parameters if name not in names
    }
    for role in dict.fromkeys(role for job in jobs for role in job.inputs):
        given = [job.inputs.get(role) for job in jobs]
        columns[f"{role} picture"] = [(one.label, one.sha256) if one else None for one in given]
    found = line_up(columns, parameters, names, [Step.of(job.parameters, names) for job in jobs])
    starts, ends = (found.rows.get(Step.of(values, names), {}) for values in (finding.start, finding.end))
    both = [(jobs[row].id, jobs[ends[key]].id) for key, row in starts.items() if key in ends]
    return both, (*names, *found.in_step)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
