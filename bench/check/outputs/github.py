"""What GitHub Actions is told: annotations on the manifest's lines, and the summary of the step.

Both as documented at https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.check.model import Verdict
from bench.check.outputs.summary import LIMIT, markdown
from bench.check.outputs.text import bounded
from bench.check.shown import Place, Report

#: Annotations of a kind that GitHub shows of one step; it drops the others without a word.
_SHOWN = 10

#: Characters of a title, and of a message.
_TITLE, _TEXT = 200, 2000

_KINDS = {"error": Verdict.REGRESSION, "warning": Verdict.INCONCLUSIVE, "notice": Verdict.IMPROVEMENT}

_MANY = {"error": "regressions", "warning": "reasons for no verdict", "notice": "improvements"}


def is_there(environment: Mapping[str, str]) -> bool:
    return environment.get("GITHUB_ACTIONS") == "true"


def commands(report: Report, workspace: Path, here: Path) -> list[str]:
    """Workflow commands, a line each: of each kind no more than are shown, the worst first.

    Args:
        workspace: the checkout, whose files can be annotated.
        here: what relative paths are relative to.
    """
    return [line for kind in _KINDS for line in _of(kind, report, workspace, here)]


def _of(kind: str, report: Report, workspace: Path, here: Path) -> Iterator[str]:
    told: list[tuple[str, str, Place | None]] = []
    if kind == "warning":
        told += [(report.title, reason, None) for reason in report.reasons]
    of_kind = (row for row in report.ranked if row.verdict is _KINDS[kind])
    told += [(f"{row.verdict}: {row.name}", row.message, row.place) for row in of_kind]
    fits = len(told) <= _SHOWN
    for title, message, place in told if fits else told[: _SHOWN - 1]:
        yield _command(kind, title, message, place, workspace, here)
    if not fits:
        more = f"and {len(told) - _SHOWN + 1} more {_MANY[kind]}: the table in the log has all of them"
        yield _command(kind, report.title, more, None, workspace, here)


def _command(kind: str, title: str, message: str, place: Place | None, workspace: Path, here: Path) -> str:
    properties = {"title": bounded(title, _TITLE)}
    if place is not None:
        file = _within(here / place.path, workspace)
        if file is None:  # a manifest that ships with the program: there is no line to put it on
            message = f"{message} ({place.path}:{place.line})"
        else:
            properties = {"file": file, "line": str(place.line), "col": str(place.column), **properties}
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {given}::{_data(bounded(message, _TEXT))}"


def _within(path: Path, workspace: Path) -> str | None:
    """A file of the checkout as GitHub names it."""
    try:
        return path.resolve().relative_to(workspace.resolve()).as_posix()
    except (ValueError, OSError):
        return None


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def harmless(text: str) -> str:
    """A text for the log in which no name is taken for a workflow command: they are stopped around it if need be."""
    if not any(line.lstrip().startswith("::") or "##[" in line for line in text.splitlines()):
        return text
    token = secrets.token_hex(16)
    return f"::stop-commands::{token}\n{text}::{token}::\n"


def append_summary(report: Report, path: Path) -> None:
    """Put the report behind what the step's summary holds, within what GitHub takes of both.

    Raises:
        OSError: where it cannot be written.
    """
    before = path.stat().st_size if path.exists() else 0
    text = markdown(report, LIMIT - before - 2)
    if text:
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(f"\n{text}" if before else text)
