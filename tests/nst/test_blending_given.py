"""What may be given to be blended, what is refused and why, and what comes of it: how precise, and where."""

import numpy as np
import pytest

from nst.blending import BlendError, blend, covered, paste

from .blending_pictures import SIDE, disc, flat, noise, photograph


@pytest.mark.parametrize(
    ("source", "target", "result"),
    [
        ("uint8", "uint8", "float32"),
        ("float32", "uint8", "float32"),
        ("float16", "float16", "float32"),
        ("float64", "uint8", "float64"),
        ("float32", "float64", "float64"),
    ],
)
def test_results_are_as_precise_as_the_more_precise_picture(source, target, result):
    kinds = [
        np.uint8(noise(seed=k) * 255) if kind == "uint8" else noise(seed=k).astype(kind)
        for k, kind in enumerate((source, target))
    ]
    for done in (blend(kinds[0], disc(), kinds[1]), paste(kinds[0], disc(), kinds[1])):
        assert done.dtype == result


def test_bytes_stand_for_0_to_1():
    source, target = photograph("chelsea"), photograph("coffee")
    assert blend(source, disc(32), target) == pytest.approx(blend(source / 255, disc(32), target / 255), abs=1e-6)


def test_single_precision_is_solved_in_double():
    source, target = (picture.astype(np.float32) for picture in (noise(), noise(seed=1)))
    exact = blend(source.astype(np.float64), disc(), target.astype(np.float64))
    assert np.array_equal(blend(source, disc(), target), exact.astype(np.float32))


def test_outside_the_target_stays_as_it_is_and_nothing_given_is_changed():
    source, target, inside = noise(), noise(seed=1), disc()
    kept = source.copy(), target.copy(), inside.copy()
    result = blend(source, inside, target)
    assert np.array_equal(result[~inside], target[~inside])
    assert all(np.array_equal(*pair) for pair in zip(kept, (source, target, inside), strict=True))


def test_values_are_not_clipped():
    source, target = flat(0.0), flat(0.9)
    source[5:7, 5:7] = 0.8
    assert blend(source, disc(), target).max() > 1.5


def test_a_grey_picture_stays_grey():
    source, target = noise(channels=1), noise(channels=1, seed=1)
    grey = blend(source[..., 0], disc(), target[..., 0])
    assert grey.shape == (SIDE, SIDE)
    assert np.array_equal(grey, blend(source, disc(), target)[..., 0])


def test_a_grey_source_goes_into_every_channel():
    source, target = noise(channels=1), noise(seed=1)
    expected = blend(np.repeat(source, 3, axis=2), disc(), target)
    assert np.array_equal(blend(source[..., 0], disc(), target), expected)


@pytest.mark.parametrize(
    "soft",
    [
        np.array([[0, 0.499, 0.5, 1]]),
        np.array([[0, 127, 128, 255]], dtype=np.uint8),
        np.array([[0, 0, 1, 1]], dtype=bool),
    ],
    ids=["floats", "alpha", "bool"],
)
def test_what_lies_inside_by_half_is_inside(soft):
    assert covered(soft, 1, 4).tolist() == [[False, False, True, True]]


def test_what_is_covered_is_what_is_made():
    source, target, inside = noise(8, 8), noise(seed=1), disc(8)
    for offset in ((0, 0), (7, -3), (-2, 9)):
        made = (paste(source, inside, target, offset=offset) != target).any(axis=2)
        assert np.array_equal(covered(inside, SIDE, SIDE, offset=offset), made)


def test_pasted_is_the_source_to_the_bit():
    source, target = noise(), noise(8, 9, seed=1)
    expected = target.copy()
    expected[2:, :5] = source[:6, 7:]
    assert np.array_equal(paste(source, np.ones((SIDE, SIDE), dtype=bool), target, offset=(-7, 2)), expected)


BROKEN = noise()
BROKEN[3, 4, 1] = np.nan

REFUSED = [
    ({"mask": np.zeros((SIDE, SIDE), dtype=bool)}, "the mask is empty: no pixel of it lies inside by half or more"),
    (
        {"mask": np.full((SIDE, SIDE), 0.3)},
        "the mask is empty: no pixel of it lies inside by half or more (the most is 0.30)",
    ),
    (
        {"mask": np.full((SIDE, SIDE), 51, dtype=np.uint8)},
        "the mask is empty: no pixel of it lies inside by half or more (the most is 0.20)",
    ),
    (
        {"mask": np.full((SIDE, SIDE), 2.0)},
        "the mask holds values beyond 0 and 1: floats say which share of a pixel lies inside",
    ),
    (
        {"mask": np.full((SIDE, SIDE), np.nan)},
        "the mask holds values beyond 0 and 1: floats say which share of a pixel lies inside",
    ),
    (
        {"mask": np.ones((SIDE, SIDE), dtype=np.int64)},
        "the mask holds int64: masks are bool, floats (0 to 1) or uint8 (0 to 255)",
    ),
    (
        {"mask": np.ones((SIDE, SIDE, 1))},
        "the mask has shape (12, 12, 1): it has one value for each pixel, (height, width)",
    ),
    (
        {"mask": np.ones((SIDE, 5), dtype=bool)},
        "the mask is 5 x 12 pixels, the source 12 x 12 pixels: the mask says which part of the source is meant, so"
        " they must be of one size",
    ),
    (
        {"offset": (12, -3)},
        "nothing of the mask lies on the target: with the source's corner at column 12, row -3 it is within"
        " columns 13 to 22 and rows -2 to 7, and the target is 12 x 12 pixels",
    ),
    ({"offset": (0.5, 1)}, "the offset must be two whole numbers of pixels, column and row, not (0.5, 1)"),
    ({"offset": (1, 2, 3)}, "the offset must be two whole numbers of pixels, column and row, not (1, 2, 3)"),
    ({"offset": 3}, "the offset must be two whole numbers of pixels, column and row, not 3"),
    ({"source": BROKEN}, "the source is nan at column 4, row 3: values must be finite, below 1e+30"),
    ({"target": flat(0.5, np.inf)}, "the target is inf at column 0, row 0: values must be finite, below 1e+30"),
    ({"target": flat(-1e40)}, "the target is -1e+40 at column 0, row 0: values must be finite, below 1e+30"),
    (
        {"source": np.zeros((SIDE, SIDE, 3), dtype=np.int32)},
        "the source holds int32: pictures are uint8 (0 to 255) or floats (0 to 1)",
    ),
    ({"target": noise(0, 5)}, "the target has no pixels: its shape is (0, 5, 3)"),
    (
        {"source": np.zeros(7)},
        "the source has shape (7,): a picture is (height, width) or (height, width, channels)",
    ),
    (
        {"source": noise(channels=4)},
        "the source has 4 channels, the target 3 channels: its alpha channel is a mask, to be given as such",
    ),
    ({"target": noise(channels=1)}, "the source has 3 channels, the target 1 channel"),
]


@pytest.mark.parametrize(("given", "message"), REFUSED, ids=[message[:60] for _, message in REFUSED])
def test_what_cannot_be_blended_is_refused_with_the_reason(given, message):
    call = {"source": noise(), "mask": disc(), "target": noise(seed=1), "offset": (0, 0)} | given
    for make in (blend, paste):
        with pytest.raises(BlendError) as caught:
            make(call["source"], call["mask"], call["target"], offset=call["offset"])
        assert str(caught.value) == message
