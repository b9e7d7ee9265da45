"""Blocks of memory at any size, from those at two."""

import pytest

from bench.prediction.blocks import LARGE, Blocks, history_bytes, pairs

#: Two blocks at a time, of 1000 and 100 bytes a pixel, the second with 50,000 bytes that do not depend on the size.
EVENTS = tuple([1000 * n, 100 * n + 50_000, -1000 * n, -100 * n - 50_000] for n in (100, 400))


def test_blocks_grow_with_the_pixels():
    held = Blocks((100, 400), EVENTS, evaluations=1).at(1000)
    assert (held.heap, held.large, held.all, held.taken) == pytest.approx((1_150_000, 0, 1_150_000, 0))


def test_large_blocks_are_taken_anew_each_time_and_leave_the_heap_to_the_small():
    pixels = LARGE // 1000 + 1
    held = Blocks((100, 400), EVENTS, evaluations=1).at(pixels)
    assert held.large == held.taken == pytest.approx(1000 * pixels)
    assert held.heap == pytest.approx(100 * pixels + 50_000)
    assert held.all == pytest.approx(held.large + held.heap)


def test_where_the_two_sizes_went_different_ways_all_is_in_proportion_to_the_larger():
    held = Blocks((100, 400), ([1, -1], [4000, 400, -4000, -400]), evaluations=1).at(800)
    assert held.all == pytest.approx(8800)


@pytest.mark.parametrize(
    ("updates", "history", "room"),
    [(0, 10, 0), (1, 10, 8), (7, 10, 8), (8, 10, 11), (500, 10, 11), (1, 3, 4), (33, 100, 64), (64, 100, 101)],
)
def test_room_for_pairs(updates, history, room):
    assert pairs(updates, history) == room


@pytest.mark.parametrize("history", [1, 5, 10, 100])
def test_room_for_pairs_is_what_the_optimiser_makes(history):
    import torch

    from nst.optimizers.curvature import Curvature

    like = torch.ones(1, 4)
    curvature = Curvature(like, history, "relative")
    for update in range(1, 140):
        curvature.direction(like * update, like, like, torch.ones(1, dtype=torch.bool))
        assert curvature._pairs.shape[1] == pairs(update, history)


def test_pairs_are_two_pictures_each_and_twice_as_much_while_room_is_made():
    assert history_bytes(11, 300, 4) == (26_400, 52_800)
