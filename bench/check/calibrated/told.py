"""A calibration, ready to be shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from bench.amounts import percent
from bench.check.calibrated.calibration import Calibration
from bench.check.calibrated.resolution import Observed, Resolution
from bench.check.model import Verdict
from bench.check.shown import Report, Row

COLUMNS = ("phase", "pairs", "median off by", "finest delta", "seen from")


def told(made: Calibration) -> Report:
    found = made.resolutions(made.limits)
    rows = tuple(_row(one, found.get((one.id, one.phase)), made) for one in made.observed)
    counted = Counter(made.verdicts)
    tally = ", ".join(f"{counted[verdict]} {verdict}" for verdict in Verdict if counted[verdict])
    return Report(
        title=f"calibrate {made.title}",
        verdict=_verdict(made, rows),
        sentence=_sentence(made, found.values()),
        columns=COLUMNS,
        rows=rows,
        reasons=tuple(made.reasons),
        notes=(f"{len(made.verdicts)} comparison{'s' * (len(made.verdicts) != 1)}: {tally}",),
        facts=(
            ("machine", str(made.fingerprint.get("device_name") or made.fingerprint.get("cpu") or "unknown")),
            ("head", made.sides[-1].label),
            ("limits", f"{percent(made.limits.delta)} slower, level {made.limits.alpha:g}, {made.limits.pairs} pairs"),
        ),
    )


def _verdict(made: Calibration, rows: tuple[Row, ...]) -> Verdict:
    """A slowed side is there to be counted; the count itself is no verdict on this machine's limits."""
    if made.reasons or not rows:
        return Verdict.INCONCLUSIVE
    if made.slowdown is not None:
        return Verdict.NO_CHANGE
    return max(rows, key=lambda row: row.verdict is Verdict.INCONCLUSIVE).verdict


def _row(one: Observed, found: Resolution | None, made: Calibration) -> Row:
    pairs = str(len(one.base))
    if found is None:
        message = f"{pairs} pairs are too few to say what can be told apart"
        return Row(one.name, Verdict.INCONCLUSIVE, (one.phase, pairs, "", "", ""), message)
    fine = found.finest <= made.limits.delta
    seen = "none is seen" if found.seen is None else f"one to {found.seen:.2f} times the time is seen"
    message = f"equal code stays within {found.finest:.1%}; of slowdowns, {seen} in 9 of 10 comparisons"
    cells = (one.phase, pairs, f"{found.off:.1%}", f"{found.finest:.1%}", _times(found.seen))
    return Row(one.name, Verdict.NO_CHANGE if fine else Verdict.INCONCLUSIVE, cells, message, weight=found.finest)


def _sentence(made: Calibration, found: Collection[Resolution]) -> str:
    if made.slowdown is not None:
        red = sum(verdict is Verdict.REGRESSION for verdict in made.verdicts)
        return f"{made.slowdown:g} times the time was called a regression in {red} of {len(made.verdicts)} comparisons"
    if not found:
        return "too few pairs to say what this machine can tell apart"
    finest, seen = max(one.finest for one in found), [one.seen for one in found]
    able = "can" if finest <= made.limits.delta else "cannot"
    most = None if None in seen else max(one for one in seen if one is not None)
    slowest = "no slowdown" if most is None else f"{most:.2f} times the time"
    return (
        f"this machine {able} tell {percent(made.limits.delta)}: equal code stays within {finest:.1%} in 95 of 100 "
        f"comparisons of {made.limits.pairs} pairs, and {slowest} is seen in 9 of 10"
    )


def _times(factor: float | None) -> str:
    return "never" if factor is None else f"{factor:.2f}x"
