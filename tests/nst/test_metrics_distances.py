"""Distances of style and of colour against closed forms, and the order of pictures people agree on."""

from functools import cache

import numpy as np
import pytest
from skimage.color import deltaE_cie76, lab2rgb, rgb2lab
from skimage.transform import pyramid_laplacian

from nst import samples
from nst.metrics import colour_distance, style_distance
from nst.metrics.distances import _directions, _ordered, _wasserstein
from tests.nst.measured_pictures import blurred, flat, noisy, sample, small


def middle(picture):
    """The central three quarters of a picture's height and width."""
    height, width = picture.shape[:2]
    return picture[height // 8 : -(height // 8), width // 8 : -(width // 8)]


def test_sliced_wasserstein_of_round_normal_clouds_is_their_wasserstein_distance():
    random = np.random.default_rng(0)
    shift = np.arange(27) / 10
    left = random.normal(0, 2, (8192, 27)).astype(np.float32)
    right = (shift + random.normal(0, 5, (8192, 27))).astype(np.float32)
    exact = np.sqrt(np.sum(shift**2) + 27 * (5 - 2) ** 2)
    directions = _directions(27, 2)
    found = _wasserstein(_ordered(left, directions), _ordered(right, directions), 27)
    assert found == pytest.approx(exact, rel=0.01)


def test_colour_distance_of_normal_colours_is_their_wasserstein_distance():
    random = np.random.default_rng(0)

    def picture(centre, deviation):
        lab = np.array(centre) + random.normal(0, deviation, (128, 128, 3))
        return np.rint(lab2rgb(lab) * 255).astype(np.uint8)

    exact = np.sqrt(15**2 + 10**2 + 20**2 + 3 * (6 - 2) ** 2)
    found = colour_distance(picture((60, 5, -10), 2), picture((45, -5, 10), 6))
    assert found == pytest.approx(exact, rel=0.01)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((0, 0, 0), (255, 255, 255)),
        ((255, 0, 0), (0, 0, 255)),
        ((120, 130, 140), (121, 130, 140)),
        ((9, 200, 90), (7, 7, 7)),
    ],
)
def test_colour_distance_of_flat_pictures_is_their_delta_e(left, right):
    lab = [rgb2lab(np.array(colour) / 255) for colour in (left, right)]
    assert colour_distance(flat(*left), flat(*right, height=9)) == pytest.approx(deltaE_cie76(*lab), rel=1e-4)


def test_colour_distance_forgets_where_a_colour_lies():
    picture = sample("astronaut")
    assert colour_distance(picture[::-1, ::-1], picture) < 0.5


def test_half_of_the_pixels_changed_is_the_root_of_half_the_delta_e():
    half = flat(0, 0, 0)
    half[:20] = 255
    assert colour_distance(half, flat(0, 0, 0)) == pytest.approx(100 * np.sqrt(0.5), rel=0.001)


def test_style_distance_of_flat_pictures_is_zero():
    assert style_distance(flat(255, 0, 0), flat(0, 0, 255)) == pytest.approx(0, abs=1e-4)


def test_a_texture_is_as_far_from_none_as_its_bands_are_strong():
    texture = sample("batik", 128)
    bands = pyramid_laplacian(rgb2lab(texture), max_layer=3, downscale=2, channel_axis=-1)
    strengths = [np.sqrt(np.mean(np.sum(band**2, axis=2))) for band in bands]
    assert style_distance(texture, flat(128, 128, 128)) == pytest.approx(np.mean(strengths), rel=0.03)


def test_style_distance_forgets_where_a_texture_lies():
    texture = sample("batik", 128)
    assert style_distance(np.roll(texture, (40, 56), axis=(0, 1)), texture) < 0.5
    assert style_distance(blurred(texture, 1), texture) > 2


@pytest.mark.parametrize("figure", [style_distance, colour_distance])
@pytest.mark.parametrize("name", ["swirls", "halftone", "hatching", "impasto"])
def test_distances_grow_with_noise(figure, name):
    style = sample(name)
    values = [figure(noisy(style, deviation), style) for deviation in (0, 10, 30, 80)]
    assert values == sorted(values)
    assert values[0] == 0
    assert values[-1] > 2 * values[1] > 0


@pytest.mark.parametrize("name", samples.styles())
def test_style_distance_grows_with_blur(name):
    style = sample(name)
    values = [style_distance(blurred(style, radius), style) for radius in (0.5, 1, 2, 4)]
    assert values == sorted(values)


@cache
def between(figure, name, other):
    """Distance of two samples, which is symmetric: each pair is measured once."""
    return figure(sample(name), sample(other)) if name < other else between(figure, other, name)


def nearest_other(figure, name):
    return min(
        (between(figure, name, other), other) for other in (*samples.photographs(), *samples.styles()) if other != name
    )


@pytest.mark.parametrize("name", samples.styles())
@pytest.mark.parametrize("figure", [style_distance, colour_distance])
def test_a_style_is_nearest_to_itself_then_to_a_crop_of_it_then_to_any_other_sample(figure, name):
    style = sample(name)
    distance, other = nearest_other(figure, name)
    assert figure(style, style) == 0 < figure(middle(style), style) < distance, other


@pytest.mark.parametrize("name", samples.styles())
def test_another_drawing_in_the_same_manner_is_nearer_than_any_other_sample(name):
    again = small(samples.draw(name, size=320, seed=1))
    distance, other = nearest_other(style_distance, name)
    assert style_distance(again, sample(name)) < distance, other
