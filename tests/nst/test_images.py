import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
import tifffile
from PIL import Image

from nst import images
from nst.images import PictureError

from .picture_files import PNG_GREY, PNG_RGB, PNG_RGBA, chunk, deep_png, encoded, png


def gradient(width=40, height=30):
    x = np.linspace(0, 255, width, dtype=np.uint8)
    return np.stack([np.tile(x, (height, 1))] * 3, axis=-1)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("stretch", (64, 64)), ("long", (64, 48)), ("short", (85, 64)), ("height", (85, 64)), ("area", (74, 55))],
)
def test_size_rules_on_a_4_to_3_picture(rule, expected):
    assert images.target_size(400, 300, 64, rule) == expected


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG"])
def test_a_picture_is_read_upright(kind):
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying: its top is on the right
    lossless = {"lossless": True} if kind == "WEBP" else {}
    upright = images.decode(encoded(gradient(), kind, exif=exif, **lossless), "turned")
    assert upright.shape == (40, 30, 3)
    assert np.abs(upright.astype(int) - np.rot90(gradient(), -1)).max() <= (8 if kind == "JPEG" else 0)


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0no such thing", b"Exif\0\0II*\0\xff\xff\xff\x7f", b"Exif\0\0II*\0\x08\0\0\0\xff\xff"]
)
def test_damaged_exif_data_does_not_stop_a_picture(exif):
    assert np.array_equal(images.decode(encoded(gradient(), exif=exif), "p"), gradient())


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "LA", "RGBA", "I;16"])
def test_every_mode_becomes_rgb(tmp_path, mode):
    suffix = "tif" if mode == "CMYK" else "png"
    Image.new(mode, (20, 10)).save(tmp_path / f"p.{suffix}")
    picture = images.read(tmp_path / f"p.{suffix}")
    assert (picture.shape, picture.dtype) == ((10, 20, 3), np.uint8)


def test_reading_and_writing_lose_nothing(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (17, 23, 3), dtype=np.uint8)
    (tmp_path / "p.png").write_bytes(images.encode_png(pixels))
    read = images.read(tmp_path / "p.png")
    assert np.array_equal(read, pixels)
    assert np.array_equal(images.to_bytes(images.resize(read, 23, "long")), pixels)


def test_saving_clips_rounds_half_to_even_and_greys_what_is_no_number():
    values = np.array([[[-1.0, 2.0, np.nan], [0.5 / 255, 1.5 / 255, 2.5 / 255]]], dtype=np.float32)
    assert images.to_bytes(values).tolist() == [[[0, 255, 128], [0, 2, 2]]]


def test_shrinking_keeps_the_mean():
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    small = images.resize(noise, 32, "long")
    assert small.shape == (32, 32, 3)
    assert float(small.mean()) == pytest.approx(noise.mean() / 255, abs=0.005)
    assert small.std() < 0.15 * noise.std() / 255 * 2  # antialiased: noise averages out


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("text.png", b"hello", "not a picture in a format that Pillow reads"),
        ("empty.jpg", b"", "not a picture in a format that Pillow reads"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PictureError) as caught:
        images.read(tmp_path / name)
    assert str(caught.value) == f"{tmp_path / name}: {message}"


def test_a_torn_picture_is_refused(tmp_path):
    data = images.encode_png(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    (tmp_path / "torn.png").write_bytes(data[: len(data) // 2])
    with pytest.raises(PictureError, match=r"torn\.png: damaged picture"):
        images.read(tmp_path / "torn.png")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(PictureError, match="No such file"):
        images.read(tmp_path / "none.png")
    with pytest.raises(PictureError) as caught:
        images.read(tmp_path)
    assert str(caught.value) == f"{tmp_path}: not a file"
    with pytest.raises(PictureError, match="not a file name"):
        images.read(tmp_path / "a\0b.png")


def test_a_decompression_bomb_is_refused(monkeypatch):
    monkeypatch.setattr("nst.images.decoding.MAX_PIXELS", 100)
    assert refusal(images.encode_png(gradient())) == (
        "bad: 40 x 30 pixels: more than 100 are refused: scale it down first"
    )


def refusal(data):
    with pytest.raises(PictureError) as caught:
        images.open_picture(data, "bad")
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (png(2**31 - 1, 2**31 - 1, 8, PNG_RGB), "bad: more than 178956970 pixels are refused: scale it down first"),
        (png(13378, 13378, 8, PNG_RGB), "bad: more than 178956970 pixels are refused: scale it down first"),
        (png(0, 5, 8, PNG_RGB), "bad: not a picture in a format that Pillow reads"),
        (png(5, 0, 8, PNG_RGB), "bad: not a picture in a format that Pillow reads"),
    ],
    ids=["gigantic", "a little too large", "no width", "no height"],
)
def test_a_header_that_lies_in_wait_is_refused(data, message):
    assert refusal(data) == message


@pytest.mark.parametrize(("kind", "keyword"), [(b"zTXt", b"Comment"), (b"iCCP", b"Profile")])
def test_metadata_that_inflates_is_refused(kind, keyword):
    inflating = chunk(kind, keyword + b"\0\0" + zlib.compress(bytes(100 << 20)))
    message = refusal(png(1, 1, 8, PNG_RGB, inflating, rows=bytes(4)))
    assert message.lower().startswith("bad: damaged picture: decompressed data too large")  # the rest is Pillow's


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "JPEG2000"])
def test_whatever_is_damaged_is_refused_or_read_and_nothing_else(kind):
    whole = encoded(np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8), kind)
    random = np.random.default_rng(1)
    messages = []
    for _ in range(150):
        damaged = bytearray(whole[: random.integers(1, len(whole) + 1)])
        for place in random.integers(0, len(damaged), 4):
            damaged[place] = random.integers(0, 256)
        try:
            images.open_picture(bytes(damaged), "p")
        except PictureError as error:
            messages.append(str(error))
    assert len(messages) > 20
    assert {message[:3] for message in messages} == {"p: "}


def test_grey_of_16_bits_keeps_its_tones(tmp_path):
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    Image.fromarray(ramp).save(tmp_path / "deep.png")
    read = images.read(tmp_path / "deep.png")
    assert np.array_equal(read[..., 0].ravel(), np.arange(256))
    assert (read[..., 0] == read[..., 2]).all()


def test_floating_point_is_taken_as_0_to_1_and_anything_else_refused(tmp_path):
    ramp = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)
    Image.fromarray(ramp).save(tmp_path / "float.tif")
    assert np.array_equal(images.read(tmp_path / "float.tif")[..., 1].ravel(), np.arange(256))
    Image.fromarray(ramp * 300).save(tmp_path / "wild.tif")
    with pytest.raises(PictureError, match=r"wild\.tif: grey values from 0 to 300: expected 0 to 1"):
        images.read(tmp_path / "wild.tif")


DEEP = np.arange(65536, dtype=np.uint16).reshape(256, 256)


@pytest.mark.parametrize(
    "data",
    [
        deep_png(np.dstack([DEEP] * 3), PNG_RGB),
        deep_png(np.dstack([DEEP] * 3 + [np.full_like(DEEP, 65535)]), PNG_RGBA),
    ],
    ids=["PNG RGB", "PNG RGBA"],
)
def test_colour_of_16_bits_is_its_upper_8_and_says_so(data):
    picture = images.open_picture(data, "deep")
    assert np.array_equal(picture.pixels, np.dstack([DEEP >> 8] * 3))
    assert picture.notes == ("16 bits per channel: the upper 8 are used",)
    error = picture.pixels[..., 0] - DEEP / 257
    assert 0.99 < np.abs(error).max() < 1  # as the manual says: up to one level off, where rounding would give half


@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}, {"planarconfig": "separate", "compression": "zlib"}])
def test_a_tiff_of_16_bits_is_read_likewise(options):
    values = np.stack([DEEP] * 3, axis=0 if "planarconfig" in options else -1)
    picture = images.open_picture(tiff(values, photometric="rgb", **options), "deep")
    assert np.array_equal(picture.pixels, np.dstack([DEEP >> 8] * 3))
    assert picture.notes == ("16 bits per channel: the upper 8 are used",)


def test_a_tiff_that_would_be_misread_is_refused():
    planes = tiff(np.stack([DEEP] * 3), photometric="rgb", planarconfig="separate")
    assert refusal(planes) == (
        "bad: 16 bits per channel in separate planes, uncompressed, are not read: "
        "save it with interleaved channels or 8 bits"
    )


def tiff(values, **options):
    buffer = BytesIO()
    tifffile.imwrite(buffer, values, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "note"),
    [
        ("GIF", "animated, 3 frames: the first is used"),
        ("PNG", "animated, 3 frames: the first is used"),
        ("WEBP", "animated, 3 frames: the first is used"),
        ("TIFF", "3 pictures in one file: the first is used"),
    ],
)
def test_of_several_pictures_the_first_is_used_and_the_note_says_so(kind, note):
    first, *others = (Image.new("RGB", (9, 7), colour) for colour in ("#ff0000", "#00ff00", "#0000ff"))
    picture = images.open_picture(encoded(first, kind, save_all=True, append_images=others), "many")
    assert np.abs(picture.pixels - np.array([255.0, 0, 0])).max() <= 2
    assert picture.notes == (note,)


@pytest.mark.parametrize(
    ("shape", "size", "rule", "expected"),
    [
        ((5000, 1), 500, "long", (500, 1)),
        ((1, 5000), 500, "long", (1, 500)),
        ((5000, 1), 4, "short", (20000, 4)),
        ((1, 5000), 2, "height", (2, 10000)),
        ((5000, 1), 32, "area", (2263, 1)),
        ((1, 1), 8, "stretch", (8, 8)),
    ],
)
def test_any_shape_can_be_sized(shape, size, rule, expected):
    strip = np.full((*shape, 3), 200, dtype=np.uint8)
    sized = images.resize(images.decode(images.encode_png(strip), "strip"), size, rule)
    assert sized.shape == (*expected, 3)
    assert (sized == np.float32(200) / np.float32(255)).all()


def test_a_strip_is_not_blown_up_beyond_all_measure():
    with pytest.raises(PictureError) as caught:
        images.resize(np.zeros((5000, 1, 3), dtype=np.uint8), 512, "short")
    assert str(caught.value) == (
        "a picture of 1 x 5000 pixels would become 512 x 2560000: "
        "more than 268435456 pixels are refused: use size_rule 'long' or 'area', or a smaller size"
    )


def noise(height=48, width=64):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_left_alone_resize_is_bicubic_and_may_enlarge():
    expected = np.asarray(Image.fromarray(noise()).resize((96, 72), Image.Resampling.BICUBIC), dtype=np.float32)
    assert np.array_equal(images.resize(noise(), 96, "long"), expected / np.float32(255))


def test_box_is_the_mean_of_blocks():
    blocks = noise().reshape(12, 4, 16, 4, 3).mean(axis=(1, 3)) / 255
    assert (
        np.abs(images.resize(noise(), 16, "long", resampling="box") - blocks).max() <= 1.01 / 255
    )  # across, then down


def test_bilinear_weighs_by_a_triangle_as_wide_as_the_shrinking():
    """At half the size every new pixel sees four old ones by 1, 3, 3, 1."""
    row = noise(1, 64)[0].astype(float)
    expected = (row[1:-4:2] + 3 * row[2:-3:2] + 3 * row[3:-2:2] + row[4:-1:2]) / 8 / 255
    sized = images.resize(np.repeat(noise(1, 64), 64, axis=0), 32, "stretch", resampling="bilinear")
    assert np.abs(sized[16, 1:-1] - expected).max() <= 0.51 / 255


def test_every_filter_has_its_name():
    assert images.RESAMPLINGS == ("bicubic", "bilinear", "lanczos", "box")
    sized = {name: images.resize(noise(), 16, "long", resampling=name) for name in images.RESAMPLINGS}
    assert {picture.shape for picture in sized.values()} == {(12, 16, 3)}
    assert len({picture.tobytes() for picture in sized.values()}) == 4
    # How much of white noise passes is the sum of the kernel's squares: 2/3 of box for the triangle, more the sharper.
    assert sized["bilinear"].std() < sized["bicubic"].std() < sized["lanczos"].std() < sized["box"].std()


def test_fit_brings_a_picture_to_a_height_and_width_whatever_its_shape():
    fitted = images.fit(noise(), 20, 30, resampling="box")
    assert (fitted.shape, fitted.dtype) == ((20, 30, 3), np.float32)
    expected = Image.fromarray(noise()).resize((30, 20), Image.Resampling.BOX)
    assert np.array_equal(images.to_bytes(fitted), np.asarray(expected))


def test_at_its_own_size_a_picture_is_not_resampled():
    for resampling in images.RESAMPLINGS:
        assert np.array_equal(images.fit(noise(), 48, 64, resampling=resampling), noise() / np.float32(255))


def test_resize_is_fit_to_the_size_that_the_rule_gives():
    width, height = images.target_size(64, 48, 40, "area")
    for resampling in images.RESAMPLINGS:
        fitted = images.fit(noise(), height, width, resampling=resampling)
        assert np.array_equal(images.resize(noise(), 40, "area", resampling=resampling), fitted)


def test_the_same_picture_gives_the_same_bytes_and_alpha_must_fit():
    assert images.encode_png(noise()) == images.encode_png(noise())
    with pytest.raises(ValueError, match=r"^alpha is \(3, 4\), the picture \(48, 64\): they must agree$"):
        images.encode_png(noise(), np.zeros((3, 4), dtype=np.uint8))


def test_a_file_is_found_relative_to_a_folder_and_a_slip_is_answered_with_the_nearest_name(tmp_path):
    (tmp_path / "waves.png").write_bytes(b"")
    assert images.find_file("waves.png", tmp_path) == tmp_path / "waves.png"
    with pytest.raises(PictureError) as caught:
        images.find_file("wafes.png", tmp_path)
    assert str(caught.value) == f"{tmp_path / 'wafes.png'}: no such file; did you mean waves.png?"
    with pytest.raises(PictureError) as caught:
        images.find_file("https://example.org/waves.png", tmp_path)
    assert str(caught.value) == (
        "https://example.org/waves.png: addresses are not read: download the picture and give its path"
    )


def test_stored_values_are_those_of_the_file_whatever_profile_or_alpha_it_has():
    values = noise()
    data = encoded(np.dstack([values, np.zeros((48, 64), dtype=np.uint8)]), icc_profile=b"nonsense")
    assert np.array_equal(images.stored_values(data, "p"), values)


def test_a_colour_declared_transparent_in_16_bits_is_found():
    grey = np.array([[60000, 5], [0, 300]], dtype=np.uint16)
    declared = deep_png(grey, PNG_GREY, chunk(b"tRNS", struct.pack(">H", 60000)))
    assert images.open_picture(declared, "grey").alpha.tolist() == [[0, 255], [255, 255]]
    colour = np.dstack([grey] * 3)
    declared = deep_png(colour, PNG_RGB, chunk(b"tRNS", struct.pack(">HHH", 60000, 60000, 60000)))
    assert images.open_picture(declared, "colour").alpha.tolist() == [[0, 255], [255, 255]]
