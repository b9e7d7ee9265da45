"""What the jobs of a manifest are called as benchmarks, and where they stand in it."""

from __future__ import annotations

from collections import Counter

from bench.plan import Plan
from bench.progress.words import describe


def names(plan: Plan) -> dict[str, str]:
    """``start: cat x waves, init noise`` for each job, by id: its first experiment, pictures and what varies.

    Where that does not tell jobs apart, as labels hold whatever people put into them, their ids do.
    """
    found = {
        id: f"{experiment.name}: {describe(plan, plan.jobs[id])}"
        for experiment in reversed(plan.experiments)
        for id in experiment.jobs
    }
    counts = Counter(found.values())
    return {id: name if counts[name] == 1 else f"{name} ({id[:8]})" for id, name in found.items()}


def places(plan: Plan) -> dict[str, tuple[int, int]]:
    """Line and column of each job's first experiment in the manifest, or of what includes it, by the job's id."""
    source = plan.loaded.source
    return {
        id: source.key_place(plan.places[experiment.name])
        for experiment in reversed(plan.experiments)
        for id in experiment.jobs
    }
