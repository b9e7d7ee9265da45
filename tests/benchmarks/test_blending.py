"""Gradient-domain fusion of small pictures; ``python -m tests.benchmarks.blending`` measures large ones beside lsqr."""

import numpy as np
import pytest

from nst.blending import blend, reconstruct

from .blending import LEVEL, by_lsqr, estimated, problems, sized

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
    by_other = by_lsqr(problem, LEVEL, most=5)
    assert by_other.error <= LEVEL
    assert by_other.iterations > 10


def test_iterations_are_estimated_by_the_power_they_grew_by():
    assert estimated(800, {50: 7, 100: 1000, 200: 4000}) == pytest.approx(64_000)
