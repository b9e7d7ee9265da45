"""A report on the program's streams and in files: everything that writes."""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TextIO

from pydantic import BaseModel

from bench.check.outputs import github, terminal
from bench.check.outputs.junit import junit
from bench.check.outputs.summary import markdown
from bench.check.shown import Report
from bench.errors import BenchError
from bench.store.files import as_json, reason, write_atomically

#: Columns and lines of what is no terminal: a log can be scrolled sideways a little.
_LOG = (100, 24)


def write(report: Report, data: BaseModel, folder: Path, page: str | None) -> Report:
    """Write all files of a check.

    Returns:
        The report, with where that was among its facts.

    Raises:
        BenchError: where one cannot be written.
    """
    files = {"check.json": as_json(data), "junit.xml": junit(report), "summary.md": markdown(report).encode()}
    if page is not None:
        files["index.html"] = page.encode()
    for name, content in files.items():
        try:
            write_atomically(folder / name, content)
        except OSError as error:
            where = f"{folder / name}: cannot be written: {reason(error)}"
            raise BenchError(f"{where}; name another folder with --out") from None
    written = folder if page is None else folder / "index.html"
    return replace(report, facts=(*report.facts, ("written", str(written))))


def show(report: Report, stream: TextIO) -> None:
    """For people: in colours on a terminal."""
    told = _lines(report)
    if terminal.wants_colour(stream):
        terminal.coloured(told, stream)
    else:
        _print(stream, terminal.plain(told))


def show_on_github(report: Report, stream: TextIO, environment: Mapping[str, str]) -> None:
    """For the log of GitHub Actions, which finds the annotations on either stream."""
    workspace = Path(environment.get("GITHUB_WORKSPACE") or ".")
    commands = github.commands(report, workspace, Path.cwd())
    table = github.harmless(terminal.plain(_lines(report)))
    _print(stream, table + "".join(f"{command}\n" for command in commands))


def summarise_on_github(report: Report, environment: Mapping[str, str]) -> None:
    """As the summary of the step, where there is one; what goes wrong is a warning."""
    summary = environment.get("GITHUB_STEP_SUMMARY")
    if summary:
        try:
            github.append_summary(report, Path(summary))
        except OSError as error:
            _print(sys.stderr, f"warning: the step's summary, {summary}: cannot be written: {reason(error)}\n")


def show_programs(report: Report, data: BaseModel) -> None:
    """All of a report as JSON on standard output, and under ``data`` what ``check.json`` holds."""
    told = {"verdict": report.verdict, "exit_code": report.verdict.exit_code, "sentence": report.sentence}
    rows: list[dict[str, Any]] = [asdict(row) for row in report.rows]
    for row in rows:  # JSON knows neither endless nor undefined numbers
        row |= {key: row[key] if math.isfinite(row[key] or 0) else None for key in ("weight", "seconds")}
    told |= asdict(report) | {"rows": rows, "data": json.loads(data.model_dump_json())}
    _print(sys.stdout, json.dumps(told, indent=1) + "\n")


def _lines(report: Report) -> list[list[terminal.Piece]]:
    return terminal.lines(report, shutil.get_terminal_size(_LOG).columns)


def _print(stream: TextIO, text: str) -> None:
    """Write all of it, in what the stream can encode. A reader that has gone changes no verdict."""
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        # Nor must what is printed after it: a command line that meets a broken pipe ends as if all were fine.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
