"""What the rule decides, at its edges and of times that are none, and which limits it takes."""

import math
from statistics import median

import pytest
from pydantic import ValidationError

from bench.check.model import Limits, Pair
from bench.check.rule import decide
from tests.bench.check.limits import RATIOS

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
