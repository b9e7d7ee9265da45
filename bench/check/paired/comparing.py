"""A comparison from its first pair to its verdicts. The meter measures; here is decided what that comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.check import rule
from bench.check.model import Benchmark, Finding, Limits, Pair, Verdict, middles
from bench.check.paired.meter import Meter, Taken
from bench.check.paired.sides import Role
from bench.errors import BenchError

BOTH: tuple[Role, Role] = ("base", "head")

#: One pair in so many may have to be made again, because something else was timed on the device meanwhile.
SPARE = 2


@dataclass(frozen=True)
class Target:
    """A job that is measured."""

    id: str
    name: str
    """For people: ``start: cat x waves, init noise``."""
    line: int | None = None
    column: int | None = None


@dataclass
class Outcome:
    """What came of it, whole or not."""

    benchmarks: list[Benchmark] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    """Why it is not whole."""


def compare(
    meter: Meter,
    targets: Sequence[Target],
    limits: Limits,
    phases: Sequence[str],
    tell: Callable[[str], None],
    odd: Mapping[str, str] | None = None,
) -> Outcome:
    """Measure all pairs, decide, and measure once more what was found slower.

    However it ends, what was measured until then comes back; an interruption is a reason among others.

    Args:
        meter: of both sides.
        targets: in the manifest's order.
        limits: the number of pairs among them, which nothing that is measured changes.
        phases: of the timing, each of which is a benchmark of its own.
        tell: is told of every pair.
        odd: why jobs cannot be compared, by id; they are not measured.
    """
    outcome, odd = Outcome(), dict(odd or {})
    if limits.pairs < (need := rule.fewest(limits.alpha)):
        outcome.reasons.append(f"{limits.pairs} pairs say nothing: at a level of {limits.alpha:g} {need} are needed")
        odd |= {target.id: "nothing was measured" for target in targets}
    left = [target.id for target in targets if target.id not in odd]
    first = _Series(meter, left, limits, "pair", tell)
    second = _Series(meter, [], limits, "confirming pair", tell)
    try:
        first.measure()
        second.jobs = [id for id in first.jobs if _flagged(first, id, limits, phases)]
        second.measure()
    except KeyboardInterrupt:
        confirmed = f", {second.progress} confirming" if second.jobs else ""
        outcome.reasons.append(f"interrupted after {first.progress}{confirmed}")
    except (BenchError, OSError) as error:
        outcome.reasons.append(str(error))
    outcome.benchmarks = [
        _benchmark(target, phase, first, second, limits, odd)
        for target in targets
        for phase in phases
        if target.id in odd or not _has_no(first, target.id, phase)
    ]
    return outcome


class _Series:
    """Pairs of the jobs in ``jobs``, the first of which does not count."""

    def __init__(
        self, meter: Meter, jobs: Sequence[str], limits: Limits, noun: str, tell: Callable[[str], None]
    ) -> None:
        self.jobs = list(jobs)
        """That still can be measured."""
        self._meter, self._limits, self._noun, self._tell = meter, limits, noun, tell
        self.taken: dict[str, list[Taken]] = {}
        self.failures: dict[str, str] = {}
        self._done = 0

    def measure(self) -> None:
        """All pairs; then others in place of those that must not be compared, which their times have no part in."""
        for number in range(self._limits.pairs + 1):
            self._pair(number, self.jobs)
        for number in range(self._limits.pairs + 1, self._limits.pairs + 1 + self._limits.pairs // SPARE):
            self._pair(number, [id for id in self.jobs if self._count(id) < self._limits.pairs])

    def _pair(self, number: int, jobs: Sequence[str]) -> None:
        if not jobs:
            return
        count = len(jobs)
        for id, taken in self._meter.pair(number, list(jobs), self._limits.rounds).items():
            self.taken.setdefault(id, []).append(taken)
            if taken.failure:
                self.failures[id] = taken.failure
                self.jobs.remove(id)
        self._done = number + 1
        note = "warming up, not counted" if number == 0 else f"{count} job{'s' * (count != 1)}"
        instead = ", in place of one that must not be compared" if number > self._limits.pairs else ""
        self._tell(f"{self._noun} {number} of {self._limits.pairs} ({note}{instead})")

    def _count(self, id: str) -> int:
        """Pairs of a job that may be compared."""
        return sum(not objections([*one.timings("base"), *one.timings("head")]) for one in self.taken[id][1:])

    @property
    def progress(self) -> str:
        return f"{min(max(0, self._done - 1), self._limits.pairs)} of {self._limits.pairs} pairs"

    @property
    def whole(self) -> bool:
        return self._done > self._limits.pairs

    def pairs(self, id: str, phase: str) -> list[Pair]:
        return [pair(number, taken, phase) for number, taken in enumerate(self.taken.get(id, ()))]


def pair(number: int, taken: Taken, phase: str) -> Pair:
    """What a pair of workers says of one phase of a job."""
    times = {role: seconds(taken.timings(role), phase) for role in BOTH}
    wrong = [f"{role}: {reason}" for role in BOTH for reason in objections(taken.timings(role))]
    if taken.failure:
        wrong = [taken.failure]
    elif not all(times[role] and min(times[role]) > 0 for role in BOTH):
        wrong.append(f"{phase} took no time")
    return Pair(
        number=number,
        first=taken.first,
        base=times["base"],
        head=times["head"],
        invalid="; ".join(dict.fromkeys(wrong)),
    )


def seconds(timings: Sequence[Mapping[str, Any]], phase: str) -> list[float]:
    """Of each round that did the work of the phase: what was kept from an earlier one says nothing of it."""
    return [float(timing.get(phase) or 0.0) for timing in timings if phase not in timing.get("reused", ())]


def objections(timings: Sequence[Mapping[str, Any]]) -> list[str]:
    """Why times must not be compared, of those rounds that say so."""
    return [timing.get("invalid_reason") or "not valid" for timing in timings if not timing["valid"]]


def judge(pairs: Sequence[Pair], limits: Limits) -> Finding:
    """The rule over the pairs that count: all but pair 0 and those that must not be compared."""
    base, head = middles(pairs)
    return rule.decide(base[: limits.pairs], head[: limits.pairs], limits)


def _flagged(series: _Series, id: str, limits: Limits, phases: Sequence[str]) -> bool:
    return any(judge(series.pairs(id, phase), limits).verdict is Verdict.REGRESSION for phase in phases)


def _has_no(series: _Series, id: str, phase: str) -> bool:
    """Whether a job has no such phase: a texture decodes no content, a single size is not restarted."""
    pairs = series.pairs(id, phase)
    return bool(pairs) and not any(value > 0 for pair in pairs for value in (*pair.base, *pair.head))


def _benchmark(
    target: Target, phase: str, first: _Series, second: _Series, limits: Limits, odd: Mapping[str, str]
) -> Benchmark:
    pairs, confirming = first.pairs(target.id, phase), second.pairs(target.id, phase)
    found = judge(pairs, limits) if pairs else None
    again = judge(confirming, limits) if confirming else None
    if found is None or found.verdict is not Verdict.REGRESSION:
        confirming, again = [], None  # another phase of the job was flagged
    verdict, reason = conclude(found, again)
    left_out = _left_out(pairs, limits)
    broken = odd.get(target.id) or first.failures.get(target.id) or second.failures.get(target.id)
    if broken or not first.whole or (confirming and not second.whole):
        verdict, reason, left_out = Verdict.INCONCLUSIVE, broken or "not all pairs were measured", ""
    return Benchmark(
        id=target.id,
        name=target.name,
        phase=phase,
        line=target.line,
        column=target.column,
        pairs=pairs,
        confirming=confirming,
        first=found,
        second=again,
        verdict=verdict,
        reason="; ".join(filter(None, (reason, left_out))),
        failed=bool(broken),
    )


def conclude(found: Finding | None, again: Finding | None) -> tuple[Verdict, str]:
    """What two looks come to, and why it is no more.

    A regression is one that was found twice, in pairs that have nothing to do with each other.
    """
    if found is None:
        return Verdict.INCONCLUSIVE, "nothing was measured"
    if found.verdict is not Verdict.REGRESSION:
        return found.verdict, found.reason
    if again is None:
        return Verdict.INCONCLUSIVE, "found slower, but not measured again"
    if again.verdict is Verdict.REGRESSION:
        return Verdict.REGRESSION, ""
    return Verdict.INCONCLUSIVE, f"found slower, but {again.n} fresh pairs did not confirm it"


def _left_out(pairs: Sequence[Pair], limits: Limits) -> str:
    """Pairs that did not count and could not be replaced, with the reason of the first."""
    wrong = [pair.invalid for pair in pairs if pair.number and pair.invalid]
    short = len(pairs) - 1 - len(wrong) < limits.pairs
    return f"{len(wrong)} of {len(pairs) - 1} pairs were left out: {wrong[0]}" if wrong and short else ""
