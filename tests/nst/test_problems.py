from pathlib import Path

import numpy as np
import pytest
import torch

from nst import masks, problems
from nst.pixels import PIXELS
from nst.problems import StylePart
from nst.resolution import SettingsError
from nst.statistics import GramDistance, WassersteinDistance, gram
from tests.nst.small import network, noise, settings, tensor

LEFT, RIGHT, DISC = (masks.read(f"mask:{name}", Path()) for name in ("left", "right", "disc"))


def build(styles, content=None, **changes):
    return problems.objective(network(double=True), settings(**changes), 32, 32, content=content, styles=styles)


def loss(objective, picture):
    return dict(zip(objective.names, objective(tensor(picture).double())[:, 0].tolist(), strict=True))


def features(picture, layer):
    return network(double=True)(tensor(picture).double(), [layer])[layer]


def test_a_picture_tensor_is_rows_of_channels():
    picture = noise(0, 4, 5)
    moved = problems.to_tensor(picture)
    assert moved.shape == (1, 3, 4, 5)
    assert moved.is_contiguous()
    assert moved[0, 2, 3, 1].item() == picture[3, 1, 2]


def test_content_terms_are_weighted_distances_to_its_own_features():
    objective = build([], noise(0), content_layers=("conv1_2", "conv2_1"), content_weight=3.0, content_reduction="sum")
    found = loss(objective, noise(1))
    for layer in ("conv1_2", "conv2_1"):
        expected = 3 * ((features(noise(1), layer) - features(noise(0), layer)) ** 2).sum().item()
        assert found[f"content.{layer}"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("factors", "expected"),
    [("sum", (1, 1)), ("average", (1 / 2, 1 / 2)), ("channels", (1 / 8**2, 1 / 16**2)), ((5.0, 7.0), (5, 7))],
)
def test_style_terms_are_weighted_by_layer(factors, expected):
    layers = ("conv1_1", "conv2_1")
    objective = build([StylePart(noise(0))], style_layers=layers, style_layer_weights=factors, style_weight=10.0)
    assert [term.weight for term in objective.terms] == pytest.approx([10 * factor for factor in expected])


@pytest.mark.parametrize(("statistic", "kind"), [("gram", GramDistance), ("wasserstein", WassersteinDistance)])
def test_the_statistic_is_the_settings(statistic, kind):
    assert {type(term.distance) for term in build([StylePart(noise(0))], style_statistic=statistic).terms} == {kind}


def test_styles_of_one_region_are_a_mix_by_their_shares():
    objective = build([StylePart(noise(0), 1.0), StylePart(noise(1), 3.0)], style_layers=("conv2_1",))
    (term,) = objective.terms
    grams = [gram(features(noise(seed), "conv2_1"), "elements") for seed in (0, 1)]
    assert torch.allclose(term.distance.target, 0.25 * grams[0] + 0.75 * grams[1])


def test_styles_are_grouped_by_region_each_of_which_counts_by_its_area():
    parts = [
        StylePart(noise(0), 1.0, LEFT),
        StylePart(noise(1), 2.0, DISC),
        StylePart(noise(2), 5.0, LEFT),
        StylePart(noise(3)),
    ]
    objective = build(parts, style_layers=("conv1_1", "conv2_1"), style_weight=1.0)
    disc = float(masks.resize(DISC, 32, 32).mean())
    assert [(term.name, term.weight) for term in objective.terms] == [
        ("style.conv1_1", 0.5),
        ("style.conv2_1", 0.5),
        ("style.conv1_1", pytest.approx(disc)),
        ("style.conv2_1", pytest.approx(disc)),
        ("style.conv1_1", 1.0),
        ("style.conv2_1", 1.0),
    ]
    assert objective.names == ("style.conv1_1", "style.conv2_1")  # shown as one term each
    guides = [term.distance.guide for term in objective.terms]
    assert [None if guide is None else guide.shape[2:] for guide in guides] == [(32, 32), (16, 16)] * 2 + [None] * 2
    assert [guide.dtype for guide in guides[:4]] == [torch.float64] * 4


@pytest.mark.parametrize("divisor", ["none", "elements"])
@pytest.mark.parametrize("reduction", ["mean", "quarter"])
def test_one_style_in_both_halves_of_a_picture_that_repeats_itself_is_one_style(divisor, reduction):
    """But for the soft edge of the masks, and for what the network sees at the seam."""
    twice = np.tile(noise(1)[:, :16], (1, 2, 1))
    chosen = {"gram_divisor": divisor, "style_reduction": reduction, "style_layers": ("conv1_1",)}
    halves = build([StylePart(noise(0), 1.0, LEFT), StylePart(noise(0), 1.0, RIGHT)], **chosen)
    whole = build([StylePart(noise(0))], **chosen)
    assert loss(halves, twice)["style.conv1_1"] == pytest.approx(loss(whole, twice)["style.conv1_1"], rel=0.05)


def test_only_the_chosen_part_of_a_style_counts():
    style = noise(0)
    style[:, 16:] = 0
    cut = build([StylePart(style, 1.0, None, LEFT)], style_layers=("conv1_1",))
    left = build([StylePart(noise(0)[:, :16])], style_layers=("conv1_1",))
    whole = build([StylePart(style)], style_layers=("conv1_1",))
    targets = [objective.terms[0].distance.target for objective in (cut, left, whole)]
    assert (targets[0] - targets[1]).norm() < 0.1 * (targets[2] - targets[1]).norm()


def test_a_picture_too_small_for_a_layer_is_named():
    with pytest.raises(SettingsError) as caught:
        problems.objective(
            network(),
            settings(style_layers=("conv3_1",)),
            3,
            32,
            content=noise(0, 3, 32),
            styles=[StylePart(noise(0, 32, 2))],
        )
    assert caught.value.messages == [
        "size: the result becomes 32 x 3 pixels, and conv3_1 needs 4 on each side",
        "size: a style becomes 2 x 32 pixels, and conv3_1 needs 4 on each side",
    ]


def test_targets_are_in_the_precision_of_the_network_and_need_no_gradient():
    for double, dtype in ((False, torch.float32), (True, torch.float64)):
        objective = problems.objective(
            network(double=double), settings(), 32, 32, content=noise(0), styles=[StylePart(noise(1))]
        )
        targets = [term.distance.target for term in objective.terms]
        assert {target.dtype for target in targets} == {dtype}
        assert not any(target.requires_grad for target in targets)


def start(init, seed=0, **changes):
    return problems.start(
        settings(init=init, **changes), 32, 40, seed=seed, content=noise(1, 32, 40), style=noise(2, 32, 40)
    )


def test_a_start_is_what_its_name_says():
    assert torch.equal(start("content"), tensor(noise(1, 32, 40)))
    assert torch.equal(start("style"), tensor(noise(2, 32, 40)))
    assert (start("grey") == 0.5).all()
    assert {start(init).shape for init in ("noise", "uniform", "normal", "grey")} == {(1, 3, 32, 40)}


@pytest.mark.parametrize("init", ["noise", "uniform", "normal"])
def test_noise_is_its_seeds(init):
    assert torch.equal(start(init, 7), start(init, 7))
    assert not torch.equal(start(init, 7), start(init, 8))


def test_noise_draws_nothing_from_anybody_else():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    start("noise", 7)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize(
    ("kind", "centre", "spread", "deviation"),
    [("uniform", 0.5, 0.5, 12**-0.5), ("normal", 0.5, 0.25, 0.25), ("normal", (0.1, 0.2, 0.3), 0.01, 0.01)],
)
def test_noise_has_the_centre_and_spread_of_its_kind(kind, centre, spread, deviation):
    drawn = problems.noise(kind, centre, spread, 200, 200, seed=1)
    middle = centre if isinstance(centre, tuple) else (centre,) * 3
    assert drawn.mean((0, 2, 3)).tolist() == pytest.approx(middle, abs=deviation / 30)
    assert drawn.std((0, 2, 3)).tolist() == pytest.approx([deviation] * 3, rel=0.03)
    if kind == "uniform":
        assert 0 <= drawn.min() < 0.001
        assert 0.999 < drawn.max() <= 1


def test_a_recipes_noise_may_lie_about_the_colour_that_the_network_sees_as_zero():
    drawn = start("noise", noise="normal", noise_centre="mean", noise_spread=0.001, pixels="caffe")
    assert drawn.mean((0, 2, 3)).tolist() == pytest.approx(PIXELS["caffe"].mean_colour, abs=1e-4)


def plain(*colour):
    return np.full((8, 12, 3), colour, dtype=np.float32)


@pytest.mark.parametrize(
    ("weights", "expected"), [((1, 1), (0.5, 0.3, 0.5)), ((3, 1), (0.75, 0.2, 0.4)), ((0, 1), (0, 0.5, 0.7))]
)
def test_the_mean_colour_of_styles_is_by_their_weights_whatever_their_sizes(weights, expected):
    styles = [plain(1, 0.1, 0.3), np.tile(plain(0, 0.5, 0.7), (2, 1, 1))]
    parts = [StylePart(style, weight) for style, weight in zip(styles, weights, strict=True)]
    assert problems.mean_colour(parts) == pytest.approx(expected)


def test_noise_may_lie_about_the_mean_colour_of_the_style_and_without_one_about_mid_grey():
    quiet = settings(noise_centre="style", noise_spread=0.001)
    for colour in ((0.1, 0.7, 0.3), None):
        drawn = problems.start(quiet, 64, 64, seed=0, style_colour=colour)
        assert drawn.mean((0, 2, 3)).tolist() == pytest.approx(colour or (0.5, 0.5, 0.5), abs=1e-4)
    assert problems.mean_colour([]) is None
