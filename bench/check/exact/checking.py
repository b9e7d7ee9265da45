"""A check from the baseline to what is written down about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.check.exact.baseline import Baseline, Rows
from bench.check.exact.counted import Gathered
from bench.check.exact.deciding import compare, moved, updated, usable
from bench.check.exact.model import Check
from bench.check.model import Verdict
from bench.errors import BenchError
from bench.plan import Plan
from bench.store.files import reason, utc, write_atomically


@dataclass(frozen=True)
class Asked:
    """What is to be checked."""

    plan: Plan
    command: Sequence[str]
    """As it was typed."""
    device: str
    """``cpu`` or ``cuda``."""
    baseline: Path
    folder: Path
    """Where the file goes that would make the check pass."""
    whole: bool
    """Whether all jobs are asked for, and the site."""


def check(asked: Asked, before: Baseline | None, gather: Callable[[], Gathered], *, update: bool) -> Check:
    """Count, compare, and write the baseline that would pass: beside the report, or where it is with ``update``.

    Args:
        before: what the baseline's file holds; None: there is none.
        gather: counts.

    Raises:
        BenchError: when a file cannot be written.
    """
    started = utc(datetime.now(UTC))
    replacement = asked.folder / f"passing-{asked.baseline.name}"
    with suppress(OSError):
        replacement.unlink()  # of an earlier check
    gathered = gather()
    name, device, counted = asked.plan.name, asked.device, gathered.benchmarks
    known = (before or Baseline()).rows(name, device)
    rows = known or {}
    complete = not gathered.reasons and usable(counted, rows)
    passing = updated(rows, counted, whole=asked.whole) if complete else rows
    reasons, notes = list(gathered.reasons), list(gathered.notes)
    if update and complete:
        notes += _accept(asked, before, moved(rows, passing), passing)
        rows = passing
    elif not gathered.reasons:
        reasons += _missing(asked, before, known)
    if update and not complete:
        reasons.append(f"{asked.baseline} was left as it is: not everything could be counted")
    found = Check(
        title=name,
        manifest=str(asked.plan.loaded.path),
        manifest_sha256=asked.plan.loaded.sha256_of_all,
        command=list(asked.command),
        started=started,
        finished=utc(datetime.now(UTC)),
        device=device,
        environment=dict(gathered.environment),
        baseline=str(asked.baseline),
        benchmarks=[] if gathered.reasons else compare(counted, rows, whole=asked.whole),
        reasons=reasons,
        notes=notes,
    )
    if not complete or found.verdict is Verdict.NO_CHANGE:
        return found
    _write(replacement, (before or Baseline()).having(name, device, passing))
    return found.model_copy(update={"replacement": str(replacement)})


def _accept(asked: Asked, before: Baseline | None, changes: list[str], rows: Rows) -> list[str]:
    """Write what is expected from now on, where that changes anything; what changed."""
    if not changes:
        return [f"{asked.baseline} holds these figures already"]
    _write(asked.baseline, (before or Baseline()).having(asked.plan.name, asked.device, rows))
    return [f"written to {asked.baseline}: {change}" for change in changes]


def _missing(asked: Asked, before: Baseline | None, known: Rows | None) -> list[str]:
    """Why there is nothing to compare with, if so."""
    if before is None:
        return [f"{asked.baseline}: there is no such file, so there is nothing to compare with"]
    if known is None:
        return [f"{asked.baseline}: expects nothing of {asked.plan.name} on {asked.device}"]
    return []


def _write(path: Path, baseline: Baseline) -> None:
    try:
        write_atomically(path, baseline.render().encode())
    except OSError as error:
        raise BenchError(f"{path}: cannot be written: {reason(error)}") from None
