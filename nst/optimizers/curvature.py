"""What L-BFGS remembers of the curvature, for a batch of independent problems."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from nst.optimizers.rows import sums
from nst.settings import CurvatureGate

#: torch.optim.LBFGS keeps a pair (s, y) only if y.s exceeds this (torch/optim/lbfgs.py).
_FLOOR = 1e-10

#: With no pair to go by, a step whose pair was refused is followed by one this many times as long. The first changes a
#: value of a 512 x 512 picture by a millionth on average, and a start may lie where the curvature is negative: there
#: steps of that length would lead nowhere in any number of evaluations, and ten times as long overshoots a quartic.
_GROWTH = 4.0


class Curvature:
    """The inverse Hessian H of B problems of n values, from up to ``history`` pairs (s, y) each.

    The direction -H g comes from the compact form (Byrd, Nocedal & Schnabel 1994, eq. 2.1 and theorem 2.2): with
    the kept pairs as columns of S and Y, R the upper triangle of S^T Y, D its diagonal and gamma = s.y / y.y of the
    newest pair,

        u = R^-1 S^T g,   v = R^-T ((D + gamma Y^T Y) u - gamma Y^T g),   H g = gamma g + S v - gamma Y u.

    That equals the usual two-loop recursion, but reads the history twice instead of four times, once for all its
    products with y and g and once to add it up, and needs neither a Python loop over it nor a number from the device.
    Small systems are solved in float64.

    Pairs lie in a ring of ``history`` + 1 slots per problem. The newest is always written, to the spare slot, and
    becomes part of the history only if it passes the gate: no branch, and no copy of what it would replace.

    All that is remembered stays where it lies in memory, but for the ring while it grows (:meth:`reserve`).

    Args:
        like: a gradient (B, n): batch, length, device and precision.
        history: pairs kept, at most.
        gate: see :class:`nst.optimizers.LBFGS`.
    """

    def __init__(self, like: Tensor, history: int, gate: CurvatureGate) -> None:
        batch, device = len(like), like.device
        self._history, self._gate = history, gate
        self._tiny = torch.finfo(like.dtype).tiny
        # Until a pair says better, torch's H is the identity; of no scale at all, the largest number is the bound.
        self._no_scale = 1.0 if gate == "torch" else torch.finfo(like.dtype).max
        self._rows = torch.arange(batch, device=device)
        self._head = torch.zeros(batch, dtype=torch.long, device=device)  # slot the next pair goes to
        self._count = torch.zeros(batch, dtype=torch.long, device=device)
        self._gamma = torch.full((batch,), self._no_scale, dtype=like.dtype, device=device)
        self._fresh = torch.ones(batch, dtype=torch.bool, device=device)  # has given no direction yet
        self._stride = torch.ones(batch, dtype=like.dtype, device=device)  # L1 length of a step without history
        self._pairs = like.new_zeros(batch, 0, 2, like.shape[1])  # (B, slots, s and y, n)
        self._sy = torch.zeros(batch, history + 1, history + 1, dtype=torch.float64, device=device)
        self._yy = torch.zeros_like(self._sy)
        self._offered, self._reserved = 0, False

    @property
    def count(self) -> Tensor:
        """(B,) int64: pairs each problem has."""
        return self._count

    def forget(self, rows: Tensor) -> None:
        """Drop all pairs of the chosen problems, (B,) bool: they are as new."""
        self._head.masked_fill_(rows, 0)
        self._count.masked_fill_(rows, 0)
        self._gamma.masked_fill_(rows, self._no_scale)
        self._fresh |= rows
        self._stride.masked_fill_(rows, 1.0)

    def reserve(self, pairs: int) -> None:
        """Take the memory that so many pairs, one after the other, come to; more must not be offered then."""
        self._make_room(pairs)
        self._reserved = True

    def direction(self, gradient: Tensor, before: Tensor, change: Tensor, rows: Tensor) -> Tensor:
        """-H g, (B, n), after taking in the pair of the last change.

        With no pair to go by, the direction is the gradient's; so it is, and the history is dropped, where -H g
        does not descend.

        Args:
            gradient: (B, n), finite.
            before: (B, n), the gradient before the last change.
            change: (B, n), s; zero where there was none.
            rows: (B,) bool: problems in question; the others keep their memory, and what is said of them is void.
        """
        if not self._reserved:
            self._offered += 1
            self._make_room(self._offered)
        latest = torch.stack([gradient, gradient], 1)
        latest[:, 0] -= before
        self._pairs[self._rows, self._head, 0] = change
        self._pairs[self._rows, self._head, 1] = latest[:, 0]
        # Of the matrix products that give these numbers, this form is the fastest on a CPU by a factor of two, and
        # its rounding does not depend on the size of the batch.
        flat = self._pairs.flatten(1, 2)
        products = torch.bmm(latest, flat.transpose(1, 2)).double()
        products = products.view(len(flat), 2, -1, 2)  # of y and g with every slot's s and y
        self._learn(products[:, 0], change, rows)
        direction = torch.bmm(self._weights(products[:, 1]).to(flat.dtype)[:, None], flat)[:, 0]

        cautious = self._stride / sums(gradient.abs()).clamp_min(self._tiny)
        bare = self._count == 0
        bound = bare if self._gate == "relative" else bare & self._fresh  # torch bounds the very first step only
        scale = torch.where(bound, torch.minimum(self._gamma, cautious), self._gamma)
        direction.addcmul_(gradient, scale[:, None], value=-1)

        climbs = ~(sums(direction * gradient) < 0)
        self._count.masked_fill_(climbs & rows, 0)
        self._fresh &= ~rows
        return torch.where(climbs[:, None], -gradient * torch.minimum(self._gamma, cautious)[:, None], direction)

    def _make_room(self, pairs: int) -> None:
        """Slots for so many pairs, doubling up to the ring's length: a short run never pays for a long one."""
        batch, before, _, length = self._pairs.shape
        slots = before
        while slots <= min(pairs, self._history):
            slots = min(self._history + 1, max(8, 2 * slots))
        if slots > before:
            self._pairs = torch.cat([self._pairs, self._pairs.new_zeros(batch, slots - before, 2, length)], 1)

    def _learn(self, products: Tensor, change: Tensor, rows: Tensor) -> None:
        """Make the newest pair part of the history where its curvature is good; ``products`` (B, slots, 2): with y."""
        slot, slots = self._head, products.shape[1]
        ys, yy = products[self._rows, slot].unbind(1)
        bar: float | Tensor = _FLOOR
        if self._gate == "relative":
            bar = _FLOOR * yy.sqrt() * sums(change * change).double().sqrt()
        good = rows & (ys > bar)
        # Only s_i.y_j of i not newer than j are read (R is an upper triangle): older pairs with the new y.
        self._sy[self._rows, :slots, slot] = products[:, :, 0]
        self._yy[self._rows, :slots, slot] = products[:, :, 1]
        self._yy[self._rows, slot, :slots] = products[:, :, 1]
        gamma = (ys / yy.clamp_min(torch.finfo(torch.float64).tiny)).to(self._gamma.dtype)
        self._gamma.copy_(torch.where(good, gamma, self._gamma))
        if self._gate == "relative":
            refused = rows & ~good & ~self._fresh & (self._count == 0)
            longer = (self._stride * _GROWTH).clamp_max(float(change.shape[1]))  # on average all of black to white
            self._stride.copy_(torch.where(good & rows, 1.0, torch.where(refused, longer, self._stride)))
        self._head.copy_(torch.where(good, (slot + 1) % (self._history + 1), slot))
        self._count.copy_(torch.where(good, (self._count + 1).clamp_max(self._history), self._count))

    def _weights(self, products: Tensor) -> Tensor:
        """(B, 2 slots): what every s and y adds to -H g beyond -gamma g; ``products`` (B, slots, 2): with g."""
        slots, ring = products.shape[1], self._history + 1
        # Chronological order: position i holds slot (head - count + i) of the ring; the rest is masked out.
        # As large as the ring from the first: how many slots there are yet must not show in the rounding.
        place = torch.arange(ring, device=products.device)
        order = (self._head[:, None] - self._count[:, None] + place) % ring
        valid = place < self._count[:, None]
        both = valid[:, :, None] & valid[:, None, :]

        def ordered(matrix: Tensor) -> Tensor:
            across = order[:, None].expand(-1, ring, -1)
            return matrix.gather(1, across.transpose(1, 2)).gather(2, across)

        eye = torch.eye(ring, dtype=torch.float64, device=products.device)
        sy = torch.where(both, ordered(self._sy), eye)
        yy = ordered(self._yy)  # of what is not valid, u is zero and v is masked
        upper, diagonal = sy.triu(), sy.diagonal(dim1=1, dim2=2)
        gamma = self._gamma.double()[:, None]
        pairwise = order[:, :, None].expand(-1, -1, 2)
        known = F.pad(products, (0, 0, 0, ring - slots)).gather(1, pairwise)
        sg, yg = torch.where(valid[:, :, None], known, 0.0).unbind(2)
        u = torch.linalg.solve_triangular(upper, sg[:, :, None], upper=True)[:, :, 0]
        inner = diagonal * u + gamma * (yy * u[:, None]).sum(2) - gamma * yg
        v = torch.linalg.solve_triangular(upper.transpose(1, 2), inner[:, :, None], upper=False)[:, :, 0]
        weights = torch.where(valid[:, :, None], torch.stack([-v, gamma * u], 2), 0.0)
        return torch.zeros_like(known).scatter(1, pairwise, weights)[:, :slots].flatten(1)
