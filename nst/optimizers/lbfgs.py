"""L-BFGS over a batch of independent pictures, with a fixed step or a line search."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import get_args

import torch
from torch import Tensor

from nst.optimizers.curvature import Curvature
from nst.optimizers.line_search import Search, strong_wolfe
from nst.optimizers.rows import movable, shaped, sums
from nst.settings import CurvatureGate, LineSearch


class LBFGS:
    """Limited-memory BFGS, every picture with its own history, direction and step.

    ``line_search="none"``: the step is fixed and every evaluation brings an update. Nothing is read from the device.

    ``line_search="strong-wolfe"``: every picture tries steps along its direction until one satisfies the strong
    Wolfe conditions (:func:`~nst.optimizers.line_search.strong_wolfe`); some begin a new direction while others
    still search. A few numbers per picture are read from the device, once per evaluation. Where a search ends at
    its start, the history is dropped; where it does so along the gradient, or the gradient is zero, there is
    nothing left to gain: the picture stays, until :meth:`restart`.

    With ``gate="torch"`` and no ``max_change``, each picture goes the way it would go in torch.optim.LBFGS with all
    tolerances at 0. A direction that does not descend, where torch would end, drops the history and becomes the
    gradient's.

    Args:
        learning_rate: the fixed step, or the first that is tried.
        history: pairs kept, at most.
        gate: which pairs (s, y) count, and how long the first direction is, that of the gradient g.
            ``relative``: y.s > 1e-10 |y| |s|, and g / |g|_1, four times as long for each pair refused in a row: the
            run is the same whatever unit the loss is in, and leaves a start where the curvature is negative.
            ``torch``: y.s > 1e-10, and min(1, 1 / |g|_1) g.
        max_change: no step changes some value by more; the direction is shortened to that. None: no bound.
        line_search: see above.

    Raises:
        ValueError: for a line search of another name, or a history without room for a pair.
    """

    def __init__(
        self,
        learning_rate: float = 1.0,
        history: int = 100,
        gate: CurvatureGate = "relative",
        max_change: float | None = None,
        line_search: LineSearch = "none",
    ) -> None:
        if line_search not in get_args(LineSearch):
            raise ValueError(f"line_search is {line_search!r}: expected one of {', '.join(get_args(LineSearch))}")
        if history < 1:
            raise ValueError(f"history is {history}: expected 1 pair or more")
        self._learning_rate, self._history, self._gate = learning_rate, history, gate
        self._max_change, self._line_search = max_change, line_search
        self._state: _Fixed | _Searched | None = None

    @property
    def waits(self) -> bool:
        """See :class:`~nst.optimizers.Optimizer`."""
        return self._line_search != "none"

    @property
    def updates(self) -> Tensor:
        """(B,) int64: accepted changes of each picture so far; empty before the first step."""
        return torch.zeros(0, dtype=torch.long) if self._state is None else self._state.updates.clone()

    def step(self, pictures: Tensor, losses: Tensor, gradients: Tensor, active: Tensor | None = None) -> None:
        """See :class:`~nst.optimizers.Optimizer`."""
        gradient = gradients.flatten(1)
        self._begun(gradient).step(pictures, losses, gradient, active)

    def reserve(self, pictures: Tensor, steps: int) -> None:
        """See :class:`~nst.optimizers.Optimizer`."""
        self._begun(pictures.flatten(1)).reserve(steps)

    def restart(self, rows: Tensor) -> None:
        """Let the chosen pictures, (B,) bool, begin anew from where they are: no history, no search, first step."""
        if self._state is not None:
            self._state.restart(rows.to(self._state.updates.device))

    def _begun(self, like: Tensor) -> _Fixed | _Searched:
        """The state, for pictures of as many values as ``like`` (B, n)."""
        if self._state is None:
            curvature = Curvature(like, self._history, self._gate)
            kind = _Searched if self._line_search == "strong-wolfe" else _Fixed
            self._state = kind(like, curvature, self._learning_rate, self._max_change)
        return self._state

    def resized(self, height: int, width: int) -> LBFGS:
        """One with the same settings that begins anew: what is known of the curvature fits no other size."""
        return LBFGS(self._learning_rate, self._history, self._gate, self._max_change, self._line_search)


class _Fixed:
    """Every evaluation brings an update."""

    def __init__(self, like: Tensor, curvature: Curvature, learning_rate: float, max_change: float | None) -> None:
        self.updates = torch.zeros(len(like), dtype=torch.long, device=like.device)
        self._curvature, self._learning_rate, self._max_change = curvature, learning_rate, max_change
        self._gradient = torch.zeros_like(like)  # where each picture was last moved from
        self._change = torch.zeros_like(like)  # and by how much; a pair without change never passes the gate

    def step(self, pictures: Tensor, losses: Tensor, gradient: Tensor, active: Tensor | None) -> None:
        moving = movable(losses, gradient, active)
        gradient = torch.where(moving[:, None], gradient, self._gradient)
        direction = self._curvature.direction(gradient, self._gradient, self._change, moving)
        change = _shortened(direction.mul_(self._learning_rate), self._max_change)
        pictures.addcmul_(change.view_as(pictures), shaped(moving, pictures).to(change.dtype))
        torch.where(moving[:, None], change, self._change, out=self._change)
        self._gradient.copy_(gradient)
        self.updates += moving

    def reserve(self, steps: int) -> None:
        self._curvature.reserve(steps)

    def restart(self, rows: Tensor) -> None:
        self._curvature.forget(rows)
        self._change.masked_fill_(rows[:, None], 0.0)


class _Searched:
    """Every evaluation is a trial in each picture's own line search."""

    def __init__(self, like: Tensor, curvature: Curvature, learning_rate: float, max_change: float | None) -> None:
        self.updates = torch.zeros(len(like), dtype=torch.long, device=like.device)
        self._curvature, self._learning_rate, self._max_change = curvature, learning_rate, max_change
        self._origin = torch.zeros_like(like)  # where each picture's direction begins
        self._gradient = torch.zeros_like(like)  # there
        self._direction = torch.zeros_like(like)
        self._held = torch.zeros_like(like)  # the gradient at the best trial so far
        self._facts = torch.zeros(3, len(like), dtype=torch.float64, device=like.device)
        self._courses = [_Course(learning_rate, max_change) for _ in like]

    def step(self, pictures: Tensor, losses: Tensor, gradient: Tensor, active: Tensor | None) -> None:
        on = torch.ones_like(losses, dtype=torch.bool) if active is None else active.to(losses.device)
        news = (on, movable(losses, gradient, None), losses, sums(gradient * self._direction))
        told = torch.stack([*(row.double() for row in news), *self._facts], 1).tolist()  # the one look at the device
        moves = [course.follow(*numbers) for course, numbers in zip(self._courses, told, strict=True)]

        table = torch.tensor([move.row() for move in moves], dtype=torch.float64).T.to(gradient.device)
        begin, keep, turn, forget, place = (table[:5] > 0)[:, :, None]
        taken, step = table[5:, :, None].to(gradient.dtype)
        self._held = torch.where(keep, gradient, self._held)
        self._origin = torch.where(begin, pictures.flatten(1), self._origin)
        if any(move.turn for move in moves):
            self._turn(turn, forget, taken)
        trial = torch.where(place, self._origin + step * self._direction, pictures.flatten(1))
        pictures.copy_(trial.view_as(pictures))

    def _turn(self, turn: Tensor, forget: Tensor, taken: Tensor) -> None:
        """Accept changes (``taken`` times the direction, (B, 1)) and give a new direction, where ``turn``."""
        change = taken * self._direction
        gradient = torch.where(turn & ~forget, self._held, self._gradient)
        self._curvature.forget(forget[:, 0])
        new = self._curvature.direction(gradient, self._gradient, change, turn[:, 0])
        if self._max_change is not None:
            new = _shortened(new, self._max_change / self._learning_rate)
        self._origin, self._gradient = self._origin + change, gradient
        self._direction = torch.where(turn, new, self._direction)
        slope, longest = sums(gradient * self._direction), self._direction.abs().amax(1)
        self._facts = torch.stack([slope.double(), longest.double(), (self._curvature.count == 0).double()])
        self.updates += taken[:, 0] > 0

    def reserve(self, steps: int) -> None:
        self._curvature.reserve(steps)

    def restart(self, rows: Tensor) -> None:
        self._curvature.forget(rows)
        for i in rows.nonzero().flatten().tolist():
            self._courses[i] = _Course(self._learning_rate, self._max_change)


@dataclass(frozen=True)
class _Move:
    """What becomes of one picture after an evaluation; by default it stays."""

    begin: bool = False
    """Its first direction begins here."""
    keep: bool = False
    """Hold the gradient just evaluated."""
    turn: bool = False
    """A change is accepted, of ``taken`` times the direction, and a new direction begins there."""
    forget: bool = False
    """It begins without history."""
    taken: float = 0.0
    step: float | None = None
    """To be evaluated next: this times the direction; None: where it is."""

    def row(self) -> tuple[float, ...]:
        place, step = self.step is not None, self.step or 0.0
        return self.begin, self.keep, self.turn, self.forget, place, self.taken, step


_STAY = _Move()


class _Course:
    """One picture's way from direction to direction, in plain numbers."""

    def __init__(self, learning_rate: float, max_change: float | None) -> None:
        self._first, self._max_change = learning_rate, max_change
        self._begun = self._stuck = False
        self._value = math.nan  # of the objective where the direction begins
        self._search: Search | None = None  # None: the direction is new, its first step is being evaluated

    def follow(
        self, on: float, finite: float, loss: float, slope: float, start_slope: float, longest: float, bare: float
    ) -> _Move:
        """The next move, by the evaluation (loss, slope) and by the direction (start_slope, longest, bare)."""
        if not on or self._stuck or not (finite or self._begun):
            return _STAY
        if not self._begun:
            self._begun, self._value = True, loss
            return _Move(begin=True, keep=True, turn=True, step=self._first)
        if self._search is None:
            if not start_slope < 0:  # even the gradient leads nowhere: it is zero
                self._stuck = True
                return _Move(step=0.0)
            limit = math.inf if self._max_change is None else max(self._max_change / longest, self._first)
            self._search = strong_wolfe(self._value, start_slope, self._first, longest, limit)
            next(self._search)
        found = self._search.send((loss, slope) if finite else (math.inf, math.nan))
        if not found.done:
            return _Move(keep=found.keep, step=found.step)
        self._search = None
        if found.step > 0:
            self._value = found.value
            return _Move(keep=found.keep, turn=True, taken=found.step, step=self._first)
        self._stuck = bool(bare)
        return _Move(step=0.0) if bare else _Move(turn=True, forget=True, step=self._first)


def _shortened(changes: Tensor, bound: float | None) -> Tensor:
    """(B, n) changes, each row so that no value exceeds the bound."""
    if bound is None:
        return changes
    largest = changes.abs().amax(1, keepdim=True).clamp_min(torch.finfo(changes.dtype).tiny)
    return changes.mul_((bound / largest).clamp_max(1.0))
