from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from nst import samples
from nst.video import clips, cut, find_clip, flow, frames, look, open_sample, sample_file, visible, warp
from nst.video.panning import pan, pan_motion

SMALL = 96


@pytest.fixture(scope="module")
def whole():
    return list(open_sample("pan"))


@pytest.fixture(scope="module")
def drawn():
    return [frame.pixels for frame in pan(SMALL, 8)]


def test_every_clip_can_be_opened_by_its_name():
    assert clips() == ["pan"]
    first = next(open_sample("pan"))
    assert (first.index, first.pixels.shape, first.pixels.dtype) == (0, (128, 192, 3), np.uint8)
    assert find_clip("pan").description
    assert find_clip("pan").version >= 1


def test_a_clip_that_is_not_there_is_refused_with_the_nearest():
    with pytest.raises(samples.UnknownSampleError, match="did you mean 'pan'"):
        open_sample("pann")


def test_a_clip_as_a_file_reads_as_it_was_drawn(tmp_path, whole):
    path = tmp_path / "pan.png"
    path.write_bytes(sample_file("pan"))
    assert path.read_bytes() == sample_file("pan")
    facts = look(path)
    assert (facts.frames, facts.rate, facts.steady, facts.notes) == (24, Fraction(25, 2), True, ())
    pairs = list(zip(frames(path), whole, strict=True))
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in pairs)
    assert all((a.seconds, a.duration) == (b.seconds, b.duration) for a, b in pairs)


def test_a_smaller_pan_shows_the_same(whole, drawn):
    large = whole[0].pixels.astype(float)
    halved = large.reshape(64, 2, 96, 2, 3).mean((1, 3))
    assert np.abs(halved - drawn[0]).mean() < 4


def test_the_motion_given_is_that_of_the_frames(drawn):
    for index in (1, 4, 7):
        motion, seen = pan_motion(index, SMALL)
        moved, _ = warp(drawn[index - 1].astype(np.float32), motion)
        off = np.abs(moved - drawn[index]).mean(-1)
        assert off[seen].mean() < 3.5  # what bilinear looking up costs
        assert np.abs(drawn[index - 1].astype(float) - drawn[index]).mean() > 3 * off[seen].mean()
        assert off[~seen].mean() > 4 * off[seen].mean()


def test_the_pan_moves_by_parts_of_pixels_and_the_ball_against_it(drawn):
    motion, seen = pan_motion(4, SMALL)
    ground = motion[-1, -1]
    assert (ground % 1 > 0.05).all()
    assert (ground % 1 < 0.95).all()
    ball = np.abs(motion - ground).max(-1) > 1
    assert 0.02 < ball.mean() < 0.15
    assert np.sign(motion[ball][:, 0].mean()) == -np.sign(ground[0])
    assert 0.85 < seen.mean() < 0.99


def test_the_motion_is_found_and_what_it_covers_is_seen(drawn):
    motion, seen = pan_motion(5, SMALL)
    before, after = drawn[4], drawn[5]
    backward = flow(before, after)
    off = np.hypot(*np.moveaxis(backward - motion, -1, 0))
    assert np.median(off[seen]) < 0.1
    found = visible(flow(after, before), backward)
    assert found[seen].mean() > 0.75
    assert (~found)[~seen].mean() > 0.75


def test_it_is_one_shot(drawn):
    assert not any(cut(before, after) for before, after in pairwise(drawn))
