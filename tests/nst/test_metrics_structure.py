"""Structure against multiscale SSIM written down from the papers and scikit-image's, and how it falls with damage."""

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import correlate1d
from skimage.metrics import structural_similarity

from nst import samples
from nst.metrics import colour_distance, structure
from tests.nst.measured_pictures import blurred, flat, grey, noisy, sample

WEIGHTS = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])  # Wang, Simoncelli & Bovik (2003)


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
