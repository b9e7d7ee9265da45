"""What equal sides say of a machine: exact distributions, held against enumeration."""

import itertools
import math

import numpy as np
import pytest

from bench.check import rule
from bench.check.calibrated.calibration import calibration, held_against, home, load, save
from bench.check.calibrated.resolution import Observed, at_least, quantile, resolution
from bench.check.model import Benchmark, Comparison, Limits, Pair, Side, Verdict


def test_order_statistics_of_draws_agree_with_every_draw_there_is():
    values, n = [-0.3, -0.1, 0.0, 0.2, 0.5], 4
    draws = [sorted(draw) for draw in itertools.product(values, repeat=n)]
    for k in range(1, n + 1):
        for m, value in enumerate(values, 1):
            counted = sum(draw[k - 1] <= value for draw in draws) / len(draws)
            assert at_least(n, k, m / len(values)) == pytest.approx(counted, abs=1e-12)
        for share in (0.05, 0.5, 0.9, 0.95):
            least = next(x for x in values if sum(draw[k - 1] <= x for draw in draws) / len(draws) >= share)
            assert quantile(values, n, k, share) == least


def observed(ratios, base=1.0):
    return Observed(
        id="x", name="main: x", phase="optimise", base=[base] * len(ratios), head=[base * r for r in ratios]
    )


def noise(sigma, count=400, seed=0):
    return np.exp(np.random.default_rng(seed).normal(0, sigma, count)).tolist()


@pytest.mark.parametrize("base", [1.0, 0.05], ids=["by the ratio", "by the floor"])
def test_what_it_promises_comes_true(base):
    """Comparisons drawn from the same noise: 95 of 100 find equal code equal, 9 of 10 see the slowdown twice."""
    limits = Limits(floor=0.02, delta=0.05)
    found = resolution(observed(noise(0.05), base), limits)
    fine = limits.model_copy(update={"delta": max(found.finest * 1.05, 1e-6)})
    fresh = np.exp(np.random.default_rng(1).normal(0, 0.05, (2000, limits.pairs)))
    ones = [base] * limits.pairs
    equal = [rule.decide(ones, (base * row).tolist(), fine).verdict is Verdict.NO_CHANGE for row in fresh]
    seen = [
        rule.decide(ones, (base * row * found.seen).tolist(), limits).verdict is Verdict.REGRESSION for row in fresh
    ]
    assert np.mean(equal) > 0.93
    assert 0.86 < np.mean(seen[:1000]) * np.mean(seen[1000:]) < 0.97


def test_a_steadier_machine_and_more_pairs_resolve_more():
    limits = Limits(floor=0.0)
    finest = [resolution(observed(noise(sigma)), limits).finest for sigma in (0.01, 0.03, 0.1)]
    assert finest == sorted(finest)
    more = resolution(observed(noise(0.03)), limits.model_copy(update={"pairs": 40}))
    assert more.finest < finest[1]


def test_a_slowdown_below_the_floor_is_not_seen():
    found = resolution(observed([1.0] * 20, base=0.1), Limits(floor=0.03, delta=0.1))
    assert (found.off, found.finest, found.seen) == (0.0, 0.0, pytest.approx(1.3, rel=1e-3))
    assert resolution(observed([1.0] * 20, base=1e-4), Limits(floor=0.03)).seen is None


def test_too_few_pairs_say_nothing():
    assert resolution(observed([1.0] * 6), Limits()) is None
    assert resolution(observed([1.0] * 20), Limits(pairs=6)) is None


def comparison(head=1.0, invalid="", delta=0.1, **more):
    pairs = [
        Pair(number=n, first="base", base=[9.0, 1.0, 1.0], head=[head * (1 + n / 100)] * 3, invalid=invalid * (n == 2))
        for n in range(17)
    ]
    one = Benchmark(id="x", name="main: x", pairs=pairs, verdict=Verdict.NO_CHANGE)
    sides = [Side(role=role, given="this code", environment={"cpu": "a cpu"}) for role in ("base", "head")]
    return Comparison(
        kind="compare", title="small", command=["nst-bench"], started="2026-01-01T00:00:00+00:00",
        finished="2026-01-02T00:00:00+00:00", limits=Limits(delta=delta), sides=sides, benchmarks=[one], **more,
    )  # fmt: skip


def test_pairs_of_several_comparisons_are_put_together():
    made = calibration([comparison(invalid="hot"), comparison()])
    (one,) = made.observed
    assert len(one.base) == len(one.head) == 31, "pair 0 and what must not be compared are left out"
    assert set(one.base) == {1.0}
    assert made.verdicts == [Verdict.NO_CHANGE] * 2
    assert made.fingerprint["cpu"] == "a cpu"


def regression(**more):
    found = comparison(**more)
    benchmarks = [one.model_copy(update={"verdict": Verdict.REGRESSION}) for one in found.benchmarks]
    return found.model_copy(update={"benchmarks": benchmarks})


def test_what_is_finer_than_the_machine_does_not_block(tmp_path):
    path = home(tmp_path, "small", {"cpu": "a cpu"})
    assert path != home(tmp_path, "small", {"cpu": "another"})
    save(path, calibration([comparison()]))
    known = load(path)
    finest = known.resolutions(Limits())["x", "optimise"].finest
    assert 0.1 < finest < 0.16
    coarse = regression(delta=0.2)
    assert held_against(coarse, known, known.fingerprint) == coarse
    held = held_against(regression(delta=0.025), known, known.fingerprint)
    assert held.verdict is Verdict.INCONCLUSIVE
    assert held.benchmarks[0].reason == (
        f"found slower twice, but 2.5% is finer than this machine can tell: equal code was up to {finest:.1%} apart "
        "(2026-01-02). More pairs, longer jobs or a larger --delta help"
    )
    equal = comparison(delta=0.025)
    assert held_against(equal, known, known.fingerprint) == equal, "its own interval has shown that"


def test_no_calibration_and_a_broken_one_are_none(tmp_path):
    assert load(tmp_path / "none.json") is None
    (tmp_path / "bad.json").write_text("{")
    assert load(tmp_path / "bad.json") is None


def test_ratios_are_logarithms():
    assert observed([2.0, 0.5]).ratios == [-math.log(2), math.log(2)]
