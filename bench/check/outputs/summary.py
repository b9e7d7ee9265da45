"""A report as GitHub-flavoured Markdown: the verdict first, then the worst, within so many bytes."""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from bench.check.outputs.text import bounded, flagged, right_aligned, some
from bench.check.shown import Report, Row

#: What GitHub takes of one step, in bytes; more, and it shows none of it:
#: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
LIMIT = 1024 * 1024

#: Characters of a name or cell, and of a sentence.
_CELL, _TEXT = 300, 2000

#: Items of a list that are told one by one.
_MOST = 20

_MARKS = re.compile(r"[\\`*_\[\]|~$#]")
_LEADING = re.compile(r"[-+=]|[0-9]+(?=[.)](?: |$))")


def markdown(report: Report, limit: int = LIMIT) -> str:
    """The report in at most ``limit`` bytes of UTF-8, a newline at its end: as many rows as there is room for.

    Where there is no room for the rest, the verdict alone; where there is none for that, nothing.
    """
    rows = [_benchmark(report, row) for row in report.ranked]
    whole = _page(report, rows)
    if _size(whole) <= limit:
        return whole
    if _size(_page(report, [])) <= limit:
        # Each further row makes the page longer: all fit but from the first one with which it is too long.
        too_many = bisect_left(range(len(rows)), limit + 1, key=lambda n: _size(_page(report, rows[:n])))
        return _page(report, rows[: too_many - 1])
    short = "\n".join(_head(report)) + "\n"
    return short if _size(short) <= limit else ""


def _size(text: str) -> int:
    return len(text.encode())


def _page(report: Report, rows: Sequence[str]) -> str:
    blocks = [_head(report), _reasons(report), _table(report, rows), _flagged(report), _notes(report), _facts(report)]
    return "\n\n".join("\n".join(lines) for lines in map(list, blocks) if lines) + "\n"


def _head(report: Report) -> Iterator[str]:
    verdict = report.verdict.value
    yield f"## {verdict[0].upper()}{verdict[1:]}: {escaped(report.title, _CELL)}"
    yield ""
    yield escaped(report.sentence)
    if report.next_step:
        yield ""
        yield f"**Next:** {escaped(report.next_step)}"


def _reasons(report: Report) -> Iterator[str]:
    if report.reasons:
        yield "**It cannot pass:**"
        yield ""
        yield from _list(report.reasons)


def _table(report: Report, rows: Sequence[str]) -> Iterator[str]:
    if not report.rows:
        return
    yield _row(["benchmark", "verdict", *(escaped(column, _CELL) for column in report.columns)])
    yield _row(["---", "---", *("---:" if flush else "---" for flush in right_aligned(report))])
    yield from rows
    left_out = len(report.rows) - len(rows)
    if left_out:
        yield ""
        yield f"and {left_out} more {'row' if left_out == 1 else 'rows'}"


def _benchmark(report: Report, row: Row) -> str:
    cells = [cell for cell, _ in zip(row.cells, report.columns, strict=True)]
    return _row([escaped(row.name, _CELL), row.verdict.value, *(escaped(cell, _CELL) for cell in cells)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _flagged(report: Report) -> Iterator[str]:
    rows, left_out = some(flagged(report), _MOST)
    for row in rows:
        yield f"- **{row.verdict.value}** {escaped(row.name, _CELL)}: {escaped(row.message)}"
    if left_out:
        yield f"- and {left_out} more"


def _notes(report: Report) -> Iterator[str]:
    if report.notes:
        yield "**Notes:**"
        yield ""
        yield from _list(report.notes)


def _facts(report: Report) -> Iterator[str]:
    if report.facts:
        yield "<details><summary>What was measured on what</summary>"
        yield ""
        yield _row(["", ""])
        yield _row(["---", "---"])
        facts, left_out = some(report.facts, 2 * _MOST)
        yield from (_row([escaped(name, _CELL), escaped(value)]) for name, value in facts)
        yield ""
        if left_out:
            yield f"and {left_out} more"
            yield ""
        yield "</details>"


def _list(texts: Sequence[str]) -> Iterator[str]:
    told, left_out = some(texts, _MOST)
    yield from (f"- {escaped(text)}" for text in told)
    if left_out:
        yield f"- and {left_out} more"


def escaped(text: str, longest: int = _TEXT) -> str:
    """One line of Markdown that shows exactly this text, in a table too: no markup, HTML, mention or reference."""
    line = _MARKS.sub(r"\\\g<0>", html.escape(bounded(text, longest), quote=False))
    # GitHub looks for people and issues in what Markdown has become: a space without width keeps a name from being one.
    line = re.sub(r"(@|\\#)(?=\w)", r"\g<1>&#8203;", line)
    # What would begin a list or underline a heading.
    leading = _LEADING.match(line)
    if leading is None:
        return line
    mark = f"{leading[0]}\\" if leading[0].isdigit() else f"\\{leading[0]}"
    return mark + line[leading.end() :]
