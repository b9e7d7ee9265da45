"""Contact sheets, tile by tile."""

import numpy as np
import pytest

from nst import sheets


def test_a_tile_goes_from_black_to_white_over_its_own_range():
    values = np.array([[-3.0, -1.0], [0.0, 1.0]])
    assert sheets.tile(values, 2, 2).tolist() == [[0, 128], [191, 255]]
    assert sheets.tile(1000 * values + 7, 2, 2).tolist() == [[0, 128], [191, 255]]


def test_a_response_is_a_block_of_pixels_and_nothing_is_interpolated():
    assert sheets.tile(np.array([[0.0, 1.0]]), 2, 4).tolist() == [[0, 0, 255, 255]] * 2
    assert sheets.tile(np.array([[0.0, 0.5, 1.0]]), 1, 5).tolist() == [[0, 0, 128, 128, 255]]


@pytest.mark.parametrize("value", [0.0, -4.5, float("nan")])
def test_the_same_response_everywhere_is_mid_grey(value):
    assert sheets.tile(np.full((2, 2), value), 3, 3).tolist() == [[128] * 3] * 3


def test_what_is_not_finite_counts_as_nothing():
    assert sheets.tile(np.array([[-1.0, np.inf, 1.0]]), 1, 3).tolist() == [[0, 128, 255]]


def test_a_strip_has_eight_tiles_in_a_row_and_paper_where_there_are_no_more():
    strip = sheets.strip([np.zeros((1, 1))] * 9, 2, 3)
    assert strip.shape == sheets.strip_size(9, 2, 3) == (2 + 4 + 2, 8 * 3 + 7 * 4)
    tiles = strip != sheets.PAPER
    assert tiles[0].tolist() == ([True] * 3 + [False] * 4) * 7 + [True] * 3
    assert not tiles[2:6].any()
    assert tiles[6].tolist() == [True] * 3 + [False] * 49


def test_a_sheet_has_a_row_for_each_strip_and_is_a_picture():
    strips = [sheets.strip([np.zeros((1, 1))] * count, 2, 3) for count in (3, 1)]
    whole = sheets.sheet(strips)
    assert whole.shape == (*sheets.sheet_size([3, 1], 2, 3), 3) == (2 + 4 + 2, 17, 3)
    assert whole.dtype == np.uint8
    assert np.array_equal(whole[:2, :, 0], strips[0])
    assert np.array_equal(whole[6:, :3, 1], strips[1])
    assert (whole[6:, 3:] == sheets.PAPER).all()
