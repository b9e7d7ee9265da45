"""``nst-bench export``: results folders as tables for other programs."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

from bench.commands.shared import Commands, read, say
from bench.errors import BenchError, Exit

#: Names of the tables: those of :data:`bench.export.TABLES`, which needs pandas.
TABLES = ("runs", "curves", "frames")


def add(commands: Commands) -> None:
    parser = commands.add_parser("export", help="results as one table, CSV or JSON, for other programs")
    parser.add_argument("results", nargs="+", type=Path, metavar="RESULTS", help="results folders, read as one")
    parser.add_argument(
        "--table", choices=TABLES, default="runs", help="a row for each run (default), evaluation or frame of a video"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="a .csv or .json file (default: standard output)")
    parser.add_argument("--json", action="store_true", help="JSON instead of CSV")
    parser.set_defaults(command=export)


def export(options: argparse.Namespace, _: list[str]) -> Exit:
    from bench import export as tables
    from bench.store.files import writing_atomically

    path: Path | None = options.output
    suffix = path.suffix.lower() if path else ""
    if path and suffix not in (".csv", ".json"):
        raise BenchError(f"{path}: a table is written as .csv or .json: choose one of them as the file's ending")
    if path and path.is_dir():
        raise BenchError(f"{path}: a folder: name a file")
    if options.json and suffix == ".csv":
        raise BenchError(f"{path}: --json does not go with a file that ends in .csv")
    write = tables.write_json if options.json or suffix == ".json" else tables.write_csv

    table, problems = tables.TABLES[options.table](read(options.results))
    for problem in problems:
        say(f"warning: run {problem.id}: {problem.message}")
    if path is None:
        if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
            sys.stdout.reconfigure(encoding="utf-8")  # what reads it expects that, whatever the terminal's is
        write(table, sys.stdout)
        return Exit.FINE
    with writing_atomically(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        write(table, text)
        text.detach()  # which flushes it and leaves the file open
    print(f"{len(table):,} {'row' if len(table) == 1 else 'rows'}: {path}")
    return Exit.FINE
