"""The Poisson equation on pixels of any shape, by pyamg: conjugate gradients, preconditioned by algebraic multigrid.

Errors that wave from pixel to pixel fade in a few steps of relaxation; those that are smooth look wavy to a grid with
fewer pixels (Briggs, Henson & McCormick, "A Multigrid Tutorial", 2nd edition, SIAM 2000). The coarser grids are chosen
from the equations alone, so that a mask of any shape has those that suit it (Ruge & Stüben, "Algebraic multigrid",
1987; Bell, Olson & Schroder, "PyAMG: Algebraic Multigrid Solvers in Python", JOSS 7(72), 2022).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Matrix = Any
"""A sparse array of scipy, which has no types."""

Columns = NDArray[np.float64]
"""(unknowns, channels)."""

#: The residual at which to stop, over what is asked for, both as L2 norms. A disc of three million pixels is then
#: within 1e-9 of its solution, and a level of 8 bits is 4e-3.
_TOLERANCE = 1e-10

#: Discs take 7 to 9 iterations up to 2048 pixels across, odd masks 4 to 8.
_MOST = 200


def solve(matrix: Matrix, asked: Columns) -> Columns:
    """The solution of ``matrix @ x = asked``, channel by channel, with one set of grids for all.

    Args:
        matrix: symmetric positive definite, (unknowns, unknowns).
        asked: (unknowns, channels).

    Raises:
        ArithmeticError: when that takes more iterations than any mask should.
    """
    import pyamg  # takes a while to import, and rectangles do without

    # The last grid is solved by sparse factors: pyamg's own choice is a dense inverse, and pixels that touch no other
    # all stay on it.
    grids = pyamg.ruge_stuben_solver(sparse.csr_matrix(matrix), coarse_solver="splu")
    solution = np.zeros_like(asked)
    for channel in range(asked.shape[1]):
        scale = np.abs(asked[:, channel]).max(initial=0)
        if scale == 0:
            continue
        solution[:, channel], unsolved = grids.solve(
            asked[:, channel] / scale, tol=_TOLERANCE, maxiter=_MOST, accel="cg", return_info=True
        )
        if unsolved:
            raise ArithmeticError(f"{asked.shape[0]} equations were not solved in {_MOST} iterations")
        solution[:, channel] *= scale
    return solution
