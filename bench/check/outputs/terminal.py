"""A report for people at a terminal or in a log: the table as the manifest has it, what matters most at the end."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TextIO

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from bench.check.model import Verdict
from bench.check.outputs.text import flagged, one_line, right_aligned, some
from bench.check.shown import Report

#: A piece of a line, and its style in the words of rich.
Piece = tuple[str, str]

_STYLES = {
    Verdict.REGRESSION: "bold red",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.IMPROVEMENT: "green",
    Verdict.NO_CHANGE: "",
}

#: Characters of a name that are left to it, however narrow the terminal: below, names cannot be told apart.
_NARROWEST = 20

#: Rows that are told in a sentence of their own, under the table that has all of them.
_MOST = 20

_GAP = "  "


def lines(report: Report, width: int) -> list[list[Piece]]:
    """The report as lines of pieces.

    Args:
        width: cells of the terminal. Names are shortened to keep a table within; figures never are.
    """
    told: list[list[Piece]] = [[(one_line(report.title), "bold")], []]
    if report.rows:
        told += [*_table(report, width), []]
    listed = list(_listed(report))
    wide = max((cell_len(label) for (label, _), _ in listed), default=0)
    told += [[(set_cell_size(label, wide), style), (_GAP + text, "")] for (label, style), text in listed]
    told += [[]] if listed else []
    told.append([(one_line(report.sentence), _STYLES[report.verdict] or "bold")])
    if report.next_step:
        told.append([(f"next: {one_line(report.next_step)}", "")])
    return told


def _table(report: Report, width: int) -> Iterator[list[Piece]]:
    """Of which all lines are equally wide."""
    head = ("benchmark", "verdict", *report.columns)
    body = [(row.name, row.verdict, *row.cells) for row in report.rows]
    table = [[one_line(cell) for cell in line] for line in (head, *body)]
    wide = [max(map(cell_len, column)) for column in zip(*table, strict=True)]
    others = sum(wide[1:]) + len(_GAP) * (len(wide) - 1)
    wide[0] = min(wide[0], max(_NARROWEST, width - others))
    right = [False, False, *right_aligned(report)]
    styles = ["dim", *(_STYLES[row.verdict] for row in report.rows)]
    for cells, style in zip(table, styles, strict=True):
        name = set_cell_size(shortened(cells[0], wide[0]), wide[0])
        rest = [
            " " * (size - cell_len(cell)) + cell if flush else set_cell_size(cell, size)
            for cell, size, flush in zip(cells[1:], wide[1:], right[1:], strict=True)
        ]
        dim = style if style == "dim" else ""
        figures = "".join(_GAP + cell for cell in rest[1:]).rstrip()
        yield [(name + _GAP, dim), (rest[0] if figures else rest[0].rstrip(), style), (figures, dim)]


def _listed(report: Report) -> Iterator[tuple[Piece, str]]:
    """Facts, notes, what is no pass with the worst last, and what stops the whole."""
    yield from (((one_line(name), "dim"), one_line(value)) for name, value in report.facts)
    yield from ((("note", "dim"), one_line(note)) for note in report.notes)
    worst, left_out = some(flagged(report), _MOST)
    if left_out:
        yield ("", ""), f"{left_out} more above that {'is' if left_out == 1 else 'are'} no pass"
    for row in reversed(worst):
        yield (row.verdict, _STYLES[row.verdict]), one_line(f"{row.name}: {row.message}")
    yield from ((("cannot pass", "bold yellow"), one_line(reason)) for reason in report.reasons)


def shortened(text: str, width: int) -> str:
    """Of so many cells at the most. The middle goes: the ends of names tell benchmarks apart."""
    if cell_len(text) <= width:
        return text
    tail = (width - 1) // 2
    return f"{set_cell_size(text, width - 1 - tail).rstrip()}…{set_cell_size(text[::-1], tail)[::-1].lstrip()}"


def plain(told: Iterable[list[Piece]]) -> str:
    return "".join("".join(text for text, _ in line) + "\n" for line in told)


def coloured(told: Iterable[list[Piece]], stream: TextIO) -> None:
    """Write to a terminal, in colours if it has them."""
    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    for line in told:
        console.print(Text.assemble(*line), soft_wrap=True)


def wants_colour(stream: TextIO) -> bool:
    """On a terminal, unless ``NO_COLOR`` says otherwise (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR")
