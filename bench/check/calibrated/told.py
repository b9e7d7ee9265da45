"""A calibration, ready to be shown."""

from __future__ import annotations

from collections import Counter

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
            ("limits", f"{made.limits.delta:.0%} slower, level {made.limits.alpha:g}, {made.limits.pairs} pairs"),
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
    message = (
        f"equal code stays within {found.finest:.1%}; a slowdown to {found.seen:.2f} times the time is seen in 9 of 10"
    )
    cells = (one.phase, pairs, f"{found.off:.1%}", f"{found.finest:.1%}", f"{found.seen:.2f}x")
    return Row(one.name, Verdict.NO_CHANGE if fine else Verdict.INCONCLUSIVE, cells, message, weight=found.finest)


def _sentence(made: Calibration, found: object) -> str:
    listed = list(found)  # type: ignore[call-overload]
    if made.slowdown is not None:
        red = sum(verdict is Verdict.REGRESSION for verdict in made.verdicts)
        return f"{made.slowdown:g} times the time was called a regression in {red} of {len(made.verdicts)} comparisons"
    if not listed:
        return "too few pairs to say what this machine can tell apart"
    finest, seen = max(one.finest for one in listed), max(one.seen for one in listed)
    able = "can" if finest <= made.limits.delta else "cannot"
    return (
        f"this machine {able} tell {made.limits.delta:.0%}: equal code stays within {finest:.1%} in 95 of 100 "
        f"comparisons of {made.limits.pairs} pairs, and {seen:.2f} times the time is seen in 9 of 10"
    )
