"""Runs of one pair of inputs, in rows that differ in one thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench import pairing
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


@dataclass(frozen=True)
class Group:
    """Runs of one pair of inputs that differ in the axis only."""

    settings: str
    sides: tuple[Side, ...]


def groups(experiment: Experiment, runs: Sequence[Run], axis: str) -> tuple[Group, ...]:
    """The runs of one pair of inputs in rows that differ in ``axis`` only, values in the manifest's order."""
    moved = experiment.zips.get(axis, (axis,))
    step = {*moved, *_moving_with(experiment, axis, moved)}
    values = experiment.axes.get(axis) or tuple(dict.fromkeys(experiment.value(run, axis) for run in runs))
    comparable = step <= pairing.SAME_OBJECTIVE
    rows: dict[tuple[Any, ...], dict[Any, Run]] = {}
    for run in runs:
        key = tuple(frozen(v) for name, v in sorted(run.parameters.items()) if name not in step)
        rows.setdefault(key, {})[experiment.value(run, axis)] = run
    found = []
    for row in rows.values():
        if len(row) < 2:
            continue
        first = row.get(values[0])
        sides = tuple(_side(words.value(axis, v), row.get(v), first, comparable) for v in values)
        found.append(Group(experiment.settings(next(iter(row.values())), tuple(step)), sides))
    return tuple(found)


def _moving_with(experiment: Experiment, axis: str, moved: Sequence[str]) -> list[str]:
    runs = experiment.runs
    if any(name not in run.parameters for run in runs for name in moved):
        return []
    at = [experiment.value(run, axis) for run in runs]
    names = dict.fromkeys(name for run in runs for name in run.parameters if name not in moved)
    return [
        name
        for name in names
        if all(name in run.parameters for run in runs)
        and pairing.moves_with(at, [frozen(run.parameters[name]) for run in runs])
    ]


def _side(value: str, run: Run | None, first: Run | None, comparable: bool) -> Side:
    if run is None or first is None or run is first or run.status != "done" or first.status != "done":
        return Side(value, run, None, None)
    time = _quotient(first.seconds, run.seconds) if run.timing_valid and first.timing_valid else None
    loss = _quotient(first.loss, run.loss) if comparable else None
    return Side(
        value,
        run,
        None if time is None else fmt.ratio(time, "time-ratio"),
        None if loss is None else fmt.ratio(loss, "loss-ratio"),
    )


def _quotient(a: Figure, b: Figure) -> float | None:
    if a.value is None or b.value is None or float(a.value) <= 0:
        return None
    return float(b.value) / float(a.value)
