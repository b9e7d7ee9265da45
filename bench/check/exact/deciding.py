"""What the figures say beside those expected, and what a baseline has to become. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.check.exact.baseline import Expected, Row, Rows, default_margin
from bench.check.exact.counted import Counted
from bench.check.exact.metrics import SITE, Figure
from bench.check.exact.model import Benchmark, Counter
from bench.check.model import Verdict

#: Share of its margin by which a figure has to be off for an update to move what is expected of it: otherwise every
#: update would rewrite every figure that is not the same to the last digit.
MOVED = 1 / 3


def compare(counted: Sequence[Counted], rows: Rows, *, whole: bool) -> list[Benchmark]:
    """Every benchmark with every figure beside the expected one.

    Args:
        counted: what was counted.
        rows: what is expected.
        whole: whether everything was asked for, so that a row that nothing belongs to has lost its job.
    """
    found = [_compared(one, rows.get(one.name)) for one in counted]
    if whole:
        names = {one.name for one in counted}
        lost = "expected by the baseline, and no longer in the manifest"
        found += [Benchmark(name=name, job=row.job, reason=lost) for name, row in rows.items() if name not in names]
    return found


def _compared(one: Counted, row: Row | None) -> Benchmark:
    line, column = one.place or (None, None)
    benchmark = Benchmark(name=one.name, job=one.job, line=line, column=column, figures=dict(one.figures))
    if one.reason:
        return benchmark.model_copy(update={"reason": one.reason})
    if row is None:
        return benchmark.model_copy(update={"reason": "the baseline expects nothing of it"})
    if row.job != one.job:
        # Two jobs have nothing to do with each other: their figures side by side would only look like a difference.
        reason = f"the manifest has changed: the job is {_short(one.job)}, the baseline is of {_short(row.job)}"
        return benchmark.model_copy(update={"reason": reason})
    names = dict.fromkeys((*one.figures, *row.metrics))
    counters = [judge(name, one.figures.get(name), row.metrics.get(name), again=one.again.get(name)) for name in names]
    return benchmark.model_copy(update={"counters": counters})


def judge(metric: str, counted: Figure | None, expected: Expected | None, again: Figure | None = None) -> Counter:
    """One figure; ``again`` is what a second count gave, where there was one."""
    found = Counter(
        metric=metric,
        counted=counted,
        expected=expected.expected if expected else None,
        margin=expected.margin if expected else None,
        verdict=Verdict.INCONCLUSIVE,
    )
    if counted is None:
        return found.model_copy(update={"reason": "expected by the baseline, and not counted here"})
    if again is not None and _varies(metric, counted, again, expected):
        reason = f"not exact: {counted!r} and {again!r} in two counts of the same job"
        return found.model_copy(update={"reason": reason})
    if expected is None:
        return found.model_copy(update={"reason": "the baseline has no such figure"})
    off = abs(counted - expected.expected) > expected.allowed
    return found.model_copy(update={"verdict": Verdict.REGRESSION if off else Verdict.NO_CHANGE})


def _varies(metric: str, figure: Figure, again: Figure, expected: Expected | None) -> bool:
    """Whether two counts are further apart than a count may be from what is expected."""
    margin = expected.margin if expected is not None else default_margin(metric)
    return abs(again - figure) > margin * abs(figure)


def inexact(counted: Iterable[Counted]) -> list[str]:
    """What differed at all between two counts, within its margin or not: exact figures should not."""
    return [
        f"{one.name}: {metric} was {one.figures[metric]!r}, and {again!r} when the same job was counted again"
        for one in counted
        for metric, again in one.again.items()
        if again != one.figures.get(metric, again)
    ]


def usable(counted: Sequence[Counted], rows: Rows) -> bool:
    """Whether a baseline can be made of what was counted: something, all of it, and the same in both counts."""
    return bool(counted) and all(not one.reason and _exact(one, rows.get(one.name)) for one in counted)


def _exact(one: Counted, row: Row | None) -> bool:
    expected = row.metrics if row is not None else {}
    return not any(
        _varies(metric, one.figures[metric], again, expected.get(metric))
        for metric, again in one.again.items()
        if metric in one.figures
    )


def updated(rows: Rows, counted: Sequence[Counted], *, whole: bool) -> Rows:
    """Rows that expect what was counted. Margins stay, and figures that are off by a third of theirs at the most.

    Args:
        rows: as they are.
        counted: everything in it could be counted.
        whole: whether rows that nothing was counted for are dropped.
    """
    found = {one.name: one for one in counted}
    kept = {name: row for name, row in rows.items() if name in found or not whole}
    names = dict.fromkeys((*kept, *found))
    new = {name: _updated(kept.get(name), found[name]) if name in found else kept[name] for name in names}
    return dict(sorted(new.items(), key=lambda item: item[0] == SITE))


def _updated(row: Row | None, one: Counted) -> Row:
    metrics = {}
    for name, figure in one.figures.items():
        old = row.metrics.get(name) if row is not None else None
        if old is None:
            metrics[name] = Expected(figure, default_margin(name))
        elif (row is not None and row.job != one.job) or abs(figure - old.expected) > MOVED * old.allowed:
            metrics[name] = Expected(figure, old.margin)
        else:
            metrics[name] = old
    return Row(one.job, metrics)


def moved(before: Rows, after: Rows) -> list[str]:
    """What an update changed, in sentences."""
    told = []
    for name, row in after.items():
        old = before.get(name)
        if old is None:
            told.append(f"{name}: new")
            continue
        if old.job != row.job:
            told.append(f"{name}: of the job {_short(row.job)}, no more of {_short(old.job)}")
        for metric, one in row.metrics.items():
            was = old.metrics.get(metric)
            if was is None:
                told.append(f"{name}: {metric}: new")
            elif was != one:
                told.append(f"{name}: {metric}: {was.expected!r} -> {one.expected!r}")
        told += [f"{name}: {metric}: dropped" for metric in old.metrics if metric not in row.metrics]
    return told + [f"{name}: dropped" for name in before if name not in after]


def _short(job: str | None) -> str:
    return (job or "none")[:12]
