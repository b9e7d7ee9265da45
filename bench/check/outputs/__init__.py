"""What a check leaves behind, whichever it was: a table, and files for people and for programs.

Parsers are built from here for every command: nothing heavy is imported before there is something to show.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bench.errors import BenchError, Exit

if TYPE_CHECKING:
    from pydantic import BaseModel

    from bench.check.shown import Report

#: All that a check may leave behind.
FILES = ("check.json", "junit.xml", "summary.md", "index.html")

#: Where files go unless said otherwise, in a folder for each check.
HOME = Path("results", "check")


def output_options() -> argparse.ArgumentParser:
    """The options of every check that say where its result goes, as a parent parser."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where its files go (results/check/<check>-<name>)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(folder=None, publishes=True)
    return parser


def output_folder(options: argparse.Namespace, name: str) -> Path:
    """The folder that ``--out`` names, where a check has it, or one of its own for the check.

    Made now: whether it can be is better known before minutes of measuring than after. What an earlier check left
    there goes: whatever becomes of this one, nobody is to take that for its result. ``options.folder`` holds it from
    now on.

    Args:
        name: ``compare-perf``; what is no letter, digit, dot, dash or underscore becomes a dash.

    Raises:
        BenchError: where it cannot be made.
    """
    folder: Path = getattr(options, "out", None) or HOME / (re.sub(r"[^\w.-]+", "-", name).strip("-.") or "check")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        what = f"{error.filename or folder}: cannot be written: {error.strerror}"
        raise BenchError(f"{what}; name another folder with --out") from None
    options.folder = folder
    return folder


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
        environment: variables that tell of GitHub.

    Returns:
        The exit code of the verdict.

    Raises:
        BenchError: where a file cannot be written; all was shown nevertheless.
    """
    from bench.check.interrupting import undisturbed
    from bench.check.outputs import github, publishing

    trouble, shown = None, report
    try:
        with undisturbed():
            shown = publishing.write(report, data, folder, page)
    except BenchError as error:  # what was found is shown all the same
        trouble = error
    if as_json:
        publishing.show_programs(shown, data)
    people = sys.stderr if as_json else sys.stdout
    if github.is_there(environment):
        publishing.show_on_github(shown, people, environment)
        publishing.summarise_on_github(report, environment)
    else:
        publishing.show(shown, people)
    if trouble is not None:
        raise trouble
    return report.verdict.exit_code
