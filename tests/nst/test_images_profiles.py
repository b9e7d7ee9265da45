"""Colour profiles: what sRGB a picture becomes, against the arithmetic of ICC matrices and curves."""

import numpy as np
import pytest
from PIL import Image, ImageCms

from nst import images
from nst.samples import photo_files

from .picture_files import (
    ADOBE_TO_XYZ,
    SRGB_TO_XYZ,
    cmyk_profile,
    encoded,
    grey_profile,
    rgb_profile,
    srgb_from_xyz,
    xyz_from_lab,
)

RANDOM = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
WIDE = rgb_profile("Wide", ADOBE_TO_XYZ, 2.2)


def wide_to_srgb(values):
    return srgb_from_xyz((values / 255) ** (round(2.2 * 256) / 256) @ ADOBE_TO_XYZ.T)


@pytest.mark.parametrize(("kind", "options"), [("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True})])
def test_a_wide_gamut_becomes_srgb(kind, options):
    picture = images.open_picture(encoded(RANDOM, kind, icc_profile=WIDE, **options), "wide")
    assert np.abs(picture.pixels - wide_to_srgb(RANDOM)).max() < 1.5
    assert np.abs(picture.pixels - RANDOM.astype(float)).max() > 50
    assert picture.notes == ("ICC profile 'Wide' converted to sRGB",)


def test_alpha_is_left_alone_by_a_profile():
    alpha = np.full((24, 32), 200, dtype=np.uint8)
    picture = images.open_picture(encoded(np.dstack([RANDOM, alpha]), icc_profile=WIDE), "wide")
    assert np.abs(picture.pixels - wide_to_srgb(RANDOM)).max() < 1.5
    assert (picture.alpha == 200).all()
    assert picture.notes == ("ICC profile 'Wide' converted to sRGB", "alpha kept")


def test_a_palette_is_converted_through_its_colours():
    image = Image.fromarray(RANDOM).quantize(16)
    picture = images.open_picture(encoded(image, icc_profile=WIDE), "palette")
    assert np.abs(picture.pixels - wide_to_srgb(np.asarray(image.convert("RGB")))).max() < 1.5


def profile_in(file):
    """A profile that a camera or an editor left in a picture of scikit-image's."""
    with Image.open(photo_files.folder() / file) as image:
        return image.info["icc_profile"]


@pytest.mark.parametrize(
    "profile",
    [None, ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), profile_in("chelsea.png")],
    ids=["none", "LittleCMS's sRGB", "HP's sRGB of 1998, which moves some colours by a level"],
)
def test_srgb_keeps_its_pixels_without_a_word(profile):
    levels = np.arange(0, 256, 5, dtype=np.uint8)
    colours = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(52, -1, 3)
    picture = images.open_picture(encoded(colours, icc_profile=profile), "srgb")
    assert np.array_equal(picture.pixels, colours)
    assert picture.notes == ()


def test_adobe_rgb_as_found_in_the_wild():
    picture = images.open_picture(encoded(RANDOM, icc_profile=profile_in("rocket.jpg")), "rocket")
    expected = srgb_from_xyz((RANDOM / 255) ** (563 / 256) @ ADOBE_TO_XYZ.T)
    assert np.abs(picture.pixels - expected).max() < 1.5
    assert picture.notes == ("ICC profile 'Adobe RGB (1998)' converted to sRGB",)


def test_grey_of_linear_light_becomes_brighter():
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    picture = images.open_picture(encoded(ramp, icc_profile=grey_profile("Linear", 1.0)), "linear")
    light = (ramp[..., None] / 255) * SRGB_TO_XYZ.sum(axis=1)
    assert np.abs(picture.pixels - srgb_from_xyz(light)).max() < 1.5
    assert picture.notes == ("ICC profile 'Linear' converted to sRGB",)


def test_deep_grey_goes_through_its_profile_as_well():
    ramp = (np.arange(256, dtype=np.uint16) * 257).reshape(16, 16)
    profile = grey_profile("Linear", 1.0)
    shallow = images.decode(encoded((ramp // 257).astype(np.uint8), icc_profile=profile), "shallow")
    assert np.array_equal(images.decode(encoded(ramp, icc_profile=profile), "deep"), shallow)


def test_grey_with_a_profile_for_rgb_counts_as_three_equal_channels():
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    profile = rgb_profile("Dark", SRGB_TO_XYZ, 3.0)
    grey, rgb = (images.decode(encoded(p, icc_profile=profile), "p") for p in (ramp, np.dstack([ramp] * 3)))
    assert np.array_equal(grey, rgb)
    assert grey[8, 0, 0] < 128 - 20


def test_cmyk_goes_through_its_profile():
    """A printer whose cyan ink is red: only the profile knows."""
    lab = dict.fromkeys(np.ndindex(2, 2, 2, 2), (0, 128, 128))
    lab |= {(0, 0, 0, 0): (255, 128, 128), (1, 0, 0, 0): (128, 178, 158)}
    profile = cmyk_profile("Odd inks", lab)
    image = Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    picture = images.open_picture(encoded(image, "TIFF", icc_profile=profile), "inks")
    expected = srgb_from_xyz(xyz_from_lab(128 * 100 / 255, 50, 30))
    assert np.abs(picture.pixels[0, 0] - expected).max() < 2.5
    assert picture.notes == ("ICC profile 'Odd inks' converted to sRGB",)
    white = images.open_picture(encoded(Image.new("CMYK", (8, 8)), "TIFF", icc_profile=profile), "paper")
    assert (white.pixels >= 254).all()


def test_cmyk_without_a_profile_is_converted_by_formula_and_says_so():
    picture = images.open_picture(encoded(Image.new("CMYK", (4, 4), (0, 255, 255, 0)), "TIFF"), "inks")
    assert picture.pixels[0, 0].tolist() == [255, 0, 0]
    assert picture.notes == ("CMYK without a usable ICC profile: converted by formula, colours are approximate",)


@pytest.mark.parametrize(
    ("profile", "note"),
    [
        (b"nonsense" * 40, "ICC profile ignored: cannot open profile from string"),
        (WIDE[:200], "ICC profile ignored: cannot open profile from string"),
        (grey_profile("Linear", 1.0), "ICC profile ignored: 'Linear' is for GRAY, the picture is RGB"),
        (
            cmyk_profile("Inks", dict.fromkeys(np.ndindex(2, 2, 2, 2), (128, 128, 128))),
            "ICC profile ignored: 'Inks' is for CMYK, the picture is RGB",
        ),
    ],
    ids=["nonsense", "cut off", "for grey", "for CMYK"],
)
def test_a_profile_that_cannot_be_used_is_ignored_and_named(profile, note):
    picture = images.open_picture(encoded(RANDOM, icc_profile=profile), "p")
    assert np.array_equal(picture.pixels, RANDOM)
    assert picture.notes == (note,)


def test_a_profile_without_the_tags_it_needs_is_ignored():
    hollow = WIDE.replace(b"rTRC", b"xxxx").replace(b"gXYZ", b"yyyy")
    picture = images.open_picture(encoded(RANDOM, icc_profile=hollow), "p")
    assert np.array_equal(picture.pixels, RANDOM)
    assert [note.partition(":")[0] for note in picture.notes] == ["ICC profile ignored"]


def test_no_damage_to_a_profile_stops_a_picture():
    random = np.random.default_rng(1)
    for _ in range(60):
        torn = bytearray(WIDE)
        for place in random.integers(0, len(torn), 6):
            torn[place] = random.integers(0, 256)
        assert images.decode(encoded(RANDOM, icc_profile=bytes(torn)), "p").shape == RANDOM.shape


def test_a_name_from_a_file_is_fit_for_a_page():
    profile = rgb_profile("Evil\n\x1b[31m" + "x" * 200, ADOBE_TO_XYZ, 2.2)
    (note,) = images.open_picture(encoded(RANDOM, icc_profile=profile), "p").notes
    assert note == f"ICC profile 'Evil[31m{'x' * 69}...' converted to sRGB"
