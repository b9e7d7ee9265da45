"""What a check leaves behind, whichever it was: a table, and files for people and for programs."""

from __future__ import annotations

import argparse
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

from bench.check.outputs import github
from bench.check.outputs.junit import junit
from bench.check.outputs.summary import markdown
from bench.check.shown import Report
from bench.errors import BenchError, Exit
from bench.store.files import as_json as bytes_of
from bench.store.files import reason, write_atomically

#: Where files go unless said otherwise, in a folder for each check.
HOME = Path("results", "check")

#: Columns and lines of what is no terminal: a log can be scrolled sideways a little.
_LOG = (100, 24)


def output_options() -> argparse.ArgumentParser:
    """The options of every check that say where its result goes, as a parent parser."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where its files go (default: results/check/<name>)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser


def publish(
    report: Report,
    data: BaseModel,
    folder: Path,
    *,
    as_json: bool = False,
    page: str | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Exit:
    """Show what a check found, write it down, and tell GitHub where it is at work.

    Args:
        report: what people are shown.
        data: all that was found, for ``check.json``.
        folder: where ``check.json``, ``junit.xml`` and ``summary.md`` go; made if it is missing.
        as_json: standard output is for a program; people read standard error.
        page: an HTML page that goes along, as ``index.html``.

    Returns:
        The exit code of the verdict.

    Raises:
        BenchError: where a file cannot be written; all was shown nevertheless.
    """
    files = {"check.json": bytes_of(data), "junit.xml": junit(report), "summary.md": markdown(report).encode()}
    if page is not None:
        files["index.html"] = page.encode()
    trouble = _write(folder, files)
    if trouble is None:
        written = folder / "index.html" if page is not None else folder
        report = replace(report, facts=(*report.facts, ("written", str(written))))
    if as_json:
        _print(sys.stdout, json.dumps(_for_programs(report, data), indent=1) + "\n")
    _show(report, sys.stderr if as_json else sys.stdout, environment)
    if trouble is not None:
        raise trouble
    return report.verdict.exit_code


def _write(folder: Path, files: Mapping[str, bytes]) -> BenchError | None:
    for name, content in files.items():
        try:
            write_atomically(folder / name, content)
        except OSError as error:
            where = f"{folder / name}: cannot be written: {reason(error)}"
            return BenchError(f"{where}; name another folder with --out")
    return None


def _for_programs(report: Report, data: BaseModel) -> dict[str, Any]:
    """All of a report, and under ``data`` what ``check.json`` holds."""
    told = {"verdict": report.verdict, "exit_code": report.verdict.exit_code, "sentence": report.sentence}
    rows = [asdict(row) for row in report.rows]
    for row in rows:  # JSON knows neither endless nor undefined numbers
        row |= {key: row[key] if math.isfinite(row[key] or 0) else None for key in ("weight", "seconds")}
    return told | asdict(report) | {"rows": rows, "data": json.loads(data.model_dump_json())}


def _show(report: Report, stream: TextIO, environment: Mapping[str, str]) -> None:
    from bench.check.outputs import terminal

    told = terminal.lines(report, shutil.get_terminal_size(_LOG).columns)
    if not github.is_there(environment):
        if terminal.wants_colour(stream):
            terminal.coloured(told, stream)
        else:
            _print(stream, terminal.plain(told))
        return
    workspace = Path(environment.get("GITHUB_WORKSPACE") or ".")
    commands = github.commands(report, workspace, Path.cwd())
    _print(stream, "".join([github.harmless(terminal.plain(told)), *(f"{command}\n" for command in commands)]))
    summary = environment.get("GITHUB_STEP_SUMMARY")
    if summary:
        try:
            github.append_summary(report, Path(summary))
        except OSError as error:  # the verdict stands without it
            _print(sys.stderr, f"warning: the step's summary, {summary}: cannot be written: {reason(error)}\n")


def _print(stream: TextIO, text: str) -> None:
    """Write all of it, in what the stream can encode. A reader that has gone changes no verdict."""
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        # What is still in the buffer must not fail again when the program ends.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
