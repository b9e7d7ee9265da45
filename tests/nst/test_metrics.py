"""What holds for every figure, colourfulness by hand, and the agreement of repeats."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from nst import samples
from nst.metrics import Quality, agreement, assess, colour_distance, colourfulness, structure, style_distance
from tests.nst.measured_pictures import flat, grey, noise, noisy, sample

ROOT = Path(__file__).parent.parent.parent
FIGURES = {"structure": lambda a, b: structure(a, b).value, "style": style_distance, "colour": colour_distance}


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
