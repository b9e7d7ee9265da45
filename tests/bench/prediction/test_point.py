"""What is read from a trial."""

import pytest

from bench.prediction.point import Point, room
from nst.settings import Settings

#: Seconds of a step: 1 ms, 0.2 ms a pair, and 0.5 ms a pair where it makes room.
LAW = [
    1e-3 + 2e-4 * size + (5e-4 * size if new else 0)
    for size, new in [(8, True)]
    + [(8, False)] * 6
    + [(16, True)]
    + [(16, False)] * 7
    + [(32, True)]
    + [(32, False)] * 15
]


def told(**changes):
    names = ("weights", "decode", "targets", "save", "assess", "compare")
    seconds = dict.fromkeys(names, 0.1) | {"evaluations": [0.05] * 4}
    plain = dict.fromkeys(("pixels", "style_pixels", "fresh", "prepared", "took"), 1.0)
    return {
        "seconds": seconds,
        "updates": LAW,
        "idle_bytes": 1,
        "peak_bytes": 2,
        "free_bytes": 3,
        "note": "",
        **plain,
        **changes,
    }


def test_a_step_is_a_line_over_the_pairs_and_making_room_costs_extra():
    step = Point.read(told(), Settings(history=100)).step
    assert (step.base, step.per_pair, step.growth) == pytest.approx((1e-3, 2e-4, 5e-4))
    assert step.at(101) == pytest.approx(1e-3 + 101 * 2e-4)


def test_a_hiccup_bends_the_line_little():
    spans = list(LAW)
    spans[20] = spans[3] = 0.5
    step = Point.read(told(updates=spans), Settings(history=100)).step
    assert step.at(101) == pytest.approx(1e-3 + 101 * 2e-4)


def test_an_evaluation_is_what_is_left_without_the_step_before_it():
    spans = [0.05] + [0.05 + 1e-3 + 8 * 2e-4] * 3
    point = Point.read(told(seconds=told()["seconds"] | {"evaluations": spans}), Settings(history=100))
    assert (point.evaluation, point.evaluations) == (pytest.approx(0.05), 4)


def test_an_optimiser_without_pairs_takes_the_same_for_every_step():
    step = Point.read(told(updates=[0.002] * 10), Settings(optimizer="adam")).step
    assert (step.at(0), step.per_pair, step.growth) == (0.002, 0, 0)


def test_a_trial_cut_short_has_no_step_to_tell():
    assert Point.read(told(updates=[0.002]), Settings()).step.at(8) == 0


@pytest.mark.parametrize(
    ("settings", "steps", "pairs"),
    [
        (Settings(), 0, 0),
        (Settings(), 9, 16),
        (Settings(), 8, 16),
        (Settings(line_search="strong-wolfe"), 8, 8),
        (Settings(line_search="strong-wolfe"), 40, 32),
        (Settings(line_search="strong-wolfe"), 60, 64),
        (Settings(optimizer="adam"), 9, 0),
    ],
)
def test_pairs_that_there_is_room_for(settings, steps, pairs):
    assert room(settings, steps) == pairs
