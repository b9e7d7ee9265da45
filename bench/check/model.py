"""What a check found, as it is written down and read again: ``check.json``. Imports nothing heavy."""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import StrEnum
from statistics import median
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bench.errors import Exit

SCHEMA_VERSION = 1


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)  # JSON has no word for those


class Verdict(StrEnum):
    """Of one benchmark, or of all: the worst first."""

    REGRESSION = "regression"
    INCONCLUSIVE = "inconclusive"
    IMPROVEMENT = "improvement"
    NO_CHANGE = "no change"

    @property
    def exit_code(self) -> Exit:
        """What cannot be told is no pass."""
        return {Verdict.REGRESSION: Exit.REGRESSION, Verdict.INCONCLUSIVE: Exit.INCONCLUSIVE}.get(self, Exit.FINE)


class Limits(_Model):
    """What counts as a difference, fixed before the first measurement."""

    alpha: float = Field(0.0125, gt=0, lt=0.5)
    """How often, at the most, an equal or faster head is called slower by more than ``delta``: of each bound."""
    delta: float = Field(0.10, gt=0, le=10)
    """The relative difference that matters: 0.1 is 10 % slower."""
    floor: float = Field(0.020, ge=0)
    """Seconds below which a difference does not matter, however large it is relatively."""
    pairs: int = Field(16, ge=1, le=1000)
    """That are compared, one that is dropped before not counted."""
    rounds: int = Field(5, ge=1, le=1000)
    """Runs of a benchmark by one worker, in turns with the other side's; the one in the middle counts."""


class Finding(_Model):
    """What one set of pairs says."""

    verdict: Verdict
    n: int
    k: int | None = None
    """Place of the bounds among the ratios, from either end; None where n pairs say nothing."""
    level: float | None = None
    """How often, at the most, each bound is wrong."""
    ratio: float | None = None
    """Head to base: exp of the median of the log ratios."""
    low: float | None = None
    high: float | None = None
    difference: float | None = None
    """Median of what the head took more than the base, pair by pair, in seconds."""
    reason: str = ""


class Pair(_Model):
    """One fresh worker of each side, one behind the other. All that was measured is kept: rules change."""

    number: int
    """From 0; pair 0 is measured and not counted."""
    first: Literal["base", "head"]
    base: list[float]
    """Seconds of each round."""
    head: list[float]
    invalid: str = ""
    """Why its times must not be compared; empty: they may."""

    @property
    def counts(self) -> bool:
        return self.number > 0 and not self.invalid

    @property
    def middle(self) -> tuple[float, float]:
        """Seconds of the base and of the head in the round whose ratio is the median of all.

        Its two runs stand next to each other, so that a moment in which the machine was slow is in both; the medians of
        either side may be of different moments. Of an even number of rounds, the geometric means of the two in the
        middle. Where the sides have not the same number of rounds, their medians.
        """
        if len(self.base) != len(self.head) or not all(time > 0 for time in (*self.base, *self.head)):
            return median(self.base), median(self.head)
        rounds = sorted(zip(self.base, self.head, strict=True), key=lambda times: times[1] / times[0])
        lower, upper = rounds[(len(rounds) - 1) // 2], rounds[len(rounds) // 2]
        if lower == upper:
            return lower
        return math.sqrt(lower[0] * upper[0]), math.sqrt(lower[1] * upper[1])


def middles(pairs: Iterable[Pair]) -> tuple[list[float], list[float]]:
    """Of the base and of the head, a figure for each pair that counts: :attr:`Pair.middle`, in seconds."""
    found = [pair.middle for pair in pairs if pair.counts]
    return [base for base, _ in found], [head for _, head in found]


class Benchmark(_Model):
    """A job of the manifest in one phase of its timing, or a benchmark of another suite."""

    id: str
    """Of the job, or the benchmark's full name."""
    name: str
    """For people: ``start: cat x waves, init noise``."""
    phase: str = "optimise"
    line: int | None = None
    """Of its experiment in the manifest."""
    column: int | None = None
    pairs: list[Pair] = []
    confirming: list[Pair] = []
    """Fresh pairs of a benchmark that was flagged."""
    first: Finding | None = None
    """None where nothing could be measured."""
    second: Finding | None = None
    """Of the confirming pairs."""
    verdict: Verdict
    reason: str = ""
    failed: bool = False
    """Whether it could not be measured or compared at all, which no quieter machine would change."""

    @property
    def deciding(self) -> tuple[Finding | None, list[Pair]]:
        """The finding whose figures are shown, and its pairs.

        Where fresh pairs were measured, theirs: the first were singled out for being extreme, and are so on average.
        """
        if self.second is not None and self.second.ratio is not None:
            return self.second, self.confirming
        return self.first, self.pairs


class Refusal(_Model):
    """A check of which nothing came, and why."""

    schema_version: int = SCHEMA_VERSION
    check: str
    command: list[str]
    at: str
    """UTC, ISO 8601."""
    reasons: list[str]


class Side(_Model):
    """What was measured against what."""

    role: Literal["base", "head"]
    given: str
    """As the user named it: a git ref, an interpreter, a file; ``this code``."""
    commit: str | None = None
    """With ``+changes`` where the checkout differed from it."""
    environment: dict[str, Any] = {}
    """As its worker described it (docs/results.md)."""

    @property
    def label(self) -> str:
        commit = f" ({self.commit})" if self.commit and self.commit != self.given else ""
        return f"{self.given}{commit}"


class Comparison(_Model):
    """A paired comparison from beginning to end, or as far as it came."""

    schema_version: int = SCHEMA_VERSION
    kind: Literal["compare", "baseline", "pytest-benchmark"]
    title: str
    """Name of the manifest, or of the suite."""
    manifest: str = ""
    """Its path as given; empty where there is none."""
    manifest_sha256: str = ""
    command: list[str]
    started: str
    finished: str
    """UTC, ISO 8601."""
    limits: Limits
    sides: list[Side]
    """The base, then the head."""
    benchmarks: list[Benchmark]
    reasons: list[str] = []
    """Why the whole of it cannot pass: interrupted, a side that crashed, no baseline."""
    notes: list[str] = []
    """What is worth knowing, and changes no verdict."""
    informational: str = ""
    """Why it may not block, whatever it found; empty: it may."""

    @property
    def verdict(self) -> Verdict:
        """The worst of its benchmarks; what may not block, or is not whole, is never more than inconclusive."""
        found = [benchmark.verdict for benchmark in self.benchmarks]
        worst = min(found, key=list(Verdict).index, default=Verdict.INCONCLUSIVE)
        if worst is Verdict.REGRESSION and not self.informational:
            return worst
        return Verdict.INCONCLUSIVE if self.reasons or self.informational else worst
