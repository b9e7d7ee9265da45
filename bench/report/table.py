"""All runs in one table, page by page, and the same as CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from bench.finite import or_null
from bench.report import format as fmt
from bench.report import words
from bench.report.columns import Column, Figures, Labels, columns
from bench.report.model import Model, Run
from bench.report.site import Page, Row, Site, page_names, rows
from bench.results import frame

#: A spreadsheet takes a text that opens with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: Nodes that the rows of a page may have; the script's table (table.js) keeps to the same. With the rest of the page
#: they stay below 3,000, above which browsers are slow to lay out.
ROOM = 2600
#: Letters of a text in a cell.
_LONGEST = 60


class Line(NamedTuple):
    """A run in the table."""

    run: Run
    alt: str
    cells: Markup
    """Its ``td`` elements. The one HTML that is not in a template: a template takes twice as long for the hundred
    thousand cells of ten thousand runs, and macros take seconds."""


class Link(NamedTuple):
    number: int
    file: str
    gap: bool
    """Pages between the one before and this one are not listed."""


@dataclass(frozen=True)
class Table:
    """One page of the table."""

    heads: tuple[tuple[str, bool], ...]
    """Of each column: its name, and whether it holds figures."""
    lines: tuple[Line, ...]
    count: int
    """Rows of all pages."""
    first: int
    """The place of the first row of this page, from 0."""
    number: int
    links: tuple[Link, ...]
    experiments: bool
    uncomparable: bool
    """Some time here must not be compared."""


def pages(site: Site) -> list[Page]:
    listed = rows(site.model)
    shown = tuple(column for column in columns(site.model, listed) if not _says_nothing(column))
    names = page_names("table", math.ceil(len(listed) / rows_a_page(len(shown))))
    return [
        Page(name, "table", partial(_page, listed, shown, number, names), names[0])
        for number, name in enumerate(names, start=1)
    ]


def _says_nothing(column: Column) -> bool:
    return isinstance(column, Labels) and column.name == "experiment" and len(column.values) < 2


def rows_a_page(columns: int) -> int:
    """100, or as many tens as there is room for: a row has six nodes and two for each column."""
    return max(10, min(100, ROOM // (6 + 2 * columns) // 10 * 10))


def _page(listed: Sequence[Row], shown: Sequence[Column], number: int, names: Sequence[str]) -> Table:
    size = rows_a_page(len(shown))
    first = (number - 1) * size
    of_page = listed[first : first + size]
    cells = zip(*(_cells(column, of_page, first) for column in shown), strict=True)
    settings = {column.name: column.texts for column in shown if isinstance(column, Labels)}
    lines = tuple(
        Line(row.run, _alt(row, settings, first + k), Markup("".join(of)))
        for k, (row, of) in enumerate(zip(of_page, cells, strict=True))
    )
    return Table(
        heads=tuple((column.name, isinstance(column, Figures)) for column in shown),
        lines=lines,
        count=len(listed),
        first=first,
        number=number,
        links=tuple(_links(number, names)),
        experiments=any(column.name == "experiment" for column in shown),
        uncomparable=any(_uncomparable(row.run) for row in of_page),
    )


def _alt(row: Row, texts: Mapping[str, Sequence[str | None]], at: int) -> str:
    told = ((name, texts[name][at] or "") for name in row.experiment.axes)
    settings = " · ".join(text if name in words.BARE else f"{name} {text}" for name, text in told)
    return f"{row.run.title}, {settings}" if settings else row.run.title


def _uncomparable(run: Run) -> bool:
    return run.seconds.value is not None and not run.timing_valid


def _links(number: int, names: Sequence[str]) -> Iterator[Link]:
    """The first page, the last, those around this one, and every tenth."""
    listed = [k for k in range(1, len(names) + 1) if k in (1, len(names)) or abs(k - number) < 3 or k % 10 == 0]
    for before, k in zip([0, *listed], listed, strict=False):
        yield Link(k, names[k - 1], k > before + 1)


def _cells(column: Column, of_page: Sequence[Row], first: int) -> Iterator[str]:
    name = escape(words.clean(column.name))
    rows_of_page = slice(first, first + len(of_page))
    if isinstance(column, Figures):
        for row, figure in zip(of_page, column.figures[rows_of_page], strict=True):
            if figure is None or figure.value is None:
                yield f'<td class="num none" data-name="{name}">{figure.text if figure else fmt.NONE}</td>'
            else:
                mark = " *" if column.name == "time" and not row.run.timing_valid else ""
                yield f'<td class="num" data-name="{name}" data-value="{figure.value}">{figure.text}{mark}</td>'
    else:
        texts = column.texts[rows_of_page]
        escaped = {text: escape(words.shorten(text or "", _LONGEST)) for text in set(texts)}
        for row, text in zip(of_page, texts, strict=True):
            warned = ' class="warn"' if column.role == "result" and (row.run.warned or row.run.unfinished) else ""
            yield f'<td{warned} data-name="{name}">{escaped[text]}</td>'


def csv_bytes(model: Model) -> bytes:
    """Every column of :func:`bench.results.frame`, numbers in full; text that a spreadsheet would run is quoted."""
    heads, lines = _full(model)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([_cell(value) for value in values] for values in lines)
    return out.getvalue().encode("utf-8", "replace")


def json_bytes(model: Model) -> bytes:
    """The same as a list of objects, one a line; a number that is not finite is null."""
    heads, lines = _full(model)
    told = (json.dumps(dict(zip(heads, map(or_null, values), strict=True)), allow_nan=False) for values in lines)
    return ("[" + ",".join(f"\n{line}" for line in told) + "\n]\n").encode()


def _full(model: Model) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    table = frame(model.results)
    table["id"] = table["id"].map(model.results.job_id)
    return [str(name) for name in table.columns], table.itertuples(index=False, name=None)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    text = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
