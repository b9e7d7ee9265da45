"""The Poisson equation on a rectangle, exactly, by transforms that diagonalise it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from nst.blending.inputs import Field


def solve(asked: Field, held: tuple[bool, bool]) -> Field:
    """Values whose sum of differences to their neighbours is what is asked for, (height, width, channels).

    The second difference has sines as its eigenvectors where values beyond both ends are 0 (DST-I), cosines where
    there are no neighbours beyond them (DCT-II), with the eigenvalues 2 - 2 cos(...): n log n operations, exact to
    rounding (Buzbee, Golub & Nielson, "On direct methods for solving Poisson's equations", SIAM Journal on Numerical
    Analysis 7(4), 1970).

    Args:
        asked: (height, width, channels).
        held: for rows and columns, whether values beyond both ends are 0; otherwise there are none. With neither
            held, solutions differ by a constant, and that of mean 0 is given; what is asked for must then sum to 0.
    """
    values = asked
    for axis in (0, 1):
        values = fft.dst(values, type=1, axis=axis) if held[axis] else fft.dct(values, type=2, axis=axis)
    eigenvalues = np.add.outer(*(_eigenvalues(asked.shape[axis], held[axis]) for axis in (0, 1)))
    if not any(held):
        eigenvalues[0, 0] = np.inf  # the constant, of which nothing is known
    values /= eigenvalues[..., None]
    for axis in (0, 1):
        values = fft.idst(values, type=1, axis=axis) if held[axis] else fft.idct(values, type=2, axis=axis)
    solution: Field = values
    return solution


def _eigenvalues(length: int, held: bool) -> NDArray[np.float64]:
    angles = np.arange(1, length + 1) / (length + 1) if held else np.arange(length) / length
    # 2 - 2 cos(a) as 4 sin^2(a / 2), which keeps its digits where a is small
    values: NDArray[np.float64] = 4 * np.sin(np.pi * angles / 2) ** 2
    return values
