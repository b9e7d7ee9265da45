"""What a check leaves behind, whichever it was: a table, and files for people and for programs."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from pydantic import BaseModel

from bench.check.shown import Report
from bench.errors import BenchError, Exit
from bench.store.files import as_json as bytes_of
from bench.store.files import reason, write_atomically

#: Where the files go unless said otherwise, in a folder named like the check.
HOME = Path("results", "check")


def output_options() -> argparse.ArgumentParser:
    """The options of every check that say where its result goes, as a parent parser."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where its files go (default: results/check/<name>)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser


def publish(report: Report, data: BaseModel, folder: Path, *, as_json: bool = False, page: str | None = None) -> Exit:
    """Show a check's result and write it down.

    Args:
        report: what people are shown.
        data: all that was found, for ``check.json``.
        folder: where the files go; made if it is missing.
        as_json: standard output is for a program, and people read standard error.
        page: an HTML page that goes along, as ``index.html``.

    Returns:
        The exit code of the verdict.

    Raises:
        BenchError: where the folder or a file in it cannot be written.
    """
    files = {"check.json": bytes_of(data)}
    if page is not None:
        files["index.html"] = page.encode()
    for name, content in files.items():
        try:
            write_atomically(folder / name, content)
        except OSError as error:
            where = f"{folder / name}: cannot be written: {reason(error)}"
            raise BenchError(f"{where}; name another folder with --out") from error
    verdict, people = report.verdict, sys.stderr if as_json else sys.stdout
    if as_json:
        told = {"verdict": verdict, "exit_code": verdict.exit_code, "sentence": report.sentence}
        print(json.dumps(told | {"data": data.model_dump(mode="json")}))
    for row in report.rows:
        print("  ".join([row.name, row.verdict, *row.cells]), file=people)
    print(report.sentence, file=people)
    return verdict.exit_code
