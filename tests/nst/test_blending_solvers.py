"""The solvers, against dense and direct ones, on masks that are hard for multigrid."""

import numpy as np
import pytest
from scipy.sparse.linalg import spsolve

from nst.blending import multigrid, poisson, rectangle

SIDE = 64
Y, X = np.mgrid[:SIDE, :SIDE]
RADIUS = np.hypot(Y - SIDE / 2, X - SIDE / 2)
RANDOM = np.random.default_rng(0).random((SIDE, SIDE))

MASKS = {
    "disc": RADIUS < 30,
    "ring": (RADIUS < 30) & (RADIUS > 15),
    "spiral": ((RADIUS + np.arctan2(Y - SIDE / 2, X - SIDE / 2) / (2 * np.pi) * 9) % 9 > 1) & (RADIUS < 30),
    "all but a corner": (Y > 0) | (X > 0),
    "all but one pixel within": (Y != 31) | (X != 37),
    "all but the last column": X < SIDE - 1,
    "chessboard": (X + Y) % 2 == 0,
    "lattice without a coarse pixel": (X % 2 == 1) | (Y % 2 == 1),
    "lines a pixel wide": Y % 2 == 1,
    "comb": (Y % 6 != 3) | (X <= 5),
    "slits between coarse pixels": Y % 8 != 1,
    "slits on coarse pixels": Y % 8 != 0,
    "holes in rows of 16": (Y % 16 != 0) | (X % 16 != 0),
    "diagonal slits": (X + Y) % 16 != 1,
    **{f"random, {share} inside": share > RANDOM for share in (0.3, 0.6, 0.9, 0.999)},
}


def asked(inside, channels=3):
    """What smooth and rough changes together ask for, and those changes, (pixels inside, channels)."""
    waves = np.sin(np.add.outer(np.arange(channels) + 1.0, 3 * Y[inside] / SIDE)).T
    truth = waves + np.random.default_rng(1).random(waves.shape)
    return poisson.matrix(inside) @ truth, truth


@pytest.mark.parametrize("name", MASKS)
def test_multigrid_solves_any_mask_in_a_few_iterations(name, monkeypatch):
    monkeypatch.setattr(multigrid, "_MOST", 15)  # beyond which it raises
    inside = MASKS[name]
    right, truth = asked(inside)
    found = multigrid.solve(poisson.matrix(inside), right)
    assert np.abs(found - truth).max() < 1e-7


@pytest.mark.parametrize("few", [1000, poisson._FEW], ids=["multigrid", "factors"])
@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1e25])
def test_the_unit_of_the_values_does_not_matter(scale, few, monkeypatch):
    monkeypatch.setattr(poisson, "_FEW", few)
    inside = MASKS["ring"]
    right, truth = asked(inside)
    change = np.zeros((*inside.shape, 3))
    change[inside] = right * scale
    assert np.abs(poisson.solve(change, inside)[inside] / scale - truth).max() < 1e-7


def test_a_channel_with_nothing_to_solve_stays_0_beside_others():
    inside = MASKS["disc"]
    right, truth = asked(inside)
    right[:, 1] = 0
    found = multigrid.solve(poisson.matrix(inside), right)
    assert (found[:, 1] == 0).all()
    assert np.abs(found - truth)[:, [0, 2]].max() < 1e-7


def test_pixels_that_touch_no_other_need_no_memory_for_all_of_their_pairs():
    """A dense matrix of them would be 32 GB."""
    side = 360
    chessboard = np.add.outer(np.arange(side), np.arange(side)) % 2 == 0
    right, truth = np.ones((side * side // 2, 1)), poisson.matrix(chessboard).diagonal()
    assert multigrid.solve(poisson.matrix(chessboard), right)[:, 0] == pytest.approx(1 / truth)


def test_a_large_mask_is_solved_as_closely_as_pictures_need():
    inside = np.hypot(*(np.mgrid[:260, :260] - 130)) < 125
    right = np.random.default_rng(0).normal(size=(np.count_nonzero(inside), 1))
    assert len(right) > poisson._FEW
    field = np.zeros((*inside.shape, 1))
    field[inside] = right
    found = poisson.solve(field, inside)[inside]
    assert np.abs(found - poisson._factored(poisson.matrix(inside), right)).max() < 1e-6 * np.abs(found).max()


def test_equations_that_are_not_solved_are_not_passed_off_as_such(monkeypatch):
    monkeypatch.setattr(multigrid, "_MOST", 3)
    inside = MASKS["disc"]
    with pytest.raises(ArithmeticError) as caught:
        multigrid.solve(poisson.matrix(inside), asked(inside)[0])
    assert str(caught.value) == f"{np.count_nonzero(inside)} equations were not solved in 3 iterations"


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (6, 1), (7, 9)], ids=str)
@pytest.mark.parametrize("held", [(True, True), (True, False), (False, True), (False, False)], ids=str)
def test_transforms_solve_a_rectangle_exactly(size, held):
    """In the midst of a larger array where it is held, up to that one's edge where it is not."""
    right = np.random.default_rng(0).normal(size=(*size, 2))
    if not any(held):
        right -= right.mean(axis=(0, 1))
    inside = np.pad(np.ones(size, dtype=bool), [(int(side), int(side)) for side in held])
    dense = poisson.matrix(inside).toarray()
    expected, *_ = np.linalg.lstsq(dense, right.reshape(-1, 2), rcond=None)  # of several the smallest: that of mean 0
    assert rectangle.solve(right, held).reshape(-1, 2) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("box", "by"),
    [
        (np.s_[1:-1, 2:-3], "transforms"),
        (np.s_[:, 3:-1], "transforms"),
        (np.s_[4:-4, :], "transforms"),
        (np.s_[:, :], "transforms"),
        (np.s_[:-1, :], "factors"),
        (np.s_[2:-2, 3:], "multigrid"),
    ],
    ids=str,
)
def test_rectangles_are_left_to_transforms_unless_one_of_two_ends_is_the_array_s(box, by, monkeypatch):
    ways = {"transforms": (rectangle, "solve"), "multigrid": (multigrid, "solve"), "factors": (poisson, "_factored")}
    for other in ways.keys() - {by}:
        monkeypatch.setattr(*ways[other], lambda *_: pytest.fail("another one was asked"))
    if by == "multigrid":
        monkeypatch.setattr(poisson, "_FEW", 1000)
    inside = np.zeros((40, 40), dtype=bool)
    inside[box] = True
    right = np.zeros((40, 40, 1))
    right[inside] = np.random.default_rng(0).normal(size=(np.count_nonzero(inside), 1))
    if inside.all():
        right -= right.mean()
    found = poisson.solve(right, inside)
    assert (found[~inside] == 0).all()
    assert np.abs(poisson.matrix(inside) @ found[inside] - right[inside]).max() < 1e-6


def test_all_solvers_find_the_same():
    inside = np.zeros((SIDE, SIDE), dtype=bool)
    inside[5:-7, 3:-1] = True
    right, _ = asked(inside)
    field = np.zeros((SIDE, SIDE, 3))
    field[inside] = right
    by_multigrid = multigrid.solve(poisson.matrix(inside), right)
    assert np.abs(by_multigrid - poisson.solve(field, inside)[inside]).max() < 1e-7
    assert np.abs(by_multigrid - poisson._factored(poisson.matrix(inside), right)).max() < 1e-7
    assert np.abs(by_multigrid - spsolve(poisson.matrix(inside).tocsc(), right)).max() < 1e-7


@pytest.mark.parametrize("name", ["disc", "random, 0.6 inside", "all but a corner"])
def test_the_equations_count_each_neighbour_once(name):
    inside = MASKS[name]
    matrix = poisson.matrix(inside)
    assert (matrix != matrix.T).nnz == 0
    beyond = np.pad(~inside, 1)  # beyond the array there are no neighbours
    outside = beyond[:-2, 1:-1].astype(int) + beyond[2:, 1:-1] + beyond[1:-1, :-2] + beyond[1:-1, 2:]
    assert np.array_equal(matrix.sum(axis=1), outside[inside])
