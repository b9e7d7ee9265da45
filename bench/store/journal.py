"""What happened here, run by run: ``runs/<id>.json`` in a results folder.

A report is written when a run begins and again when it ends; one without an end is of a run that is at work, or
that was killed. What it says of single jobs stands in their records.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from bench.runs import RunReport
from bench.store.files import is_litter, read_json, shown, utc, write_json
from bench.store.lock import Holder

FOLDER = "runs"

#: The newest :class:`bench.runs.RunReport` that this version reads.
SCHEMA_VERSION = 1

Clock = Callable[[], datetime]
How = Literal["complete", "some failed", "interrupted", "stopped at a failure", "error"]


def _now() -> datetime:
    return datetime.now(UTC)


def begin(root: Path, *, name: str, command: Sequence[str], now: Clock = _now, **known: Any) -> RunReport:
    """Write down that a run begins. The lock of the results folder must be held, which keeps its id unique.

    Args:
        root: the results folder.
        name: of the manifest.
        command: that began it.
        known: other fields of :class:`RunReport`, such as ``slots`` and ``skipped``.
    """
    started = now()
    first = id = f"{started:%Y%m%dT%H%M%S}-{os.getpid()}"
    number = 2
    while os.path.lexists(_path(root, id)):  # twice in a second, or two machines on one disk
        id, number = f"{first}-{number}", number + 1
    fields = {"id": id, "name": name, "command": [shown(part) for part in command], "started": utc(started)}
    report = RunReport.model_validate({**known, **fields})
    write_json(_path(root, id), report)
    return report


def note(root: Path, report: RunReport, **known: Any) -> RunReport:
    """Write down more of a run that is at work, such as its ``slots`` once they are known."""
    changed = RunReport.model_validate({**dict(report), **known})
    write_json(_path(root, report.id), changed)
    return changed


def end(root: Path, report: RunReport, *, ended: How, now: Clock = _now, **known: Any) -> RunReport:
    """Write down how a run ended, with what is known by then, such as ``statuses``, ``predicted``, ``unstable``."""
    return note(root, report, **known, ended=ended, finished=utc(now()))


def adopt(root: Path, report: RunReport) -> str:
    """Write down a run of another results folder; the lock must be held.

    Returns:
        What it is called here: runs of two machines may have the same id.
    """
    number = 1
    while True:
        id = report.id if number == 1 else f"{report.id}-{number}"
        known = _known(_path(root, id))
        if known is None or _same(known, report):
            own = report.model_copy(update={"id": id})
            if known != own and (known is None or known.ended is None):
                write_json(_path(root, id), own)
            return id
        number += 1


def _known(path: Path) -> RunReport | None:
    """Raises OSError where there is something that is no report: it is not ours to write over."""
    try:
        return read_json(path, RunReport, SCHEMA_VERSION) if os.path.lexists(path) else None
    except ValueError as error:
        raise OSError(0, str(error), str(path)) from error


def _same(one: RunReport, other: RunReport) -> bool:
    """Whether two reports are of one run, which may not have ended yet when the first was written."""
    return (one.started, one.name, one.command) == (other.started, other.name, other.command)


@dataclass(frozen=True)
class Journal:
    """All runs of a results folder."""

    runs: tuple[RunReport, ...]
    """In the order they began."""
    problems: tuple[str, ...]
    """Reports that cannot be read, each with the reason."""

    def at_work(self, holder: Holder | None) -> RunReport | None:
        """The report of the run that holds the lock: the last without an end that began since the lock was taken."""
        if holder is None or holder.process is None:
            return None
        pending = (report for report in reversed(self.runs) if report.ended is None)
        return next((report for report in pending if _is_of(report, holder)), None)


def how_it_ended(report: RunReport, at_work: RunReport | None) -> str:
    """``complete``, ``some failed``, ...; ``at work``, or ``killed`` where nobody is left to end it."""
    if report.ended is not None:
        return report.ended
    return "at work" if at_work is not None and report.id == at_work.id else "killed"


def read(root: Path) -> Journal:
    """Every report of a results folder, those that cannot be read by their reason."""
    runs, problems = [], []
    try:
        paths = sorted((root / FOLDER).iterdir())
    except OSError:
        paths = []  # no run has been written down here
    for path in paths:
        if path.suffix != ".json" or is_litter(path.name) or path.name.startswith("."):
            continue
        try:
            report = read_json(path, RunReport, SCHEMA_VERSION)
            if report.id != path.stem:
                raise ValueError(f"describes the run {shown(report.id[:60])}")
            runs.append(report)
        except ValueError as error:
            problems.append(f"{FOLDER}/{shown(path.name)} {error}")
    return Journal(tuple(sorted(runs, key=lambda report: (report.started, report.id))), tuple(problems))


def _is_of(report: RunReport, holder: Holder) -> bool:
    return report.id.split("-")[1:2] == [str(holder.process)] and report.started >= holder.since


def _path(root: Path, id: str) -> Path:
    return root / FOLDER / f"{id}.json"
