"""Value by value of an axis: which runs are pairs, and what their times and losses are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.pairing import matching
from bench.pairing.found import Comparison, Contrast, Pair, Step, Unmatched
from bench.pairing.spread import spread
from bench.results import LEADING, OWN, is_measured, last_size

#: Final losses are on one scale only while the objective is the same function of the same variables. These
#: parameters choose the start, the path through it or the machine; every other one (size, weights, layers, backbone,
#: the objective's weights) changes the function, and a lower number then means nothing. pixel_range is none of them:
#: it is the unit of total variation.
SAME_OBJECTIVE = frozenset(
    {"init", "noise", "noise_centre", "noise_spread", "seed", "restarts", "coarse_sizes", "coarse_evaluations",
     "optimizer", "learning_rate", "evaluations", "history", "line_search", "curvature_gate", "max_change", "betas",
     "averaging", "clamp", "balance", "folder"}
)  # fmt: skip


#: Figures of tasks' own that pairs are compared by, of all of which less is better; and whether they are times, which
#: count only where they are valid under the timing contract.
OWN_FIGURES = {"flicker": False, "seconds_per_frame": True}


class Descent(NamedTuple):
    """A curve at the size of the result: seconds and total loss of each evaluation."""

    seconds: Sequence[float] | npt.NDArray[np.float64]
    totals: Sequence[float] | npt.NDArray[np.float64]

    @classmethod
    def of(cls, curve: pd.DataFrame) -> Descent:
        """From a curve as :func:`bench.results.curve` reads it."""
        rows = last_size(curve)
        return cls(rows["seconds"].tolist(), rows["total"].tolist())


def compare(
    runs: pd.DataFrame,
    axis: str,
    curve_of: Callable[[str], Descent | None] | None = None,
    values: Sequence[Any] | None = None,
    zipped: Sequence[str] = (),
) -> Comparison:
    """Pair up the runs of one experiment (rows of :func:`frame`) along ``axis``.

    Two runs make a pair when every other parameter and the inputs are the same. Each further value of the
    axis is compared with the first (of ``values``, or of the rows). Without ``curve_of`` nothing is said
    about the time to the same loss. An axis that is no parameter is a zip of the parameters ``zipped``, and its
    values are :class:`Step`.

    Times are those of one machine: a pair of which one run was made on another than the other has none, and where
    pairs are of several machines, times are left out; :attr:`Comparison.machines` names these machines, and the rows of
    each by themselves say more. Along ``folder`` it is machines that are compared, A's with B's.
    """
    parameters = [name for name in runs.columns if name not in LEADING and not is_measured(name)]
    own = [OWN + name for name in OWN_FIGURES if OWN + name in runs.columns]
    columns = {name: runs[name].tolist() for name in (*LEADING, *parameters, *_READ, *own)}
    moved = tuple(zipped) or (axis,)
    steps = zip(*(columns[name] for name in moved), strict=True)
    at = [Step(moved, step) for step in steps] if zipped else columns[axis]
    told_by = {name: columns[name] for name in (*LEADING, *parameters) if name != "id"}
    found = matching.line_up(told_by, parameters, moved, at)
    comparable = {*moved, *found.in_step} <= SAME_OBJECTIVE
    wanted = [tuple(value) if isinstance(value, list) else value for value in values or found.rows]
    order = [(value, found.rows[value]) for value in wanted if value in found.rows]
    told = _Told(columns, curve_of if comparable else None, of_machines=axis == _MACHINES)
    contrasts = tuple(_contrast(*order[0], *other, told, comparable) for other in order[1:])
    timed = Counter(pair.machine for one in contrasts for pair in one.pairs if pair.machine)
    machines = tuple(name for name, _ in timed.most_common())
    if len(machines) > 1:
        times = [name for name, a_time in OWN_FIGURES.items() if a_time]
        contrasts = tuple(one.untimed(times) for one in contrasts)
    return Comparison(axis, moved, found.in_step, comparable, contrasts, machines, told.across)


#: The axis along which machines are compared: each folder of results is of one.
_MACHINES = "folder"

#: What is read of a run, of what was measured.
_READ = ("status", "diagnosis", "loss", "seconds", "timing_valid", "machine", "evaluations_done")


class _Told:
    """What is known of each row, and of its curve, which is asked for once."""

    def __init__(
        self, columns: Mapping[str, list[Any]], curve_of: Callable[[str], Descent | None] | None, of_machines: bool
    ) -> None:
        self.across = 0
        """Pairs that had times, but of two machines."""
        self._machines, self._of_machines = columns["machine"], of_machines
        self.id, self.status, self.diagnosis = (columns[name] for name in ("id", "status", "diagnosis"))
        self.loss = [_finite(value) for value in columns["loss"]]
        timed = zip(columns["seconds"], columns["timing_valid"], strict=True)
        self.seconds = [_finite(value) if valid else None for value, valid in timed]
        self.evaluations = columns["evaluations_done"]
        self.own = {
            name: [_finite(value) if valid or not a_time else None
                   for value, valid in zip(columns[OWN + name], columns["timing_valid"], strict=True)]
            for name, a_time in OWN_FIGURES.items() if OWN + name in columns
        }  # fmt: skip
        self._curve_of = curve_of
        self._curves: dict[int, Descent | None] = {}

    def machine(self, a: int, b: int) -> str:
        """Where the times of a pair were taken; empty where those cannot be held against each other."""
        if self.seconds[a] is None or self.seconds[b] is None:
            return ""
        one, other = self._machines[a] or "?", self._machines[b] or "?"
        if one == other or self._of_machines:
            return one if one == other else f"{one} and {other}"
        self.across += 1
        return ""

    def curve(self, row: int) -> Descent | None:
        if self._curve_of is None:
            return None
        if row not in self._curves:
            self._curves[row] = self._curve_of(self.id[row])
        return self._curves[row]


def _contrast(
    a: Any, rows_a: Mapping[int, int], b: Any, rows_b: Mapping[int, int], told: _Told, comparable: bool
) -> Contrast:
    pairs: list[Pair] = []
    unmatched: list[Unmatched] = []
    for key in dict.fromkeys((*rows_a, *rows_b)):
        row_a, row_b = rows_a.get(key), rows_b.get(key)
        if row_a is None or row_b is None:
            lonely = row_b if row_a is None else row_a
            assert lonely is not None
            unmatched.append(Unmatched(told.id[lonely], "the plan has no run to pair it with"))
        elif "non-finite" in (told.diagnosis[row_a], told.diagnosis[row_b]):
            for row in (row_a, row_b):
                whose = "its" if told.diagnosis[row] == "non-finite" else "its partner's"
                unmatched.append(Unmatched(told.id[row], f"{whose} loss did not stay a finite number"))
        elif told.status[row_a] == told.status[row_b] == "done":
            pairs.append(_pair(row_a, row_b, told))
        else:
            for row, other in ((row_a, row_b), (row_b, row_a)):
                of = row if told.status[row] != "done" else other
                whose = "its own status" if of is row else "its partner's status"
                unmatched.append(Unmatched(told.id[row], f"{whose} is {told.status[of]}"))
    return Contrast(
        a=a,
        b=b,
        pairs=tuple(pairs),
        unmatched=tuple(unmatched),
        seconds=spread((pair.seconds_a, pair.seconds_b) for pair in pairs),
        per_evaluation=None
        if all(pair.evaluations_a == pair.evaluations_b for pair in pairs)
        else spread(pair.per_evaluation for pair in pairs),
        loss=spread((pair.loss_a, pair.loss_b) for pair in pairs) if comparable else None,
        reach=spread((pair.reach_a, pair.reach_b) for pair in pairs),
        own={name: found for name in told.own if (found := spread(pair.own[name] for pair in pairs))},
    )


def _pair(a: int, b: int, told: _Told) -> Pair:
    machine = told.machine(a, b)
    seconds_a, seconds_b = (told.seconds[a], told.seconds[b]) if machine else (None, None)
    reach_a = reach_b = None
    target = told.loss[a]
    if seconds_a is not None and target is not None:
        curve_a, curve_b = told.curve(a), told.curve(b)
        if curve_a is not None and curve_b is not None:
            reach_a = seconds_to(curve_a, target)
        if curve_b is not None and reach_a is not None:
            reached = seconds_to(curve_b, target)
            reach_b = math.inf if reached is None else reached
    return Pair(
        a=told.id[a],
        b=told.id[b],
        loss_a=target,
        loss_b=told.loss[b],
        seconds_a=seconds_a,
        seconds_b=seconds_b,
        evaluations_a=told.evaluations[a],
        evaluations_b=told.evaluations[b],
        reach_a=reach_a,
        reach_b=reach_b,
        own={
            name: (values[a], values[b]) if machine or not OWN_FIGURES[name] else (None, None)
            for name, values in told.own.items()
        },
        machine=machine,
    )


def seconds_to(curve: Descent, loss: float) -> float | None:
    """Seconds at which a curve first is at or below ``loss``; None if it never is."""
    reached = np.asarray(curve.totals) <= loss
    first = int(reached.argmax()) if len(reached) else 0
    return float(curve.seconds[first]) if first < len(reached) and reached[first] else None


def _finite(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
