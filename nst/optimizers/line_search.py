"""The strong Wolfe line search of one picture, in plain numbers: no tensor comes in here."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass

#: Nocedal & Wright 2006, equation 3.7: sufficient decrease, and the curvature condition usual for quasi-Newton.
C1, C2 = 1e-4, 0.9
#: torch gives up after this many trials beyond the first.
MAX_TRIALS = 25
#: torch gives up when the bracket's ends differ by less in every value of the picture.
SMALLEST_CHANGE = 1e-9


@dataclass(frozen=True)
class Move:
    """What to do after an evaluation."""

    step: float
    """Multiple of the direction: to evaluate next, or, when done, to accept; 0: nothing better than the start."""
    keep: bool = False
    """The point just evaluated is the best so far to go back to: hold its gradient."""
    done: bool = False
    value: float = math.nan
    """When done: the objective at the accepted point."""


@dataclass(frozen=True)
class _Point:
    step: float
    value: float
    slope: float


Search = Generator[Move, tuple[float, float], None]


def strong_wolfe(value: float, slope: float, first: float, longest: float, limit: float = math.inf) -> Search:
    """Find a step that satisfies the strong Wolfe conditions (Nocedal & Wright 2006, algorithms 3.5 and 3.6).

    A generator: it yields steps to evaluate and is sent (value, slope along the direction) of each; the last move
    is ``done``. Trials are chosen as in torch.optim.LBFGS(line_search_fn="strong_wolfe"), by cubic interpolation
    within safeguards. In three things it differs: the number of trials does not depend on a budget of evaluations
    (torch: ``max_eval``); a trial whose value or slope is not finite ends the bracket there and the next one halves
    it (torch would go on beyond it or interpolate with it); and no step is longer than ``limit``, where a point
    of sufficient decrease is accepted although the objective still falls.

    Args:
        value: the objective at the start.
        slope: its directional derivative there, below zero.
        first: the first step to try.
        longest: largest absolute value in the direction.
        limit: the longest step to try, ``first`` excepted.
    """
    start = _Point(0.0, value, slope)
    behind, step, keep = start, first, False
    for trial in range(MAX_TRIALS + 1):
        point = _told(step, (yield Move(step, keep)))
        if trial == MAX_TRIALS:
            better = point.value < start.value
            yield Move(point.step if better else 0.0, better, True, min(point.value, start.value))
            return
        rises = not _decreases(start, point) or (trial > 1 and point.value >= behind.value)
        bound = point.step >= limit and point.slope < 0
        if not rises and (_is_flat(start, point) or bound):
            yield Move(point.step, True, True, point.value)
            return
        if rises or point.slope >= 0:
            yield from _zoom(start, [behind, point], trial, longest)
            return
        step = min(_minimum(behind, point, point.step + 0.01 * (point.step - behind.step), 10 * point.step), limit)
        behind, keep = point, True


def _zoom(start: _Point, ends: list[_Point], trial: int, longest: float) -> Search:
    """Narrow the bracket down; of its ends, the second is the point evaluated last."""
    low = 0 if ends[0].value <= ends[1].value else 1
    keep = low == 1
    stuck, done = False, False
    while not done and trial < MAX_TRIALS and abs(ends[1].step - ends[0].step) * longest >= SMALLEST_CHANGE:
        left, right = sorted(end.step for end in ends)
        step = _minimum(ends[0], ends[1], left, right)
        # Close to an end twice running, or on it, a trial would teach little: move it inward.
        margin = 0.1 * (right - left)
        near = min(right - step, step - left) < margin
        if near and (stuck or step >= right or step <= left):
            step = right - margin if abs(step - right) < abs(step - left) else left + margin
            near = False
        stuck = near

        trial += 1
        point = _told(step, (yield Move(step, keep)))
        high = 1 - low
        if not _decreases(start, point) or point.value >= ends[low].value:
            ends[high] = point
            low = 0 if ends[0].value <= ends[1].value else 1
            keep = low == high
            continue
        if _is_flat(start, point):
            done = True
        elif point.slope * (ends[high].step - ends[low].step) >= 0:
            ends[high] = ends[low]
        ends[low], keep = point, True
    yield Move(ends[low].step, keep, True, ends[low].value)


def _told(step: float, answer: tuple[float, float]) -> _Point:
    value, slope = answer
    return _Point(step, value, slope) if math.isfinite(value + slope) else _Point(step, math.inf, math.nan)


def _decreases(start: _Point, point: _Point) -> bool:
    return point.value <= start.value + C1 * point.step * start.slope


def _is_flat(start: _Point, point: _Point) -> bool:
    return abs(point.slope) <= -C2 * start.slope


def _minimum(a: _Point, b: _Point, lowest: float, highest: float) -> float:
    """Of the cubic through two points (Nocedal & Wright 2006, equation 3.59), within bounds; else their middle."""
    if a.step > b.step:
        a, b = b, a
    middle = (lowest + highest) / 2
    try:
        d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step)
        square = d1 * d1 - a.slope * b.slope
        if not square >= 0:
            return middle
        d2 = math.sqrt(square)
        position = b.step - (b.step - a.step) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    except ZeroDivisionError:
        return middle
    return min(max(position, lowest), highest) if math.isfinite(position) else middle
