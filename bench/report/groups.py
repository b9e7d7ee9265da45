"""Runs of one pair of inputs, in rows that differ in one thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench import pairing
from bench.merging import FOLDER
from bench.report import format as fmt
from bench.report import words
from bench.report.axes import frozen
from bench.report.format import Figure
from bench.report.model import Experiment, Run


@dataclass(frozen=True)
class Side:
    """A run in a row of runs that differ in one thing; ratios are to the first of the row."""

    value: str
    run: Run | None
    time_ratio: Figure | None
    loss_ratio: Figure | None
    own: tuple[tuple[str, Figure, Figure | None], ...] = ()
    """Figures of its task's own that runs are compared by: what each is, its value, and the ratio."""


@dataclass(frozen=True)
class Group:
    """Runs of one pair of inputs that differ in the axis only."""

    settings: str
    sides: tuple[Side, ...]


@dataclass(frozen=True)
class Along:
    """An axis of an experiment, looked at once for all its pages."""

    experiment: Experiment
    axis: str
    step: frozenset[str]
    """What changes along it: its parameters, and those that the manifest moves with them."""
    others: tuple[str, ...]
    """What else tells runs of the experiment apart."""
    values: tuple[Any, ...]

    @property
    def comparable(self) -> bool:
        """Whether losses are on one scale along it."""
        return self.step <= pairing.SAME_OBJECTIVE


def along(experiment: Experiment, axis: str) -> Along:
    moved = experiment.zips.get(axis, (axis,))
    at = [experiment.value(run, axis) for run in experiment.runs]
    names = dict.fromkeys(name for run in experiment.runs for name in run.parameters)
    columns = {name: [frozen(run.parameters.get(name)) for run in experiment.runs] for name in names}
    places, varying = pairing.codes(at), pairing.varying(columns)
    step = {*moved, *(name for name, column in varying.items() if pairing.moves_with(places, column))}
    return Along(
        experiment=experiment,
        axis=axis,
        step=frozenset(step),
        others=tuple(name for name in varying if name not in step),
        values=experiment.axes.get(axis) or tuple(dict.fromkeys(at)),
    )


def groups(runs: Sequence[Run], by: Along) -> tuple[Group, ...]:
    """The runs of one pair of inputs in rows that differ in an axis only, values in the manifest's order."""
    rows: dict[tuple[Any, ...], dict[Any, Run]] = {}
    for run in runs:
        key = tuple(frozen(run.parameters.get(name)) for name in by.others)
        rows.setdefault(key, {})[by.experiment.value(run, by.axis)] = run
    found = []
    for row in rows.values():
        if len(row) < 2:
            continue
        first = row.get(by.values[0])
        sides = tuple(_side(words.value(by.axis, v), row.get(v), first, by) for v in by.values)
        found.append(Group(by.experiment.settings(next(iter(row.values())), tuple(by.step)), sides))
    return tuple(found)


def _side(value: str, run: Run | None, first: Run | None, by: Along) -> Side:
    if run is None or first is None or run is first or run.status != "done" or first.status != "done":
        return Side(value, run, None, None, own_figures(run))
    time = _quotient(first.seconds, run.seconds) if timed_alike(run, first, by.axis) else None
    loss = _quotient(first.loss, run.loss) if by.comparable else None
    return Side(
        value,
        run,
        None if time is None else fmt.ratio(time, "time-ratio"),
        None if loss is None else fmt.ratio(loss, "loss-ratio"),
        own_figures(run, first, by.axis),
    )


def timed_alike(run: Run, first: Run, axis: str) -> bool:
    """Whether the times of two runs may be held against each other: of one machine, unless it is those that differ."""
    return run.timing_valid and first.timing_valid and (run.machine == first.machine or axis == FOLDER)


def own_figures(
    run: Run | None, first: Run | None = None, axis: str = ""
) -> tuple[tuple[str, Figure, Figure | None], ...]:
    """What of a run's own figures it is compared by, with the ratio to ``first`` along an axis, where that has one."""
    if run is None:
        return ()
    told = []
    for name, a_time in pairing.OWN_FIGURES.items():
        if name in run.numbers:
            before = first.numbers.get(name) if first else None
            timed = not a_time or (first is not None and timed_alike(run, first, axis))
            ratio = _quotient(before, run.numbers[name]) if before and timed else None
            shown = None if ratio is None else fmt.ratio(ratio, f"{name}-ratio")
            told.append((words.OWN_HEADS[name], run.numbers[name], shown))
    return tuple(told)


def _quotient(a: Figure, b: Figure) -> float | None:
    if a.value is None or b.value is None or float(a.value) <= 0:
        return None
    return float(b.value) / float(a.value)
