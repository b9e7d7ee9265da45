"""Frames that start from the one before them: where they begin, what holds them to it."""

import numpy as np
import pytest
import torch

from nst import problems
from nst.making import make
from nst.preparing import Before, StyleSource
from tests.nst.small import network, settings

HEIGHT, WIDTH = 32, 40
CONTENT, STYLE, EARLIER = (
    np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8) for seed in (0, 1, 2)
)
LEFT = np.tile(np.arange(WIDTH) < WIDTH // 2, (HEIGHT, 1))


def before(visible=LEFT):
    return Before(EARLIER.astype(np.float32) / 255, visible)


def made(given, **changes):
    chosen = settings(
        size=HEIGHT, size_rule="height", evaluations=6, frames="warm", **{"temporal_weight": 1e4, **changes}
    )
    return make(network(), chosen, content=CONTENT, styles=[StyleSource(STYLE)], before=given, warmed=True)


def test_it_begins_with_the_frame_before_where_that_shows_the_same_and_with_the_content_elsewhere():
    start = made(before()).start
    assert np.allclose(start[LEFT] * 255, EARLIER[LEFT], atol=1e-3)
    assert np.allclose(start[~LEFT] * 255, CONTENT[~LEFT], atol=1e-3)


def test_it_needs_no_coarse_sizes_and_no_noise():
    result = made(before(), coarse_sizes=(16,), coarse_evaluations=(3,), init="noise", restarts=2)
    assert set(result.sizes) == {HEIGHT}
    assert len(result.curve) == 6
    assert np.allclose(result.start[LEFT] * 255, EARLIER[LEFT], atol=1e-3)


def test_its_loss_has_a_part_for_what_moved_away_from_the_frame_before():
    result = made(before())
    own = result.curve[:, result.terms.index("temporal")]
    assert own[0] == 0  # it is the frame before, where that counts
    assert own[-1] > 0
    # What is told is the loss of the picture, white being 1.
    difference = (result.picture - EARLIER / np.float32(255))[LEFT].astype(np.float64)
    expected = 1e4 * np.square(difference).sum() / (HEIGHT * WIDTH * 3)
    assert own[result.picture_evaluation] == pytest.approx(expected, rel=1e-4)


def test_more_weight_keeps_it_nearer():
    def moved(weight):
        return np.abs(made(before(), temporal_weight=weight).picture - EARLIER / np.float32(255))[LEFT].mean()

    assert moved(1e7) < 0.5 * moved(1.0)


@pytest.mark.parametrize("given", [None, before()])
def test_without_a_frame_before_or_any_weight_there_is_no_such_part(given):
    result = made(given, temporal_weight=0.0)
    assert "temporal" not in result.terms
    assert "temporal" not in made(None).terms


@pytest.mark.parametrize("white", [1.0, 255.0])
def test_what_it_costs_is_the_mean_square_where_it_counts_whatever_white_is(white):
    own = network(double=True)
    prior = problems.temporal(
        own, settings(temporal_weight=3.0, pixel_range=white), EARLIER.astype(np.float32) / 255, LEFT
    )
    picture = torch.rand(2, 3, HEIGHT, WIDTH, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    earlier = torch.from_numpy(EARLIER.astype(np.float32) / 255).double().permute(2, 0, 1)
    expected = (torch.from_numpy(LEFT) * (picture - earlier).square()).mean((1, 2, 3))
    assert torch.allclose(prior.cost(white * picture), expected, rtol=1e-10)
    assert (prior.name, prior.weight) == ("temporal", 3.0)
