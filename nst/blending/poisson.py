"""The equations of the pixels to be made, and the fastest of the ways to solve them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from nst.blending import multigrid, rectangle
from nst.blending.inputs import Field, Inside
from nst.blending.placing import bounds

#: So few unknowns are solved for directly: as fast as by multigrid, and exact to rounding.
_FEW = 40_000


def solve(asked: Field, inside: Inside) -> Field:
    """The f that is 0 outside and of which each pixel inside, less its neighbours one by one, sums to what is asked.

    Sum over the neighbours q of p: f(p) - f(q) = asked(p).

    Neighbours are the pixels above, below, left and right as far as the array goes: at its edge a pixel has fewer.
    Where everything is inside, so that nothing says where 0 is, f has mean 0.

    A rectangle is solved exactly by sine and cosine transforms, where to either side it ends with the array at both
    ends or at none; any other shape by sparse factors while it is small, else by multigrid.

    Args:
        asked: (height, width, channels); what stands there outside is ignored. Where everything is inside, it must
            sum to 0.
        inside: (height, width).
    """
    solution = np.zeros_like(asked)
    box, held = _rectangle(inside)
    if held is not None:
        solution[box] = rectangle.solve(asked[box], held)
    else:
        left = matrix(inside)
        by = _factored if left.shape[0] <= _FEW else multigrid.solve
        solution[inside] = by(left, asked[inside])
    return solution


def _factored(left: Any, asked: NDArray[np.float64]) -> Any:
    """By sparse Cholesky factors in all but name: an ordering for symmetric matrices, and no pivoting."""
    factors = splu(left.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    return factors.solve(asked)


def matrix(inside: Inside) -> Any:
    """The left side as a sparse array (pixels inside, pixels inside), those counted row by row.

    On the diagonal the number of neighbours, inside or not; -1 for each that is inside. Symmetric.
    """
    count = np.count_nonzero(inside)
    numbers = np.full(inside.shape, -1, dtype=np.int32)
    numbers[inside] = np.arange(count, dtype=np.int32)
    neighbours = np.full(inside.shape, 4.0)
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        neighbours[edge] -= 1
    first, second = (np.concatenate(ends) for ends in zip(*(_pairs(numbers, axis) for axis in (0, 1)), strict=True))
    itself = np.arange(count, dtype=np.int32)
    values = np.concatenate([neighbours[inside], np.full(2 * len(first), -1.0)])
    places = np.concatenate([itself, first, second]), np.concatenate([itself, second, first])
    return sparse.csr_array((values, places), shape=(count, count))


def _pairs(numbers: NDArray[np.int32], axis: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Neighbours along an axis that are both inside, by their numbers."""
    along = np.moveaxis(numbers, axis, 0)
    both = (along[:-1] >= 0) & (along[1:] >= 0)
    return along[:-1][both], along[1:][both]


def _rectangle(inside: Inside) -> tuple[tuple[slice, slice], tuple[bool, bool] | None]:
    """The box around what is inside; for rows and columns whether it ends within the array, None if that is not for
    transforms: not filled, or at the array's edge at one end alone."""
    box = bounds(inside)
    ends = [(side.start > 0, side.stop < length) for side, length in zip(box, inside.shape, strict=True)]
    if any(first != last for first, last in ends) or not inside[box].all():
        return box, None
    return box, (ends[0][0], ends[1][0])
