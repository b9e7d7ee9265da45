"""The rule for any times of pairs, and against noise such as continuous integration has."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bench.check.model import Limits, Verdict
from bench.check.rule import decide
from tests.bench.check.limits import RATIOS

ORDER = [Verdict.IMPROVEMENT, Verdict.NO_CHANGE, Verdict.INCONCLUSIVE, Verdict.REGRESSION]


# Properties, at a difference that no round figures have.


@st.composite
def times_of_pairs(draw):
    """Heads that are by and large faster, as fast or slower, each a little otherwise, and some by far."""
    bulk = draw(st.sampled_from([0.5, 0.8, 0.95, 1.0, 1.05, 1.2, 2.0]))
    one = st.tuples(st.floats(1e-3, 1e3), st.one_of(st.floats(0.97, 1.03), st.floats(0.97, 1.03), st.floats(0.01, 100)))
    return [(base, base * bulk * factor) for base, factor in draw(st.lists(one, min_size=7, max_size=20))]


TIMES = times_of_pairs()
LIMITS = st.sampled_from([Limits(delta=0.1037, floor=0), Limits(delta=0.1037, floor=0.01234), Limits(delta=0.5123)])


@given(TIMES, LIMITS)
def test_sides_that_change_places_change_a_regression_into_an_improvement(times, limits):
    base, head = zip(*times, strict=True)
    there, back = decide(base, head, limits), decide(head, base, limits)
    assert (there.verdict == "regression") is (back.verdict == "improvement")
    assert (there.verdict == "improvement") is (back.verdict == "regression")
    assert back.difference == -there.difference
    assert (back.ratio, back.low, back.high) == pytest.approx((1 / there.ratio, 1 / there.high, 1 / there.low))


@given(TIMES, LIMITS, st.integers(-8, 8))
def test_the_unit_of_time_does_not_matter(times, limits, power):
    """Powers of two, which change no digit; the floor has the unit of the times."""
    base, head = zip(*times, strict=True)
    scale = 2.0**power
    scaled = limits.model_copy(update={"floor": limits.floor * scale})
    there, here = decide(base, head, limits), decide([b * scale for b in base], [h * scale for h in head], scaled)
    assert (here.verdict, here.ratio, here.low, here.high) == (there.verdict, there.ratio, there.low, there.high)


@given(TIMES, LIMITS, st.data())
def test_a_slower_head_never_looks_better(times, limits, data):
    base, head = zip(*times, strict=True)
    slower = [h * data.draw(st.sampled_from([1, 1.01, 1.2, 3])) for h in head]
    before, after = decide(base, head, limits), decide(base, slower, limits)
    assert ORDER.index(before.verdict) <= ORDER.index(after.verdict)
    assert (before.ratio, before.low, before.high) <= (after.ratio, after.low, after.high)


@given(TIMES, LIMITS, st.randoms(use_true_random=False))
def test_the_order_of_pairs_does_not_matter(times, limits, random):
    dealt = random.sample(times, len(times))
    assert decide(*zip(*times, strict=True), limits) == decide(*zip(*dealt, strict=True), limits)


@given(TIMES, LIMITS)
def test_bounds_lie_around_the_ratio_and_are_ratios_of_pairs(times, limits):
    base, head = zip(*times, strict=True)
    found = decide(base, head, limits)
    assert found.low <= found.ratio <= found.high
    ratios = [h / b for b, h in times]
    assert min(abs(found.low / ratio - 1) for ratio in ratios) < 1e-12
    assert min(abs(found.high / ratio - 1) for ratio in ratios) < 1e-12


@given(TIMES)
def test_what_is_called_slower_is_so_in_most_pairs(times):
    found = decide(*zip(*times, strict=True), RATIOS)
    slower = sum(head > 1.1 * base for base, head in times)
    assume(all(abs(head / base - 1.1) > 1e-9 for base, head in times))
    assert (found.verdict == "regression") is (slower > len(times) - found.k)


# Noise as on a shared runner.


def measured(rng, slowdown, n):
    """Times of n pairs in turns, base first, then head first: 3 % of noise, a drift of 1 % from slot to slot, and in
    one of twenty something that takes 10 to 60 % more."""
    noise = rng.normal(0, 0.03, 2 * n) + np.cumsum(rng.normal(0, 0.01, 2 * n))
    spikes = np.where(rng.random(2 * n) < 0.05, rng.uniform(1.1, 1.6, 2 * n), 1.0)
    slots = (np.exp(noise) * spikes).reshape(n, 2)
    slots[1::2] = slots[1::2, ::-1]  # ABBA
    return slots[:, 0], slots[:, 1] * slowdown


def flagged(slowdown, trials=300, n=16):
    rng = np.random.default_rng(20260101)
    verdicts = [decide(*measured(rng, slowdown, n), Limits()).verdict for _ in range(trials)]
    return verdicts.count(Verdict.REGRESSION) / trials


def test_on_a_noisy_machine_equal_sides_are_never_called_slower_and_a_quarter_more_is_nearly_always():
    assert flagged(1.0) == 0
    assert flagged(1.25) > 0.95


def test_on_a_noisy_machine_exactly_the_difference_that_matters_is_called_slower_as_rarely_as_promised():
    """3000 trials at 1.1: 0.0106 within three standard errors."""
    assert flagged(1.1, trials=3000) < 0.0106 + 3 * math.sqrt(0.0106 / 3000)
