"""What gradient-domain fusion costs, beside scipy's lsqr and other solvers: ``python -m tests.benchmarks.blending``.

Times are processor seconds (``time.process_time``), which other programs disturb less than the clock on the wall.
The tables of docs/blending.md are what it prints with ``--sides 112 224 1024 2048 --most 30``; it takes a quarter of an hour.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyamg
from PIL import Image
from scipy import sparse
from scipy.sparse.linalg import lsqr, splu

from nst import samples
from nst.blending import blend, poisson, reconstruct
from nst.blending.guidance import demand

#: The largest error that lsqr is taken to: half a level of 8 bits, so that pictures look the same.
LEVEL = 1 / 510

CHANNELS = 3


@dataclass(frozen=True)
class Problem:
    """One to be solved in two ways: by this project, and as equations by anything else."""

    name: str
    solve: Callable[[], Any]
    """By this project; gives the unknowns' values, (unknowns, channels)."""
    matrix: Any
    right: Any
    """Equations (equations, unknowns) and their right side (equations, channels)."""
    truth: Any
    """(unknowns, channels)."""


def sized(name: str, side: int) -> Any:
    picture = Image.fromarray(samples.load(name)).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(picture) / 255


def toy(side: int) -> Problem:
    """Two equations for each pixel, less at the right and lower border, and one for the corner."""
    picture = sized("coffee", side)
    numbers = np.arange(side * side).reshape(side, side)
    pairs = [(numbers[:, :-1], numbers[:, 1:]), (numbers[:-1], numbers[1:])]
    first, second = (np.concatenate([ends.ravel() for ends in one]) for one in zip(*pairs, strict=True))
    rows = np.arange(len(first))
    values = np.concatenate([-np.ones(len(rows)), np.ones(len(rows)), [1]])
    places = np.concatenate([rows, rows, [len(rows)]]), np.concatenate([first, second, [0]])
    matrix = sparse.csr_array((values, places), shape=(len(rows) + 1, numbers.size))
    truth = picture.reshape(-1, CHANNELS)
    return Problem("toy problem", lambda: reconstruct(picture).reshape(truth.shape), matrix, matrix @ truth, truth)


def fused(side: int, inside: Any, name: str) -> Problem:
    """The cat into the cup."""
    source, target = sized("chelsea", side), sized("coffee", side)
    asked = demand(source, target, inside, mixed=False, across=True)[inside]
    matrix = poisson.matrix(inside)
    right = asked + matrix @ target[inside]  # for the picture itself, as everyone else states it, not for its change
    return Problem(
        name,
        lambda: blend(source, inside, target)[inside],
        matrix,
        right,
        exact(matrix, asked, inside) + target[inside],
    )


def exact(matrix: Any, asked: Any, inside: Any) -> Any:
    """The change, refined until nothing but rounding is left, whatever the solver stops at."""
    change = np.zeros_like(asked)
    for _ in range(2):
        left = np.zeros((*inside.shape, CHANNELS))
        left[inside] = asked - matrix @ change
        change += poisson.solve(left, inside)[inside]
    return change


def problems(side: int) -> Iterator[Problem]:
    yield toy(side)
    rows, columns = np.mgrid[:side, :side]
    margin = max(1, side // 50)
    yield fused(side, np.hypot(rows - side / 2, columns - side / 2) < side / 2 - margin, "blend, disc")
    square = np.zeros((side, side), dtype=bool)
    square[margin:-margin, margin:-margin] = True
    yield fused(side, square, "blend, square")


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = call()
    return time.process_time() - start, result


@dataclass(frozen=True)
class Lsqr:
    """What lsqr took for one channel."""

    seconds: float
    iterations: int
    error: float


def by_lsqr(problem: Problem, level: float, most: float) -> Lsqr:
    """One channel by as few iterations as bring the largest error to a level, to a tenth of them.

    Where that takes more than ``most`` seconds, or so, the search ends with what was reached.
    """

    def run(iterations: int) -> Lsqr:
        seconds, (found, *_) = timed(
            lambda: lsqr(problem.matrix, problem.right[:, 0], atol=0, btol=0, conlim=0, iter_lim=iterations)
        )
        return Lsqr(seconds, iterations, float(np.abs(found - problem.truth[:, 0]).max()))

    last = run(16)
    while last.error > level:
        if 2 * last.seconds > most:
            return last
        last = run(2 * last.iterations)
    too_few = last.iterations // 2
    for _ in range(3):
        fewer = run(round((too_few * last.iterations) ** 0.5))
        if fewer.error <= level:
            last = fewer
        else:
            too_few = fewer.iterations
    return last


def estimated(side: int, known: dict[int, int]) -> float:
    """Iterations at a side, as the power of it that they grew by over the two largest sides they are known at."""
    (half, few), (full, many) = sorted(known.items())[-2:]
    return float(many * (side / full) ** (np.log(many / few) / np.log(full / half)))


def _rounded(number: float) -> str:
    """To its first digit, which is all that an estimate knows."""
    return f"{float(f'{number:.1g}'):,.0f}"


def compared(sides: list[int], most: float) -> None:
    print(
        "| problem | side | unknowns | `nst.blending` | largest error | lsqr | iterations | largest error | lsqr takes |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    known: dict[str, dict[int, int]] = {}
    for side in sides:
        for problem in problems(side):
            ours = min(timed(problem.solve)[0] for _ in range(5))
            error = np.abs(problem.solve() - problem.truth).max()
            head = f"| {problem.name} | {side} | {len(problem.truth):,} | {ours:.2g} s | {error:.0e} |"
            found, sure = by_lsqr(problem, LEVEL, most), known.setdefault(problem.name, {})
            seconds = CHANNELS * found.seconds
            if found.error <= LEVEL:
                sure[side] = found.iterations
                ends = f"{seconds:.2g} s | {found.iterations:,} | {found.error:.0e} | {seconds / ours:,.0f} times as long |"
            elif len(sure) < 2:
                ends = f"given up at {seconds:.2g} s | {found.iterations:,} | {found.error:.0e} | - |"
            else:
                needed = estimated(side, sure)
                times = seconds / ours * needed / found.iterations
                ends = (
                    f"given up at {seconds:.2g} s | {found.iterations:,} of about {_rounded(needed)} | {found.error:.0e} |"
                    f" about {_rounded(times)} times as long, estimated |"
                )
            print(f"{head} {ends}", flush=True)


def solvers() -> Iterator[tuple[str, Callable[[Any, Any], Any]]]:
    def direct(ordering: str) -> Callable[[Any, Any], Any]:
        symmetric = ordering == "MMD_AT_PLUS_A"
        options = {"diag_pivot_thresh": 0.0, "options": {"SymmetricMode": True}} if symmetric else {}
        return lambda matrix, right: splu(matrix.tocsc(), permc_spec=ordering, **options).solve(right)

    yield "splu, its own ordering (COLAMD)", direct("COLAMD")
    yield "splu, symmetric ordering (MMD)", direct("MMD_AT_PLUS_A")
    yield "conjugate gradients, Jacobi", lambda matrix, right: _each(_jacobi, matrix, right)
    for name, setup in (
        ("pyamg, smoothed aggregation", pyamg.smoothed_aggregation_solver),
        ("pyamg, Ruge-Stüben", pyamg.ruge_stuben_solver),
    ):
        yield name, lambda matrix, right, setup=setup: _each_amg(setup(sparse.csr_matrix(matrix)), right)


def _each(solve: Callable[[Any, Any], Any], matrix: Any, right: Any) -> Any:
    return np.stack([solve(matrix, channel) for channel in right.T], axis=1)


def _jacobi(matrix: Any, right: Any) -> Any:
    from scipy.sparse.linalg import cg

    found, _ = cg(matrix, right, rtol=1e-9, M=sparse.diags_array(1 / matrix.diagonal()))
    return found


def _each_amg(hierarchy: Any, right: Any) -> Any:
    return np.stack([hierarchy.solve(channel, tol=1e-9, accel="cg") for channel in right.T], axis=1)


def tried(sides: list[int], largest: int) -> None:
    print("| solver | side | seconds | largest error |\n|---|---|---|---|")
    for side in sides:
        _, problem, _ = problems(side)
        seconds, found = min((timed(problem.solve) for _ in range(3)), key=lambda one: one[0])
        print(f"| `nst.blending` | {side} | {seconds:.2g} | {np.abs(found - problem.truth).max():.0e} |", flush=True)
        for name, solve in solvers() if side <= largest else ():
            seconds, found = timed(partial(solve, problem.matrix, problem.right))
            print(f"| {name} | {side} | {seconds:.2g} | {np.abs(found - problem.truth).max():.0e} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Gradient-domain fusion beside other solvers, in processor seconds.")
    parser.add_argument("--sides", type=int, nargs="+", default=[56, 112], help="of the pictures, in pixels")
    parser.add_argument("--most", type=float, default=10, help="seconds that lsqr gets for a channel, about")
    parser.add_argument("--largest", type=int, default=1024, help="side up to which other solvers are tried")
    given = parser.parse_args()
    compared(given.sides, given.most)
    tried(given.sides, given.largest)
