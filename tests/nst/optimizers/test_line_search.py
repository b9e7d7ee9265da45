"""Strong Wolfe: one search in plain numbers, then many at once."""

import math

import pytest
import torch
from torch.optim.lbfgs import _strong_wolfe
from torch.overrides import TorchFunctionMode

from nst.optimizers import LBFGS
from nst.optimizers.line_search import strong_wolfe
from tests.nst.optimizers.problems import quartics, run


def follow(function, first, limit=math.inf, most=100):
    """Steps tried, and the step accepted, along t -> (value, slope)."""
    search, tried = strong_wolfe(*function(0.0), first, 1.0, limit), []
    move = next(search)
    while not move.done:
        tried.append(move.step)
        assert len(tried) <= most
        move = search.send(function(move.step))
    return tried, move


def wavy(seed):
    """A random curve that descends at 0. Ten first steps or fewer show its bends: trials closer together make the
    interpolation so ill-conditioned that rounding alone decides."""
    a, b, c, d = torch.rand(4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).tolist()
    width, bump, pull, shift = 10 ** (2 * a - 1), 2 * b, 10 ** (4 * c - 3), 6.3 * d

    def function(t):
        value = pull * (t / width - 1) ** 2 + bump * math.sin(t / width + shift)
        slope = (2 * pull * (t / width - 1) + bump * math.cos(t / width + shift)) / width
        return (value, slope) if start_slope <= 0 else (value - 2 * start_slope * t, slope - 2 * start_slope)

    start_slope = 0.0
    start_slope = function(0.0)[1]
    return function


@pytest.mark.parametrize("first", [1.0, 0.1])
def test_it_tries_and_accepts_what_torchs_search_does(first):
    lengths = set()
    for seed in range(300):
        function, expected = wavy(seed), []

        def evaluate(x, t, d, function=function, expected=expected):
            expected.append(float(t))
            value, slope = function(float(t))
            return value, torch.tensor([slope], dtype=torch.float64)

        value, slope = (torch.tensor(number, dtype=torch.float64) for number in function(0.0))
        one = torch.ones(1, dtype=torch.float64)
        *_, accepted, _ = _strong_wolfe(evaluate, None, first, one, value, slope[None], slope)
        tried, move = follow(function, first)
        assert tried == pytest.approx(expected, rel=1e-6), seed
        assert move.step == pytest.approx(float(accepted), rel=1e-6), seed
        assert move.value == function(move.step)[0]
        lengths.add(len(tried))
    assert lengths >= {1, 2, 3, 4, 5, 6}


def test_it_gives_up_after_26_trials():
    tried, move = follow(lambda t: (-t, -1.0), 1.0)  # falls for ever, and never less steeply
    assert len(tried) == 26
    assert move.step == tried[-1]
    tried, move = follow(lambda t: (0.0 if t == 0 else 1.0, -1.0), 1.0)  # higher wherever it looks
    assert move.step == 0.0
    assert len(tried) <= 26


def test_where_it_ends_at_the_start_the_bracket_is_smaller_than_any_change_that_counts():
    tried, move = follow(lambda t: (float(t > 0), -1.0 + 2 * (t > 0)), 1.0)
    assert move.step == 0.0
    assert tried[-1] < 1e-7


@pytest.mark.parametrize("failure", [(math.nan, 0.0), (math.inf, 1.0), (-math.inf, -1.0), (-2.0, math.nan)])
def test_a_trial_that_is_not_finite_halves_the_step(failure):
    def function(t):
        return failure if t > 0.3 else (t * t - t / 2, 2 * t - 0.5)

    tried, move = follow(function, 1.0)
    assert tried == [1.0, 0.5, 0.25]
    assert (move.step, move.keep) == (0.25, True)


def test_no_trial_is_longer_than_the_limit_and_there_a_fall_is_enough():
    tried, move = follow(lambda t: (-t, -1.0), 1.0, limit=2.5)
    assert tried[-1] == move.step == 2.5
    assert max(tried) == 2.5
    assert move.keep


def test_a_picture_gets_past_a_trial_that_is_not_finite():
    def barrier(x, i):  # defined below 1 only
        return (-torch.log(1 - x) - 1.9 * x).sum()

    x0 = torch.zeros(2, 4, dtype=torch.float64)
    losses, x = run(LBFGS(4.0, line_search="strong-wolfe"), barrier, x0, 30)
    assert losses[1].isinf().all()
    assert torch.allclose(x, torch.full_like(x, 1 - 1 / 1.9), atol=1e-6)


def test_no_evaluation_is_further_from_where_its_direction_began_than_the_bound():
    seen = []

    def slope(x, i):
        seen.append(x.detach().clone())
        return -x.sum()

    x0 = torch.zeros(1, 4, dtype=torch.float64)
    optimizer = LBFGS(0.5, max_change=0.25, line_search="strong-wolfe")
    run(optimizer, slope, x0, 40)
    path = torch.stack(seen)
    assert (path[1:] - path[:-1]).abs().max() <= 0.25 + 1e-12
    assert path[-1].min() > 0.25 * (optimizer.updates.item() - 1)  # each change reaches the bound


def test_at_its_minimum_a_picture_stays_until_it_is_restarted():
    goal = torch.zeros(1, 5, dtype=torch.float64)

    def bowl(x, i):
        return ((x - goal[0]) ** 2).sum()

    optimizer = LBFGS(line_search="strong-wolfe")
    _, x = run(optimizer, bowl, torch.zeros(1, 5, dtype=torch.float64), 5)
    assert torch.equal(x, goal)
    assert optimizer.updates.tolist() == [0]
    goal += 1
    _, x = run(optimizer, bowl, x, 5)
    assert torch.equal(x, torch.zeros(1, 5, dtype=torch.float64))
    optimizer.restart(torch.tensor([True]))
    _, x = run(optimizer, bowl, x, 20)
    assert torch.allclose(x, goal)


def test_a_picture_without_anything_left_to_gain_does_not_hold_up_the_others():
    function, x0 = quartics(2, 30)
    x0[0] = run(LBFGS(line_search="strong-wolfe"), function, x0[:1], 120, rows=[0])[1][0]
    losses, _ = run(LBFGS(line_search="strong-wolfe"), function, x0, 60)
    alone, _ = run(LBFGS(line_search="strong-wolfe"), function, x0[1:], 60, rows=[1])
    assert torch.equal(losses[:, 1], alone[:, 0])
    assert losses[-1, 0] <= losses[0, 0]


def test_a_search_that_finds_nothing_drops_the_history_and_begins_with_the_gradient():
    function, x0 = quartics(1, 30)
    optimizer = LBFGS(line_search="strong-wolfe")
    _, x = run(optimizer, function, x0, 10)
    updates = optimizer.updates.item()
    memory = optimizer._state._curvature
    assert memory.count.item() > 0
    trials = 0
    while memory.count.item():  # every trial of one search is spoilt
        optimizer.step(x, torch.tensor([1e6], dtype=torch.float64), torch.full_like(x, 1e6))
        trials += 1
        assert trials <= 26
    assert optimizer.updates.item() == updates
    losses, _ = run(optimizer, function, x, 30)
    assert losses[-1] < losses[0]
    assert memory.count.item() > 0


class Reads(TorchFunctionMode):
    """Counts the times the host asks for values."""

    count = 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        names = ("tolist", "item", "cpu", "numpy", "nonzero", "__bool__", "__float__", "__int__", "__index__")
        self.count += getattr(function, "__name__", "") in names
        return function(*args, **(kwargs or {}))


def test_the_device_is_read_once_per_evaluation_whatever_the_batch():
    for batch in (1, 5):
        optimizer, x = LBFGS(line_search="strong-wolfe"), torch.ones(batch, 6, dtype=torch.float64)
        for _ in range(12):
            with Reads() as reads:
                optimizer.step(x, (x**4).sum(1), 4 * x**3)
            assert reads.count == 1
