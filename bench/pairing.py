"""Runs paired up along one axis: what changes when nothing else does.

Pure functions over the rows of :func:`bench.results.frame`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, NamedTuple

import pandas as pd

from bench.results import LEADING, MEASURED, last_size

#: Final losses are on one scale only while the objective is the same function of the same variables. These
#: parameters choose the start or the path through it; every other one (size, weights, layers, backbone, the
#: objective's weights) changes the function, and a lower number then means nothing. pixel_range is none of them: it is
#: the unit of total variation.
SAME_OBJECTIVE = frozenset(
    {"init", "noise", "noise_centre", "noise_spread", "seed", "restarts", "coarse_sizes", "coarse_evaluations",
     "optimizer", "learning_rate", "evaluations", "history", "line_search", "curvature_gate", "max_change", "betas",
     "averaging", "clamp"}
)  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """Two finished runs that differ in the axis and what moves in step with it, and in nothing else."""

    a: str
    b: str
    loss_a: float | None
    loss_b: float | None
    seconds_a: float | None
    """None unless the time is valid under the timing contract; the same for ``seconds_b``."""
    seconds_b: float | None
    reach_a: float | None
    """Seconds until A first reached its own final loss; None where that cannot be said."""
    reach_b: float | None
    """Seconds until B reached A's final loss; None if it never did."""

    @property
    def seconds_ratio(self) -> float | None:
        return _ratio(self.seconds_a, self.seconds_b)

    @property
    def loss_ratio(self) -> float | None:
        return _ratio(self.loss_a, self.loss_b)

    @property
    def reach_ratio(self) -> float | None:
        return _ratio(self.reach_a, self.reach_b)


@dataclass(frozen=True)
class Spread:
    """Ratios B / A over pairs. Quartiles are linear between order statistics."""

    n: int
    median: float
    lower: float
    upper: float
    least: float
    most: float
    difference: float
    """Median of B - A, in the quantity's own unit."""
    below: int
    """Pairs in which B is smaller than A."""
    above: int


class Unmatched(NamedTuple):
    id: str
    reason: str


@dataclass(frozen=True)
class Contrast:
    """Value ``b`` of an axis against its first value ``a``."""

    a: Any
    b: Any
    pairs: tuple[Pair, ...]
    unmatched: tuple[Unmatched, ...]
    seconds: Spread | None
    loss: Spread | None
    """None where losses are not comparable."""
    reach: Spread | None
    """Time to the same loss: B's seconds to A's final loss over A's own, in the pairs where B got there."""
    reach_pairs: int
    """Pairs of which it can be said whether B reached A's final loss."""


@dataclass(frozen=True)
class Step:
    """Where a run stands on a zip: the values of several parameters, as one value that can be looked up."""

    names: tuple[str, ...]
    values: tuple[Any, ...]
    label: str = field(default="", compare=False)
    """What pages call it."""

    @classmethod
    def of(cls, parameters: Mapping[str, Any], names: Sequence[str]) -> Step:
        values = (parameters.get(name) for name in names)
        return cls(tuple(names), tuple(tuple(v) if isinstance(v, list) else v for v in values))


@dataclass(frozen=True)
class Comparison:
    axis: str
    parameters: tuple[str, ...]
    """That the axis stands for: itself, or those of a zip."""
    in_step: tuple[str, ...]
    """Parameters that change with the axis because the manifest says so, and only with it."""
    losses_comparable: bool
    contrasts: tuple[Contrast, ...]


CurveOf = Callable[[str], "pd.DataFrame | None"]


def compare(
    runs: pd.DataFrame,
    axis: str,
    curve_of: CurveOf | None = None,
    values: Sequence[Any] | None = None,
    zipped: Sequence[str] = (),
) -> Comparison:
    """Pair up the runs of one experiment (rows of :func:`frame`) along ``axis``.

    Two runs make a pair when every other parameter and the inputs are the same. Each further value of the
    axis is compared with the first (of ``values``, or of the rows). Without ``curve_of`` nothing is said
    about the time to the same loss. An axis that is no parameter is a zip of the parameters ``zipped``, and its
    values are :class:`Step`.
    """
    rows = [{str(name): value for name, value in row.items()} for row in runs.to_dict("records")]
    parameters = [name for name in runs.columns if name not in LEADING and name not in MEASURED]
    moved = tuple(zipped) or (axis,)
    at = [Step.of(row, zipped) if zipped else row[axis] for row in rows]
    present = list(dict.fromkeys(at))
    wanted = [tuple(value) if isinstance(value, list) else value for value in values or present]
    order = [value for value in wanted if value in present]
    in_step = tuple(n for n in parameters if n not in moved and moves_with(at, [row[n] for row in rows]))
    key_names = [name for name in (*LEADING, *parameters) if name not in ("id", *moved, *in_step)]
    comparable = {*moved, *in_step} <= SAME_OBJECTIVE

    by_value: dict[Any, dict[tuple[Any, ...], dict[str, Any]]] = {value: {} for value in order}
    for value, row in zip(at, rows, strict=True):
        if value in by_value:
            by_value[value][tuple(row[name] for name in key_names)] = row
    contrasts = tuple(_contrast(order[0], b, by_value[order[0]], by_value[b], comparable, curve_of) for b in order[1:])
    return Comparison(axis, moved, in_step, comparable, contrasts)


def moves_with(at: Sequence[Any], values: Sequence[Any]) -> bool:
    """True if a parameter varies and each value of an axis comes with one of its values: zip, override.

    Args:
        at: where each run stands on the axis.
        values: the parameter's value in each run.
    """
    seen: dict[Any, set[Any]] = {}
    for place, value in zip(at, values, strict=True):
        seen.setdefault(place, set()).add(value)
    return len(set().union(*seen.values())) > 1 and all(len(found) == 1 for found in seen.values())


def _contrast(
    a: Any,
    b: Any,
    rows_a: Mapping[tuple[Any, ...], Mapping[str, Any]],
    rows_b: Mapping[tuple[Any, ...], Mapping[str, Any]],
    comparable: bool,
    curve_of: CurveOf | None,
) -> Contrast:
    pairs: list[Pair] = []
    unmatched: list[Unmatched] = []
    for key in dict.fromkeys((*rows_a, *rows_b)):
        row_a, row_b = rows_a.get(key), rows_b.get(key)
        if row_a is None or row_b is None:
            lonely = row_a or row_b
            assert lonely is not None
            unmatched.append(Unmatched(lonely["id"], "the plan has no run to pair it with"))
        elif "non-finite" in (row_a["diagnosis"], row_b["diagnosis"]):
            for row in (row_a, row_b):
                whose = "its" if row["diagnosis"] == "non-finite" else "its partner's"
                unmatched.append(Unmatched(row["id"], f"{whose} loss did not stay a finite number"))
        elif row_a["status"] == row_b["status"] == "done":
            pairs.append(_pair(row_a, row_b, curve_of if comparable else None))
        else:
            for row, other in ((row_a, row_b), (row_b, row_a)):
                of = row if row["status"] != "done" else other
                whose = "its own status" if of is row else "its partner's status"
                unmatched.append(Unmatched(row["id"], f"{whose} is {of['status']}"))
    can_say = [pair for pair in pairs if pair.reach_a is not None]
    return Contrast(
        a=a,
        b=b,
        pairs=tuple(pairs),
        unmatched=tuple(unmatched),
        seconds=spread((pair.seconds_a, pair.seconds_b) for pair in pairs),
        loss=spread((pair.loss_a, pair.loss_b) for pair in pairs) if comparable else None,
        reach=spread((pair.reach_a, pair.reach_b) for pair in can_say),
        reach_pairs=len(can_say),
    )


def _pair(row_a: Mapping[str, Any], row_b: Mapping[str, Any], curve_of: CurveOf | None) -> Pair:
    timed = bool(row_a["timing_valid"]) and bool(row_b["timing_valid"])
    reach_a = reach_b = None
    if curve_of is not None and timed and (target := _finite(row_a["loss"])) is not None:
        curve_a, curve_b = curve_of(row_a["id"]), curve_of(row_b["id"])
        if curve_a is not None and curve_b is not None:
            reach_a = seconds_to(curve_a, target)
            reach_b = seconds_to(curve_b, target) if reach_a is not None else None
    return Pair(
        a=row_a["id"],
        b=row_b["id"],
        loss_a=_finite(row_a["loss"]),
        loss_b=_finite(row_b["loss"]),
        seconds_a=_finite(row_a["seconds"]) if timed else None,
        seconds_b=_finite(row_b["seconds"]) if timed else None,
        reach_a=reach_a,
        reach_b=reach_b,
    )


def seconds_to(curve: pd.DataFrame, loss: float) -> float | None:
    """Seconds at which a curve first is at or below ``loss``, at the size of the result; None if it never is."""
    curve = last_size(curve)
    reached = curve.loc[curve["total"] <= loss, "seconds"]
    return None if reached.empty else float(reached.iloc[0])


def spread(pairs: Iterable[tuple[float | None, float | None]]) -> Spread | None:
    """Ratios b / a of the pairs that have one; None if none has."""
    known = [(a, b) for a, b in pairs if a is not None and b is not None and _ratio(a, b) is not None]
    if not known:
        return None
    ratios = pd.Series([b / a for a, b in known])
    return Spread(
        n=len(known),
        median=float(ratios.median()),
        lower=float(ratios.quantile(0.25)),
        upper=float(ratios.quantile(0.75)),
        least=float(ratios.min()),
        most=float(ratios.max()),
        difference=median(b - a for a, b in known),
        below=sum(b < a for a, b in known),
        above=sum(b > a for a, b in known),
    )


def _ratio(a: float | None, b: float | None) -> float | None:
    return b / a if a is not None and b is not None and a > 0 else None


def _finite(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
