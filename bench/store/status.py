"""How a results folder stands: what is done, what failed and why, what is left. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pydantic import BaseModel, ConfigDict

from bench.amounts import in_bytes
from bench.record import PlannedJob
from bench.runs import RunReport
from bench.store import Store, aside, journal
from bench.store.files import shown, usage
from bench.store.lock import Holder
from bench.store.planned import read_plans
from bench.store.scan import Ended, Scan

if TYPE_CHECKING:
    from bench.plan import Job

#: Folders of a results folder that take room.
_FOLDERS = ("jobs", "inputs", "parts", "site", aside.FOLDER)

#: Runs that are told of.
_RUNS = 5


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class Failures(_Model):
    """Jobs that ended in the same way for the same reason."""

    status: str
    reason: str
    """First line of it."""
    jobs: list[str]


class Run(_Model):
    """One run of the folder, in short."""

    id: str
    name: str
    started: str
    finished: str | None
    ended: str
    """``complete``, ``some failed``, ``interrupted``, ...; ``at work``; ``killed``."""
    statuses: dict[str, int]
    unstable: bool


class Status(_Model):
    """How a results folder stands. Counts are of jobs that a manifest claims, if not said otherwise."""

    folder: str
    name: str
    """Of the manifest that ran last."""
    others: list[str]
    """Of other manifests that claim jobs here."""
    jobs: int
    statuses: dict[str, int]
    """Jobs that ended, by status."""
    not_run: int
    spare: int
    """Jobs here that no manifest claims."""
    untrusted: int
    """Things among the jobs that the next run sets aside."""
    failures: list[Failures]
    at_work: Holder | None
    seconds_left: float | None
    """For the jobs of the last manifest, at the pace so far; None where there is none, or nothing is left."""
    bytes: dict[str, int]
    """Of the files in each folder that there is."""
    runs: list[Run]
    """The last, the newest first."""
    notes: list[str]
    """What could not be read or trusted."""

    def as_json(self) -> str:
        return self.model_dump_json(indent=1)


def status(root: Path) -> Status:
    """Look at a results folder.

    Raises:
        BenchError: when it is no results folder, or a newer version of nst-bench wrote it.
    """
    plans = read_plans(root)
    store = Store(root)
    holder = store.holder()
    scan = store.look()
    runs = journal.read(root)
    at_work = runs.at_work(holder)
    claimed = plans.claimed
    ended = {id: found for id, found in scan.jobs.items() if id in claimed}
    used = {name: usage(root / name) for name in _FOLDERS}
    return Status(
        folder=shown(root),
        name=plans.current.name,
        others=[plan.name for plan in plans.earlier],
        jobs=len(claimed),
        statuses=dict(sorted(Counter(found.status for found in ended.values()).items())),
        not_run=len(claimed) - len(ended),
        spare=len(scan.jobs) - len(ended),
        untrusted=len(scan.foreign),
        failures=failures(ended),
        at_work=holder,
        seconds_left=_seconds_left(plans.current.jobs.values(), scan, runs.runs, at_work),
        bytes={name: size for name, (files, size) in used.items() if files},
        runs=[_run(report, at_work) for report in reversed(runs.runs[-_RUNS:])],
        notes=[*_untrusted(scan), *plans.problems, *runs.problems],
    )


def failures(ended: Mapping[str, Ended]) -> list[Failures]:
    """Jobs that are not done, by status and reason, the most frequent first."""
    groups: dict[tuple[str, str], list[str]] = {}
    for id, found in ended.items():
        if found.status != "done":
            first = next(iter((found.reason or "").strip().splitlines()), "no reason given")
            groups.setdefault((found.status, shown(first)), []).append(id)
    found_groups = [Failures(status=key[0], reason=key[1], jobs=sorted(jobs)) for key, jobs in groups.items()]
    return sorted(found_groups, key=lambda group: (-len(group.jobs), group.status, group.reason))


def _untrusted(scan: Scan) -> list[str]:
    if not scan.foreign:
        return []
    first, more = scan.foreign[0], len(scan.foreign) - 1
    rest = f", and {more} more like it" if more else ""
    return [f"{shown(first.path)}: {first.reason}{rest}; the next run sets such things aside"]


def _run(report: RunReport, at_work: RunReport | None) -> Run:
    return Run(
        id=report.id,
        name=report.name,
        started=report.started,
        finished=report.finished,
        ended=journal.how_it_ended(report, at_work),
        statuses=report.statuses,
        unstable=report.unstable,
    )


def _seconds_left(
    jobs: Iterable[PlannedJob], scan: Scan, runs: Sequence[RunReport], at_work: RunReport | None
) -> float | None:
    """At the pace of the jobs that are done: of the run at work where it has any, else of all runs."""
    from bench.progress import work as work_of

    last = at_work or (runs[-1] if runs else None)
    here = at_work.id if at_work else None
    left, paces = 0.0, {True: [0.0, 0.0], False: [0.0, 0.0]}
    for job in jobs:
        work = work_of(cast("Job", job))  # which looks at parameters and frames alone
        found = scan.jobs.get(job.id)
        if found is None or (found.status != "done" and (here is None or found.run != here)):
            left += work
        elif found.status == "done" and found.seconds is not None:
            pace = paces[here is not None and found.run == here]
            pace[0] += found.seconds
            pace[1] += work
    seconds, work = next((pace for pace in (paces[True], paces[False]) if pace[0] > 0 and pace[1] > 0), (0.0, 0.0))
    if not left or not work:
        return None
    return seconds / work * left / max(1, len(last.slots) if last else 1)


def as_text(status: Status) -> str:
    """For people: plain, aligned lines."""
    from bench.progress import clock

    also = f", also {', '.join(status.others)}" if status.others else ""
    lines = [f"{status.folder}: {status.name}{also}", ""]
    ended = {"done": 0} | status.statuses
    counts = [("jobs", status.jobs, ""), *((name, count, "") for name, count in ended.items())]
    counts.append(("not run", status.not_run, ""))
    if status.spare:
        counts.append(("spare", status.spare, "no manifest claims them; `nst-bench clean` removes them"))
    width = max(len(f"{count:,}") for _, count, _ in counts)
    lines += [f"{name:<10}{count:>{width},}{f'  {hint}' if hint else ''}" for name, count, hint in counts]
    for group in status.failures:
        ids = ", ".join(id[:12] for id in group.jobs[:3]) + (", ..." if len(group.jobs) > 3 else "")
        lines += ["", f"{group.status}, {_jobs(len(group.jobs))}: {group.reason}", f"  {ids}"]
    lines.append("")
    if status.at_work:
        lines.append(f"{'at work':<10}{status.at_work.describe()}")
    if status.seconds_left is not None:
        lines.append(f"{'left':<10}{clock(status.seconds_left)} at the pace so far")
    if status.bytes:
        lines.append(f"{'disk':<10}" + ", ".join(f"{name} {in_bytes(size)}" for name, size in status.bytes.items()))
    for number, run in enumerate(status.runs):
        lines.append(f"{'' if number else 'runs':<10}{_run_line(run)}")
    lines += [f"{'note':<10}{text}" for text in status.notes]
    return "\n".join(lines).rstrip() + "\n"


def _jobs(count: int) -> str:
    return f"{count:,} job{'' if count == 1 else 's'}"


def _run_line(run: Run) -> str:
    told = ", ".join(f"{count:,} {name}" for name, count in run.statuses.items())
    unstable = ", unstable: its times are not to be compared" if run.unstable else ""
    return f"{_local(run.started)}  {shown(run.name)}: {run.ended}{f' ({told})' if told else ''}{unstable}"


def _local(moment: str) -> str:
    try:
        return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return shown(moment)
