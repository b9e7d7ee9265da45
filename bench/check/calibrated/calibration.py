"""Calibrations: comparisons of equal sides, kept for the machine they were made on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from pydantic import BaseModel, ConfigDict

from bench.check.calibrated.resolution import Observed, Resolution, resolution
from bench.check.fingerprint import differences, fingerprint
from bench.check.model import Benchmark, Comparison, Limits, Side, Verdict
from bench.store.files import read_json, write_json

SCHEMA_VERSION = 1
_MOST = 2**27


class Calibration(BaseModel):
    """One or more comparisons of equal sides, or of sides of which one was slowed down on purpose."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = SCHEMA_VERSION
    title: str
    """Name of the manifest."""
    manifest: str
    command: list[str]
    started: str
    finished: str
    limits: Limits
    slowdown: float | None = None
    """Factor by which the head was slowed down; None: not at all."""
    fingerprint: dict[str, Any]
    sides: list[Side]
    verdicts: list[Verdict]
    """What each comparison came to."""
    observed: list[Observed]
    """All pairs of all comparisons, by benchmark."""
    reasons: list[str] = []

    def resolutions(self, limits: Limits) -> dict[tuple[str, str], Resolution]:
        """By id and phase, of benchmarks with pairs enough."""
        found = {(one.id, one.phase): resolution(one, limits) for one in self.observed}
        return {key: value for key, value in found.items() if value is not None}


def calibration(comparisons: Sequence[Comparison], slowdown: float | None = None) -> Calibration:
    """What comparisons, one at least, come to together."""
    first, last = comparisons[0], comparisons[-1]
    environment = next((side.environment for side in last.sides if side.environment), {})
    return Calibration(
        title=first.title,
        manifest=first.manifest,
        command=first.command,
        started=first.started,
        finished=last.finished,
        limits=first.limits,
        slowdown=slowdown,
        fingerprint=fingerprint(environment),
        sides=last.sides,
        verdicts=[comparison.verdict for comparison in comparisons],
        observed=_observed(comparisons),
        reasons=last.reasons,
    )


def _observed(comparisons: Sequence[Comparison]) -> list[Observed]:
    found: dict[tuple[str, str], Observed] = {}
    for benchmark in (one for comparison in comparisons for one in comparison.benchmarks):
        key = (benchmark.id, benchmark.phase)
        base, head = _medians(benchmark)
        if (known := found.get(key)) is not None:
            base, head = known.base + base, known.head + head
        found[key] = Observed(id=benchmark.id, name=benchmark.name, phase=benchmark.phase, base=base, head=head)
    return list(found.values())


def _medians(benchmark: Benchmark) -> tuple[list[float], list[float]]:
    counted = [pair for pair in [*benchmark.pairs, *benchmark.confirming] if pair.counts]
    return [median(pair.base) for pair in counted], [median(pair.head) for pair in counted]


def home(folder: Path, title: str, mark: Mapping[str, Any]) -> Path:
    """Where the calibration of a machine, by its fingerprint, is kept for a manifest."""
    digest = hashlib.sha256(json.dumps(mark, sort_keys=True).encode()).hexdigest()[:16]
    return folder / "calibrations" / f"{title}-{digest}.json"


def save(path: Path, made: Calibration) -> None:
    write_json(path, made)


def load(path: Path) -> Calibration | None:
    """None where there is none, or none that can be read: it is only kept to be had at hand."""
    try:
        return read_json(path, Calibration, SCHEMA_VERSION, _MOST)
    except (OSError, ValueError):
        return None


def held_against(comparison: Comparison, known: Calibration | None, mark: Mapping[str, Any]) -> Comparison:
    """What is finer than its machine can tell does not block.

    What was shown to be no slower was shown by its own interval, and stays so.

    Args:
        known: of the machine, where there is one.
        mark: fingerprint of the machine.
    """
    if known is None:
        note = "what this machine can tell apart is not known: nst-bench check calibrate finds out"
    elif odd := differences(known.fingerprint, mark):
        note = f"the calibration is another machine's, and says nothing of this one: {'; '.join(odd)}"
    elif not (note := too_fine(comparison, known)):
        return comparison
    elif comparison.verdict is Verdict.REGRESSION:
        return comparison.model_copy(update={"informational": note})
    return comparison.model_copy(update={"notes": [*comparison.notes, note]})


def too_fine(comparison: Comparison, known: Calibration) -> str:
    """Why a comparison is finer than its machine allows; empty where it is not."""
    worst, name = 0.0, ""
    resolutions = known.resolutions(comparison.limits)
    for benchmark in comparison.benchmarks:
        found = resolutions.get((benchmark.id, benchmark.phase))
        if found is not None and found.finest > worst:
            worst, name = found.finest, benchmark.name
    if worst <= comparison.limits.delta:
        return ""
    return (
        f"a difference of {comparison.limits.delta:.1%} is finer than this machine can tell: equal code was up to "
        f"{worst:.1%} apart in {name} ({known.finished[:10]}). More pairs, longer jobs or a larger --delta help"
    )
