"""Times of this day against a baseline's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.check.model import Benchmark, Limits, Pair, Side, Verdict
from bench.check.paired.comparing import Target, conclude, judge
from bench.check.refusal import RefusedError
from bench.check.stored.alone import Measured
from bench.check.stored.baseline import Baseline, Samples
from bench.machine.fingerprint import differences, fingerprint


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


@dataclass(frozen=True)
class Against:
    """A baseline, and what is to be held against it.

    Nothing pairs their times but their place: what the machine did that day and does today is part of the difference.
    """

    baseline: Baseline
    targets: Sequence[Target]
    limits: Limits
    odd: Mapping[str, str]
    """Why jobs cannot be compared, by id."""

    def flagged(self, now: Measured) -> set[str]:
        """Ids of jobs that were found slower in one of their phases."""
        known = self._known()
        held = [(one.id, _pairs(known[_key(one)], one)) for one in now.samples if _key(one) in known]
        return {id for id, pairs in held if judge(pairs, self.limits).verdict is Verdict.REGRESSION}

    def benchmarks(self, now: Measured, again: Measured, *, whole: bool) -> list[Benchmark]:
        """What is found of every job and phase, of the baseline's too that are no more.

        Args:
            again: of those that were flagged.
            whole: whether all jobs of the manifest were asked for.
        """
        known, places = self._known(), {target.id: target for target in self.targets}
        second = {_key(one): one for one in again.samples}
        failures = {**again.failures, **now.failures, **self.odd}
        found = []
        for one in now.samples:
            then, place = known.get(_key(one)), places[one.id]
            reason = failures.get(one.id) or _incomparable(then, one)
            if reason or then is None:
                found.append(_failed(one, place, reason))
                continue
            found.append(self._benchmark(then, one, second.get(_key(one)), place, unfinished=bool(now.reasons)))
        seen = {_key(one) for one in now.samples}
        for target in self.targets:
            if target.id in failures and not any(id == target.id for id, _ in seen):
                found.append(_failed(Samples(id=target.id, name=target.name, samples=[]), target, failures[target.id]))
        gone = [one for key, one in known.items() if key not in seen and one.id not in failures]
        for one in gone if whole and not now.reasons else ():
            gap = "it has no such phase any more" if one.id in places else "the manifest makes no such job any more"
            found.append(_failed(one, places.get(one.id), f"it is in the baseline, but {gap}"))
        return found

    def _benchmark(
        self, then: Samples, one: Samples, again: Samples | None, place: Target, *, unfinished: bool
    ) -> Benchmark:
        pairs, confirming = _pairs(then, one), [] if again is None else _pairs(then, again)
        first = judge(pairs, self.limits)
        second = judge(confirming, self.limits) if confirming and first.verdict is Verdict.REGRESSION else None
        verdict, reason = conclude(first, second)
        if unfinished:
            verdict, reason = Verdict.INCONCLUSIVE, "not all workers were measured"
        return Benchmark(
            **_place(one, place),
            pairs=pairs,
            confirming=confirming if second is not None else [],
            first=first,
            second=second,
            verdict=verdict,
            reason=reason,
        )

    def _known(self) -> dict[tuple[str, str], Samples]:
        return {_key(one): one for one in self.baseline.benchmarks}


def _key(one: Samples) -> tuple[str, str]:
    return one.id, one.phase


def _incomparable(then: Samples | None, now: Samples) -> str:
    if then is None:
        return "the baseline has nothing of it: it is new, or another phase was recorded"
    if then.work != now.work:
        return f"it is not the same work any more: {then.work or 'unknown'} then, {now.work or 'unknown'} now"
    return ""


def _failed(one: Samples, place: Target | None, reason: str) -> Benchmark:
    return Benchmark(**_place(one, place), verdict=Verdict.INCONCLUSIVE, reason=reason, failed=True)


def _place(one: Samples, place: Target | None) -> dict[str, Any]:
    line, column = (place.line, place.column) if place is not None else (None, None)
    return {"id": one.id, "name": one.name, "phase": one.phase, "line": line, "column": column}


def _pairs(before: Samples, now: Samples) -> list[Pair]:
    """As many as both have."""
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
