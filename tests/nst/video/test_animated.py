from fractions import Fraction
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from nst.video import VideoError, frames, look

from .clips import apart, smooth, taken_before_the_break


def animated(kind, pictures, durations, **more):
    buffer = BytesIO()
    first, *others = [Image.fromarray(picture) for picture in pictures]
    first.save(buffer, kind, save_all=True, append_images=others, duration=durations, **more)
    return buffer.getvalue()


@pytest.mark.parametrize(("kind", "most"), [("PNG", 0), ("GIF", 12), ("WEBP", 0)])
def test_every_frame_is_shown_as_long_as_it_says(tmp_path, kind, most):
    pictures, durations = [smooth(i) for i in range(4)], [40, 120, 40, 300]
    path = tmp_path / "clip"
    path.write_bytes(animated(kind, pictures, durations, **({"lossless": True} if kind == "WEBP" else {})))
    given, facts = list(frames(path)), look(path)
    assert [frame.duration for frame in given] == [Fraction(d, 1000) for d in durations]
    assert [frame.seconds for frame in given] == [0, Fraction(40, 1000), Fraction(160, 1000), Fraction(200, 1000)]
    assert max(apart(f.pixels, p) for f, p in zip(given, pictures, strict=True)) <= most
    assert (facts.frames, facts.steady, facts.seconds) == (4, False, 0.5)
    assert facts.codec == {"PNG": "apng"}.get(kind, kind.lower())
    assert "variable frame rate: time stamps are kept" in facts.notes


def test_an_animated_png_keeps_every_level_and_its_rate(tmp_path):
    path = tmp_path / "clip.png"
    path.write_bytes(animated("PNG", [smooth(i) for i in range(5)], 80))
    assert all(np.array_equal(frame.pixels, smooth(frame.index)) for frame in frames(path))
    assert (look(path).rate, look(path).steady, look(path).notes) == (Fraction(25, 2), True, ())


def test_frames_too_short_for_browsers_last_as_long_as_there(tmp_path):
    path = tmp_path / "clip.gif"
    path.write_bytes(animated("GIF", [smooth(i) for i in range(3)], 10))
    assert {frame.duration for frame in frames(path)} == {Fraction(1, 10)}
    assert any("less than 20 ms" in note for note in look(path).notes)


def test_transparent_parts_of_animated_pictures_are_shown_on_white(tmp_path):
    half = np.dstack([smooth(), np.full((64, 96), 128, np.uint8)])
    path = tmp_path / "clip.png"
    path.write_bytes(animated("PNG", [half, half[::-1]], 100))
    first, facts = next(frames(path)), look(path)
    assert np.abs(first.pixels - (smooth() * (128 / 255) + 127)).max() <= 1
    assert facts.alpha
    assert "transparent parts are shown on white" in facts.notes


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_an_animated_picture_cut_off_gives_what_there_is_and_then_says_so(tmp_path, kind):
    path = tmp_path / "clip"
    data = animated(kind, [smooth(i) for i in range(10)], 100)
    path.write_bytes(data[: int(len(data) * 0.6)])
    given, broken = taken_before_the_break(path)
    assert 3 <= len(given) == broken.frames < 8
    assert str(broken).startswith(f"{path}: cannot be read beyond frame {len(given)}")
    assert look(path).frames == len(given)
    assert apart(given[-1].pixels, smooth(len(given) - 1)) <= 12


def test_a_single_picture_is_no_clip(tmp_path):
    path = tmp_path / "still.png"
    Image.fromarray(smooth()).save(path)
    with pytest.raises(VideoError, match="a single picture"):
        look(path)
