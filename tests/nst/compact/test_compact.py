"""The packaged network is worth having: what is made with it is nearer to a style than with random weights."""

import numpy as np
import pytest
from PIL import Image

import nst
from nst import samples
from nst.images import Picture
from nst.metrics import style_distance

SIDE = 96


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:recipe compact was made for")
def test_a_texture_by_the_packaged_weights_is_nearer_to_its_style_than_by_random_ones():
    """Of a style that the training never saw, by the same losses, from the same start, in as many evaluations."""
    drawn = Image.fromarray(samples.load("swirls")).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    style = np.asarray(drawn)
    found = {
        weights: style_distance(
            nst.texture(Picture.of(style), recipe="compact", weights=weights, size=SIDE, evaluations=80).picture, style
        )
        for weights in ("packaged", "random:0", "random:1")
    }
    assert found["packaged"] < 0.9 * min(found["random:0"], found["random:1"])
