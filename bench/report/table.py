"""All runs in one table, and the same as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

from bench.report import words
from bench.report.axes import frozen
from bench.report.model import Experiment, Model, Run
from bench.report.site import Page, Site
from bench.results import frame

#: A spreadsheet takes a text that opens with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Row:
    run: Run
    experiment: str
    values: tuple[tuple[str, str, str], ...]
    """Parameter, its text, and the key that sorts it."""
    result: str
    """The diagnosis of a run that is done, else its status."""
    search: str


@dataclass(frozen=True)
class Filter:
    name: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    names: tuple[str, ...]
    experiments: bool
    rows: tuple[Row, ...]
    filters: tuple[Filter, ...]
    quality: tuple[tuple[str, str], ...]
    """Figures of quality that some run has: name and head of the column."""


def pages(site: Site) -> list[Page]:
    return [Page("table.html", "table", lambda: table(site.model))]


def columns(model: Model) -> tuple[str, ...]:
    """Parameters that have a column: what varies in some experiment, and what tells experiments apart."""
    names = tuple(dict.fromkeys(name for e in model.experiments for name in e.varying))
    all_runs = list(model.runs.values())
    for name in _names(all_runs):
        # What people rarely choose has no column where the others, the recipe say, tell it.
        known = () if name in words.EVERYDAY else ("task", *names)
        if name not in (*names, "task") and _varies(all_runs, name, known):
            names = (*names, name)
    return names


def table(model: Model) -> Table:
    names, all_runs = columns(model), list(model.runs.values())
    rows = tuple(_row(run, e, names) for e in model.experiments for run in e.runs)
    filters = []
    if len(model.experiments) > 1:
        filters.append(Filter("experiment", tuple(e.name for e in model.experiments)))
    for k, name in enumerate(names):
        options = tuple(dict.fromkeys(row.values[k][1] for row in rows))
        if len(options) > 1:
            filters.append(Filter(name, options))
    results = tuple(dict.fromkeys(row.result for row in rows))
    if len(results) > 1:
        filters.append(Filter("result", results))
    quality = words.quality_heads(run.quality for run in all_runs)
    return Table(names, len(model.experiments) > 1, rows, tuple(filters), quality)


def _names(runs: list[Run]) -> list[str]:
    """All parameters, those that people choose before the others."""
    return sorted(dict.fromkeys(n for run in runs for n in run.parameters), key=lambda n: n not in words.EVERYDAY)


def _varies(runs: list[Run], name: str, known: tuple[str, ...]) -> bool:
    """Whether a parameter has several values in runs that agree in those that are known."""
    cells = {(*(frozen(run.parameters.get(n)) for n in known), frozen(run.parameters.get(name))) for run in runs}
    return len({cell[:-1] for cell in cells}) < len(cells)


def _row(run: Run, of: Experiment, names: tuple[str, ...]) -> Row:
    given = {name: of.value(run, name) for name in names}
    values = tuple((name, words.value(name, value), _sort_key(value)) for name, value in given.items())
    experiment, result = of.name, run.result
    labels = [i.label for i in (run.content, run.style) if i]
    labels += [part.label for part in run.style.parts] if run.style else []
    search = " ".join((experiment, *labels, run.status_text, result, *(text for _, text, _ in values), run.id))
    return Row(run, experiment, values, result, search.lower())


def _sort_key(value: Any) -> str:
    return repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def csv_bytes(model: Model) -> bytes:
    """Every column of :func:`bench.results.frame`, numbers in full; text that a spreadsheet would run is quoted."""
    rows = frame(model.results)
    rows["id"] = rows["id"].map(model.results.job_id)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([str(name) for name in rows.columns])
    for values in rows.itertuples(index=False, name=None):
        writer.writerow([_cell(value) for value in values])
    return out.getvalue().encode("utf-8", "replace")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    text = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
