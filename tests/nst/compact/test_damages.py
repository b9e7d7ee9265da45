"""Every damage does what it is called for, and only that."""

import pytest
import torch
from torch.nn.functional import avg_pool2d

from nst.compact.training import pictures
from nst.compact.training.damages import DAMAGES, damage


@pytest.fixture(scope="module")
def crops():
    leaves = [torch.from_numpy(leaf.copy()).permute(2, 0, 1) / 255 for leaf in pictures.dead_leaves(8, 0, side=64)]
    return torch.stack(leaves)


def seeded():
    return torch.Generator().manual_seed(3)


def roughness(pictures):
    """Mean squared difference of neighbours."""
    return (pictures.diff(dim=2).square().mean() + pictures.diff(dim=3).square().mean()).item()


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damage_changes_every_crop_and_is_the_same_from_one_seed(name, crops):
    harmed = DAMAGES[name](crops, seeded())
    assert harmed.shape == crops.shape
    assert (harmed - crops).abs().mean((1, 2, 3)).min() > 1e-3
    assert torch.equal(harmed, DAMAGES[name](crops, seeded()))
    assert harmed.isfinite().all()


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damage_leaves_the_colours_about_where_they_were(name, crops):
    harmed = DAMAGES[name](crops, seeded()).clamp(0, 1)
    assert (harmed.mean((2, 3)) - crops.mean((2, 3))).abs().max() < 0.12


def test_noise_is_grey_and_speckle_is_not(crops):
    grey, coloured = (DAMAGES[name](crops, seeded()) - crops for name in ("noise", "speckle"))
    assert (grey[:, 0] - grey[:, 2]).abs().max() < 1e-6
    assert (coloured[:, 0] - coloured[:, 2]).std() > 0.02


def test_blur_is_smoother_and_ringing_rougher(crops):
    assert roughness(DAMAGES["blur"](crops, seeded())) < 0.7 * roughness(crops)
    assert roughness(DAMAGES["ringing"](crops, seeded())) > 1.5 * roughness(crops)


def test_fringes_move_colours_but_not_green(crops):
    harmed = DAMAGES["fringes"](crops, seeded())
    assert torch.equal(harmed[:, 1], crops[:, 1])
    for channel in (0, 2):
        own, other = (picture[:, channel].flatten(1).sort(1).values for picture in (crops, harmed))
        assert torch.equal(own, other)


def test_tiles_are_the_same_pixels_elsewhere(crops):
    harmed = DAMAGES["tiles"](crops, seeded())
    assert torch.equal(harmed.flatten(1).sort(1).values, crops.flatten(1).sort(1).values)
    cells, moved = (avg_pool2d(picture, 8).flatten(2).sort(2).values for picture in (crops, harmed))
    assert torch.allclose(cells, moved, atol=1e-6)


def test_turned_phases_keep_the_mean_and_most_of_the_spectrum(crops):
    harmed = DAMAGES["phases"](crops, seeded())
    assert torch.allclose(harmed.mean((2, 3)), crops.mean((2, 3)), atol=1e-5)
    own, other = (torch.fft.rfft2(picture)[..., 1:31].abs() for picture in (crops, harmed))
    assert torch.allclose(own, other, rtol=1e-3, atol=1e-3)


def test_a_tint_takes_colour_away_and_no_brightness(crops):
    harmed = DAMAGES["tint"](crops, seeded())
    assert torch.allclose(harmed.mean(1), crops.mean(1), atol=1e-5)
    assert harmed.std(1).mean() < crops.std(1).mean()


def test_the_share_asked_for_is_damaged_and_the_rest_left_alone(crops):
    many = crops.repeat(50, 1, 1, 1)
    harmed, kinds = damage(many, 0.5, seeded())
    assert set(kinds.tolist()) == set(range(len(DAMAGES) + 1))
    assert (kinds > 0).float().mean().item() == pytest.approx(0.5, abs=0.1)
    assert torch.equal(harmed[kinds == 0], many[kinds == 0])
    assert ((harmed >= 0) & (harmed <= 1)).all()
    assert (harmed - many).abs().mean((1, 2, 3))[kinds > 0].min() > 1e-3
    assert damage(many, 0.0, seeded())[1].sum() == 0
