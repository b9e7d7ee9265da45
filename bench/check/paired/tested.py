"""What a self-test comes to: a slowdown that was put there is there to be seen."""

from __future__ import annotations

from dataclasses import replace

from bench.check.model import Verdict
from bench.check.shown import Report, Row


def tested(report: Report, slowdown: float) -> Report:
    """The report of a comparison with a side that was slowed down, as one of whether the gate saw it.

    Args:
        report: of the comparison.
        slowdown: factor by which the head was slowed down.
    """
    rows = tuple(_row(row) for row in report.rows)
    missed = [row.name for row in rows if row.verdict is not Verdict.NO_CHANGE]
    seen = bool(rows) and not missed and not report.reasons
    what = f"{slowdown:g} times the time was"
    if seen:
        sentence = f"self-test passed: {what} seen in {'every benchmark' if len(rows) > 1 else rows[0].name}"
    else:
        sentence = f"self-test failed: {what} not seen in {', '.join(missed) or 'anything'}"
    verdict = Verdict.NO_CHANGE if seen else Verdict.INCONCLUSIVE
    return replace(
        report, title=f"self-test of {report.title}", verdict=verdict, sentence=sentence, rows=rows, next_step=""
    )


def _row(row: Row) -> Row:
    """A regression is what had to be found; whatever else there is, the gate is blind to what it looks for."""
    if row.verdict is Verdict.REGRESSION:
        return replace(row, verdict=Verdict.NO_CHANGE, message=f"seen, as it should be: {row.message}", weight=0.0)
    return replace(row, verdict=Verdict.INCONCLUSIVE, message=f"not seen: {row.message}")
