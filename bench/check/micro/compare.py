"""Micro-benchmarks under the gate's rule: two runs of pytest-benchmark, or two series of runs. Pure.

Runs in fresh processes are pairs as they should be: the i-th of the base and the i-th of the head. Of a single run each
way the rounds are cut into as many blocks as pairs are asked for; what differs between any two processes is then in
the ratio and cannot be told from what the code changed, which a note says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import PurePosixPath
from posixpath import commonpath
from statistics import median
from typing import Literal

from bench.check import rule
from bench.check.micro.suite import Measured, Suite
from bench.check.model import Benchmark, Comparison, Limits, Pair, Side, Verdict
from bench.machine.fingerprint import differences
from bench.store.files import utc

_ONE_PROCESS = (
    "one process each way: what differs between any two processes of the same code, such as where things lie in "
    "memory, counts as a difference here; two folders of runs made in turns measure it"
)
_UNCONFIRMED = (
    "what was flagged is not confirmed: this check runs no benchmarks; run both sides again and believe what is "
    "flagged twice"
)


def compare(
    base: Suite,
    head: Suite,
    limits: Limits,
    *,
    command: Sequence[str],
    now: datetime,
    allow_different_machine: bool = False,
) -> Comparison:
    """The i-th run of one side against the i-th of the other, or blocks of rounds where there is one run each.

    Args:
        limits: of folders, ``pairs`` is the number of runs each must hold.
        command: as it was given.
        now: stands for the time of measuring where nothing was measured.
    """
    reasons = [*_objections(base), *_objections(head)] or list(_mismatches(base, head, limits))
    foreign = "" if reasons else _foreign(base, head)
    if foreign and not allow_different_machine:
        reasons = [f"{foreign}; --allow-different-machine compares them, for information only"]
    benchmarks = [] if reasons else _benchmarks(base, head, limits)
    times = [run.content.ended for run in (*base.runs, *head.runs)] or [now]
    return Comparison(
        kind="pytest-benchmark",
        title=_title([id for run in (*base.runs, *head.runs) for id in run.benchmarks]),
        command=list(command),
        started=utc(min(times)),
        finished=utc(max(times)),
        limits=limits,
        sides=[_side(base), _side(head)],
        benchmarks=benchmarks,
        reasons=reasons,
        notes=list(_notes(base, head, benchmarks)) if benchmarks else [],
        informational=foreign if not reasons else "",
    )


def _objections(side: Suite) -> Iterator[str]:
    """Why a side cannot be compared with anything."""
    if side.reason:
        yield side.reason
    commits = {run.commit for run in side.runs}
    if len(commits) > 1:
        yield f"{side.given} holds runs of several commits: {', '.join(sorted(map(str, commits)))}"
    for run in side.runs:
        if not run.content.benchmarks:
            yield f"{run.name} holds no benchmark"
        elif any(benchmark.stats.data is None for benchmark in run.content.benchmarks):
            yield (
                f"{run.name} holds no rounds: pytest --benchmark-json writes them, --benchmark-save only with "
                "--benchmark-save-data"
            )


def _mismatches(base: Suite, head: Suite, limits: Limits) -> Iterator[str]:
    """Why two sides cannot be compared."""
    seen: dict[str, str] = {}
    for run in (*base.runs, *head.runs):
        measured = run.content.model_dump_json()
        if measured in seen:
            yield f"{seen[measured]} and {run.name} hold the same run: a copy says nothing new"
        seen.setdefault(measured, run.name)
    if base.folder and not len(base.runs) == len(head.runs) == limits.pairs:
        yield (
            f"{len(base.runs)} runs in {base.given}, {len(head.runs)} in {head.given}, {limits.pairs} pairs to compare"
        )


def _foreign(base: Suite, head: Suite) -> str:
    """In what their machines differ; empty: in nothing that matters."""
    first, *others = (*base.runs, *head.runs)
    for run in others:
        if found := differences(first.machine, run.machine):
            return f"{run.name} is of another machine than {first.name}: {'; '.join(found)}"
    return ""


def _benchmarks(base: Suite, head: Suite, limits: Limits) -> list[Benchmark]:
    """In the order of the base, then what the head alone has."""
    names = {id: one.name for run in (*base.runs, *head.runs) for id, one in run.benchmarks.items()}
    short = list(names.values())
    return [_benchmark(id, name if short.count(name) == 1 else id, base, head, limits) for id, name in names.items()]


def _benchmark(id: str, name: str, base: Suite, head: Suite, limits: Limits) -> Benchmark:
    runs = (*base.runs, *head.runs)
    found = [_Found(run.name, run.benchmarks[id]) for run in runs if id in run.benchmarks]
    lacking = [run.name for run in runs if id not in run.benchmarks]
    wanted = 1 if base.folder else limits.pairs  # figures from each run
    reason = f"missing in {_listed(lacking)}" if lacking else _unusable(found, wanted, limits.alpha)
    if reason:
        return Benchmark(id=id, name=name, phase="", verdict=Verdict.INCONCLUSIVE, reason=reason, failed=True)
    times = [time for one in found for time in blocks(one.rounds, wanted)]
    before, after = times[: len(times) // 2], times[len(times) // 2 :]
    pairs = [
        Pair(number=number + 1, first=_first(base, head, number // wanted), base=[one], head=[other])
        for number, (one, other) in enumerate(zip(before, after, strict=True))
    ]
    finding = rule.decide(before, after, limits)
    restless = "" if base.folder else _restless({found[0].place: before, found[1].place: after}, limits)
    return Benchmark(
        id=id,
        name=name,
        phase="",
        pairs=pairs,
        first=finding,
        verdict=Verdict.INCONCLUSIVE if restless else finding.verdict,
        reason=restless or finding.reason,
    )


def _restless(sides: Mapping[str, Sequence[float]], limits: Limits) -> str:
    """Why blocks that were not measured one behind the other must not be compared; empty: they may.

    A machine that changes its pace within a run by more than what is looked for does so from run to run, too. A few
    blocks that something else delayed do not count: as many as the rule puts up with.
    """
    for place, times in sides.items():
        ordered, k = sorted(times), rule.place(len(times), limits.alpha)
        if k is not None and ordered[-k] > (1 + limits.delta) * ordered[k - 1]:
            return (
                f"rounds of {place} differ by {ordered[-k] / ordered[k - 1] - 1:.0%} among themselves: the machine did "
                "not hold still; folders of runs made in turns can be compared all the same"
            )
    return ""


@dataclass(frozen=True)
class _Found:
    """A benchmark in one run."""

    place: str
    """Name of the run."""
    measured: Measured

    @property
    def rounds(self) -> list[float]:
        return self.measured.stats.data or []


def _unusable(found: Sequence[_Found], wanted: int, alpha: float) -> str:
    """Why times of a benchmark cannot be compared; empty: they can."""
    first = found[0]
    for one in found:
        for option, value in one.measured.way.items():
            if value != (usual := first.measured.way[option]):
                return f"measured in different ways: {option} {usual} in {first.place}, {value} in {one.place}"
        if any(not rule.is_time(time) for time in one.rounds):
            worst = next(time for time in one.rounds if not rule.is_time(time))
            return f"{worst:g} s in {one.place} cannot be a time"
        if len(one.rounds) < wanted:
            return (
                f"{_count(len(one.rounds), 'round')} in {one.place}: {_count(wanted, 'pair')} need as many "
                f"(--benchmark-min-rounds={wanted}); with --pairs, at least {rule.fewest(alpha)}"
            )
    return ""


def blocks(rounds: Sequence[float], count: int) -> list[float]:
    """Medians of as many runs of consecutive rounds, of about the same length.

    Args:
        rounds: seconds, at least ``count`` of them.
    """
    edges = [len(rounds) * number // count for number in range(count + 1)]
    return [median(rounds[start:end]) for start, end in pairwise(edges)]


def _notes(base: Suite, head: Suite, benchmarks: Sequence[Benchmark]) -> Iterator[str]:
    before, after = base.runs[0], head.runs[0]
    if not base.folder:
        yield _ONE_PROCESS
    elif (late := _one_behind_the_other(base, head)) is not None:
        yield f"all runs of {late} came after those of the other side: a drift of the machine counts as a difference"
    if before.commit is not None and before.commit == after.commit and "+" not in before.commit:
        yield f"base and head are one commit: {before.commit}"
    versions = before.content.version, after.content.version
    if len(set(versions)) > 1:
        yield f"pytest-benchmark {versions[0]} there, {versions[1]} here"
    if any(one.verdict in (Verdict.REGRESSION, Verdict.IMPROVEMENT) for one in benchmarks):
        yield _UNCONFIRMED


def _one_behind_the_other(base: Suite, head: Suite) -> str | None:
    """The side of which all runs came last."""
    before, after = ([run.content.ended for run in side.runs] for side in (base, head))
    if len(before) > 1 and max(before) < min(after):
        return head.given
    return base.given if len(before) > 1 and max(after) < min(before) else None


def _title(ids: Sequence[str]) -> str:
    """What all benchmarks lie in, as a name of a folder: ``benchmarks`` of ``tests/benchmarks``, or a file's name."""
    places = {id.partition("::")[0].lstrip("/") for id in ids}
    shared = PurePosixPath(commonpath(places) if places else "").name.removesuffix(".py")
    return re.sub(r"[^\w-]+", "-", shared).strip("-") or "suite"


def _side(suite: Suite) -> Side:
    run = suite.runs[0] if suite.runs else None
    environment = run.environment if run else {}
    return Side(role=suite.role, given=suite.given, commit=run.commit if run else None, environment=environment)


def _first(base: Suite, head: Suite, number: int) -> Literal["base", "head"]:
    """The side of which the run of that number ended first."""
    return "base" if base.runs[number].content.ended <= head.runs[number].content.ended else "head"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
