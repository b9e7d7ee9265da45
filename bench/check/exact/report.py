"""What people are shown of a count: a row for each counter."""

from __future__ import annotations

from collections.abc import Iterator

from bench.check.exact.metrics import Figure
from bench.check.exact.model import Benchmark, Check, Counter
from bench.check.model import Verdict
from bench.check.shown import Place, Report, Row

COLUMNS = ("expected", "counted", "off by", "margin")


def report(check: Check, next_step: str = "") -> Report:
    """The report of a check."""
    environment = check.environment
    machine = environment.get("device_name") or ""
    facts = [
        ("machine", f"{machine} ({check.device})" if machine else check.device),
        ("torch", str(environment.get("torch") or "")),
        ("baseline", check.baseline),
        ("would pass", check.replacement),
    ]
    return Report(
        title=f"exact {check.title}: {check.device} against {check.baseline}",
        verdict=check.verdict,
        sentence=_sentence(check),
        columns=COLUMNS,
        rows=tuple(row for benchmark in check.benchmarks for row in _rows(check, benchmark)),
        reasons=tuple(check.reasons),
        notes=tuple(check.notes),
        facts=tuple((name, value) for name, value in facts if value),
        next_step=next_step,
    )


def _rows(check: Check, benchmark: Benchmark) -> Iterator[Row]:
    place = None
    if benchmark.line is not None:
        place = Place(check.manifest, benchmark.line, benchmark.column or 1)
    group = benchmark.name.partition(":")[0]
    if benchmark.reason:
        blank = ("",) * len(COLUMNS)
        yield Row(benchmark.name, Verdict.INCONCLUSIVE, blank, benchmark.reason, place=place, group=group)
    for counter in benchmark.counters:
        yield Row(
            name=f"{benchmark.name}: {counter.metric}",
            verdict=counter.verdict,
            cells=(figure(counter.expected), figure(counter.counted), _off(counter), _margin(counter.margin)),
            message=_message(counter),
            weight=_weight(counter),
            place=place,
            group=group,
        )


def figure(value: Figure | None) -> str:
    """``1,234,567``; a loss with six digits, as its margin is about the second."""
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}"


def _off(counter: Counter) -> str:
    if counter.counted is None or counter.expected is None or counter.counted == counter.expected:
        return ""
    if counter.off is None:  # of nothing there is no share
        return f"{counter.counted:+,}"
    return f"{100 * counter.off:+.3g} %"


def _margin(margin: float | None) -> str:
    return "" if margin is None else f"{100 * margin:g} %" if margin else "0"


def _message(counter: Counter) -> str:
    if counter.reason:
        return counter.reason
    if counter.counted is None or counter.expected is None or counter.counted == counter.expected:
        return f"{figure(counter.counted)}, as expected"
    way = "more" if counter.counted > counter.expected else "less"
    much = _off(counter).lstrip("+-")
    told = f"{figure(counter.counted)}, {much} {way} than the {figure(counter.expected)} of the baseline"
    within = "within its margin of" if counter.verdict is Verdict.NO_CHANGE else "its margin"
    return f"{told}, {within} {_margin(counter.margin)}"


def _sentence(check: Check) -> str:
    found = [(benchmark, counter) for benchmark in check.benchmarks for counter in benchmark.counters]
    off = [(benchmark, counter) for benchmark, counter in found if counter.verdict is Verdict.REGRESSION]
    if off:
        benchmark, worst = max(off, key=lambda pair: _weight(pair[1]))
        many = "are off: the farthest," if len(off) > 1 else "is off:"
        return f"{len(off)} of {len(found)} counters {many} {benchmark.name}: {worst.metric}: {_message(worst)}"
    if check.verdict is Verdict.NO_CHANGE:
        return f"all {len(found)} counters are within their margins"
    if check.reasons:
        return f"no verdict: {check.reasons[0]}"
    lost = sum(bool(benchmark.reason) for benchmark in check.benchmarks)
    if lost:
        return f"no verdict: {lost} of {len(check.benchmarks)} benchmarks could not be compared"
    unsure = sum(counter.verdict is Verdict.INCONCLUSIVE for _, counter in found)
    what = f"{unsure} of {len(found)} counters could not be compared" if found else "nothing was counted"
    return f"no verdict: {what}"


def _weight(counter: Counter) -> float:
    """How far off it is; of nothing, any difference is endless."""
    if counter.off is not None:
        return abs(counter.off)
    return float("inf") if counter.counted and counter.expected == 0 else 0.0
