"""What a transparent pixel looks like to a network, and how a result gets its transparency back."""

import numpy as np
import pytest
from PIL import Image

from nst import images

from .picture_files import encoded

RANDOM = np.random.default_rng(0)


def with_alpha(pixels, alpha):
    return images.open_picture(images.encode_png(np.asarray(pixels, np.uint8), np.asarray(alpha, np.uint8)), "p")


def disc(side=64):
    """A disc in two colours with a soft rim, garbage outside; alpha beside it."""
    y, x = np.mgrid[:side, :side] + 0.5
    alpha = np.clip((side * 0.4 - np.hypot(x - side / 2, y - side / 2)) / 6 + 0.5, 0, 1)
    pixels = np.where((x < side / 2)[..., None], [200, 40, 40], [30, 60, 160])
    return np.where(alpha[..., None] == 0, [0, 255, 0], pixels).astype(np.uint8), np.rint(alpha * 255).astype(np.uint8)


def test_what_is_seen_keeps_its_colour_and_alpha_is_kept():
    pixels = RANDOM.integers(0, 256, (9, 11, 3), dtype=np.uint8)
    alpha = RANDOM.integers(8, 256, (9, 11), dtype=np.uint8)
    picture = with_alpha(pixels, alpha)
    assert np.array_equal(picture.pixels, pixels)
    assert np.array_equal(picture.alpha, alpha)
    assert picture.notes == ("alpha kept",)


def test_an_alpha_plane_that_hides_nothing_is_none():
    picture = with_alpha(RANDOM.integers(0, 256, (9, 11, 3)), np.full((9, 11), 255))
    assert picture.alpha is None
    assert picture.notes == ()


@pytest.mark.parametrize("garbage", [0, 255, "noise"])
def test_hidden_colours_never_show(garbage):
    pixels, alpha = disc()
    hidden = (
        RANDOM.integers(0, 256, pixels.shape, dtype=np.uint8) if garbage == "noise" else np.full_like(pixels, garbage)
    )
    changed = np.where((alpha < 8)[..., None], hidden, pixels)
    assert np.array_equal(with_alpha(changed, alpha).pixels, with_alpha(pixels, alpha).pixels)


@pytest.mark.parametrize("shape", [(1, 1), (1, 37), (37, 1), (13, 6), (64, 64)])
def test_one_visible_pixel_lends_all_others_its_colour(shape):
    pixels = RANDOM.integers(0, 256, (*shape, 3), dtype=np.uint8)
    alpha = np.zeros(shape)
    alpha[0, -1] = 255
    assert (with_alpha(pixels, alpha).pixels == pixels[0, -1]).all()


def test_what_is_wholly_transparent_is_white():
    assert (with_alpha(np.zeros((5, 7, 3)), np.zeros((5, 7))).pixels == 255).all()


def test_colours_are_carried_on_from_nearby_and_none_is_made_up():
    pixels, alpha = disc()
    filled = with_alpha(pixels, alpha).pixels.astype(int)
    red, blue = np.array([200, 40, 40]), np.array([30, 60, 160])
    share = (filled[..., 0] - blue[0]) / (red - blue)[0]
    assert np.abs(filled - (share[..., None] * (red - blue) + blue)).max() <= 3  # on the line between the two
    assert share[32, 0] > 0.8 > 0.2 > share[32, -1]
    steps = np.abs(np.diff(share, axis=1))
    steps[:, 31] = 0  # the object's own edge, and what it is carried on to
    assert steps[alpha[:, :-1] < 8].max() < 0.75


def test_decoding_what_was_decoded_and_stored_changes_nothing():
    pixels, alpha = disc()
    once = with_alpha(pixels, alpha)
    again = with_alpha(once.pixels, once.alpha)
    assert np.array_equal(again.pixels, once.pixels)
    assert np.array_equal(again.alpha, once.alpha)


@pytest.mark.parametrize("background", [0, 128, 255])
def test_alpha_put_back_at_another_size_leaves_no_halo(background):
    """Against the picture laid on the background first and sized then: what an eye would want to see."""
    pixels, alpha = disc(96)
    picture = with_alpha(pixels, alpha)
    sized = images.resize(picture.pixels, 48, "long") * 255
    cover = images.resize_alpha(picture.alpha, 48, 48)[..., None] / 255
    shown = sized * cover + background * (1 - cover)
    share = alpha[..., None] / 255
    laid = (pixels * share + background * (1 - share)).reshape(48, 2, 48, 2, 3).mean(axis=(1, 3))
    difference = np.abs(shown - laid)
    difference[:, 22:26] = 0  # the edge between its two colours is a matter of the filter, not of alpha
    assert difference.max() < 10


def test_a_drawing_whose_shape_is_all_alpha_is_pointed_out():
    picture = with_alpha(np.zeros((16, 16, 3)), np.eye(16) * 255)
    assert picture.notes == (
        "all that is seen has one colour: to let a network see the shape, lay it on a background",
        "alpha kept",
    )


@pytest.mark.parametrize(
    ("mode", "colour"),
    [("LA", (90, 0)), ("RGBA", (90, 90, 90, 0)), ("PA", (90, 0))],
)
def test_every_way_to_store_alpha_is_understood(mode, colour):
    image = Image.new(mode, (8, 6), colour)
    kind = "TIFF" if mode == "PA" else "PNG"
    assert (images.open_picture(encoded(image, kind), "p").alpha == 0).all()


def test_a_palette_and_a_colour_declared_transparent_count_as_alpha():
    image = Image.fromarray(np.tile(np.array([0, 200], dtype=np.uint8), (4, 4)))
    for stored in (image, image.convert("RGB"), image.convert("P")):
        key = (200, 200, 200) if stored.mode == "RGB" else 200
        picture = images.open_picture(encoded(stored, transparency=key), "p")
        assert picture.alpha.tolist() == [[255, 0] * 4] * 4
        assert (picture.pixels == 0).all()


def test_alpha_is_brought_to_the_size_of_the_result():
    alpha = np.repeat(np.array([[0, 255]], dtype=np.uint8), 8, axis=1).repeat(16, axis=0)
    sized = images.resize_alpha(alpha, 4, 8)
    assert (sized.shape, sized.dtype) == ((4, 8), np.uint8)
    assert (sized[:, [0, -1]] == [0, 255]).all()
    assert np.array_equal(images.resize_alpha(alpha, 16, 16), alpha)
