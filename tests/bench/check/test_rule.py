"""The rule against exact values, against every order there is, and against noise such as continuous integration has."""

import math
import re
from fractions import Fraction
from itertools import permutations, product
from pathlib import Path
from statistics import median

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.stats import binom

from bench.check.model import Limits, Pair, Verdict
from bench.check.rule import decide, fewest, level, place

PAGE = Path(__file__).parents[3] / "docs" / "check.md"

#: No floor: ratios alone decide.
RATIOS = Limits(floor=0)
ORDER = [Verdict.IMPROVEMENT, Verdict.NO_CHANGE, Verdict.INCONCLUSIVE, Verdict.REGRESSION]


def test_the_place_of_the_bounds_and_their_exact_level():
    """Levels from coefficients of the binomial over powers of two; the places are the largest within 1.25 %."""
    table = {
        7: (1, Fraction(1, 128)),
        8: (1, Fraction(1, 256)),
        9: (1, Fraction(1, 512)),
        10: (2, Fraction(1 + 10, 1024)),
        12: (2, Fraction(1 + 12, 4096)),
        16: (4, Fraction(1 + 16 + 120 + 560, 65536)),
        20: (5, Fraction(1 + 20 + 190 + 1140 + 4845, 1048576)),
    }
    assert {n: (place(n, 0.0125), Fraction(level(n, place(n, 0.0125)))) for n in table} == table


def test_the_documents_table_is_what_the_rule_does():
    rows = re.findall(r"^\| (\d+) \| (\d+) \| (0\.\d+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert rows == [(str(n), str(k), f"{level(n, k):.4f}") for n in (7, 8, 10, 16, 20) for k in [place(n, 0.0125)]]


@pytest.mark.parametrize("n", [1, 2, 7, 16, 33, 200])
def test_levels_are_the_binomials(n):
    places = range(1, n // 2 + 2)
    assert [level(n, k) for k in places] == pytest.approx(binom.cdf([k - 1 for k in places], n, 0.5), rel=1e-9)


@pytest.mark.parametrize("alpha", [0.25, 0.05, 0.0125, 1 / 128, 0.001])
def test_a_place_is_the_largest_within_its_level(alpha):
    for n in range(fewest(alpha), 60):
        k = place(n, alpha)
        assert level(n, k) <= alpha < level(n, k + 1)
        assert k <= n // 2  # the bounds do not cross


@pytest.mark.parametrize(
    ("alpha", "n"), [(0.3, 2), (0.25, 2), (0.0125, 7), (1 / 128, 7), (0.0078, 8), (0.001, 10), (1e-300, 997)]
)
def test_fewer_pairs_than_the_fewest_say_nothing(alpha, n):
    assert fewest(alpha) == n
    assert (place(n - 1, alpha), place(n, alpha)) == (None, 1)


def test_bounds_never_cross_however_generous_the_level():
    assert [place(n, 0.99) for n in (2, 3, 10, 11)] == [1, 1, 5, 5]


def test_a_level_that_is_met_exactly_counts():
    assert place(10, 11 / 1024) == 2
    assert place(10, np.nextafter(11 / 1024, 0)) == 1


def test_thousands_of_pairs_are_no_trouble():
    """2 to the power of 2000 is no float."""
    k = place(2000, 0.0125)
    assert level(2000, k) == pytest.approx(binom.cdf(k - 1, 2000, 0.5), rel=1e-6)
    assert level(2000, k) <= 0.0125 < level(2000, k + 1)


@pytest.mark.parametrize(("n", "k"), [(7, 0), (7, 8), (0, 1), (7, -1)])
def test_there_is_no_such_place(n, k):
    with pytest.raises(ValueError, match=rf"^the place {k} of {n}: expected 1 to {n}$"):
        level(n, k)


@pytest.mark.parametrize("alpha", [0, 1, -0.1, math.nan])
def test_there_is_no_such_level(alpha):
    with pytest.raises(ValueError, match="expected more than 0 and less than 1"):
        fewest(alpha)


def every_sign(n):
    """All ways in which n ratios can lie above and below their median; each as likely as any other."""
    return product((-1, 1), repeat=n)


def reach(n):
    """Distances from the median that span nine orders of magnitude."""
    return [10.0 ** (-9 + 9 * i / n) for i in range(n)]


@pytest.mark.parametrize("n", [7, 8, 10, 12])
def test_at_the_edge_exactly_the_level_of_all_outcomes_is_called_slower(n):
    """The true ratio is exactly the difference that matters: ln(head / base) lies above ln 1.1 as often as below."""
    edge, distances = math.log(1.1), reach(n)
    found = [
        decide([1.0] * n, [math.exp(edge + sign * d) for sign, d in zip(signs, distances, strict=True)], RATIOS).verdict
        for signs in every_sign(n)
    ]
    assert Fraction(found.count(Verdict.REGRESSION), len(found)) == Fraction(level(n, place(n, 0.0125)))


@pytest.mark.parametrize("n", [7, 10])
def test_at_the_other_edges_too(n):
    """Improvements at 1 / 1.1, and no change at 1.1: the upper bound is as exact as the lower."""
    found = {}
    for edge, verdict in [(-math.log(1.1), Verdict.IMPROVEMENT), (math.log(1.1), Verdict.NO_CHANGE)]:
        found[verdict] = sum(
            decide([1.0] * n, [math.exp(edge + s * d) for s, d in zip(signs, reach(n), strict=True)], RATIOS).verdict
            in (verdict, Verdict.IMPROVEMENT)
            for signs in every_sign(n)
        )
    assert {verdict: Fraction(count, 2**n) for verdict, count in found.items()} == dict.fromkeys(
        found, Fraction(level(n, place(n, 0.0125)))
    )


@pytest.mark.parametrize(("negative", "verdict"), [(1, "regression"), (2, "inconclusive")])
def test_how_far_off_pairs_are_does_not_matter(negative, verdict):
    """All 5040 ways to deal seven distances to signs of which one, or two, are negative; the bounds are the 2nd."""
    limits, signs = Limits(floor=0, alpha=0.07), [-1] * negative + [1] * (7 - negative)
    found = {
        decide([1.0] * 7, [1.1 * math.exp(s * d) for s, d in zip(signs, dealt, strict=True)], limits).verdict
        for dealt in permutations(reach(7))
    }
    assert (place(7, 0.07), found) == (2, {verdict})


# decide(): branches and edges. 16 pairs: the 4th of either end.


def one_s_against(head):
    return decide([1.0] * len(head), head, Limits())


@pytest.mark.parametrize(
    ("head", "verdict", "reason"),
    [
        ([1.0] * 3 + [1.2] * 13, "regression", ""),
        ([1.0] * 4 + [1.2] * 12, "inconclusive", "neither more nor less than 10% slower could be shown"),
        ([1.0] * 13 + [1.2] * 3, "no change", ""),
        ([1.0] * 16, "no change", ""),
        ([0.8] * 13 + [1.0] * 3, "improvement", ""),
        ([0.8] * 12 + [1.0] * 4, "no change", ""),
        ([0.8] * 8 + [1.2] * 8, "inconclusive", "neither more nor less than 10% slower could be shown"),
    ],
)
def test_verdicts_of_sixteen_pairs(head, verdict, reason):
    found = one_s_against(head)
    assert (found.verdict, found.reason, found.n, found.k) == (verdict, reason, 16, 4)


def test_what_a_finding_holds():
    """Base of 1 s; heads of 1.01 to 1.16 s: the 4th and 13th are the bounds, the middle is between the 8th and 9th."""
    found = one_s_against([1 + i / 100 for i in range(1, 17)])
    expected = {
        "verdict": "inconclusive",
        "n": 16,
        "k": 4,
        "level": 697 / 65536,
        "ratio": math.sqrt(1.08 * 1.09),
        "low": 1.04,
        "high": 1.13,
        "difference": 0.085,
        "reason": "neither more nor less than 10% slower could be shown",
    }
    assert found.model_dump() == pytest.approx(expected)


def test_three_spoilt_pairs_move_nothing_however_far_off_they_are():
    head = [1.3] * 13
    near, far = one_s_against([*head, 1.29, 1.31, 1.32]), one_s_against([*head, 0.001, 1000, 10000])
    assert (far.verdict, far) == ("regression", near)


def test_exactly_the_difference_that_matters_is_neither_more_nor_less():
    """10 % of 1 s and of 10 s; a hair above it is a regression, a hair below no change."""
    for base, head in [(1.0, 1.1), (10.0, 11.0)]:
        found = [
            decide([base] * 16, [time] * 16, RATIOS).verdict for time in (head * (1 - 1e-9), head, head * (1 + 1e-9))
        ]
        assert found == ["no change", "inconclusive", "regression"]


def test_exactly_the_difference_that_matters_is_no_improvement():
    found = [decide([11.0] * 16, [time] * 16, RATIOS).verdict for time in (10 * (1 - 1e-9), 10.0)]
    assert found == ["improvement", "no change"]


@pytest.mark.parametrize("percent", range(1, 100))
def test_edges_are_the_same_to_the_last_digit_whichever_side_is_the_slower(percent):
    limits = Limits(floor=0, delta=percent / 100)
    slow, fast = [1 + percent / 100] * 16, [1.0] * 16
    assert [decide(fast, slow, limits).verdict, decide(slow, fast, limits).verdict] == ["inconclusive", "no change"]


def test_exactly_the_floor_is_no_regression():
    """An eighth of a second, which floats hold exactly, on top of a quarter."""
    base, limits = [0.25] * 16, Limits(floor=0.125)
    at, above = decide(base, [0.375] * 16, limits), decide(base, [0.3751] * 16, limits)
    assert (at.verdict, at.reason) == ("no change", "no more than 125 ms slower")
    assert (above.verdict, above.reason) == ("regression", "")


def test_exactly_the_floor_is_no_improvement():
    head, limits = [0.25] * 16, Limits(floor=0.125)
    assert [decide([base] * 16, head, limits).verdict for base in (0.375, 0.3751)] == ["no change", "improvement"]


def test_the_floor_hides_no_difference_that_cannot_be_told_to_be_below_it():
    """Of 16 the middle one is 15 ms slower, but four are 50 ms: the 13th smallest is more than 20 ms."""
    found = decide([0.1] * 16, [0.115] * 12 + [0.15] * 4, Limits())
    assert (found.verdict, found.difference) == ("inconclusive", pytest.approx(0.015))


def test_where_the_machine_drifts_the_floor_is_asked_of_pairs_too():
    """13 of 16 heads are 20 % slower, 3 are spoilt. The base got slower all along, by far more: of heads and bases each
    taken for themselves, the middle one of the head is the faster one."""
    base = [1.5**i for i in range(16)]
    head = [time * 1.2 for time in base[:13]] + [1.0] * 3
    found = decide(base, head, RATIOS)
    assert median(head) < median(base)
    assert (found.verdict, found.difference > 0) == ("regression", True)


@pytest.mark.parametrize(("floor", "told"), [(2.0, "2 s"), (0.02, "20 ms"), (3e-6, "3 µs"), (3e-9, "3 ns")])
def test_the_floor_is_told_in_its_own_unit(floor, told):
    found = decide([floor] * 7, [1.5 * floor] * 7, Limits(floor=floor))
    assert (found.verdict, found.reason) == ("no change", f"no more than {told} slower")


@pytest.mark.parametrize(("n", "counted"), [(0, "no pair"), (1, "1 pair"), (6, "6 pairs")])
def test_too_few_pairs_are_inconclusive_and_say_how_many_it_takes(n, counted):
    found = decide([1.0] * n, [9.0] * n, Limits())
    expected = {"verdict": "inconclusive", "n": n, "reason": f"{counted}: at a level of 0.0125 at least 7 are needed"}
    assert found.model_dump(exclude_unset=True) == expected


def test_seven_pairs_must_all_be_slower():
    assert [decide([1.0] * 7, [1.2] * n + [1.0] * (7 - n), Limits()).verdict for n in (7, 6)] == [
        "regression",
        "inconclusive",
    ]


def test_times_that_are_no_pairs_are_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match=r"^2 times of the base and 1 of the head: expected pairs$"):
        decide([1.0, 1.0], [1.0], Limits())


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf, -math.inf, 1e-13, 1e10])
@pytest.mark.parametrize("side", ["base", "head"])
def test_what_cannot_be_a_time_is_never_a_verdict(bad, side):
    """One of sixteen, which the rule would not even notice."""
    good, spoilt = [1.0] * 16, [1.0] * 15 + [bad]
    found = decide(*((spoilt, good) if side == "base" else (good, spoilt)), Limits())
    expected = {"verdict": "inconclusive", "n": 16, "reason": f"{bad:g} s cannot be a time"}
    assert found.model_dump(exclude_unset=True) == expected


@pytest.mark.parametrize(
    "given",
    [
        {"alpha": 0}, {"alpha": 0.5}, {"alpha": math.nan}, {"delta": 0}, {"delta": -0.1}, {"delta": math.inf},
        {"floor": -1}, {"floor": math.inf}, {"floor": math.nan}, {"pairs": 0}, {"rounds": 0},
    ],
)  # fmt: skip
def test_there_are_no_such_limits(given):
    with pytest.raises(ValidationError):
        Limits(**given)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_json_has_no_word_for_is_not_written_down(bad):
    with pytest.raises(ValidationError, match="finite number"):
        Pair(number=0, first="base", base=[bad], head=[1.0])


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
