"""``nst-bench check history``: baselines over commits, and where times changed their level. Information, not a gate."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bench.commands.shared import Commands, say
from bench.errors import BenchError, Exit

if TYPE_CHECKING:
    from bench.check.stored.history import History, Machine

#: Where the page goes unless said otherwise.
HOME = Path("results", "check", "history")
_PAGE = "index.html"
_HEAD = ("since", "day", "before", "after", "ratio", "benchmark")


def add(commands: Commands) -> None:
    parser = commands.add_parser("history", help="follow stored baselines over commits: where did times change?")
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="baselines, or folders that hold them at any depth"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="the page, ending in .html, or a folder for it (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print every point and step as JSON")
    parser.set_defaults(command=run, out=HOME)


def run(options: argparse.Namespace, _: list[str]) -> Exit:
    from bench.check.pages import render_history
    from bench.check.stored.history import read
    from bench.store.files import reason, write_atomically

    history = read(options.files)
    for text in history.left_out:
        say(f"warning: {text}")
    page = options.out if options.out.suffix.lower() in (".html", ".htm") else options.out / _PAGE
    try:
        write_atomically(page, render_history(history).encode())
    except OSError as error:
        raise BenchError(f"{page}: cannot be written: {reason(error)}; name another place with --out") from None
    if options.json:
        print(history.model_dump_json(indent=1))
        say(str(page))
    else:
        print("\n".join([*_lines(history), str(page)]))
    return Exit.FINE


def _lines(history: History) -> Iterator[str]:
    """A table of the steps of each machine, the latest first, and what it comes to."""
    from bench.check.pages.history import sentence
    from bench.report.format import NARROW
    from bench.store.files import shown

    for machine in history.machines:
        rows = list(_rows(machine))
        if rows:
            yield shown(machine.title)
            yield from (f"  {line}" for line in _table([_HEAD, *rows]))
            yield ""
    told = shown(sentence(history).replace(NARROW, " "))
    yield told[:1].upper() + told[1:]


def _rows(machine: Machine) -> Iterator[tuple[str, ...]]:
    from bench.check.pages.axes import times
    from bench.report.format import NARROW, duration
    from bench.store.files import shown

    for series, step in machine.found:
        before, after = (duration(seconds).replace(NARROW, " ") for seconds in (step.before, step.after))
        yield shown(step.label), step.at[:10], before, after, times(step.ratio), shown(series.name)


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """In columns; figures flush right, words flush left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if 2 <= k <= 4 else cell.ljust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
