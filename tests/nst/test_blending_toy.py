"""A picture from its gradients and one pixel."""

import numpy as np
import pytest

from nst import samples
from nst.blending import BlendError, from_gradients, gradients, reconstruct

SIZES = [(1, 1), (1, 9), (9, 1), (2, 2), (17, 23), (32, 32)]


def noise(*shape, seed=0):
    return np.random.default_rng(seed).random(shape)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize(("kind", "error"), [("float64", 1e-13), ("float32", 1e-6)])
def test_a_picture_is_rebuilt(size, kind, error):
    picture = noise(*size, 3).astype(kind)
    rebuilt = reconstruct(picture)
    assert (rebuilt.shape, rebuilt.dtype) == (picture.shape, kind)
    assert np.abs(rebuilt - picture).max() < error


def test_a_photograph_is_rebuilt_to_the_bit():
    picture = samples.load("coffee")[:200, :300]
    rebuilt = reconstruct(picture)
    assert rebuilt.dtype == np.float32
    assert np.abs(rebuilt - picture / 255).max() < 1e-6
    assert np.array_equal(np.rint(rebuilt * 255), picture)


def test_a_grey_picture_is_rebuilt_as_one():
    picture = noise(8, 9)
    assert reconstruct(picture).shape == (8, 9)
    assert np.abs(reconstruct(picture) - picture).max() < 1e-13


def test_values_far_from_0_are_rebuilt_as_well():
    picture = 1e4 + 1e3 * noise(16, 16, 1)
    assert np.abs(reconstruct(picture) - picture).max() < 1e-8


def test_nothing_but_gradients_and_a_pixel_goes_in():
    picture = noise(6, 7, 3)
    corner = np.array([5.0, -1.0, 0.0])
    rebuilt = from_gradients(*gradients(picture), corner)
    assert rebuilt - picture == pytest.approx(np.broadcast_to(corner - picture[0, 0], picture.shape))


def test_gradients_of_no_picture_give_the_one_that_comes_closest():
    """Against the write-up's equations, dense: two for each pixel where there is a neighbour, and the corner's."""
    height, width = 5, 4
    right, below, corner = noise(height, width - 1, 2), noise(height - 1, width, 2, seed=1), np.array([0.3, 0.6])
    v = np.arange(height * width).reshape(height, width)
    rows, b = [], []
    for differences, down, across in ((right, 0, 1), (below, 1, 0)):
        for y, x in np.ndindex(*differences.shape[:2]):
            row = np.zeros(v.size)
            row[v[y + down, x + across]], row[v[y, x]] = 1, -1
            rows.append(row)
            b.append(differences[y, x])
    rows.append(np.eye(v.size)[0])
    b.append(corner)
    expected, *_ = np.linalg.lstsq(np.array(rows), np.array(b), rcond=None)
    assert from_gradients(right, below, corner).reshape(-1, 2) == pytest.approx(expected, abs=1e-12)


def test_gradients_are_differences_to_the_right_and_below():
    right, below = gradients(np.array([[0, 51], [255, 102]], dtype=np.uint8))
    assert right[..., 0] == pytest.approx(np.array([[0.2], [-0.6]]))
    assert below[..., 0] == pytest.approx(np.array([[1.0, 0.2]]))


def test_gradients_of_two_pictures_are_refused():
    right, _ = gradients(noise(5, 5, 3))
    _, below = gradients(noise(6, 5, 3))
    with pytest.raises(BlendError) as caught:
        from_gradients(right, below, np.zeros(3))
    assert str(caught.value) == (
        "gradients of shapes (5, 4, 3) and (5, 5, 3) with a corner of 3 channels are not those of one picture"
    )


def test_what_is_no_picture_is_refused():
    with pytest.raises(BlendError) as caught:
        reconstruct(np.zeros((4, 4), dtype=np.int64))
    assert str(caught.value) == "the picture holds int64: pictures are uint8 (0 to 255) or floats (0 to 1)"
