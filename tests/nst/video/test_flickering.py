import math

import numpy as np
import pytest

from nst.video import VideoError, flicker

STILL = np.zeros((32, 32, 2), np.float32)
ALL = np.ones((32, 32), bool)


def noise(seed=0):
    return np.random.default_rng(seed).integers(0, 200, (32, 32, 3)).astype(np.uint8)


def test_what_stands_still_does_not_flicker():
    assert flicker(noise(), noise(), STILL, ALL) == 0


def test_a_change_of_ten_levels_is_a_flicker_of_ten():
    assert flicker(noise(), noise() + 10, STILL, ALL) == pytest.approx(10)
    half = noise()
    half[:16] += 10
    assert flicker(noise(), half, STILL, ALL) == pytest.approx(10 * math.sqrt(0.5))


def test_what_moves_along_does_not_flicker():
    to_the_right = STILL + np.float32([-3, 0])
    after = np.roll(noise(), 3, axis=1)
    assert flicker(noise(), after, to_the_right, ALL) == pytest.approx(0, abs=1e-4)
    assert flicker(noise(), after, STILL, ALL) > 30


def test_what_is_not_visible_does_not_count():
    after = noise()
    after[:8] = 0
    seen = ALL.copy()
    seen[:8] = False
    assert flicker(noise(), after, STILL, seen) == 0
    assert flicker(noise(), after, STILL, ALL) > 10


def test_where_nothing_is_visible_there_is_no_figure():
    assert math.isnan(flicker(noise(), noise(1), STILL, ~ALL))


def test_frames_of_two_sizes_are_refused():
    with pytest.raises(VideoError, match="one size"):
        flicker(noise(), noise()[1:], STILL, ALL)
