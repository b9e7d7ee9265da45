"""Texts of others, made fit to be shown: on one line, and no longer than there is room. Imports nothing heavy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from bench.check.model import Verdict
from bench.check.shown import Report, Row
from bench.store.files import shown

_Item = TypeVar("_Item")

#: What a figure begins with; a column of them is set flush right.
_FIGURE = re.compile(r"[-+−±<>~]?\d")

#: Verdicts that say why, wherever there is room for a sentence.
FLAGGED = (Verdict.REGRESSION, Verdict.INCONCLUSIVE)


def one_line(text: str) -> str:
    """On one line, without characters that move the cursor, end a document or cannot be encoded."""
    return shown(" ".join(text.split()))


def bounded(text: str, longest: int) -> str:
    """One line of so many characters at the most; what is too long loses its middle, because ends tell apart."""
    line = one_line(text)
    if len(line) <= longest:
        return line
    tail = (longest - 1) // 2
    return f"{line[: longest - 1 - tail]}…{line[len(line) - tail :]}"


def some(items: Sequence[_Item], most: int) -> tuple[Sequence[_Item], int]:
    """The first of them, and how many are left out."""
    return items[:most], max(0, len(items) - most)


def flagged(report: Report) -> list[Row]:
    """Rows that are no pass, the worst first."""
    return [row for row in report.ranked if row.verdict in FLAGGED]


def right_aligned(report: Report) -> list[bool]:
    """Which columns hold figures, and nothing else where they hold something."""
    columns = [[row.cells[i] for row in report.rows if row.cells[i]] for i in range(len(report.columns))]
    return [bool(cells) and all(_FIGURE.match(cell) for cell in cells) for cells in columns]
