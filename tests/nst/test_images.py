import numpy as np
import pytest
from PIL import Image

from nst import images
from nst.images import PictureError


def gradient(width=40, height=30):
    x = np.linspace(0, 255, width, dtype=np.uint8)
    return np.stack([np.tile(x, (height, 1))] * 3, axis=-1)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("stretch", (64, 64)), ("long", (64, 48)), ("short", (85, 64)), ("height", (85, 64)), ("area", (74, 55))],
)
def test_size_rules_on_a_4_to_3_picture(rule, expected):
    assert images.target_size(400, 300, 64, rule) == expected


def test_a_picture_is_read_upright(tmp_path):
    pixels = gradient()
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    Image.fromarray(pixels).save(tmp_path / "turned.png", exif=exif)
    assert images.read(tmp_path / "turned.png").shape == (40, 30, 3)


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
    with pytest.raises(PictureError, match="not a file"):
        images.read(tmp_path)
    with pytest.raises(PictureError, match="not a file name"):
        images.read(tmp_path / "a\0b.png")


def test_a_decompression_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("nst.images.decoding.MAX_PIXELS", 100)
    (tmp_path / "bomb.png").write_bytes(images.encode_png(gradient()))
    with pytest.raises(PictureError, match=r"40 x 30 pixels: more than 100 are refused"):
        images.read(tmp_path / "bomb.png")


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
