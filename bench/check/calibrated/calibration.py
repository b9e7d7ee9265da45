"""Calibrations: comparisons of equal sides, kept for the machine they were made on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from bench.amounts import percent
from bench.check.calibrated.resolution import Observed, Resolution, resolution
from bench.check.model import Benchmark, Comparison, Limits, Side, Verdict, middles
from bench.machine.fingerprint import differences, fingerprint
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
        reasons=_reasons(comparisons, slowdown),
    )


def _reasons(comparisons: Sequence[Comparison], slowdown: float | None) -> list[str]:
    """Why it tells nothing: what stopped it, jobs that failed, and equal code that was called slower."""
    reasons = [reason for comparison in comparisons for reason in comparison.reasons]
    for one in (one for comparison in comparisons for one in comparison.benchmarks):
        if one.failed:
            reasons.append(f"{one.name}: {one.reason}")
        elif slowdown is None and one.verdict is Verdict.REGRESSION:
            reasons.append(f"{one.name}: equal code was called slower")
    return list(dict.fromkeys(reasons))


def _observed(comparisons: Sequence[Comparison]) -> list[Observed]:
    found: dict[tuple[str, str], Observed] = {}
    for benchmark in (one for comparison in comparisons for one in comparison.benchmarks):
        key = (benchmark.id, benchmark.phase)
        base, head = middles([*benchmark.pairs, *benchmark.confirming])
        if (known := found.get(key)) is not None:
            base, head = known.base + base, known.head + head
        found[key] = Observed(id=benchmark.id, name=benchmark.name, phase=benchmark.phase, base=base, head=head)
    return list(found.values())


def home(folder: Path, title: str, mark: Mapping[str, Any]) -> Path:
    """Where the calibration of a machine, by its fingerprint, is kept for a manifest."""
    digest = hashlib.sha256(json.dumps(mark, sort_keys=True).encode()).hexdigest()[:16]
    return folder / "calibrations" / f"{title}-{digest}.json"


def save(path: Path, made: Calibration) -> None:
    write_json(path, made)


def keep(path: Path, made: Calibration) -> None:
    """For later comparisons: beside what is known of other jobs and phases, in place of what is known of these."""
    known, fresh = load(path), {(one.id, one.phase) for one in made.observed}
    others = [one for one in known.observed if (one.id, one.phase) not in fresh] if known is not None else []
    save(path, made.model_copy(update={"observed": [*made.observed, *others]}))


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
    unknown = "what this machine can tell apart is not known"
    if known is None:
        return _noted(comparison, f"{unknown}: nst-bench check calibrate finds out")
    if odd := differences(known.fingerprint, mark):
        return _noted(
            comparison, f"the calibration is another machine's, and says nothing of this one: {'; '.join(odd)}"
        )
    found = known.resolutions(comparison.limits)
    held = [_held(one, found.get((one.id, one.phase)), comparison.limits, known) for one in comparison.benchmarks]
    missing = [one.name for one in comparison.benchmarks if (one.id, one.phase) not in found]
    whole = comparison.model_copy(update={"benchmarks": held})
    return (
        _noted(whole, f"{unknown} of {', '.join(missing)}: nst-bench check calibrate finds out") if missing else whole
    )


def _held(benchmark: Benchmark, found: Resolution | None, limits: Limits, known: Calibration) -> Benchmark:
    if benchmark.verdict is not Verdict.REGRESSION or found is None or found.finest <= limits.delta:
        return benchmark
    reason = (
        f"found slower twice, but {percent(limits.delta)} is finer than this machine can tell: equal code was up to "
        f"{found.finest:.1%} apart ({known.finished[:10]}). More pairs, longer jobs or a larger --delta help"
    )
    return benchmark.model_copy(update={"verdict": Verdict.INCONCLUSIVE, "reason": reason})


def _noted(comparison: Comparison, note: str) -> Comparison:
    return comparison.model_copy(update={"notes": [*comparison.notes, note]})
