"""Runs that differ in one thing: what a reader wants to see beside a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.report import words
from bench.report.model import Experiment, Model, Run

#: An axis with more values than this offers only the ones before and after.
FEW = 5

#: An axis and the runs that differ along it: (what the value is called, twelve digits of the run).
Beside = tuple[str, tuple[tuple[str, str], ...]]


def neighbours(model: Model) -> Mapping[str, tuple[Beside, ...]]:
    """By the id of a run: along each axis the runs of the same inputs that differ from it in nothing else."""
    found: dict[str, dict[Beside, None]] = {}
    for experiment in model.experiments:
        at = {run.id: tuple(experiment.value(run, axis) for axis in experiment.axes) for run in experiment.runs}
        for k, axis in enumerate(experiment.axes):
            for run, others in _along(experiment, k, axis, at):
                told = tuple((words.value(axis, at[other.id][k]), other.short_id) for other in others)
                if told:
                    found.setdefault(run.id, {})[axis, told] = None
    return {id: tuple(rows) for id, rows in found.items()}


def _along(experiment: Experiment, k: int, axis: str, at: Mapping[str, tuple[Any, ...]]) -> list[tuple[Run, list[Run]]]:
    """Every run with its neighbours along the k-th axis, in the axis' own order."""
    order = {value: place for place, value in enumerate(experiment.axes[axis])}
    rows: dict[tuple[Any, ...], list[Run]] = {}
    for run in experiment.runs:
        rows.setdefault((run.pair, at[run.id][:k], at[run.id][k + 1 :]), []).append(run)
    along = []
    for row in rows.values():
        row.sort(key=lambda run: order.get(at[run.id][k], len(order)))
        for place, run in enumerate(row):
            near = row if len(row) <= FEW else row[max(0, place - 1) : place + 2]
            along.append((run, [other for other in near if other is not run]))
    return along
