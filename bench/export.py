"""Results folders as plain tables, for a notebook, a spreadsheet or another program.

Nothing is written but to the stream that is given. Every number comes in full precision; what was not measured is
empty.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import numpy as np
import pandas as pd

from bench import curves as curve_files
from bench import frames as frame_files
from bench.finite import or_null
from bench.merging import FOLDER
from bench.results import Problem, Results, frame


class Exported(NamedTuple):
    """A table, and the files that could not be read for it."""

    table: pd.DataFrame
    problems: tuple[Problem, ...] = ()


def runs(results: Results) -> Exported:
    """A row for each run in each experiment: :func:`bench.results.frame`, under the ids that people know."""
    table = frame(results)
    return Exported(table.assign(id=[results.job_id(id) for id in table["id"]]), results.problems)


def curves(results: Results) -> Exported:
    """A row for each evaluation of each run: ``id`` and the columns of its ``curve.csv``.

    Terms that a run does not have are empty. Of several folders together, ``folder`` says which one it is.
    """
    return _long(results, "curve.csv", curve_files.read_curve, curve_files.NEEDED)


def frames(results: Results) -> Exported:
    """A row for each frame of each video: ``id`` and the columns of its ``frames.csv``; otherwise as :func:`curves`."""
    return _long(results, "frames.csv", frame_files.read_frames, frame_files.NEEDED)


#: By the name that ``nst-bench export --table`` knows it by.
TABLES: Mapping[str, Callable[[Results], Exported]] = {"runs": runs, "curves": curves, "frames": frames}


def _long(
    results: Results,
    name: str,
    read: Callable[[Path], Mapping[str, np.ndarray[Any, Any]]],
    columns: tuple[str, ...],
) -> Exported:
    parts, problems = [], []
    for id, job in results.plan.jobs.items():
        record = results.records.get(id)
        if record is None or name not in record.files:
            continue
        place = {"id": results.job_id(id)} | ({FOLDER: job.parameters[FOLDER]} if results.parts else {})
        try:
            parts.append(pd.DataFrame(place | dict(read(results.folders[id] / name))))
        except ValueError as error:
            problems.append(Problem(id, str(error)))
    head = ["id", *([FOLDER] if results.parts else []), *columns]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=head)
    return Exported(table, (*results.problems, *problems))


def write_csv(table: pd.DataFrame, file: TextIO) -> None:
    """With a head. Lists are written as JSON; what is not there is empty."""
    mixed = {str(name): table[name].map(_as_text) for name in table if table[name].dtype == object}
    table.assign(**mixed).to_csv(file, index=False, lineterminator="\n")


def write_json(table: pd.DataFrame, file: TextIO) -> None:
    """An array of objects, one a line; what is not there, or not finite, is null."""
    names = list(table.columns)
    file.write("[")
    for number, row in enumerate(table.itertuples(index=False, name=None)):
        told = {name: or_null(value) for name, value in zip(names, row, strict=True)}
        file.write((",\n" if number else "\n") + json.dumps(told, ensure_ascii=False, allow_nan=False))
    file.write("\n]\n")


def _as_text(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | tuple | dict) else value
