"""One side measured alone, to be kept as a baseline or held against one."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.check.model import Limits
from bench.check.paired.comparing import Target, objections, seconds
from bench.check.paired.meter import Meter, Taken
from bench.check.refusal import RefusedError
from bench.check.stored.baseline import Samples
from bench.errors import BenchError


@dataclass
class Measured:
    """What fresh workers gave, whole or not."""

    samples: list[Samples] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    """Why a job was measured no further, by its id."""
    reasons: list[str] = field(default_factory=list)
    """Why it is not whole."""


def measure(
    meter: Meter,
    targets: Sequence[Target],
    limits: Limits,
    phases: Sequence[str],
    tell: Callable[[str], None],
    agreed: Callable[[Mapping[str, Any]], None] = lambda environment: None,
) -> Measured:
    """The head by itself: a fresh worker for each pair that there would be, and one before, which does not count.

    Args:
        agreed: is shown the environment once the first worker has told it, and raises where it is of no use.
    """
    found, taken = Measured(), {target.id: list[Taken]() for target in targets}
    try:
        for number in range(limits.pairs + 1):
            left = [id for id in taken if id not in found.failures]
            if not left:
                break
            for id, one in meter.pair(number, left, limits.rounds).items():
                taken[id].append(one)
                if one.failure:
                    found.failures[id] = one.failure
            if number == 0:
                agreed(meter.environments.get("head", {}))
            tell(f"worker {number} of {limits.pairs}" + (" (warming up, not counted)" if number == 0 else ""))
    except KeyboardInterrupt:
        found.reasons.append(f"interrupted after {max(0, number - 1)} of {limits.pairs} workers")
    except RefusedError:  # by what was agreed on: nothing that was measured is of any use then
        raise
    except (BenchError, OSError) as error:
        found.reasons.append(str(error))
    made = [samples(target, phase, taken[target.id]) for target in targets for phase in phases]
    found.samples = [one for one in made if any(one.samples)]
    return found


def samples(target: Target, phase: str, taken: Sequence[Taken]) -> Samples:
    """What fresh workers, one after another, gave for a phase of a job."""
    timings = [one.timings("head") for one in taken]
    works = [work for one in taken for work in one.works()]
    return Samples(
        id=target.id,
        name=target.name,
        phase=phase,
        work=works[0] if works else "",
        samples=[[value for value in seconds(rounds, phase) if value > 0] for rounds in timings],
        invalid=["; ".join(dict.fromkeys(objections(rounds))) for rounds in timings],
    )


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
