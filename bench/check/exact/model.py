"""What a count of a manifest's jobs found, as ``check.json`` holds it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from bench.check.exact.metrics import Figure
from bench.check.model import SCHEMA_VERSION, Verdict


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Counter(_Model):
    """One figure beside the one that the baseline expects."""

    metric: str
    counted: Figure | None
    """None: it could not be counted."""
    expected: Figure | None = None
    """None: the baseline has none."""
    margin: float | None = None
    """Share of ``expected``."""
    verdict: Verdict
    reason: str = ""

    @property
    def off(self) -> float | None:
        """Share of what was expected that was counted more (or less, below 0); None without two figures, or of 0."""
        if self.counted is None or not self.expected:
            return None
        return (self.counted - self.expected) / abs(self.expected)


class Benchmark(_Model):
    """A job of the manifest, or its site."""

    name: str
    """``start: cat x waves, init noise``; ``site``."""
    job: str | None = None
    """Id; None: the site."""
    line: int | None = None
    """Of its experiment in the manifest."""
    column: int | None = None
    figures: dict[str, Figure] = {}
    """All that was counted, whether or not there is anything to hold it against."""
    counters: list[Counter] = []
    reason: str = ""
    """Why none of its figures can be compared."""


class Check(_Model):
    """A whole check, or as far as it came."""

    schema_version: int = SCHEMA_VERSION
    kind: Literal["exact"] = "exact"
    title: str
    """Name of the manifest."""
    manifest: str
    manifest_sha256: str
    command: list[str]
    started: str
    finished: str
    """UTC, ISO 8601."""
    device: str
    """``cpu`` or ``cuda``: what the baseline goes by."""
    environment: dict[str, Any] = {}
    """As the worker described it (docs/results.md)."""
    baseline: str
    """The file it was held against."""
    replacement: str = ""
    """The file that would make it pass; empty where none was written."""
    benchmarks: list[Benchmark] = []
    reasons: list[str] = []
    """Why the whole of it cannot pass."""
    notes: list[str] = []

    @property
    def verdict(self) -> Verdict:
        """The worst of its counters; what was not counted or has nothing to be held against is no pass."""
        found = [counter.verdict for benchmark in self.benchmarks for counter in benchmark.counters]
        if Verdict.REGRESSION in found:
            return Verdict.REGRESSION
        whole = found and not self.reasons and not any(benchmark.reason for benchmark in self.benchmarks)
        return Verdict.INCONCLUSIVE if not whole or Verdict.INCONCLUSIVE in found else Verdict.NO_CHANGE
