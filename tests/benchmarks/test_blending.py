"""Gradient-domain fusion of small pictures; ``python -m tests.benchmarks.blending`` measures large ones beside lsqr."""

import numpy as np
import pytest

from nst.blending import blend, reconstruct

from .blending import LEVELS, by_lsqr, problems, sized

SIDE = 128


def test_rebuilding_a_picture(benchmark):
    picture = sized("coffee", SIDE)
    assert np.abs(benchmark(reconstruct, picture) - picture).max() < 1e-6


@pytest.mark.parametrize("mixed", [False, True], ids=["poisson", "mixed"])
def test_blending_a_disc(benchmark, mixed):
    rows, columns = np.mgrid[:SIDE, :SIDE]
    inside = np.hypot(rows - SIDE / 2, columns - SIDE / 2) < SIDE / 2 - 2
    source, target = sized("chelsea", SIDE), sized("coffee", SIDE)
    assert np.isfinite(benchmark(blend, source, inside, target, mixed=mixed)).all()


@pytest.mark.parametrize("problem", list(problems(16)), ids=lambda problem: problem.name)
def test_what_is_compared_with_lsqr_is_one_problem(problem):
    """Each way reaches the same pixels, so that the table of docs/blending.md compares what can be compared."""
    assert np.abs(problem.solve() - problem.truth).max() < 1e-6
    _, iterations, error = by_lsqr(problem, min(LEVELS), most=5)
    assert error <= min(LEVELS)
    assert iterations > 10
