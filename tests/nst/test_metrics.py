"""Figures against closed forms, scikit-image and references of their own, and the order of pictures people agree on."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter
from scipy.ndimage import correlate1d
from skimage.color import deltaE_cie76, lab2rgb, rgb2lab
from skimage.metrics import structural_similarity
from skimage.transform import pyramid_laplacian

from nst import images, samples
from nst.metrics import Quality, agreement, assess, colour_distance, colourfulness, structure, style_distance
from nst.metrics.distances import _directions, _ordered, _wasserstein

ROOT = Path(__file__).parent.parent.parent
WEIGHTS = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])  # Wang, Simoncelli & Bovik (2003)
FIGURES = {"structure": lambda a, b: structure(a, b).value, "style": style_distance, "colour": colour_distance}


def small(picture, side=96):
    return images.to_bytes(images.resize(picture, side, "long"))


@cache
def sample(name="chelsea", side=96):
    return small(samples.load(name), side)


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def flat(*rgb, height=40, width=48):
    return np.full((height, width, 3), rgb, dtype=np.uint8)


def blurred(picture, radius):
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(radius)))


def noisy(picture, deviation):
    added = np.random.default_rng(0).normal(0, deviation, picture.shape)
    return np.clip(picture + added, 0, 255).round().astype(np.uint8)


def middle(picture):
    """The central three quarters of a picture's height and width."""
    height, width = picture.shape[:2]
    return picture[height // 8 : -(height // 8), width // 8 : -(width // 8)]


def grey(picture):
    return picture @ np.array([0.299, 0.587, 0.114]) / 255


# --- what holds for every figure ---


@pytest.mark.parametrize(("figure", "perfect"), [("structure", 1.0), ("style", 0.0), ("colour", 0.0)])
@pytest.mark.parametrize("picture", [sample(), noise(33, 70), flat(0, 0, 0), flat(200, 30, 90), noise(1, 1)])
def test_identical_pictures_score_perfectly(figure, perfect, picture):
    assert FIGURES[figure](picture, picture.copy()) == pytest.approx(perfect, abs=1e-9)


@pytest.mark.parametrize("figure", FIGURES)
def test_the_order_of_two_pictures_does_not_matter(figure):
    left, right = sample("chelsea"), noisy(sample("coffee"), 20)[: sample("chelsea").shape[0]]
    assert FIGURES[figure](left, right) == FIGURES[figure](right, left)


@pytest.mark.parametrize("figure", [style_distance, colour_distance])
def test_the_order_of_pictures_of_two_sizes_does_not_matter_to_distances(figure):
    assert figure(sample("chelsea"), sample("coffee", 50)) == figure(sample("coffee", 50), sample("chelsea"))


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("shape", [(1, 1), (2, 90), (10, 300), (16, 17)])
def test_pictures_too_small_for_the_windows_have_figures_too(figure, shape):
    assert np.isfinite(FIGURES[figure](noise(*shape), noise(*shape, seed=1)))


@pytest.mark.parametrize("figure", [structure, style_distance, colour_distance])
@pytest.mark.parametrize(
    ("picture", "described"),
    [
        (np.zeros((4, 4, 3)), "float64 (4, 4, 3)"),
        (np.zeros((4, 4), np.uint8), "uint8 (4, 4)"),
        (np.zeros((4, 4, 4), np.uint8), "uint8 (4, 4, 4)"),
        (np.zeros((0, 4, 3), np.uint8), "uint8 (0, 4, 3)"),
    ],
)
def test_what_is_no_saved_picture_is_refused(figure, picture, described):
    with pytest.raises(ValueError, match="result: ") as caught:
        figure(picture, noise(8, 8))
    assert str(caught.value) == f"result: expected uint8 pixels of shape (height, width, 3), not {described}"


def test_another_process_finds_the_same_bits_and_imports_no_torch():
    program = (
        "import sys, nst.metrics as m; from nst import samples; "
        "a, b = (samples.load(n)[:90, :120] for n in ('chelsea', 'coffee')); "
        "print(m.assess(a, b, b), m.agreement([a, b]), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    left, right = (samples.load(name)[:90, :120] for name in ("chelsea", "coffee"))
    assert done.stdout.strip() == f"{assess(left, right, right)} {agreement([left, right])} False"


# --- structure ---


def multiscale_ssim(left, right, scales):
    """MS-SSIM written down from the papers, with explicit moments under an 11-tap Gaussian window."""
    window = np.exp(-((np.arange(11) - 5) ** 2) / (2 * 1.5**2))
    window /= window.sum()

    def mean(plane):
        return correlate1d(correlate1d(plane, window, axis=0), window, axis=1)[5:-5, 5:-5]

    value = 1.0
    for scale in range(scales):
        mu, nu = mean(left), mean(right)
        variances = mean(left**2) - mu**2 + mean(right**2) - nu**2
        contrast = (2 * (mean(left * right) - mu * nu) + 0.03**2) / (variances + 0.03**2)
        luminance = (2 * mu * nu + 0.01**2) / (mu**2 + nu**2 + 0.01**2)
        last = scale == scales - 1
        value *= max(0.0, float(np.mean(luminance * contrast if last else contrast))) ** (
            WEIGHTS[scale] / WEIGHTS[:scales].sum()
        )
        rows, columns = (length // 2 * 2 for length in left.shape)
        left, right = (sum(plane[i:rows:2, j:columns:2] for i in (0, 1) for j in (0, 1)) / 4 for plane in (left, right))
    return value


@pytest.mark.parametrize(
    ("height", "width", "scales"),
    [
        (11, 11, 1),
        (21, 400, 1),
        (22, 30, 2),
        (43, 43, 2),
        (45, 64, 3),
        (87, 88, 3),
        (95, 88, 4),
        (175, 176, 4),
        (176, 201, 5),
    ],
)
def test_structure_is_multiscale_ssim_over_the_scales_that_fit(height, width, scales):
    content = np.asarray(Image.fromarray(samples.load("coffee")).resize((width, height)))
    result = noisy(blurred(content, 1), 15)
    found = structure(result, content)
    assert found.scales == scales
    assert found.value == pytest.approx(multiscale_ssim(grey(result), grey(content), scales), abs=1e-9)
    assert 0.3 < found.value < 1


def test_structure_of_one_scale_is_scikit_images_ssim():
    content = sample("coffee", 31)[:20]
    result = noisy(content, 30)
    reference = structural_similarity(
        grey(result), grey(content), data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert structure(result, content).value == pytest.approx(reference, abs=1e-12)


def test_flat_pictures_differ_in_luminance_alone():
    a, b = 50 / 255, 200 / 255
    luminance = (2 * a * b + 1e-4) / (a * a + b * b + 1e-4)
    found = structure(flat(50, 50, 50, height=176, width=180), flat(200, 200, 200, height=176, width=180))
    assert found.value == pytest.approx(luminance ** (WEIGHTS[4] / WEIGHTS.sum()), abs=1e-6)


def test_a_negative_has_no_structure_left():
    content = sample("camera", 200)
    assert structure(255 - content, content).value == 0


def test_a_flat_result_keeps_little():
    content = sample("camera", 200)
    assert 0 < structure(flat(128, 128, 128, height=200, width=200), content).value < 0.3


def test_structure_is_blind_to_hue():
    content = sample("coffee")
    without_hue = np.repeat(np.rint(grey(content)[..., None] * 255).astype(np.uint8), 3, axis=2)
    assert structure(without_hue, content).value == pytest.approx(1, abs=0.005)
    assert colour_distance(without_hue, content) > 10


def test_a_content_of_another_size_is_brought_to_the_results():
    content = samples.load("chelsea")
    resized = np.asarray(Image.fromarray(content).resize((96, 64), Image.Resampling.BICUBIC))
    assert structure(resized, content).value == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", samples.photographs())
def test_structure_falls_from_the_content_over_its_blurs_to_any_other_picture(name):
    content = sample(name)[:60, :60]
    values = [structure(blurred(content, radius), content).value for radius in (0.5, 1, 2, 4)]
    others = [structure(sample(other)[:60, :60], content).value for other in samples.photographs() if other != name]
    assert [1, *values] == sorted([1, *values], reverse=True)
    assert values[2] > max(others)


@pytest.mark.parametrize("name", ["astronaut", "coffee", "brick"])
def test_structure_falls_as_noise_grows(name):
    content = sample(name)
    values = [structure(noisy(content, deviation), content).value for deviation in (2, 10, 30, 80)]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.98
    assert values[-1] < 0.9


# --- distances ---


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


# --- colourfulness ---


@pytest.mark.parametrize(
    "picture", [flat(0, 0, 0), flat(77, 77, 77), sample("camera"), noise(1, 1)[..., :1].repeat(3, 2)]
)
def test_a_grey_picture_has_no_colour(picture):
    assert colourfulness(picture) == 0


@pytest.mark.parametrize(
    ("colours", "by_hand"),
    [
        # rg = 255, yb = 127.5, neither varies: 0.3 sqrt(255^2 + 127.5^2)
        ([(255, 0, 0)], 0.3 * np.hypot(255, 127.5)),
        # Of red and blue, rg is 255 and 0, yb is 127.5 and -255: deviations 127.5 and 191.25, means 127.5 and -63.75
        ([(255, 0, 0), (0, 0, 255)], np.hypot(127.5, 191.25) + 0.3 * np.hypot(127.5, 63.75)),
        # Of opposite colours that cancel, the deviations are left: rg is 100 and -100, yb is 0.
        ([(200, 100, 150), (100, 200, 150)], 100),
        # Three parts of grey halve the variance twice: of rg 0, 0, 0, 80 the deviation is 80 sqrt(3) / 4, the mean 20
        ([(9, 9, 9)] * 3 + [(90, 10, 50)], 80 * np.sqrt(3) / 4 + 0.3 * 20),
    ],
)
def test_colourfulness_is_deviation_and_mean_of_the_opponent_colours(colours, by_hand):
    picture = np.concatenate([flat(*colour, height=6, width=5) for colour in colours])
    assert colourfulness(picture) == pytest.approx(by_hand, rel=1e-12)


def test_colourfulness_falls_with_the_colours_and_forgets_where_they_lie():
    picture = sample("astronaut")
    luma = np.rint(grey(picture)[..., None] * 255)
    values = [colourfulness(np.rint(luma + share * (picture - luma)).astype(np.uint8)) for share in (1, 0.5, 0.25, 0)]
    assert values == sorted(values, reverse=True)
    assert values[1] == pytest.approx(values[0] / 2, rel=0.02)
    assert values[3] == 0
    assert colourfulness(np.ascontiguousarray(picture[::-1, ::-1])) == pytest.approx(values[0], rel=1e-12)


def test_colourfulness_refuses_what_is_no_saved_picture():
    with pytest.raises(ValueError, match="style") as caught:
        colourfulness(np.zeros((4, 4, 3)), "style")
    assert str(caught.value) == "style: expected uint8 pixels of shape (height, width, 3), not float64 (4, 4, 3)"


# --- agreement ---


def test_repeats_that_are_the_same_agree_perfectly():
    found = agreement([sample()] * 3)
    assert (found.structure, found.difference, found.pairs) == (pytest.approx(1), 0, 3)


def test_agreement_is_the_mean_ssim_and_the_rms_difference_of_all_pairs():
    pictures = [noisy(sample(), deviation) for deviation in (0, 10, 40)]
    pairs = [(0, 1), (0, 2), (1, 2)]
    similar = [
        structural_similarity(
            grey(pictures[i]),
            grey(pictures[j]),
            data_range=1,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
        for i, j in pairs
    ]
    squares = [np.mean((pictures[i].astype(float) - pictures[j]) ** 2) for i, j in pairs]
    found = agreement(iter(pictures))
    assert found.structure == pytest.approx(np.mean(similar), abs=1e-12)
    assert found.difference == pytest.approx(np.sqrt(np.mean(squares)), abs=1e-12)


def test_the_difference_counts_8_bit_levels():
    assert agreement([flat(0, 0, 0), flat(255, 255, 255)]).difference == 255
    assert agreement([flat(10, 10, 10), flat(13, 13, 13), flat(10, 10, 10)]).difference == pytest.approx(6**0.5)


def test_a_negative_disagrees():
    content = sample("camera")
    assert agreement([content, 255 - content]).structure < 0


def test_large_pictures_are_averaged_down_to_128_pixels():
    content = sample("coffee", 128)
    large = np.repeat(np.repeat(content, 4, axis=0), 4, axis=1)
    assert agreement([large, large[:, ::-1]]) == agreement([content, content[:, ::-1]])


@pytest.mark.parametrize(("repeats", "pairs"), [(2, 1), (5, 10), (16, 120), (17, 119), (40, 120), (61, 61), (150, 150)])
def test_the_number_of_pairs_is_bounded(repeats, pairs):
    assert agreement([flat(0, 0, 0, height=12, width=12)] * repeats).pairs == pairs


def test_of_many_repeats_each_counts_equally():
    """One that differs from 39 equal ones is in 6 of 120 pairs, whichever it is."""
    for odd in (0, 17, 39):
        pictures = [flat(0, 0, 0, height=12, width=12)] * 40
        pictures[odd] = flat(100, 100, 100, height=12, width=12)
        assert agreement(pictures).difference == pytest.approx(100 * np.sqrt(6 / 120))


@pytest.mark.parametrize(
    ("pictures", "message"),
    [
        ([], "agreement needs two pictures or more, not 0"),
        ([flat(0, 0, 0)], "agreement needs two pictures or more, not 1"),
        ([noise(8, 8), noise(8, 9)], "picture 2: shape (8, 9, 3), where the first has (8, 8, 3)"),
        (
            [noise(8, 8), noise(8, 8) / 255],
            "picture 2: expected uint8 pixels of shape (height, width, 3), not float64 (8, 8, 3)",
        ),
    ],
)
def test_what_cannot_be_compared_is_named(pictures, message):
    with pytest.raises(ValueError, match=r"agreement|picture") as caught:
        agreement(pictures)
    assert str(caught.value) == message


def test_importing_agreement_loads_neither_torch_nor_scikit_image():
    program = (
        "import sys; from nst.metrics.repeats import agreement; print({'torch', 'skimage', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "set()"


# --- all together ---


def test_assess_fills_in_what_the_task_has():
    result, content, style = noise(40, 60), sample(), noise(70, 50, seed=1)
    kept, strokes, colours = structure(result, content), style_distance(result, style), colour_distance(result, style)
    own, of_content, of_style = (colourfulness(picture) for picture in (result, content, style))
    assert assess(result, content, style) == Quality(
        kept.value, kept.scales, strokes, colours, own, of_content, of_style
    )
    assert assess(result, None, style) == Quality(None, None, strokes, colours, own, None, of_style)
    assert assess(result, content, None) == Quality(kept.value, kept.scales, None, None, own, of_content, None)
