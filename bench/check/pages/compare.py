"""The page of a paired comparison: what came out, every pair of every benchmark, and what was held against what."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import median
from typing import Any

from bench.amounts import plainly
from bench.check.model import Benchmark, Comparison, Limits, Pair, Verdict, middles
from bench.check.pages import frame, pairs
from bench.check.pages.axes import times
from bench.check.pages.pairs import Panel
from bench.check.rule import level, place
from bench.check.shown import Report
from bench.check.told import told
from bench.report import format as fmt
from bench.report.format import NARROW, NONE, Figure
from bench.report.provenance import environment

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PairRow:
    """A pair in figures."""

    number: int
    first: str
    base: Figure
    head: Figure
    ratio: Figure
    note: str
    """Why it does not count."""


@dataclass(frozen=True)
class Drawn:
    """A benchmark with all that was measured of it."""

    anchor: str
    name: str
    phase: str
    verdict: Verdict
    message: str
    reason: str
    ratio: Figure
    low: Figure
    high: Figure
    base: Figure
    head: Figure
    panels: tuple[Panel, ...]
    tables: tuple[tuple[str, tuple[PairRow, ...]], ...]
    """Of its pairs, then of those that confirm."""


@dataclass(frozen=True)
class View:
    report: Report
    comparison: Comparison
    benchmarks: tuple[Drawn, ...]
    """The worst first."""
    phased: bool
    """Whether there is more than one phase, so that it has to be said which."""
    confirmed: bool
    """Whether any was measured again."""
    facts: Facts
    limits: Facts
    rule: tuple[str, ...]
    sides: tuple[str, ...]
    differences: tuple[tuple[str, ...], ...]
    """What the sides differ in: its name, then what each has."""
    common: Facts
    command: str


def render(comparison: Comparison, report: Report | None = None) -> str:
    """The page.

    Args:
        comparison: what was measured and found.
        report: what is said of it, with a row for each of its benchmarks in their order; made where it is not given.
    """
    shown = report or told(comparison)
    return frame.page("compare", _view(comparison, shown), f"{shown.verdict}: {shown.title}")


def _view(comparison: Comparison, report: Report) -> View:
    names = {id(row): k for k, row in enumerate(report.rows)}
    drawn = [
        _drawn(f"b{k + 1}", benchmark, row.message, comparison.limits)
        for k, (benchmark, row) in enumerate(zip(comparison.benchmarks, report.rows, strict=True))
    ]
    differences, common = _environments([side.environment for side in comparison.sides])
    return View(
        report=report,
        comparison=comparison,
        benchmarks=tuple(drawn[names[id(row)]] for row in report.ranked),
        phased=len({one.phase for one in drawn}) > 1,
        confirmed=any(one.confirming for one in comparison.benchmarks),
        facts=_facts(comparison),
        limits=_limits(comparison.limits),
        rule=_rule(comparison.kind, comparison.limits),
        sides=tuple(side.label for side in comparison.sides),
        differences=differences,
        common=common,
        command=shlex.join(comparison.command),
    )


def _drawn(anchor: str, benchmark: Benchmark, message: str, limits: Limits) -> Drawn:
    found, given = benchmark.deciding
    base, head = middles(pair for pair in given if pairs.counts(pair))
    both = [*benchmark.pairs, *benchmark.confirming]
    ratios = pairs.ratio_axis(both, [benchmark.first, benchmark.second], limits)
    sets = [("Pairs", benchmark.pairs, benchmark.first), ("Confirming pairs", benchmark.confirming, benchmark.second)]
    panels = tuple(
        pairs.panel(f"{anchor}-{k}", title, given, finding, limits, ratios)
        for k, (title, given, finding) in enumerate(sets)
        if given
    )
    return Drawn(
        anchor=anchor,
        name=benchmark.name,
        phase=benchmark.phase,
        verdict=benchmark.verdict,
        message=message,
        reason=benchmark.reason,
        ratio=_ratio(found.ratio if found else None, "ratio"),
        low=_ratio(found.low if found else None, "ratio-low"),
        high=_ratio(found.high if found else None, "ratio-high"),
        base=_seconds(base, "base-seconds"),
        head=_seconds(head, "head-seconds"),
        panels=panels,
        tables=tuple((title, tuple(map(_row, given))) for title, given, _ in sets if given),
    )


def _row(pair: Pair) -> PairRow:
    ratio = pairs.ratio(pair)
    sides = (pair.base, pair.head) if ratio is None else tuple([time] for time in pair.middle)
    base, head = (_seconds(times, f"{role}-seconds") for role, times in zip(("base", "head"), sides, strict=True))
    return PairRow(pair.number, pair.first, base, head, _ratio(ratio, "ratio"), pairs.why_not(pair))


def _seconds(times: Sequence[float], kind: str) -> Figure:
    """Their median."""
    return fmt.seconds(median(times) if times else None, kind)


def _ratio(value: float | None, kind: str) -> Figure:
    return Figure(kind, None, NONE) if value is None else Figure(kind, repr(value), times(value))


def _facts(comparison: Comparison) -> Facts:
    rows = [("manifest", comparison.manifest), ("its SHA-256", comparison.manifest_sha256)]
    rows += [("started", comparison.started), ("finished", comparison.finished)]
    return tuple((name, text) for name, text in rows if text)


def _limits(limits: Limits) -> Facts:
    return (
        ("difference that matters", f"{100 * limits.delta:g}{NARROW}%"),
        ("and at least", plainly(limits.floor).replace(" ", NARROW)),
        ("pairs that are compared", str(limits.pairs)),
        ("rounds of a worker", str(limits.rounds)),
        ("a bound may be wrong", f"{100 * limits.alpha:g}{NARROW}% of the time"),
    )


_TAKEN = {
    "compare": (
        "Base and head are measured in turn by fresh workers that change places from pair to pair, and the first pair "
        "is dropped."
    ),
    "baseline": (
        "The head is measured now by fresh workers, each set beside one of the stored baseline, and the first of them "
        "is dropped."
    ),
    "pytest-benchmark": (
        "What both sides hold, runs or blocks of rounds, is set beside each other in the order of measurement."
    ),
}


def _rule(kind: str, limits: Limits) -> tuple[str, ...]:
    """In three sentences, with the figures of this comparison."""
    bar, floor, k = (
        times(1 + limits.delta),
        plainly(limits.floor).replace(" ", NARROW),
        place(limits.pairs, limits.alpha),
    )
    if k is None:
        bounds = (
            f"{limits.pairs} pairs are too few to bound the median of their ratios at this level: nothing can be told."
        )
    else:
        bounds = (
            f"Of {limits.pairs} ratios of head to base, sorted, the {_ordinal(k)} from either end bounds their median: "
            f"each bound is wrong in at most {100 * level(limits.pairs, k):.3g}{NARROW}% of cases, whatever the noise."
        )
    return (
        _TAKEN[kind],
        bounds,
        f"It is a regression when the lower bound is above {bar} and the head takes more than {floor} longer, an "
        f"improvement when that holds the other way round, no change when the upper bound is below {bar} or no more "
        f"than {floor} can be lost, and inconclusive otherwise, which is never a pass.",
    )


def _ordinal(number: int) -> str:
    last = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}th" if number % 100 in (11, 12, 13) else f"{number}{last}"


def _environments(given: Sequence[Mapping[str, Any]]) -> tuple[tuple[tuple[str, ...], ...], Facts]:
    """What the sides differ in, and what they have in common."""
    told_ = [dict(environment(dict(one))) for one in given]
    names = list(dict.fromkeys(chain.from_iterable(told_)))
    rows = [(name, *(one.get(name, NONE) for one in told_)) for name in names]
    differing = tuple(row for row in rows if len(set(row[1:])) > 1)
    return differing, tuple((row[0], row[1]) for row in rows if len(set(row[1:])) == 1)
