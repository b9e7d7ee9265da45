"""Optimisers over a batch of independent pictures: L-BFGS and Adam, without host synchronisation.

Both change the picture in place, once per evaluation, from its loss and gradient. Rows of the batch never
influence one another.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from nst.recipes import CurvatureGate

#: torch.optim.LBFGS keeps a pair (s, y) only if y.s exceeds this (torch/optim/lbfgs.py).
_CURVATURE_FLOOR = 1e-10


class Optimizer(Protocol):
    """Changes pictures in place."""

    def step(self, pictures: Tensor, losses: Tensor, gradients: Tensor) -> None:
        """One update of (B, 3, H, W) ``pictures`` from their losses (B,) and gradients, taken where they stand."""


class Adam:
    """Kingma & Ba 2015 as torch implements it; element-wise, so a batch is independent by nature."""

    def __init__(self, learning_rate: float, betas: tuple[float, float] = (0.9, 0.999)) -> None:
        self._learning_rate, self._betas = learning_rate, betas
        self._adam: torch.optim.Adam | None = None

    def step(self, pictures: Tensor, losses: Tensor, gradients: Tensor) -> None:
        if self._adam is None:
            self._adam = torch.optim.Adam([pictures], lr=self._learning_rate, betas=self._betas)
        pictures.grad = gradients
        self._adam.step()
        pictures.grad = None


class LBFGS:
    """Limited-memory BFGS with a fixed step, as torch.optim.LBFGS without line search, per picture.

    The direction comes from the compact form of the inverse Hessian (Byrd, Nocedal & Schnabel 1994, eq. 2.1 and
    theorem 2.2): with the kept pairs as columns of S and Y, R the upper triangle of S^T Y, D its diagonal and
    gamma = s.y / y.y of the newest pair,

        u = R^-1 S^T g,   v = R^-T ((D + gamma Y^T Y) u - gamma Y^T g),   H g = gamma g + S v - gamma Y u.

    That equals the usual two-loop recursion, but reads the history twice instead of four times and needs neither
    a Python loop over it nor a number from the device. Small systems are solved in float64.

    Pairs that fail the curvature gate are not kept. A direction that does not descend drops the history
    and becomes the gradient's. Pictures whose loss or gradient is not finite stay as they are.

    Args:
        learning_rate: step length; the very first step is min(1, 1 / |g|_1) times it.
        history: pairs kept, at most.
        gate: see :class:`nst.recipes.Conventions`.
        max_change: an update that would change some value by more is shortened, direction kept; None: never.
    """

    def __init__(
        self,
        learning_rate: float = 1.0,
        history: int = 100,
        gate: CurvatureGate = "torch",
        max_change: float | None = None,
    ) -> None:
        self._learning_rate, self._history, self._gate = learning_rate, history, gate
        self._max_change = max_change
        self._steps = 0
        self._count: Tensor
        self._gamma: Tensor

    def step(self, pictures: Tensor, losses: Tensor, gradients: Tensor) -> None:
        gradient = gradients.flatten(1)
        alive = losses.isfinite() & gradient.isfinite().all(1)
        gradient = torch.where(alive[:, None], gradient, 0.0)
        if self._steps == 0:
            self._begin(gradient)
        else:
            self._learn(gradient)
        direction = self._direction(gradient)

        # The first step of a run, and of a restart, is the gradient's: no curvature scales it yet.
        lost = (direction * gradient).sum(1) >= 0
        self._count = torch.where(lost, 0, self._count)
        bare = self._count == 0
        cautious = (1 / gradient.abs().sum(1).clamp_min(torch.finfo(gradient.dtype).tiny)).clamp_max(1.0)
        direction = torch.where(bare[:, None], -gradient * cautious[:, None], direction)
        if self._steps:  # torch scales the first step only; an empty history later takes -gamma g
            kept = bare & ~lost
            direction = torch.where(kept[:, None], -self._gamma[:, None] * gradient, direction)

        change = torch.where(alive[:, None], self._learning_rate * direction, 0.0)
        if self._max_change is not None:
            largest = change.abs().amax(1, keepdim=True).clamp_min(torch.finfo(change.dtype).tiny)
            change = change * (self._max_change / largest).clamp_max(1.0)
        self._previous_change, self._previous_gradient = change, gradient
        self._steps += 1
        pictures.add_(change.view_as(pictures))

    def _begin(self, gradient: Tensor) -> None:
        batch, device = len(gradient), gradient.device
        self._rows = torch.arange(batch, device=device)
        self._head = torch.zeros(batch, dtype=torch.long, device=device)  # slot the next pair goes to
        self._count = torch.zeros(batch, dtype=torch.long, device=device)
        self._gamma = torch.ones(batch, dtype=gradient.dtype, device=device)
        self._s = gradient.new_zeros(batch, 0, gradient.shape[1])
        self._y = gradient.new_zeros(batch, 0, gradient.shape[1])
        self._sy = torch.zeros(batch, self._history, self._history, dtype=torch.float64, device=device)
        self._yy = torch.zeros_like(self._sy)

    def _learn(self, gradient: Tensor) -> None:
        """Take in the pair of the last step, where its curvature is good."""
        s, y = self._previous_change, gradient - self._previous_gradient
        ys, yy = (y * s).sum(1), y.square().sum(1)
        floor = _CURVATURE_FLOOR
        bar = floor if self._gate == "torch" else floor * yy.sqrt() * s.square().sum(1).sqrt()
        good = ys > bar
        self._grow()
        slot = self._head
        for store, new in ((self._s, s), (self._y, y)):
            store[self._rows, slot] = torch.where(good[:, None], new, store[self._rows, slot])
        size = self._s.shape[1]
        y_dots = torch.bmm(self._y, torch.stack([s, y], dim=2)).double()  # (B, size, 2): y_i.s, y_i.y
        s_dots = torch.bmm(self._s, y[:, :, None]).double()  # (B, size, 1): s_i.y
        keep = good[:, None]
        sy, yy_matrix = self._sy[:, :size, :size], self._yy[:, :size, :size]
        sy[self._rows, slot] = torch.where(keep, y_dots[:, :, 0], sy[self._rows, slot])
        sy[self._rows, :, slot] = torch.where(keep, s_dots[:, :, 0], sy[self._rows, :, slot])
        yy_matrix[self._rows, slot] = torch.where(keep, y_dots[:, :, 1], yy_matrix[self._rows, slot])
        yy_matrix[self._rows, :, slot] = torch.where(keep, y_dots[:, :, 1], yy_matrix[self._rows, :, slot])
        self._gamma = torch.where(good, ys / yy.clamp_min(torch.finfo(yy.dtype).tiny), self._gamma)
        self._head = torch.where(good, (slot + 1) % self._history, slot)
        self._count = torch.where(good, (self._count + 1).clamp_max(self._history), self._count)

    def _grow(self) -> None:
        """Room for one more pair, doubling up to the history's length: a short run never pays for a long one."""
        size = self._s.shape[1]
        if size < min(self._steps, self._history):
            wanted = min(self._history, max(8, 2 * size))
            room = self._s.new_zeros(len(self._s), wanted - size, self._s.shape[2])
            self._s, self._y = torch.cat([self._s, room], 1), torch.cat([self._y, room], 1)

    def _direction(self, gradient: Tensor) -> Tensor:
        """-H g of every picture, by the compact form; zero history gives zero here and is replaced by the caller."""
        size = self._s.shape[1]
        if size == 0:
            return -gradient
        # Chronological order: position i holds slot (head - count + i) mod history; the rest is masked out.
        place = torch.arange(size, device=gradient.device)
        order = (self._head[:, None] - self._count[:, None] + place) % self._history % size
        valid = place < self._count[:, None]
        both = valid[:, :, None] & valid[:, None, :]

        def ordered(matrix: Tensor) -> Tensor:
            small = matrix[:, :size, :size]
            rows = small.gather(1, order[:, :, None].expand(-1, -1, size))
            return rows.gather(2, order[:, None, :].expand(-1, size, -1))

        eye = torch.eye(size, dtype=torch.float64, device=gradient.device)
        sy = torch.where(both, ordered(self._sy), eye)
        yy = torch.where(both, ordered(self._yy), 0.0)
        upper, diagonal = sy.triu(), sy.diagonal(dim1=1, dim2=2)
        gamma = self._gamma.double()[:, None]
        column = gradient[:, :, None]
        sg = torch.where(valid, torch.bmm(self._s, column)[:, :, 0].double().gather(1, order), 0.0)
        yg = torch.where(valid, torch.bmm(self._y, column)[:, :, 0].double().gather(1, order), 0.0)
        u = torch.linalg.solve_triangular(upper, sg[:, :, None], upper=True)[:, :, 0]
        inner = diagonal * u + gamma * torch.bmm(yy, u[:, :, None])[:, :, 0] - gamma * yg
        v = torch.linalg.solve_triangular(upper.transpose(1, 2), inner[:, :, None], upper=False)[:, :, 0]
        back = torch.zeros_like(sg)
        s_part = back.scatter_add(1, order, torch.where(valid, v, 0.0)).to(gradient.dtype)
        y_part = back.scatter_add(1, order, torch.where(valid, gamma * u, 0.0)).to(gradient.dtype)
        hessian_gradient = self._gamma[:, None] * gradient
        hessian_gradient = hessian_gradient + torch.bmm(s_part[:, None], self._s)[:, 0]
        hessian_gradient = hessian_gradient - torch.bmm(y_part[:, None], self._y)[:, 0]
        return -hessian_gradient
