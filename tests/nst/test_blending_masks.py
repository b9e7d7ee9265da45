"""Masks of all kinds: whatever the mask, the pictures and where one lies in the other."""

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nst.blending import BlendError, blend, covered, paste

from .blending_references import laid, published

sides = st.integers(1, 7)
values = st.floats(0, 1, width=16)
offsets = st.tuples(st.integers(-6, 6), st.integers(-6, 6))


def masks(height, width):
    drawn = arrays.arrays(bool, (height, width))
    return st.one_of(drawn, st.just(np.ones((height, width), dtype=bool)))


@st.composite
def cases(draw):
    """Source, mask, target and offset of any sizes, one or two channels."""
    channels = draw(st.integers(1, 2))
    (height, width), (down, across) = draw(st.tuples(sides, sides)), draw(st.tuples(sides, sides))
    source = draw(arrays.arrays(np.float64, (height, width, channels), elements=values))
    target = draw(arrays.arrays(np.float64, (down, across, channels), elements=values))
    return source, draw(masks(height, width)), target, draw(offsets)


@settings(max_examples=150, deadline=None)
@given(cases(), st.booleans())
def test_any_mask_gives_the_published_solution_or_says_why_not(case, mixed):
    source, mask, target, offset = case
    far, cover = laid(source, mask, target, offset)
    if not cover.any():
        event("nothing to blend")
        with pytest.raises(BlendError, match=r"^(the mask is empty|nothing of the mask lies on the target): "):
            blend(source, mask, target, mixed=mixed, offset=offset)
        return
    result = blend(source, mask, target, mixed=mixed, offset=offset)
    assert np.array_equal(covered(mask, *target.shape[:2], offset=offset), cover)
    assert np.array_equal(result[~cover], target[~cover])
    if cover.all():
        event("all of the target")
        assert result.mean(axis=(0, 1)) == pytest.approx(target.mean(axis=(0, 1)), abs=1e-9)
    else:
        event("part of the target")
        assert np.abs(result - published(far, cover, target, mixed=mixed)).max() < 1e-6


@settings(max_examples=50, deadline=None)
@given(cases())
def test_pasting_copies_what_is_covered(case):
    source, mask, target, offset = case
    far, cover = laid(source, mask, target, offset)
    if cover.any():
        assert np.array_equal(paste(source, mask, target, offset=offset), np.where(cover[..., None], far, target))


@settings(max_examples=50, deadline=None)
@given(arrays.arrays(np.float64, (5, 6), elements=values), st.data())
def test_an_alpha_channel_means_what_its_share_means(shares, data):
    """As bytes, as floats and cut at a half: three ways to say the same."""
    alpha = np.rint(shares * 255).astype(np.uint8)
    source, target = (data.draw(arrays.arrays(np.uint8, (5, 6, 3))) for _ in range(2))
    if (alpha >= 128).any():
        results = [blend(source, mask, target) for mask in (alpha, alpha / 255, alpha >= 128)]
        assert np.array_equal(results[0], results[1])
        assert np.array_equal(results[0], results[2])


@settings(max_examples=50, deadline=None)
@given(cases(), st.booleans())
def test_turned_pictures_give_the_turned_result(case, mixed):
    source, mask, target, (column, row) = case
    if laid(source, mask, target, (column, row))[1].any():
        upright = blend(source, mask, target, mixed=mixed, offset=(column, row))
        turned = [array.swapaxes(0, 1) for array in (source, mask, target)]
        assert blend(*turned, mixed=mixed, offset=(row, column)).swapaxes(0, 1) == pytest.approx(upright, abs=1e-6)
