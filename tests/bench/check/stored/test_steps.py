"""Steps in a history: the fit is the best there is, one outlier is none, and what is small or short is not told."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from itertools import pairwise
from statistics import median

import pytest

from bench.check.stored import steps


def all_cuts(n: int, fewest: int) -> Iterator[list[int]]:
    """Every way to cut n points into stretches of at least ``fewest``."""

    def further(starts: list[int]) -> Iterator[list[int]]:
        if n - starts[-1] >= fewest:
            yield starts
        for start in range(starts[-1] + fewest, n - fewest + 1):
            yield from further([*starts, start])

    return further([0])


def cost(values: list[float], starts: list[int], penalty: float) -> float:
    stretches = [values[a:b] for a, b in pairwise([*starts, len(values)])]
    return sum(abs(v - median(s)) for s in stretches for v in s) + penalty * (len(starts) - 1)


def series(seed: int, levels: list[float], each: int, noise: float) -> list[float]:
    drawn = random.Random(seed)
    return [math.log(level) + drawn.gauss(0, noise) for level in levels for _ in range(each)]


@pytest.mark.parametrize("fewest", [1, 2, 3])
@pytest.mark.parametrize("n", range(2, 10))
def test_the_fit_is_the_cheapest_of_all_there_are(n: int, fewest: int) -> None:
    drawn = random.Random(100 * n + fewest)
    for penalty in (0.05, 0.3, 1.0):
        values = [drawn.choice([0.0, 1.0]) + drawn.gauss(0, 0.2) for _ in range(n)]
        found = steps.fit(values, penalty, fewest)
        cheapest = min(cost(values, starts, penalty) for starts in all_cuts(n, min(fewest, n)))
        assert cost(values, found, penalty) == pytest.approx(cheapest)
        assert all(b - a >= fewest for a, b in pairwise([*found, n])) or found == [0]


def test_distances_are_those_from_the_median_of_every_beginning() -> None:
    drawn = random.Random(7)
    values = [drawn.choice([1.0, 2.0, 5.5]) + drawn.random() for _ in range(40)]
    expected = [sum(abs(v - median(values[:k])) for v in values[:k]) for k in range(1, 41)]
    assert steps.distances(values) == pytest.approx(expected)


def test_a_step_of_ten_per_cent_is_found_at_its_place_with_noise_of_three() -> None:
    exact = near = 0
    for seed in range(100):
        found = steps.steps(series(seed, [1.0, 1.1], 10, 0.03))
        exact += [step.index for step in found] == [10]
        near += any(abs(step.index - 10) <= 1 for step in found)
    assert near >= 90
    assert exact >= 60


def test_noise_alone_makes_no_step() -> None:
    assert sum(bool(steps.steps(series(seed, [1.0], 20, 0.03))) for seed in range(100)) <= 5
    assert sum(bool(steps.steps(series(seed, [1.0], 20, 0.01))) for seed in range(100)) == 0


@pytest.mark.parametrize("place", [0, 1, 7, 14, 15])
def test_one_spike_is_no_step(place: int) -> None:
    for seed in range(20):
        logs = series(seed, [1.0], 16, 0.01)
        logs[place] += math.log(3)
        assert steps.steps(logs) == []


def test_a_step_tells_its_levels_and_their_ratio() -> None:
    (step,) = steps.steps([math.log(t) for t in (2.0, 2.02, 1.98, 2.0, 2.5, 2.5, 2.52, 2.49)])
    assert step.index == 4
    assert math.exp(step.before) == pytest.approx(2.0)
    assert math.exp(step.after) == pytest.approx(2.5)
    assert step.ratio == pytest.approx(1.25)
    assert math.exp(step.least) == pytest.approx(2.5 / 2.0)


def test_there_and_back_are_two_steps() -> None:
    assert [step.index for step in steps.steps(series(1, [1.0, 1.2, 1.0], 6, 0.005))] == [6, 12]


def test_two_points_at_the_end_are_enough_where_there_is_little_noise() -> None:
    assert [step.index for step in steps.steps(series(1, [1.0], 8, 0.004) + series(2, [1.1], 2, 0.004))] == [8]


@pytest.mark.parametrize(("change", "told"), [(1.04, 0), (1.06, 1), (1 / 1.04, 0), (1 / 1.06, 1)])
def test_less_than_five_per_cent_is_not_told(change: float, told: int) -> None:
    assert len(steps.steps(series(1, [1.0, change], 10, 0.0))) == told


def test_steps_too_small_to_tell_add_up_to_one_that_is() -> None:
    logs = [math.log(t) for t in [1.0] * 8 + [1.04] * 6 + [1.08] * 10]
    (step,) = steps.steps(logs)
    assert step.index == 8
    assert step.ratio == pytest.approx(1.08)


@pytest.mark.parametrize("logs", [[], [0.0], [0.0, 1.0], [0.0, 0.0, 1.0]])
def test_too_few_points_have_no_step(logs: list[float]) -> None:
    assert steps.steps(logs) == []
