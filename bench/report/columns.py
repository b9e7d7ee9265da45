"""The columns of the site: what there is to sort, filter and export of every run.

The table of runs shows them, ``data/runs.js`` packs them for the script.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.pairing import Step
from bench.report import words
from bench.report.axes import frozen
from bench.report.format import Figure
from bench.report.model import Model, Run
from bench.report.provenance import machine_names
from bench.report.site import Row


@dataclass(frozen=True)
class Labels:
    """A column of texts, one a row; None where the run has no such thing."""

    name: str
    role: str
    """input, axis, parameter or result."""
    texts: tuple[str | None, ...]
    values: tuple[str, ...]
    """Every text once, in the order they sort in."""
    raw: tuple[int | float, ...] = ()
    """The number behind each of ``values``, where all are numbers; in ``unit``."""
    unit: str = ""


@dataclass(frozen=True)
class Figures:
    """A column of measured numbers, one a row; None where nothing was measured."""

    name: str
    kind: str
    """The formatter of format.js."""
    figures: tuple[Figure | None, ...] = field(repr=False)
    role: str = "figure"


Column = Labels | Figures

#: The column of the machine that made a run; table.js knows it by this name.
MACHINE = "machine"

#: Heads, formatters and figures of what is measured of every run.
_MEASURED: tuple[tuple[str, str, Callable[[Run], Figure | None]], ...] = (
    ("loss", "loss", lambda run: run.loss),
    ("time", "seconds", lambda run: run.seconds),
    ("per evaluation", "seconds", lambda run: run.per_evaluation),
    ("peak memory", "memory", lambda run: run.memory),
)


def columns(model: Model, listed: Sequence[Row]) -> tuple[Column, ...]:
    """In the order of tables: experiment, inputs, what varies, the machine, result, figures."""
    return (*labels(model, listed), *figures(listed))


def labels(model: Model, listed: Sequence[Row]) -> Iterator[Labels]:
    yield _column("experiment", "input", [words.clean(row.experiment.name) for row in listed])
    for role in ("content", "style"):
        inputs = [getattr(row.run, role) for row in listed]
        if any(inputs):
            yield _column(role, "input", [words.clean(one.label) if one else None for one in inputs])
    axes = dict.fromkeys(axis for experiment in model.experiments for axis in experiment.axes)
    for name in dict.fromkeys((*axes, *parameters(model))):
        yield _parameter(name, "axis" if name in axes else "parameter", listed)
    machines = machine_names(model.results)
    if len(machines) > 1:  # times of several are never put together: whoever wants their statistics has to choose one
        places = (model.results.machines.get(row.run.id) for row in listed)
        yield _column(MACHINE, "parameter", [None if key is None else words.clean(machines[key]) for key in places])
    yield _column("result", "result", [row.run.result for row in listed])


def figures(listed: Sequence[Row]) -> Iterator[Figures]:
    """Those that some run has."""
    quality = ((head, "quality", lambda run, name=name: run.quality.get(name))
               for name, head in words.QUALITY_HEADS.items())  # fmt: skip
    numbers = (
        (head, words.own_formatter(name), lambda run, name=name: run.numbers.get(name))
        for name, head in words.OWN_HEADS.items()
    )
    for head, kind, figure_of in (*_MEASURED, *quality, *numbers):
        found = tuple(figure_of(row.run) for row in listed)
        if any(figure is not None and figure.value is not None for figure in found):
            yield Figures(head, kind, found)


def parameters(model: Model) -> tuple[str, ...]:
    """Parameters that have a column: what varies in some experiment, and what tells experiments apart."""
    names = tuple(dict.fromkeys(name for e in model.experiments for name in e.varying))
    all_runs = list(model.runs.values())
    for name in _names(all_runs):
        # What people rarely choose has no column where the others, the recipe say, tell it.
        known = () if name in words.EVERYDAY else ("task", *names)
        if name not in (*names, "task") and _varies(all_runs, name, known):
            names = (*names, name)
    return names


def _names(runs: Sequence[Run]) -> list[str]:
    """All parameters, those that people choose before the others."""
    return sorted(dict.fromkeys(n for run in runs for n in run.parameters), key=lambda n: n not in words.EVERYDAY)


def _varies(runs: Sequence[Run], name: str, known: tuple[str, ...]) -> bool:
    """Whether a parameter has several values in runs that agree in those that are known."""
    if len({frozen(run.parameters.get(name)) for run in runs} - {None}) < 2:  # None: other parameters tell why
        return False
    seen: dict[tuple[Any, ...], Any] = {}
    for run in runs:
        value = frozen(run.parameters.get(name))
        if seen.setdefault(tuple([frozen(run.parameters.get(n)) for n in known]), value) != value:
            return True
    return False


def _column(name: str, role: str, texts: Sequence[str | None]) -> Labels:
    return Labels(name, role, tuple(texts), tuple(dict.fromkeys(text for text in texts if text is not None)))


def _parameter(name: str, role: str, listed: Sequence[Row]) -> Labels:
    given = [row.experiment.value(row.run, name) if _has(row, name) else _NOTHING for row in listed]
    seen = _ordered(dict.fromkeys(value for value in given if value is not _NOTHING))
    told = {value: words.clean(words.value(name, value)) for value in seen}
    values = tuple(dict.fromkeys(told.values()))
    numeric = len(values) == len(seen) and all(_is_number(value) and math.isfinite(value) for value in seen)
    return Labels(name, role, tuple(told.get(value) for value in given), values, tuple(seen) if numeric else (),
                  "px" if name == "size" else "")  # fmt: skip


_NOTHING = object()


def _has(row: Row, name: str) -> bool:
    """False for a zip of another experiment, and for a parameter that the task has not."""
    return name in row.experiment.axes or name in row.run.parameters


def _ordered(values: Iterable[Any]) -> list[Any]:
    """Numbers by size, everything else as the manifest has it."""
    seen = list(values)
    return sorted(seen) if all(map(_is_number, seen)) else seen


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool | Step)
