"""A stylised region back in its photograph."""

from pathlib import Path

import numpy as np
import pytest

from nst import images, making, masks, problems
from nst.blended import blended, regions_to_blend
from nst.preparing import StyleSource
from nst.resolution import SettingsError
from tests.nst.small import network, noise, plain, settings, stored

DISC, LEFT, RIGHT = (masks.read(f"mask:{name}", Path()) for name in ("disc", "left", "right"))
TRANSFER = {"init": "content", "content_layers": ("conv1_1",), "feature_layers": None}


def made(blend="poisson", regions=(DISC,), **changes):
    styles = [StyleSource(plain(200, 40, 20), region=region) for region in regions]
    chosen = settings(**TRANSFER, blend=blend, **changes)
    return making.make(network(), chosen, content=stored(3), styles=styles)


@pytest.mark.parametrize("kind", ["paste", "poisson", "mixed"])
def test_outside_the_regions_is_the_photograph_to_the_bit(kind):
    photograph, stylised = noise(1), stored(2)
    found = blended(kind, stylised, [DISC], photograph)
    outside = masks.resize(DISC, 32, 32) < 0.5
    assert outside.any()
    assert np.array_equal(found.picture[outside], photograph[outside])
    assert not np.allclose(found.picture[~outside], photograph[~outside], atol=0.05)
    assert np.array_equal(found.mask[..., 0] == 0, outside)
    assert found.stylised is stylised


def test_a_region_that_is_the_photograph_itself_leaves_it_as_it_was():
    photograph = stored(1).astype(np.float32) / np.float32(255)
    assert np.allclose(blended("poisson", stored(1), [DISC], photograph).picture, photograph, atol=1e-5)


def test_pasting_copies_what_was_made():
    found = blended("paste", stored(2), [LEFT], noise(1))
    assert np.array_equal(images.to_bytes(found.picture)[:, :15], stored(2)[:, :15])


def test_the_seam_of_a_region_may_be_flat_too():
    across, flat = (blended("poisson", stored(2), [LEFT], noise(1), across=across) for across in (True, False))
    seam = [np.abs(np.diff(found.picture[:, 15:17], axis=1)).mean() for found in (across, flat)]
    assert seam[1] < seam[0]
    (chosen, usual) = (made(blend_seam=seam).image for seam in ("flat", "source"))
    assert not np.array_equal(chosen, usual)


def test_several_regions_are_blended_as_one():
    """Two halves are all of it: no pixel is left to start from, and the photograph's colours are kept on average."""
    photograph = noise(1)
    found = blended("poisson", stored(2), [LEFT, RIGHT], photograph).picture
    assert np.allclose(found.mean(axis=(0, 1)), photograph.mean(axis=(0, 1)), atol=1e-4)


def test_a_transfer_is_blended_when_all_else_is_done_and_its_saved_loss_is_that_of_the_result():
    plainly, found = made("none"), made()
    assert plainly.blended is None
    assert found.blended is not None
    assert np.array_equal(found.blended.stylised, plainly.image)
    assert np.array_equal(found.curve, plainly.curve)
    content = images.fit(stored(3), 32, 32)
    assert np.array_equal(found.image, images.to_bytes(blended("poisson", plainly.image, [DISC], content).picture))
    styles = [problems.StylePart(images.fit(plain(200, 40, 20), 32, 32), region=DISC)]
    objective = problems.objective(network(), settings(**TRANSFER), 32, 32, content=content, styles=styles)
    again = float(objective(problems.to_tensor(found.image.astype(np.float32) / 255)).sum())
    assert found.saved_loss == pytest.approx(again, rel=1e-4)
    assert found.saved_loss != plainly.saved_loss


@pytest.mark.parametrize("regions", [(None,), (DISC, None)])
def test_a_style_that_applies_everywhere_leaves_nothing_to_blend_into(regions):
    with pytest.raises(SettingsError) as caught:
        made(regions=regions)
    assert caught.value.messages == [
        "blend: poisson: this style applies everywhere, so there is no region to blend: give it regions"
    ]


def test_without_a_photograph_nothing_is_blended():
    assert regions_to_blend(settings(blend="mixed"), False, [DISC]) == ()
    assert regions_to_blend(settings(blend="none"), True, [None]) == ()
