"""The site's data for its script: ``data/runs.js`` with a row for every run, ``data/part-000.js`` with what few need.

Classic scripts that hand over an object, since a page opened from disk may not read a file in any other way. Nothing
is in them that the pages do not show without a script. The reader is ``site_templates/scripts/runs.js``.

``runs.js`` calls ``nst.runs`` with::

    count, part          rows, and rows in each part
    bare                 parameters whose values are told without their name
    experiments          [{name, anchor, task, compare, axes, grid}]; axes: columns that tell its runs apart
    originals            "copy", "link" or "none"
    ids, keys            text of a fixed width (12) a row: page runs/<id>.html, pictures img/<key>-192.webp;
                         a key of zeros: no picture
    flags                a digit a row: 1 time comparable, 2 to be warned of, 4 the loss is not finite, 8 not done
    labels               [{name, role, values, width, at, pictures?}]: texts; role: input, axis, parameter or result
    figures              [{name, kind, numbers}]: kind names the formatter in format.js

``part-NNN.js`` calls ``nst.part`` with the number and ``{curves, names, values, parameters, originals}``: the curve of
each row (:func:`bench.report.curve_data.packed`), what its parameters are where the site's runs differ, and where its
original picture lies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from bench.pairing import Step
from bench.report import curve_data, words
from bench.report.axes import frozen
from bench.report.format import Figure
from bench.report.inputs import Input
from bench.report.model import Model, Run
from bench.report.packing import json_text, label_column, numbers
from bench.report.site import Row, rows
from bench.report.table import columns

#: Rows of a part: about 60 kB.
PART = 250
#: Digits of an id, and of a picture's key.
WIDE = 12
NO_PICTURE = "0" * WIDE

COMPARABLE, WARNED, NOT_FINITE, NOT_DONE = 1, 2, 4, 8


def _figure(run: Run, name: str) -> Figure | None:
    return run.quality.get(name) if name in words.QUALITY else getattr(run, name)


#: Measured columns: head, formatter of format.js, name of the figure.
_FIGURES = (
    ("loss", "loss", "loss"),
    ("time", "seconds", "seconds"),
    ("per evaluation", "seconds", "per_evaluation"),
    ("peak memory", "memory", "memory"),
    *((head, "quality", name) for name, head in words.QUALITY_HEADS.items()),
)


def files(model: Model, originals: str = "copy") -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Name of every data file, and what makes its content."""
    listed = rows(model)
    yield "data/runs.js", lambda: f"nst.runs({runs_json(model, listed, originals)});\n".encode()
    names = _differing(model)
    for number, first in enumerate(range(0, len(listed), PART)):
        yield f"data/part-{number:03d}.js", partial(_part, number, listed[first : first + PART], names, originals)


def _part(number: int, listed: Sequence[Row], names: Sequence[str], originals: str) -> bytes:
    return f"nst.part({number},{part_json(listed, names, originals)});\n".encode()


def runs_json(model: Model, listed: Sequence[Row], originals: str) -> str:
    """The argument of ``nst.runs``, also for a page that brings its data along."""
    head = {
        "count": len(listed),
        "part": PART,
        "bare": sorted(words.BARE),
        "experiments": [
            {"name": words.clean(e.name), "anchor": e.anchor, "task": words.TASK.get(e.task, e.task),
             "compare": list(e.plan.compare), "axes": list(e.axes), "grid": f"grids/{e.anchor}.html"}
            for e in model.experiments
        ],
        "originals": originals,
        "ids": "".join(row.run.short_id for row in listed),
        "keys": "".join(row.run.picture.key if row.run.picture else NO_PICTURE for row in listed),
        "flags": "".join(str(_flags(row.run)) if _flags(row.run) < 10 else "abcdef"[_flags(row.run) - 10]
                         for row in listed),
        "labels": list(_labels(model, listed)),
    }  # fmt: skip
    return f'{json_text(head)[:-1]},"figures":[{",".join(_figures(listed))}]}}'


def _flags(run: Run) -> int:
    not_finite = run.loss.value is None and run.loss.text == "diverged"
    return (
        COMPARABLE * run.timing_valid
        | WARNED * run.warned
        | NOT_FINITE * not_finite
        | NOT_DONE * (run.status != "done")
    )


def _labels(model: Model, listed: Sequence[Row]) -> Iterator[dict[str, Any]]:
    def column(name: str, role: str, texts: Sequence[str | None], order: Iterable[str] = ()) -> dict[str, Any]:
        seen = dict.fromkeys(text for text in texts if text is not None)
        values = [text for text in dict.fromkeys(order) if text in seen]
        return {"name": name, "role": role} | label_column(texts, [*values, *(t for t in seen if t not in values)])

    yield column("experiment", "input", [words.clean(row.experiment.name) for row in listed])
    for role in ("content", "style"):
        inputs = [getattr(row.run, role) for row in listed]
        if any(inputs):
            made = column(role, "input", [words.clean(one.label) if one else None for one in inputs])
            yield made | {"pictures": _pictures(inputs, made["values"])}
    axes = dict.fromkeys(axis for experiment in model.experiments for axis in experiment.axes)
    for name in dict.fromkeys((*axes, *columns(model))):
        values = [row.experiment.value(row.run, name) for row in listed]
        told = [_has(row, name) for row in listed]
        texts = [words.clean(words.value(name, v)) if there else None for v, there in zip(values, told, strict=True)]
        order = [words.clean(words.value(name, value)) for value in _ordered(values)]
        yield column(name, "axis" if name in axes else "parameter", texts, order)
    yield column("result", "result", [row.run.result for row in listed])
    yield column("frame", "picture", [_frame(row.run) for row in listed])


def _has(row: Row, name: str) -> bool:
    """False for a zip of another experiment, and for a parameter that the task has not."""
    return name in row.experiment.axes or name in row.run.parameters


def _ordered(values: Sequence[Any]) -> list[Any]:
    """Numbers by size, everything else as the manifest has it."""
    seen = list(dict.fromkeys(values))
    if all(isinstance(value, int | float) and not isinstance(value, Step) for value in seen):
        return sorted(seen)
    return seen


def _frame(run: Run) -> str | None:
    return f"{run.picture.width} {run.picture.height}" if run.picture else None


def _pictures(inputs: Sequence[Input | None], labels: Sequence[str]) -> list[list[Any] | None]:
    """Key, width and height of the first picture of each label."""
    found: dict[str, list[Any]] = {}
    for one in inputs:
        if one and one.picture and words.clean(one.label) not in found:
            found[words.clean(one.label)] = [one.picture.key, one.picture.width, one.picture.height]
    return [found.get(label) for label in labels]


def _figures(listed: Sequence[Row]) -> Iterator[str]:
    for head, kind, name in _FIGURES:
        figures = [_figure(row.run, name) for row in listed]
        values = [float(figure.value) if figure and figure.value is not None else None for figure in figures]
        if any(value is not None for value in values):
            # Units may change before a time or a size is shown, which takes one digit more than the text has.
            packed = numbers(values, 3 if kind == "quality" else 4)
            yield f'{{"name":{json_text(head)},"kind":{json_text(kind)},"numbers":{packed}}}'


def _differing(model: Model) -> list[str]:
    """Parameters in which some two runs differ."""
    names = dict.fromkeys(name for run in model.runs.values() for name in run.parameters)
    return [name for name in names if len({frozen(run.parameters.get(name)) for run in model.runs.values()}) > 1]


def part_json(listed: Sequence[Row], names: Sequence[str], originals: str = "copy") -> str:
    """The second argument of ``nst.part``."""
    values: dict[str, int] = {}
    parameters = [
        [values.setdefault(words.clean(words.value(n, row.run.parameters.get(n))), len(values)) for n in names]
        for row in listed
    ]
    part: dict[str, Any] = {
        "curves": [curve_data.packed(row.run.curve) if row.run.curve else None for row in listed],
        "names": list(names),
        "values": list(values),
        "parameters": parameters,
    }
    if originals == "link":
        part["originals"] = [row.run.picture.original if row.run.picture else None for row in listed]
    return json_text(part)
