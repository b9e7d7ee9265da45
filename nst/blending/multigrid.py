"""The Poisson equation on pixels of any shape: conjugate gradients, preconditioned by multigrid.

Errors that wave from pixel to pixel fade in a few steps of relaxation; those that are smooth look wavy to a grid with
half the pixels. So each level relaxes, hands what is left to the next coarser one and adds what that finds: a V-cycle
(Briggs, Henson & McCormick, "A Multigrid Tutorial", 2nd edition, SIAM 2000). The work is a multiple of the pixels.

The coarse pixels of a level are those in even rows and even columns that lie inside; in between is interpolated
bilinearly, with 0 outside, where the solution is 0. The coarse equations are the Galerkin product of the finer
ones, so that a mask of any shape is represented at every level by the pixels that really lie in it.

The coarse grids miss part of a mask's fine shape. Conjugate gradients make up for it, with the cycle as their
preconditioner (Tatebe, "The multigrid preconditioned conjugate gradient method", 1993).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

Matrix = Any
"""A sparse array of scipy, which has no types."""

Columns = NDArray[np.float64]
"""(unknowns, channels)."""

Rough = NDArray[np.float32]
"""(unknowns, channels): what the preconditioner works with. It need not be exact, and half the bytes are faster."""

Positions = NDArray[np.int32]

#: So few unknowns are solved for directly.
_FEW = 1000

#: Relaxation: a residual over the sum of its equation's magnitudes (l1-Jacobi), times this. Below 2 it converges for
#: every symmetric positive definite matrix (Baker, Falgout, Kolev & Yang, "Multigrid smoothers for ultraparallel
#: computing", SIAM Journal on Scientific Computing 33(5), 2011), so that the cycle is a preconditioner on any mask; in
#: the midst of a mask this is damped Jacobi with the best damping there is for smoothing, 4/5.
_RELAXATION = 1.6

#: The error in the energy norm at which to stop, over the largest value asked for.
_TOLERANCE = 1e-8

#: Discs take 10 to 13 iterations, the worst of many odd masks took 20.
_MOST = 500


def solve(matrix: Matrix, asked: Columns, rows: Positions, columns: Positions) -> Columns:
    """The solution of ``matrix @ x = asked`` for all channels at once.

    It stops by the preconditioned norm of the residual, which is the error's energy norm to within a small factor:
    the root of the sum of its squared differences between neighbours. With 0 around it, an error has nowhere to be
    larger than its energy norm times the root of about (1 + ln(side) / 3), whatever the number of pixels.

    Args:
        matrix: symmetric positive definite, (unknowns, unknowns).
        asked: (unknowns, channels).
        rows, columns: where each unknown lies, from 0.
    """
    scale = np.abs(asked).max(initial=0)
    if scale == 0:
        return np.zeros_like(asked)
    cycle = _Cycle(matrix, rows, columns)
    x, residual = np.zeros_like(asked), asked / scale
    direction, before = np.zeros_like(asked), np.ones(asked.shape[1])
    for _ in range(_MOST):
        better = cycle(residual.astype(np.float32)).astype(np.float64)
        now = _dots(residual, better)
        if now.max() <= _TOLERANCE**2:
            return np.asarray(x * scale)
        direction *= _over(now, before)
        direction += better
        image = matrix @ direction
        length = _over(now, _dots(direction, image))
        x += length * direction
        residual -= length * image
        before = now
    raise ArithmeticError(f"{asked.shape[0]} equations were not solved in {_MOST} iterations")


def _dots(a: Columns, b: Columns) -> NDArray[np.float64]:
    """Channel by channel."""
    dots: NDArray[np.float64] = np.einsum("ij,ij->j", a, b)
    return dots


def _over(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """a / b; 0 in a channel that has nothing left to solve."""
    return np.divide(a, b, out=np.zeros_like(a), where=b > 0)


@dataclass(frozen=True)
class _Level:
    step: Rough
    """What a residual is multiplied with to relax, (unknowns, 1)."""
    matrix: Matrix
    """(unknowns, unknowns), this and the others in single precision."""
    interpolation: Matrix
    """From the next coarser level, (unknowns, coarse unknowns)."""
    restriction: Matrix
    """Its transpose."""


class _Cycle:
    """A V-cycle from 0 with one relaxation before and one after: symmetric and positive definite."""

    def __init__(self, matrix: Matrix, rows: Positions, columns: Positions) -> None:
        self._levels: list[_Level] = []
        while matrix.shape[0] > _FEW:
            interpolation, kept = _interpolation(rows, columns)
            restriction = interpolation.T.tocsr()
            step = (_RELAXATION / abs(matrix).sum(axis=1)).astype(np.float32)[:, None]
            single = [each.astype(np.float32) for each in (matrix, interpolation, restriction)]
            self._levels.append(_Level(step, *single))
            matrix = restriction @ (matrix @ interpolation)
            rows, columns = rows[kept] // 2, columns[kept] // 2
        self._last = _direct(matrix)

    def __call__(self, residual: Rough, depth: int = 0) -> Rough:
        if depth == len(self._levels):
            return self._last(residual)
        level = self._levels[depth]
        x: Rough = level.step * residual
        x += level.interpolation @ self(level.restriction @ (residual - level.matrix @ x), depth + 1)
        x += level.step * (residual - level.matrix @ x)
        return x


def _direct(matrix: Matrix) -> Callable[[Rough], Rough]:
    if matrix.shape[0] == 0:
        # Every pixel has one in an even row and column close by that is outside: nothing is smooth in such a mask.
        return lambda residual: residual
    # An ordering for symmetric matrices, and no pivoting, which such a matrix does not need.
    factors = splu(matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    return lambda residual: np.asarray(factors.solve(residual.astype(np.float64)), dtype=np.float32)


def _interpolation(rows: Positions, columns: Positions) -> tuple[Matrix, NDArray[np.bool_]]:
    """Bilinear interpolation from the coarse pixels, (unknowns, coarse unknowns), and which of the unknowns those are.

    A pixel in an odd row takes half from the row above and half from the one below, or all from the one above where
    the rows end; columns likewise. Coarse pixels that are not there are 0.
    """
    kept = (rows % 2 == 0) & (columns % 2 == 0)
    height, width = (int(positions.max()) // 2 + 1 for positions in (rows, columns))
    numbers = np.full((height, width), -1, dtype=np.int32)
    numbers[rows[kept] // 2, columns[kept] // 2] = np.arange(np.count_nonzero(kept), dtype=np.int32)
    above_and_below = rows // 2, np.minimum((rows + 1) // 2, height - 1)
    left_and_right = columns // 2, np.minimum((columns + 1) // 2, width - 1)
    found = [numbers[row, column] for row in above_and_below for column in left_and_right]
    there = [np.flatnonzero(numbers >= 0).astype(np.int32) for numbers in found]
    fine = np.concatenate(there)
    coarse = np.concatenate([numbers[at] for numbers, at in zip(found, there, strict=True)])
    shares = np.full(len(fine), 0.25)  # those of one pixel are added up: 1/4 + 1/4 in an even row, 1 on a coarse pixel
    return sparse.csr_array((shares, (fine, coarse)), shape=(len(rows), np.count_nonzero(kept))), kept
