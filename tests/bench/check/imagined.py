"""Comparisons and baselines that nobody measured: what they hold is drawn with a seed."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench.check.model import Benchmark, Comparison, Finding, Limits, Pair, Side, Verdict
from bench.check.pages.pairs import counts
from bench.check.rule import decide
from bench.check.shown import Report, Row
from bench.check.stored.baseline import Baseline, Samples
from bench.check.stored.history import Found

ENVIRONMENT = {"cpu": "A processor", "threads": 2, "torch": "2.9.0", "ram_bytes": 8 * 2**30}


def pairs(factor: float, n: int = 17, noise: float = 0.01, seed: int = 0) -> list[Pair]:
    """Pair 0 and those behind it, ABBA; the head takes ``factor`` times as long."""
    drawn = random.Random(seed)

    def rounds(seconds: float) -> list[float]:
        return [seconds * math.exp(drawn.gauss(0, noise)) for _ in range(3)]

    return [
        Pair(number=k, first="base" if k % 4 in (0, 3) else "head", base=rounds(1.2), head=rounds(1.2 * factor))
        for k in range(n)
    ]


def finding(given: Sequence[Pair]) -> Finding:
    counted = [pair for pair in given if counts(pair)]
    return decide([median(pair.base) for pair in counted], [median(pair.head) for pair in counted], Limits())


def benchmark(name: str, given: Sequence[Pair], confirming: Sequence[Pair] = (), **more: Any) -> Benchmark:
    first = finding(given)
    second = finding(confirming) if confirming else None
    return Benchmark(
        id=name,
        name=name,
        pairs=list(given),
        confirming=list(confirming),
        first=first,
        second=second,
        **{"verdict": first.verdict, **more},
    )


def comparison(*benchmarks: Benchmark, **more: Any) -> Comparison:
    given: dict[str, Any] = {
        "kind": "compare",
        "title": "perf",
        "manifest": "manifests/perf.yaml",
        "command": ["nst-bench", "check", "compare", "perf", "--base", "main"],
        "started": "2026-03-01T10:00:00Z",
        "finished": "2026-03-01T10:05:00Z",
        "limits": Limits(),
        "sides": [
            Side(role="base", given="main", commit="0f9e8d7c6b5a", environment=ENVIRONMENT | {"torch": "2.8.0"}),
            Side(role="head", given="this code", commit="1a2b3c4d5e6f", environment=ENVIRONMENT),
        ],
        "benchmarks": list(benchmarks),
    }
    return Comparison(**given | more)


def report(given: Comparison, sentence: str = "what it comes to") -> Report:
    """With sentences that a test can tell from others."""
    rows = tuple(
        Row(one.name, one.verdict, (), f"message of {one.name}", weight=k) for k, one in enumerate(given.benchmarks)
    )
    return Report(f"compare {given.title}", given.verdict, sentence, (), rows, tuple(given.reasons), tuple(given.notes))


def slower_and_equal() -> Comparison:
    """One that is slower, found twice, behind one that is not."""
    equal, slower = pairs(1.0, seed=1), pairs(1.3, seed=2)
    equal[5] = equal[5].model_copy(update={"invalid": "another process computed meanwhile"})
    equal[9] = equal[9].model_copy(update={"head": [], "invalid": "the head crashed"})
    return comparison(
        benchmark("start: cat x waves, init content", equal),
        benchmark("start: cat x waves, init noise", slower, pairs(1.3, seed=3), verdict=Verdict.REGRESSION),
        notes=["the machine did not hold still"],
    )


def baselines(
    files: int,
    factor: Callable[[str, int], float] = lambda name, k: 1.0,
    names: Sequence[str] = ("start", "size"),
    **more: Any,
) -> list[Found]:
    """A file a day from 2026-03-01; ``factor`` says how many times 1.5 s a benchmark takes in the k-th."""
    found = []
    for k in range(files):
        drawn = random.Random(k)
        samples = [
            Samples(id=name, name=name, samples=[[1.5 * factor(name, k) * drawn.uniform(0.99, 1.01)] for _ in range(6)])
            for name in names
        ]
        day = f"2026-03-{k + 1:02d}T12:00:00Z"
        given = {"title": "perf", "taken": day, "fingerprint": {"cpu": "A processor"}, "environment": ENVIRONMENT}
        given |= {"commit": f"{k:012x}", "benchmarks": samples}
        found.append(Found(Path(f"{k}.json"), Baseline.model_validate(given | more)))
    return found
