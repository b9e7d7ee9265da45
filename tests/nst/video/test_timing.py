from fractions import Fraction

import pytest

from nst.video import Broken
from nst.video.base import Source, Taken
from nst.video.timing import Pace, timed

STEP = Fraction(1, 10)


def source(**more):
    return Source(name="clip", taken=lambda: iter(()), **more)


def taken(starts, duration=STEP):
    return [Taken(None if start is None else Fraction(start), duration, lambda: None) for start in starts]


def times(found):
    found = list(found)
    return [frame.seconds for frame in found], [frame.duration for frame in found]


def test_a_clip_begins_at_zero_and_frames_last_until_the_next_one():
    for origin in (0, 3, Fraction(-1, 2)):
        starts = [origin, origin + Fraction(1, 4), origin + 1]
        assert times(timed(source(), taken(starts))) == ([0, Fraction(1, 4), 1], [Fraction(1, 4), Fraction(3, 4), STEP])


@pytest.mark.parametrize("starts", [(None, None, None), (0, None, None), (7, 7, 7), (5, 4, 3), (0, STEP, STEP)])
def test_stamps_that_are_missing_or_do_not_run_on_are_put_right_by_durations(starts):
    clip = source()
    assert times(timed(clip, taken(starts)))[0] == [0, STEP, 2 * STEP]
    assert bool(clip.notes) == (None not in starts)


def test_where_nothing_says_how_long_the_rate_does():
    assert times(timed(source(rates=(Fraction(8),)), taken([None] * 3, None)))[0] == [0, Fraction(1, 8), Fraction(2, 8)]
    assert times(timed(source(), taken([None] * 2, None)))[1] == [Fraction(1, 25)] * 2


def test_what_came_before_a_break_is_given():
    def breaking():
        yield from taken([0, STEP])
        raise Broken("it ends")

    frames = timed(source(), breaking())
    given = [next(frames).seconds, next(frames).seconds]
    assert given == [0, STEP]
    with pytest.raises(Broken, match="it ends"):
        next(frames)


def paced(starts, **more):
    clip = source(**more)
    pace = Pace(clip)
    for frame in timed(clip, taken(starts)):
        pace.add(frame)
    return pace


def test_a_claimed_rate_counts_where_the_stamps_bear_it_out():
    milliseconds = [Fraction(round(i * 1000 / 30), 1000) for i in range(9)]
    pace = paced(milliseconds, rates=(Fraction(29), Fraction(30)), tick=Fraction(1, 1000))
    assert (pace.rate, pace.steady) == (30, True)


def test_without_a_true_claim_the_rate_is_the_average():
    pace = paced([0, Fraction(1, 2), 1, Fraction(3, 2)], rates=(Fraction(25),))
    assert (pace.rate, pace.steady) == (4 / (Fraction(3, 2) + STEP), True)
    pace = paced([0, Fraction(1, 4), 1], rates=(Fraction(25),))
    assert (pace.rate, pace.steady) == (3 / (1 + STEP), False)


def test_a_rate_is_never_nothing():
    assert paced([0, 10**9]).rate > 0
