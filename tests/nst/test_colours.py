"""Keeping the content's colours, against formulas written out here."""

import numpy as np
import pytest

from nst import colours

RANDOM = np.random.default_rng(0)


def noise(height=24, width=32, seed=0):
    """Correlated colours inside [0, 1], so that the covariance has something to say."""
    random = np.random.default_rng(seed)
    mixed = random.normal(size=(height, width, 3)) @ (random.normal(size=(3, 3)) * 0.06) + random.uniform(0.35, 0.65, 3)
    return np.clip(mixed, 0, 1).astype(np.float32)


def flat(*colour):
    return np.broadcast_to(np.array(colour, dtype=np.float32), (24, 32, 3)).copy()


GREY = np.repeat(noise()[..., :1], 3, axis=-1)
TWO = np.where(np.arange(32)[:, None] < 16, np.float32([0.9, 0.1, 0.2]), np.float32([0.1, 0.3, 0.8])) * np.ones(
    (24, 1, 1), np.float32
)
PLAIN = {
    "noise": noise(seed=1),
    "grey": GREY,
    "flat": flat(0.3, 0.5, 0.7),
    "black": flat(0, 0, 0),
    "white": flat(1, 1, 1),
    "two colours": TWO,
    "one pixel": np.full((1, 1, 3), 0.4, dtype=np.float32),
}


def yuv(picture):
    """BT.601 YUV, by its textbook matrix."""
    matrix = [[0.299, 0.587, 0.114], [-0.14713, -0.28886, 0.436], [0.615, -0.51499, -0.10001]]
    return np.asarray(picture, dtype=np.float64) @ np.array(matrix).T


def moments(picture):
    values = np.asarray(picture, dtype=np.float64).reshape(-1, 3)
    return values.mean(axis=0), np.cov(values, rowvar=False, bias=True)


# -- on the result --------------------------------------------------------------------------------


def test_luminance_is_the_results_and_chroma_the_contents():
    result, content = noise(seed=2), noise(seed=3)
    kept = colours.keep_luminance(result, content)
    assert np.allclose(yuv(kept)[..., 0], yuv(result)[..., 0], atol=1e-6)
    assert np.allclose(yuv(kept)[..., 1:], yuv(content)[..., 1:], atol=1e-5)
    assert kept.dtype == np.float32


def test_a_grey_content_leaves_a_grey_result():
    kept = colours.keep_luminance(noise(seed=2), GREY)
    assert np.ptp(kept, axis=-1).max() < 1e-6


def test_a_picture_with_its_own_colours_is_itself():
    assert np.allclose(colours.keep_luminance(noise(), noise()), noise(), atol=1e-7)


def test_what_leaves_the_gamut_is_left_to_saving():
    kept = colours.keep_luminance(flat(1, 1, 1), flat(1, 0, 0))
    assert kept[0, 0].tolist() == pytest.approx([1.701, 0.701, 0.701], abs=1e-6)


def test_result_and_content_must_be_of_one_shape():
    with pytest.raises(ValueError, match=r"^the result is \(24, 32, 3\), the content \(8, 8, 3\): they must agree$"):
        colours.keep_luminance(noise(), noise(8, 8))


# -- on the style: histograms ---------------------------------------------------------------------


def test_histograms_of_equally_large_pictures_are_matched_value_by_value():
    """With as many pixels on both sides and no ties, the n-th darkest becomes the content's n-th darkest."""
    style = RANDOM.permutation(768).reshape(24, 32, 1) / 767 * np.ones(3)
    content = noise(seed=4)
    matched = colours.match_histograms(style.astype(np.float32), content)
    rank = np.argsort(np.argsort(style[..., 0].ravel()))
    for channel in range(3):
        expected = np.sort(content[..., channel].ravel())[rank]
        assert np.allclose(matched[..., channel].ravel(), expected, atol=2e-3)
    assert matched.dtype == np.float32


def test_the_size_of_the_content_does_not_matter_to_its_histogram():
    content = noise(seed=4)
    twice = np.concatenate([content, content])
    assert np.allclose(
        colours.match_histograms(noise(seed=1), twice), colours.match_histograms(noise(seed=1), content), atol=1e-5
    )


@pytest.mark.parametrize("content", PLAIN.values(), ids=PLAIN)
@pytest.mark.parametrize("style", PLAIN.values(), ids=PLAIN)
def test_a_matched_histogram_stays_within_the_contents_range(style, content):
    matched = colours.match_histograms(style, content)
    assert matched.shape == style.shape
    assert (matched >= content.min(axis=(0, 1)) - 1e-6).all()
    assert (matched <= content.max(axis=(0, 1)) + 1e-6).all()


# -- on the style: moments ------------------------------------------------------------------------


def test_mean_and_covariance_become_the_contents():
    matched = colours.match_moments(noise(seed=1), noise(40, 16, seed=4))
    mean, covariance = moments(matched)
    wanted_mean, wanted_covariance = moments(noise(40, 16, seed=4))
    assert np.allclose(mean, wanted_mean, atol=1e-6)
    assert np.allclose(covariance, wanted_covariance, atol=1e-7)
    assert matched.dtype == np.float32


def test_the_map_is_the_image_analogies_one():
    """C^(1/2) S^(-1/2), with roots by Denman and Beavers' iteration instead of eigenvectors."""

    def roots(matrix):
        root, inverse = matrix, np.eye(3)
        for _ in range(60):
            root, inverse = (root + np.linalg.inv(inverse)) / 2, (inverse + np.linalg.inv(root)) / 2
        return root, inverse

    style, content = noise(seed=1), noise(seed=4)
    style_mean, style_covariance = moments(style)
    content_mean, content_covariance = moments(content)
    matrix = roots(content_covariance)[0] @ roots(style_covariance)[1]
    assert np.allclose(matrix @ style_covariance @ matrix.T, content_covariance, atol=1e-12)  # the reference itself
    expected = np.einsum("ij,hwj->hwi", matrix, style.astype(np.float64) - style_mean) + content_mean
    assert np.allclose(colours.match_moments(style, content), expected, atol=1e-6)


def test_a_picture_matched_to_itself_is_itself():
    assert np.allclose(colours.match_moments(noise(), noise()), noise(), atol=1e-6)


@pytest.mark.parametrize("content", PLAIN.values(), ids=PLAIN)
@pytest.mark.parametrize("style", PLAIN.values(), ids=PLAIN)
def test_moments_of_plain_pictures_stay_finite_with_the_contents_mean(style, content):
    matched = colours.match_moments(style, content)
    assert np.isfinite(matched).all()
    assert np.allclose(moments(matched)[0], moments(content)[0], atol=1e-5)


@pytest.mark.parametrize("style", PLAIN.values(), ids=PLAIN)
def test_no_direction_varies_more_than_in_the_content(style):
    content = noise(seed=4)
    excess = moments(content)[1] - moments(colours.match_moments(style, content))[1] if style.size > 3 else np.eye(3)
    assert np.linalg.eigvalsh(excess).min() > -1e-7


def test_a_flat_style_becomes_the_contents_mean_and_a_flat_content_takes_all_colour():
    assert np.allclose(colours.match_moments(flat(0.3, 0.5, 0.7), noise()), moments(noise())[0], atol=1e-6)
    assert np.allclose(colours.match_moments(noise(), flat(0.3, 0.5, 0.7)), [0.3, 0.5, 0.7], atol=1e-6)


def test_a_grey_style_becomes_a_line_of_colours():
    matched = colours.match_moments(GREY, noise(seed=4))
    variances = np.linalg.eigvalsh(moments(matched)[1])
    assert variances[2] > 1e-4
    assert variances[:2] == pytest.approx([0, 0], abs=1e-9)


def test_rounding_to_8_bits_is_not_taken_for_colour():
    """A grey style whose channels differ by rounding alone would otherwise burst into noise."""
    random = np.random.default_rng(5)
    stirred = GREY + random.uniform(-0.5, 0.5, GREY.shape).astype(np.float32) / 255 * np.float32(0.9)
    matched = colours.match_moments(stirred, noise(seed=4))
    assert np.allclose(matched, colours.match_moments(GREY, noise(seed=4)), atol=0.02)


# -- by name --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["style", "luminance"])
def test_where_a_kind_is_not_about_the_style_the_style_is_itself(kind):
    style = noise(seed=1)
    assert colours.recolour_style(kind, style, noise()) is style


@pytest.mark.parametrize("kind", ["style", "histogram", "moments"])
def test_where_a_kind_is_not_about_the_result_the_result_is_itself(kind):
    result = noise(seed=1)
    assert colours.recolour_result(kind, result, noise(8, 8)) is result


def test_every_name_does_what_it_says():
    style, content = noise(seed=1), noise(seed=4)
    assert colours.COLOURS == ("style", "luminance", "histogram", "moments")
    assert np.array_equal(colours.recolour_result("luminance", style, content), colours.keep_luminance(style, content))
    assert np.array_equal(colours.recolour_style("histogram", style, content), colours.match_histograms(style, content))
    assert np.array_equal(
        colours.recolour_style("moments", style, content), np.clip(colours.match_moments(style, content), 0, 1)
    )


def test_a_recoloured_style_is_a_picture():
    """Few white dots on black carry all the variance: matched to the content's, they lie far beyond white."""
    dots = np.zeros((24, 32, 3), dtype=np.float32)
    dots[::6, ::8] = 1
    content = np.repeat(noise(seed=4)[..., :1], 3, axis=-1) * 4 % 1
    assert colours.match_moments(dots, content).max() > 1.5
    recoloured = colours.recolour_style("moments", dots, content)
    assert recoloured.max() == 1
    assert recoloured.min() >= 0


@pytest.mark.parametrize("recolour", [colours.recolour_style, colours.recolour_result])
def test_another_name_is_refused(recolour):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        recolour("sepia", noise(), noise())
    assert str(caught.value) == (
        "'sepia' is no way of keeping colours: expected one of style, luminance, histogram, moments"
    )
