import pytest
import torch

from bench.machine import steadiness
from bench.runs import UNSTABLE, Steadiness


class Clock:
    """Every look at it is so many seconds later."""

    def __init__(self, steps):
        self.time, self._steps = 0.0, iter(steps)

    def __call__(self):
        self.time += next(self._steps, 0.01)
        return self.time


def test_the_median_pass_counts_with_its_spread():
    # Looks: the start; then for each pass one for its begin and one for its end. Enough passes: no look at the budget
    # before there are eleven, and the one that ends it.
    passes = [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.10, 0.11]
    looks = [0.0, *(step for length in passes for step in (0.0, length)), 0.0]
    found = steadiness.measure("cpu", Clock(looks))
    assert found["passes"] == 11
    assert found["seconds"] == pytest.approx(0.06)
    assert found["spread"] == pytest.approx(0.05 / 0.06)


def test_short_passes_are_repeated_until_the_budget_is_spent():
    found = steadiness.measure("cpu", Clock([0.0] + [0.001] * 1000))
    # Of looks a millisecond apart, the first eleven passes take two each, all others three.
    assert found["passes"] == pytest.approx(11 + (0.2 - 0.022) / 0.003, abs=1)


def test_the_work_is_always_the_same_and_leaves_other_random_numbers_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    assert steadiness.measure("cpu")["seconds"] > 0
    assert torch.equal(torch.rand(3), expected)


def test_a_machine_that_slows_down_by_more_than_a_tenth_is_unstable_and_so_is_one_that_speeds_up():
    assert Steadiness(before=1.0, after=1.09).apart < UNSTABLE < Steadiness(before=1.0, after=1.11).apart
    assert Steadiness(before=1.11, after=1.0).apart > UNSTABLE
