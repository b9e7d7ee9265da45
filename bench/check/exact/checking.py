"""A check from the baseline to what is written down about it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.check.exact.baseline import Baseline
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
    gathered = gather()
    name, device = asked.plan.name, asked.device
    known = (before or Baseline()).rows(name, device)
    reasons, notes = list(gathered.reasons), list(gathered.notes)
    rows, replacement = known or {}, ""
    complete = not gathered.reasons and usable(gathered.benchmarks, rows)
    if update and complete:
        after = updated(rows, gathered.benchmarks, whole=asked.whole)
        changes = moved(rows, after)
        if changes:
            _write(asked.baseline, (before or Baseline()).having(name, device, after))
        notes += [f"{asked.baseline} was written: {change}" for change in changes]
        notes += [] if changes else [f"{asked.baseline} holds these figures already"]
        rows = after
    elif not gathered.reasons:
        reasons += _missing(asked, before, known)
        reasons += ["nothing was counted: there are no jobs"] if not gathered.benchmarks else []
    if update and not complete:
        reasons.append(f"{asked.baseline} was left as it is: not everything could be counted")
    benchmarks = [] if gathered.reasons else compare(gathered.benchmarks, rows, whole=asked.whole)
    found = Check(
        title=name,
        manifest=str(asked.plan.loaded.path),
        manifest_sha256=hashlib.sha256(asked.plan.loaded.source.text.encode()).hexdigest(),
        command=list(asked.command),
        started=started,
        finished=utc(datetime.now(UTC)),
        device=device,
        environment=dict(gathered.environment),
        baseline=str(asked.baseline),
        benchmarks=benchmarks,
        reasons=reasons,
        notes=notes,
    )
    if complete and found.verdict is not Verdict.NO_CHANGE:
        path = asked.folder / asked.baseline.name
        _write(path, (before or Baseline()).having(name, device, updated(rows, gathered.benchmarks, whole=asked.whole)))
        replacement = str(path)
    return found.model_copy(update={"replacement": replacement})


def _missing(asked: Asked, before: Baseline | None, known: object) -> list[str]:
    """Why there is nothing to compare with, if so."""
    if before is None:
        return [f"{asked.baseline}: there is no such file, so there is nothing to compare with"]
    if known is None:
        return [f"{asked.baseline}: expects nothing of {asked.plan.name} on {asked.device}"]
    return []


def _write(path: Path, baseline: Baseline) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, baseline.render().encode())
    except OSError as error:
        raise BenchError(f"{path}: cannot be written: {reason(error)}") from None
