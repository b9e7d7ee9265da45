"""Regions: built-in shapes, grey pictures, and the share of a pixel that lies inside."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nst import masks
from nst.images import PictureError
from nst.masks import read, resize

from .picture_files import encoded, grey_profile

SIZES = [(1, 1), (1, 7), (3, 2), (16, 16), (23, 41), (250, 99), (301, 512)]


def built_in(name, height=64, width=64):
    return resize(read(f"mask:{name}", Path()), height, width)


def stored(folder, values, **options):
    (folder / "mask.png").write_bytes(encoded(np.asarray(values, dtype=np.uint8), **options))
    return read("mask.png", folder)


# -- built-in shapes ------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("pair", [("left", "right"), ("top", "bottom"), ("disc", "frame")], ids="-".join)
def test_a_pair_covers_every_pixel_exactly(pair, size):
    one, other = (built_in(name, *size) for name in pair)
    assert one.dtype == other.dtype == np.float32
    assert one.shape == other.shape == size
    assert (one + other == 1).all()
    assert one.min() >= 0
    assert one.max() <= 1


def test_halves_lie_where_their_names_say():
    assert (built_in("left")[:, :31] == 1).all()
    assert (built_in("left")[:, 33:] == 0).all()
    assert (built_in("right")[:, 33:] == 1).all()
    assert (built_in("top")[:31] == 1).all()
    assert (built_in("bottom")[33:] == 1).all()
    assert np.array_equal(built_in("top", 40, 30), built_in("left", 30, 40).T)


def test_an_edge_is_a_fiftieth_of_the_side():
    """From 49 % to 51 % of 1000 pixels it falls in a straight line."""
    row = built_in("left", 3, 1000)[1]
    assert (row[:490] == 1).all()
    assert (row[510:] == 0).all()
    assert np.allclose(row[490:510], 1 - (np.arange(20) + 0.5) / 20, atol=1e-6)


@pytest.mark.parametrize(("height", "width"), [(200, 200), (100, 300)])
def test_a_disc_is_an_ellipse_of_four_fifths_of_each_side(height, width):
    disc = built_in("disc", height, width)
    y, x = (np.mgrid[:height, :width] + 0.5) / np.array([height, width]).reshape(2, 1, 1)
    distance = np.hypot(x - 0.5, y - 0.5)
    assert (disc[distance < 0.38] == 1).all()
    assert (disc[distance > 0.42] == 0).all()
    assert float(disc.mean()) == pytest.approx(np.pi * 0.4**2, rel=1e-3)


@pytest.mark.parametrize("name", ["left", "bottom", "disc", "frame"])
def test_a_shape_is_the_same_at_every_resolution(name):
    """Drawn coarsely it is what the fine one averages to."""
    fine = built_in(name, 600, 800).reshape(12, 50, 16, 50).mean(axis=(1, 3))
    assert np.abs(built_in(name, 12, 16) - fine).max() < 0.01


def test_a_built_in_shape_is_known_by_name_and_version(monkeypatch):
    left = read("mask:left", Path())
    assert (left.source, left.sha256) == ("mask:left", hashlib.sha256(b"mask/left/1").hexdigest())
    assert len({read(name, Path()).sha256 for name in masks.SHAPES}) == 6
    monkeypatch.setattr(masks, "VERSION", 2)
    assert read("mask:left", Path()).sha256 != left.sha256


@pytest.mark.parametrize(
    ("name", "hint"), [("lfet", " (did you mean mask:left?)"), ("Disk", " (did you mean mask:disc?)"), ("xyz", "")]
)
def test_an_unknown_shape_is_answered_with_the_nearest_and_all(name, hint):
    with pytest.raises(PictureError) as caught:
        read(f"mask:{name}", Path())
    assert str(caught.value) == (
        f"mask:{name}: no such mask{hint}: built in are "
        "mask:left, mask:right, mask:top, mask:bottom, mask:disc, mask:frame"
    )


# -- files ----------------------------------------------------------------------------------------


def test_white_is_inside_black_outside_and_greys_are_between(tmp_path):
    mask = stored(tmp_path, [[255, 51, 0]])
    assert resize(mask, 1, 3).tolist() == [[1, pytest.approx(0.2), 0]]


def test_a_file_is_known_by_its_bytes(tmp_path):
    mask = stored(tmp_path, [[255, 0]])
    assert (mask.source, mask.sha256) == ("mask.png", hashlib.sha256((tmp_path / "mask.png").read_bytes()).hexdigest())


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 3), (4, 7), (5, 5), (10, 15), (13, 11), (40, 40)])
def test_a_file_is_averaged_over_the_area_of_each_pixel(tmp_path, height, width):
    values = np.random.default_rng(0).integers(0, 256, (10, 15), dtype=np.uint8)
    sized = resize(stored(tmp_path, values), height, width)
    # Every pixel cut up until old and new boundaries both fall on cuts: their means are then plain ones.
    cut = values.repeat(height, axis=0).repeat(width, axis=1) / 255
    expected = cut.reshape(height, 10, width, 15).mean(axis=(1, 3))
    assert (sized.shape, sized.dtype) == ((height, width), np.float32)
    assert np.allclose(sized, expected, atol=1e-6)


def test_white_all_over_stays_exactly_one(tmp_path):
    mask = stored(tmp_path, np.full((17, 29), 255))
    assert all((resize(mask, *size) == 1).all() for size in SIZES)


def test_a_single_pixel_is_not_lost_on_the_way_to_a_deep_layer(tmp_path):
    values = np.zeros((64, 64))
    values[5, 9] = 255
    assert resize(stored(tmp_path, values), 4, 4)[0, 0] == pytest.approx(1 / 256)


def test_values_are_data_so_profile_and_alpha_do_not_touch_them(tmp_path):
    plain = resize(stored(tmp_path, [[255, 100, 0]]), 1, 3)
    assert np.array_equal(
        resize(stored(tmp_path, [[255, 100, 0]], icc_profile=grey_profile("Linear", 1.0)), 1, 3), plain
    )
    transparent = np.dstack([np.array([[255, 100, 0]]), np.zeros((1, 3))])
    assert np.array_equal(resize(stored(tmp_path, transparent), 1, 3), plain)


def test_grey_stored_as_rgb_or_jpeg_or_in_16_bits_is_grey(tmp_path):
    values = np.linspace(0, 255, 64).astype(np.uint8).reshape(8, 8)
    expected = resize(stored(tmp_path, values), 8, 8)
    assert np.array_equal(resize(stored(tmp_path, np.dstack([values] * 3)), 8, 8), expected)
    jpeg = resize(stored(tmp_path, np.dstack([values] * 3), kind="JPEG", quality=95), 8, 8)
    assert np.abs(jpeg - expected).max() < 0.02
    (tmp_path / "deep.png").write_bytes(encoded(values.astype(np.uint16) * 257))
    assert np.array_equal(resize(read("deep.png", tmp_path), 8, 8), expected)


def test_a_mask_stands_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    assert resize(stored(tmp_path, [[255], [0]], exif=exif), 2, 1).tolist() == [[0], [1]]


def test_a_mask_in_colour_is_refused(tmp_path):
    with pytest.raises(PictureError) as caught:
        stored(tmp_path, np.full((4, 4, 3), [255, 0, 0]))
    assert str(caught.value) == (
        f"{tmp_path / 'mask.png'}: this mask is in colour: "
        "save each region as a grey picture of its own, white inside, black out"
    )


def test_an_empty_mask_is_refused(tmp_path):
    with pytest.raises(PictureError) as caught:
        stored(tmp_path, np.zeros((4, 4)))
    assert str(caught.value) == (
        f"{tmp_path / 'mask.png'}: this mask is black all over: what is inside must be white, or grey"
    )


def test_a_missing_file_and_one_that_is_no_picture_are_refused(tmp_path):
    stored(tmp_path, [[255]])
    with pytest.raises(PictureError) as caught:
        read("maks.png", tmp_path)
    assert str(caught.value) == f"{tmp_path / 'maks.png'}: no such file; did you mean mask.png?"
    (tmp_path / "text.png").write_text("hello")
    with pytest.raises(PictureError) as caught:
        read("text.png", tmp_path)
    assert str(caught.value) == f"{tmp_path / 'text.png'}: not a picture in a format that Pillow reads"


# -- several --------------------------------------------------------------------------------------


def test_of_several_masks_each_pixel_lies_as_far_inside_as_in_the_one_it_is_most_inside_of():
    left, disc = read("mask:left", Path()), read("mask:disc", Path())
    both = masks.union([left, disc], 40, 60)
    assert np.array_equal(both, np.maximum(resize(left, 40, 60), resize(disc, 40, 60)))
    assert (masks.union([left, read("mask:right", Path())], 33, 33) >= masks.HALF).all()
