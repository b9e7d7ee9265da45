"""Walls: an experiment's pictures, content by style or by an axis, cut to the room there is.

What does not fit, and the other values of all axes, is on the experiment's grid (:mod:`bench.report.grid`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.report import words
from bench.report.axes import frozen
from bench.report.format import count
from bench.report.inputs import Input, InputKey
from bench.report.model import Experiment, Run

#: Columns of a wall that is cut, and options of a picker. More of these are nodes that nobody reads.
WIDE, OPTIONS = 12, 40
#: Rows of a wall that goes along an axis.
FEW = 4


@dataclass(frozen=True)
class Column:
    """A style picture, a content picture where there are no styles, or a value of an axis."""

    role: str
    label: str
    input: Input | None


@dataclass(frozen=True)
class Cell:
    column: Column
    run: Run | None
    """With the first value of every picker; None where the plan has no such run."""
    settings: str
    page: str
    """Of the pair, which has the other settings."""


@dataclass(frozen=True)
class Row:
    headers: tuple[tuple[str, Input], ...]
    """Role and picture; none where the columns say it all."""
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Picker:
    name: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Wall:
    experiment: Experiment
    told: str
    across: str
    """What the columns are: ``style``, ``content`` or an axis."""
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    pickers: tuple[Picker, ...]
    shown: str
    left_out: str
    layout: str
    layers: str
    """The first page to go through layers; empty without one."""
    balance: str
    """The first page of what carries the gradient; empty without one."""


def shares(wanted: Sequence[int], most: int) -> tuple[int, ...]:
    """``most`` dealt out: who wants less than an equal share gets that, and the others share the rest."""
    given = [0] * len(wanted)
    rest, waiting = most, sorted(range(len(wanted)), key=lambda k: wanted[k])
    for place, k in enumerate(waiting):
        given[k] = min(wanted[k], rest // (len(waiting) - place))
        rest -= given[k]
    return tuple(given)


@dataclass(frozen=True)
class Hanging:
    """Where everything would hang, were there room for all of it."""

    experiment: Experiment
    across: str
    picked: tuple[str, ...]
    columns: Mapping[Any, Column]
    rows: Mapping[tuple[InputKey, ...], tuple[tuple[str, Input], ...]]
    cells: Mapping[tuple[tuple[InputKey, ...], Any], tuple[Run, Run | None]]
    """By row and column: some run of the cell, and the one with the first value of every picker."""

    @property
    def wanted(self) -> int:
        return len(self.rows) * len(self.columns)

    @classmethod
    def of(cls, experiment: Experiment) -> Hanging:
        across, spread = _across(experiment)
        picked = tuple(name for name in experiment.axes if name != across)
        columns: dict[Any, Column] = {}
        if spread:
            columns = {v: Column(across, words.value(across, v), None) for v in experiment.axes[across]}
        rows: dict[tuple[InputKey, ...], tuple[tuple[str, Input], ...]] = {}
        cells: dict[tuple[tuple[InputKey, ...], Any], tuple[Run, Run | None]] = {}
        for run in experiment.runs:
            inputs = {role: given for role, given in (("content", run.content), ("style", run.style)) if given}
            column: Any = experiment.value(run, across) if spread else inputs[across].key
            if not spread:
                columns.setdefault(column, Column(across, inputs[across].label, inputs[across]))
            headers = tuple((role, given) for role, given in inputs.items() if spread or role != across)
            row = tuple(given.key for _, given in headers)
            rows.setdefault(row, headers)
            some, first = cells.get((row, column), (run, None))
            # A run that an axis means nothing to stands at every value of it.
            if all(experiment.value(run, name) in (experiment.axes[name][0], None) for name in picked):
                first = first or run
            cells[row, column] = some, first
        return cls(experiment, across, picked, columns, rows, cells)


def _across(experiment: Experiment) -> tuple[str, bool]:
    """What the columns are, and whether that is an axis.

    With one pair of inputs it is an axis, those that are compared first; with few contents, or few styles, one that is
    compared. Else inputs: the matrix of contents and styles.
    """
    pairs = {run.pair for run in experiment.runs}
    contents, styles = ({pair[k] for pair in pairs} for k in (0, 1))
    names = (*experiment.plan.compare, *(experiment.axes if len(pairs) == 1 else ()))
    if len(pairs) <= FEW and 1 in (len(contents), len(styles)):
        for name in names:
            if name in experiment.axes:
                return name, True
    # One style on many contents reads better as a row of contents than as a column of rows with one picture each.
    alone = styles == {None} or (len(styles) == 1 and len(pairs) > 1)
    return ("content" if alone else "style"), False


def wall(
    hanging: Hanging,
    share: int,
    options: int,
    pair_pages: Mapping[tuple[str, str], str],
    layers: str = "",
    balance: str = "",
) -> Wall:
    """Cut to ``share`` pictures, with pickers that have ``options`` values in all."""
    experiment = hanging.experiment
    wide = min(len(hanging.columns), max(WIDE, share // max(1, len(hanging.rows))), max(1, share))
    columns = dict(list(hanging.columns.items())[:wide])
    rows = dict(list(hanging.rows.items())[: max(1, share // max(1, wide))])

    def cell(row: tuple[InputKey, ...], key: Any) -> Cell:
        some, run = hanging.cells.get((row, key), (None, None))
        settings = experiment.settings(run) if run else ""
        return Cell(columns[key], run, settings, pair_pages[experiment.name, some.id] if some else "")

    pickers = list[Picker]()
    room = options
    for name in hanging.picked:
        texts = tuple(words.value(name, value) for value in experiment.axes[name])
        if len(texts) <= min(OPTIONS, room):
            pickers.append(Picker(name, texts))
            room -= len(texts)
    return Wall(
        experiment=experiment,
        told=told(experiment),
        across=hanging.across,
        columns=tuple(columns.values()),
        rows=tuple(Row(headers, tuple(cell(row, key) for key in columns)) for row, headers in rows.items()),
        pickers=tuple(pickers),
        shown=" · ".join(words.setting(name, experiment.axes[name][0]) for name in hanging.picked),
        left_out=_left_out(hanging, len(columns), len(rows)),
        layout=f"few c{wide}" if wide <= 4 else "some" if wide <= 6 else "many",
        layers=layers,
        balance=balance,
    )


def _left_out(hanging: Hanging, columns: int, rows: int) -> str:
    """``The first 12 of 40 styles and 12 of 20 contents hang here.``"""
    told = []
    if columns < len(hanging.columns):
        inputs = hanging.across in ("content", "style")
        what = f"{hanging.across}s" if inputs else f"values of {hanging.across}"
        told.append(f"{columns} of {count(len(hanging.columns))} {what}")
    if rows < len(hanging.rows):
        roles = {role for headers in hanging.rows.values() for role, _ in headers}
        told.append(f"{rows} of {count(len(hanging.rows))} {f'{roles.pop()}s' if len(roles) == 1 else 'pairs'}")
    return f"The first {' and '.join(told)} hang here." if told else ""


#: Shown under an experiment's name, in this order, where all its runs agree.
_TOLD = ("recipe", "backbone", "weights", "init", "size", "optimizer", "evaluations")


#: Likewise, where none has a network: a recipe then says nothing more.
_WITHOUT_NETWORK = ("size",)


def told(experiment: Experiment) -> str:
    """What all its runs have in common, as far as people ask for it: the task, then parameters."""
    parts = [words.TASK.get(experiment.task, experiment.task)]
    for name in _TOLD if any(run.network for run in experiment.runs) else _WITHOUT_NETWORK:
        values = {frozen(run.parameters.get(name)) for run in experiment.runs}
        if len(values) == 1 and (value := values.pop()) is not None:
            text = words.shorten(words.value(name, value), 40)
            parts.append(
                f"{text} evaluations"
                if name == "evaluations"
                else f"{name} {text}"
                if name in ("init", "weights")
                else text
            )
    return " · ".join(parts)
