"""One side measured alone, to be kept as a baseline, or to be held against one that was kept."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from bench.check import rule
from bench.check.fingerprint import differences, fingerprint
from bench.check.model import Benchmark, Limits, Pair, Side, Verdict
from bench.check.paired.comparing import Outcome, Target, objections, seconds
from bench.check.paired.meter import Taken
from bench.check.refusal import RefusedError
from bench.check.stored.baseline import Baseline, Samples


def samples(target: Target, phase: str, taken: Sequence[Taken]) -> Samples:
    """What fresh workers, one after another, gave for a phase of a job."""
    timings = [one.timings.get("head", []) for one in taken]
    return Samples(
        id=target.id,
        name=target.name,
        phase=phase,
        samples=[[value for value in seconds(rounds, phase) if value > 0] for rounds in timings],
        invalid=["; ".join(dict.fromkeys(objections(rounds))) for rounds in timings],
    )


def refuse_other_jobs(baseline: Baseline, ids: Sequence[str]) -> None:
    """Before anything is measured.

    Args:
        ids: of the jobs that the manifest makes now.

    Raises:
        RefusedError: for a baseline of other jobs altogether.
    """
    if not {one.id for one in baseline.benchmarks} & set(ids):
        raise RefusedError(
            f"the baseline of {baseline.title} ({baseline.taken[:10]}) has none of these jobs: the manifest has "
            "changed since; nst-bench check record makes a new one"
        )


def refuse_other_machine(baseline: Baseline, environment: Mapping[str, object], *, allowed: bool) -> str:
    """Args:
        environment: of this machine's worker.
        allowed: whether another machine is, for information.

    Returns:
        Why the comparison is for information only; empty where it counts.

    Raises:
        RefusedError: for another machine, unless allowed.
    """
    odd = differences(baseline.fingerprint, fingerprint(environment))
    if not odd:
        return ""
    told = f"the baseline is another machine's: {'; '.join(odd)}"
    if not allowed:
        raise RefusedError(f"{told}. --allow-different-machine compares all the same, for information")
    return told


def against(baseline: Baseline, now: Sequence[Samples], targets: Sequence[Target], limits: Limits) -> Outcome:
    """Times of this day against those of the baseline, worker by worker in their order.

    Nothing pairs them but their place: what the machine did that day and does today is part of the difference.
    """
    known = {(one.id, one.phase): one for one in baseline.benchmarks}
    placed = {target.id: target for target in targets}
    found = [_benchmark(known.get((one.id, one.phase)), one, placed[one.id], limits) for one in now]
    return Outcome(found)


def _benchmark(before: Samples | None, now: Samples, target: Target, limits: Limits) -> Benchmark:
    place = {"id": now.id, "name": now.name, "phase": now.phase, "line": target.line, "column": target.column}
    if before is None:
        reason = "the baseline has no such job: it is new, or the manifest has changed"
        return Benchmark(**place, verdict=Verdict.INCONCLUSIVE, reason=reason)
    pairs = _pairs(before, now)
    counted = [pair for pair in pairs if pair.counts]
    finding = rule.decide([median(p.base) for p in counted], [median(p.head) for p in counted], limits)
    return Benchmark(**place, pairs=pairs, first=finding, verdict=finding.verdict, reason=finding.reason)


def _pairs(before: Samples, now: Samples) -> list[Pair]:
    made = []
    for number, (base, head) in enumerate(zip(before.samples, now.samples, strict=False)):
        wrong = {"base": _wrong(before, number), "head": _wrong(now, number)}
        invalid = "; ".join(f"{role}: {reason}" for role, reason in wrong.items() if reason)
        made.append(Pair(number=number, first="base", base=base, head=head, invalid=invalid))
    return made


def _wrong(one: Samples, number: int) -> str:
    if not one.samples[number]:
        return "nothing was measured"
    return one.invalid[number] if one.invalid else ""


def side_of(baseline: Baseline, path: Path) -> Side:
    return Side(role="base", given=str(path), commit=baseline.commit, environment=baseline.environment)


def committed(commit: str | None, repository: Path) -> str | None:
    """When a commit was made, in ISO 8601; None where git does not tell."""
    if commit is None:
        return None
    ask = ["git", "-C", str(repository), "show", "-s", "--format=%cI", commit.removesuffix("+changes")]
    try:
        told = subprocess.run(ask, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None
    return told.stdout.strip() or None if told.returncode == 0 else None
