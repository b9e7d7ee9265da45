"""Which style goes where, at what size and in which colours."""

from pathlib import Path

import numpy as np
import pytest
import torch

from nst import images, masks, problems
from nst.preparing import StyleSource
from tests.nst.making import texture, transfer
from tests.nst.small import plain, settings, stored

LEFT, RIGHT = (masks.read(f"mask:{name}", Path()) for name in ("left", "right"))
LUMA = np.array([0.299, 0.587, 0.114])
RED, BLUE = plain(210, 40, 40), plain(40, 40, 210)


def test_noise_about_the_style_has_its_mean_colour_at_the_first_size():
    quiet = {"noise_centre": "style", "noise_spread": 0.001, "evaluations": 1}
    parts = [StyleSource(RED, 3), StyleSource(BLUE, 1)]
    expected = np.average([images.fit(picture, 32, 32).mean((0, 1)) for picture in (RED, BLUE)], axis=0, weights=[3, 1])
    assert texture(parts, **quiet).start.mean((0, 1)) == pytest.approx(expected, abs=1e-3)


def test_luminance_keeps_the_contents_chroma_in_the_image_and_nothing_in_the_picture():
    content = plain(130, 110, 120)  # greyish: no colour leaves the range
    kept, without = (transfer(content=content, colours=colours) for colours in ("luminance", "style"))
    assert np.array_equal(kept.picture, without.picture)
    sized = images.resize(content, 32, settings().size_rule)
    image = kept.image / 255
    chroma, expected = (picture - (picture @ LUMA)[..., None] for picture in (image, sized))
    inside = ((kept.image > 0) & (kept.image < 255)).all(axis=-1)
    assert inside.mean() > 0.5
    assert np.abs(chroma - expected)[inside].max() < 1.01 / 255
    luma = (np.clip(kept.picture, 0, 1) @ LUMA - image @ LUMA)[
        inside & ((kept.picture >= 0) & (kept.picture <= 1)).all(axis=-1)
    ]
    assert np.abs(luma).max() < 1 / 255


def conv1_target(colours="style", **changes):
    """Of the first style term: the Gram matrix of what the network was shown."""
    seen = {}

    def watched(backbone, chosen, height, width, **pictures):
        seen.update(pictures, objective=plainly(backbone, chosen, height, width, **pictures))
        return seen["objective"]

    plainly = problems.objective
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(problems, "objective", watched)
        transfer(content=plain(200, 60, 60), evaluations=1, colours=colours, **changes)
    style = next(term for term in seen["objective"].terms if term.name.startswith("style"))
    return seen["styles"][0].picture, style.distance.target


def test_moments_and_histogram_recolour_the_style_that_is_shown_to_the_network():
    for colours in ("moments", "histogram"):
        shown, target = conv1_target(colours)
        assert shown.mean((0, 1)) == pytest.approx(np.array([200, 60, 60]) / 255, abs=0.02)
        assert (target - conv1_target()[1]).norm() > 0.1 * target.norm()


def test_a_start_from_the_style_has_the_colours_that_the_style_is_given():
    content = plain(200, 60, 60)
    for colours, mean in (("style", stored(2).mean((0, 1)) / 255), ("moments", np.array([200, 60, 60]) / 255)):
        made = transfer(content=content, init="style", colours=colours, evaluations=1)
        assert made.picture.mean((0, 1)) == pytest.approx(mean, abs=0.03)


def test_style_scale_and_fit_size_the_style():
    def shape(**changes):
        return conv1_target(styles=[StyleSource(stored(2, 64, 32))], size_rule="long", **changes)[0].shape[:2]

    assert shape() == (32, 16)
    assert shape(style_scale=2.0) == (64, 32)
    assert shape(style_scale=4.0) == (128, 64)
    assert shape(style_scale=4.0, style_upscale=False) == (64, 32)
    assert shape(style_fit="content") == (32, 32)
    assert shape(style_fit="content", style_scale=0.5) == (16, 16)


def test_style_scale_changes_what_is_aimed_at():
    assert not torch.equal(conv1_target()[1], conv1_target(style_scale=0.5)[1])


#: A Gram matrix does not tell features from their negatives: colours need a ReLU, or the means that Wasserstein has.
COLOURS = {
    "gram": {"style_layers": ("relu1_1", "relu2_1"), "evaluations": 100, "max_change": 0.1},
    "wasserstein": {
        "style_statistic": "wasserstein",
        "style_layers": ("conv1_1",),
        "evaluations": 100,
        "max_change": 0.1,
    },
}
#: And means it knows only by their squares.
CLOSE = {"gram": 55, "wasserstein": 25}
by_statistic = pytest.mark.parametrize("statistic", COLOURS)


@by_statistic
def test_each_region_gets_the_colours_of_its_style(statistic):
    made = texture([StyleSource(RED, 1.0, LEFT), StyleSource(BLUE, 1.0, RIGHT)], **COLOURS[statistic])
    for columns, style in ((slice(0, 13), RED), (slice(19, 32), BLUE)):
        assert made.image[:, columns].mean((0, 1)) == pytest.approx(style.mean((0, 1)), abs=CLOSE[statistic])


@by_statistic
def test_only_the_chosen_part_of_a_style_gives_its_colours(statistic):
    halves = np.concatenate([RED[:, :16], BLUE[:, :16]], axis=1)
    made = texture([StyleSource(halves, 1.0, None, RIGHT)], **COLOURS[statistic])
    assert made.image.mean((0, 1)) == pytest.approx(BLUE.mean((0, 1)), abs=CLOSE[statistic])


@by_statistic
def test_a_mix_lies_between_its_styles_by_weight(statistic):
    def redness(*weights):
        made = texture([StyleSource(RED, weights[0]), StyleSource(BLUE, weights[1])], **COLOURS[statistic])
        mean = made.image.mean((0, 1))
        return mean[0] - mean[2]

    mostly_red, even, mostly_blue = redness(9, 1), redness(3, 3), redness(1, 9)
    assert mostly_red > 50 > even > -50 > mostly_blue
    assert redness(6, 6) == pytest.approx(even, abs=1e-6)


def test_a_picture_too_small_for_its_layers_is_named():
    with pytest.raises(ValueError, match=r"^size: a style becomes 2 x 2 pixels, and conv3_1 needs 4 on each side$"):
        transfer(style_scale=1 / 16)
