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
    labels               [{name, role, values, width, at, pictures?, raw?, unit?}]: texts; role: input, axis, parameter
                         or result; raw: the number behind each value, where all are numbers, in that unit
    figures              [{name, kind, numbers}]: kind names the formatter in format.js

``part-NNN.js`` calls ``nst.part`` with the number and ``{curves, names, values, parameters, originals}``: the curve of
each row (:func:`bench.report.curve_data.packed`), what its parameters are where the site's runs differ, and where its
original picture lies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from bench.report import columns, curve_data, words
from bench.report import format as fmt
from bench.report.axes import frozen
from bench.report.inputs import Input
from bench.report.model import Model, Run
from bench.report.packing import json_text, label_column, numbers
from bench.report.site import Row, rows

#: Rows of a part: about 60 kB.
PART = 250
#: Up to so many rows, figures have seven digits; beyond, those that pages show.
PRECISE = 2500
#: Digits of an id, and of a picture's key.
WIDE = 12
NO_PICTURE = "0" * WIDE

COMPARABLE, WARNED, NOT_FINITE, NOT_DONE = 1, 2, 4, 8


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
        | WARNED * (run.warned or run.unfinished)
        | NOT_FINITE * not_finite
        | NOT_DONE * (run.status != "done")
    )


def _labels(model: Model, listed: Sequence[Row]) -> Iterator[dict[str, Any]]:
    for column in columns.labels(model, listed):
        made = {"name": column.name, "role": column.role} | label_column(column.texts, column.values)
        if column.name in ("content", "style"):
            made["pictures"] = _pictures([getattr(row.run, column.name) for row in listed], column.values)
        if column.raw:
            made |= {"raw": list(column.raw), "unit": column.unit}
        yield made
    frames = [_frame(row.run) for row in listed]
    values = list(dict.fromkeys(frame for frame in frames if frame is not None))
    yield {"name": "frame", "role": "picture"} | label_column(frames, values)


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
    for column in columns.figures(listed):
        values = [float(figure.value) if figure and figure.value is not None else None for figure in column.figures]
        if len(listed) > PRECISE:
            digits = {"quality": 3, "count": 7}.get(column.kind, 4)
            packed = numbers([_as_shown(column.kind, value) for value in values], digits)
        else:
            packed = numbers(values, 7)
        yield f'{{"name":{json_text(column.name)},"kind":{json_text(column.kind)},"numbers":{packed}}}'


def _as_shown(kind: str, value: float | None) -> float | None:
    """Rounded to what pages show of it, in the unit that they show it in, so that four digits of it say the same."""
    if value is None or kind not in ("seconds", "memory"):
        return value
    factor = fmt.unit_of_time(value)[0] if kind == "seconds" else 1 / fmt.unit_of_size(value)[0]
    return float(f"{value * factor:.2e}") / factor


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
