"""A paired comparison in words and figures: what every output shows of it. Pure, and imports nothing heavy."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from bench.amounts import in_seconds, percent, plainly
from bench.check.model import Benchmark, Comparison, Finding, Side, Verdict, middles
from bench.check.shown import Place, Report, Row

COLUMNS = ("base", "head", "ratio", "interval", "pairs")

#: Facts of an environment that are told where the sides differ in them, by their names in docs/results.md.
_VERSIONS = ("python", "torch", "torch_build", "cuda", "cudnn", "driver")

#: Weight of a benchmark of which nothing is known: the first to look at among the inconclusive.
_UNKNOWN = 1e9


def told(comparison: Comparison) -> Report:
    """What there is to say of a comparison, wherever it is said."""
    sides = " against ".join(side.given for side in comparison.sides)
    rows = tuple(_row(comparison, benchmark) for benchmark in comparison.benchmarks)
    informational = (f"for information only: {comparison.informational}",) if comparison.informational else ()
    reasons = (*comparison.reasons, *informational)
    return Report(
        title=f"{comparison.kind} {comparison.title}" + (f": {sides}" if sides else ""),
        verdict=comparison.verdict,
        sentence=_sentence(comparison, rows, reasons),
        columns=COLUMNS,
        rows=rows,
        reasons=reasons,
        notes=tuple(comparison.notes),
        facts=tuple(_facts(comparison)),
        next_step=_next_step(comparison),
    )


def _row(comparison: Comparison, benchmark: Benchmark) -> Row:
    finding, pairs = benchmark.deciding
    base, head = (median(times) if times else None for times in middles(pairs))
    figures = ("", "") if finding is None or finding.ratio is None else (_times(finding.ratio), _interval(finding))
    return Row(
        name=_name(comparison, benchmark),
        verdict=benchmark.verdict,
        cells=(
            "" if base is None else in_seconds(base),
            "" if head is None else in_seconds(head),
            *figures,
            _count(benchmark),
        ),
        message=_message(benchmark),
        weight=_weight(benchmark.verdict, finding),
        place=_place(comparison, benchmark),
        group=_group(comparison, benchmark),
        seconds=head,
    )


def _name(comparison: Comparison, benchmark: Benchmark) -> str:
    """With the phase where not all are of the same one."""
    several = len({other.phase for other in comparison.benchmarks}) > 1
    return f"{benchmark.name} ({benchmark.phase})" if several else benchmark.name


def _group(comparison: Comparison, benchmark: Benchmark) -> str:
    """The experiment, or the file and class of a test."""
    if comparison.kind == "pytest-benchmark":
        return benchmark.name.partition("[")[0].rpartition("::")[0]
    experiment, found, _ = benchmark.name.partition(": ")
    return experiment if found else ""


def _place(comparison: Comparison, benchmark: Benchmark) -> Place | None:
    if not comparison.manifest or benchmark.line is None:
        return None
    return Place(comparison.manifest, benchmark.line, benchmark.column or 1)


def _weight(verdict: Verdict, finding: Finding | None) -> float:
    """How much slower at least, where that is shown; how much it may be, where not; how much faster at least."""
    if finding is None or finding.low is None or finding.high is None:
        return _UNKNOWN
    if verdict is Verdict.REGRESSION:
        return math.log(finding.low)
    return -math.log(finding.high) if verdict is Verdict.IMPROVEMENT else math.log(finding.high)


def _count(benchmark: Benchmark) -> str:
    """``16``; ``14 of 16`` where two must not be compared; ``16+16`` with those that confirm."""
    sets = [(benchmark.first, benchmark.pairs), (benchmark.second, benchmark.confirming)]
    counts = []
    for finding, pairs in sets:
        if finding is not None:
            measured = sum(pair.number > 0 for pair in pairs)
            counts.append(f"{finding.n} of {measured}" if measured > finding.n else str(finding.n))
    return "+".join(counts)


def _message(benchmark: Benchmark) -> str:
    finding, _ = benchmark.deciding
    reason = benchmark.reason or (finding.reason if finding is not None else "") or "not measured"
    if finding is None or finding.ratio is None:
        return reason
    text = f"{_times(finding.ratio)} times as long as before ({_interval(finding)})"
    if benchmark.verdict in (Verdict.REGRESSION, Verdict.IMPROVEMENT) and finding.difference is not None:
        text += f", {in_seconds(abs(finding.difference))} {'more' if finding.difference > 0 else 'less'}"
    first = benchmark.first
    if finding is benchmark.second and first is not None and first.ratio is not None:
        if first.verdict is finding.verdict is benchmark.verdict:
            text += f"; found twice, at first {_times(first.ratio)} times ({_interval(first)})"
        else:
            text += f"; at first {_times(first.ratio)} times ({_interval(first)})"
    return text if reason == "not measured" else f"{text}: {reason}"


def _times(ratio: float | None) -> str:
    """A ratio with two decimals, and more where it has none to speak of."""
    if ratio is None:
        return ""
    return f"{ratio:.2f}" if 0.1 <= ratio < 100 else f"{ratio:.3g}"


def _interval(finding: Finding) -> str:
    return f"{_times(finding.low)} to {_times(finding.high)}"


def _sentence(comparison: Comparison, rows: Sequence[Row], reasons: Sequence[str]) -> str:
    found = _found(comparison, rows)
    if comparison.verdict is not Verdict.INCONCLUSIVE or not reasons:
        return found
    return f"{found}; it cannot pass: {reasons[0]}" if comparison.reasons else f"{found}, for information only"


def _found(comparison: Comparison, rows: Sequence[Row]) -> str:
    if not rows:
        return "nothing was measured"
    by = {verdict: [row for row in rows if row.verdict is verdict] for verdict in Verdict}
    slower, undecided, faster = (by[v] for v in (Verdict.REGRESSION, Verdict.INCONCLUSIVE, Verdict.IMPROVEMENT))
    if slower:
        worst = max(slower, key=lambda row: row.weight)
        ratio = f"{worst.cells[COLUMNS.index('ratio')]} times as long"
        text = f"{_of(slower, rows, 'is slower', 'are slower')}"
        text += f": {worst.name}, {ratio}" if len(slower) == 1 else f", most of all {worst.name}: {ratio}"
        return f"{text}; {len(undecided)} could not be decided" if undecided else text
    if undecided:
        text = _of(undecided, rows, "could not be decided", "could not be decided")
        return f"{text}: {undecided[0].name}" if len(undecided) == 1 else text
    if len(rows) == 1:
        return f"the only benchmark is {'faster' if faster else 'not slower'}: {rows[0].name}"
    if not faster:
        return f"none of {len(rows)} benchmarks is slower"
    return f"none of {len(rows)} benchmarks is slower, {len(faster)} {'is' if len(faster) == 1 else 'are'} faster"


def _of(some: Sequence[Row], rows: Sequence[Row], one: str, many: str) -> str:
    if len(rows) == 1:
        return f"the only benchmark {one}"
    if len(some) == len(rows):
        return f"both benchmarks {many}" if len(rows) == 2 else f"all {len(rows)} benchmarks {many}"
    return f"{len(some)} of {len(rows)} benchmarks {one if len(some) == 1 else many}"


def _next_step(comparison: Comparison) -> str:
    open_ones = [found for found in comparison.benchmarks if found.verdict is Verdict.INCONCLUSIVE and not found.failed]
    if comparison.verdict is Verdict.INCONCLUSIVE and open_ones and not comparison.reasons:
        return "a quieter machine or more pairs can decide what is inconclusive"
    return ""


def _facts(comparison: Comparison) -> Iterator[tuple[str, str]]:
    yield from ((side.role, side.label) for side in comparison.sides)
    yield from _machines(comparison.sides)
    limits = comparison.limits
    floor = f" and {plainly(limits.floor)}" if limits.floor else ""
    yield "rule", f"slower by more than {percent(limits.delta)}{floor}, at a level of {limits.alpha:g} at the most"
    if comparison.kind != "pytest-benchmark":
        rounds = "1 round" if limits.rounds == 1 else f"the one in the middle of {limits.rounds} rounds"
        yield "pairs", f"{limits.pairs} asked for, {rounds} on each side"
    levels = {(f.n, f.level) for b in comparison.benchmarks for f in (b.first, b.second) if f and f.level is not None}
    if levels:
        yield "level", "; ".join(f"{level:.3g} with {n} pairs" for n, level in sorted(levels))
    yield "measured", f"{comparison.started} to {comparison.finished}"


def _machines(sides: Sequence[Side]) -> Iterator[tuple[str, str]]:
    """What the sides ran on: said once where it was the same."""
    machines = {side.role: _machine(side.environment) for side in sides if side.environment}
    if len(set(machines.values())) == 1:
        yield "machine", next(iter(machines.values()))
    else:
        yield from ((f"machine of the {role}", machine) for role, machine in machines.items())
    for name in _VERSIONS:
        values = {side.role: str(side.environment[name]) for side in sides if side.environment.get(name) is not None}
        if len(set(values.values())) > 1:
            yield name.replace("_", " "), ", ".join(f"{value} ({role})" for role, value in values.items())
        elif name == "torch" and values:
            yield name, next(iter(values.values()))


def _machine(environment: Mapping[str, Any]) -> str:
    """``NVIDIA H100, AMD EPYC 7763, 2 threads``: as far as it is known."""
    device, cpu, threads = (environment.get(name) for name in ("device_name", "cpu", "threads"))
    parts = [device, cpu if cpu != device else None]
    if threads is not None:
        parts.append("1 thread" if threads == 1 else f"{threads} threads")
    return ", ".join(str(part) for part in parts if part) or "unknown"
