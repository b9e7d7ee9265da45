import json
import os
import zipfile
from fractions import Fraction
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from nst.video import Broken, VideoError, frames, look, pack

from .clips import smooth


def pictures(folder, numbers, rate=None):
    folder.mkdir(exist_ok=True)
    for number in numbers:
        Image.fromarray(smooth(number)).save(folder / f"shot{number}.png")
    if rate:
        (folder / "clip.json").write_text(json.dumps({"rate": rate}))
    return folder


def packed(folder, **more):
    buffer = BytesIO()
    pack(folder, buffer, **more)
    return buffer.getvalue()


def test_pictures_are_taken_in_the_order_in_which_people_count(tmp_path):
    folder = pictures(tmp_path / "shots", (10, 9, 2, 1), "12/1")
    given = list(frames(folder))
    assert [f.seconds for f in given] == [Fraction(i, 12) for i in range(4)]
    assert all(np.array_equal(f.pixels, smooth(n)) for f, n in zip(given, (1, 2, 9, 10), strict=True))
    facts = look(folder)
    assert (facts.frames, facts.rate, facts.steady, facts.codec, facts.notes) == (4, 12, True, "png", ())


def test_a_folder_as_one_file_reads_the_same(tmp_path):
    folder = pictures(tmp_path / "shots", (10, 9, 2, 1), "24000/1001")
    path = tmp_path / "shots.zip"
    path.write_bytes(packed(folder))
    assert look(path) == look(folder)
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(frames(path), frames(folder), strict=True))


def test_the_same_files_give_the_same_bytes(tmp_path):
    folder = pictures(tmp_path / "shots", (1, 2), "12/1")
    before = packed(folder)
    os.utime(folder / "shot1.png", (1, 1))
    (folder / ".DS_Store").write_bytes(b"litter")
    (folder / "notes.txt").write_text("on light")
    assert packed(folder) == before
    assert packed(folder, rate=Fraction(30)) != before
    with zipfile.ZipFile(BytesIO(before)) as archive:
        assert archive.namelist() == ["clip.json", "shot1.png", "shot2.png"]


def test_without_a_rate_it_is_25_and_said_so(tmp_path):
    facts = look(pictures(tmp_path / "shots", (1, 2)))
    assert facts.rate == 25
    assert any("25 frames a second" in note for note in facts.notes)


def test_pictures_of_two_sizes_are_refused_with_the_first_two(tmp_path):
    folder = pictures(tmp_path / "shots", (1, 2, 3))
    Image.fromarray(smooth(0, 50, 40)).save(folder / "shot2.png")
    said = "shot1.png is 96 × 64 pixels, shot2.png 50 × 40"
    with pytest.raises(VideoError, match=said):
        look(folder)
    with pytest.raises(VideoError, match=said):
        list(frames(folder))


def test_a_folder_without_pictures_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("on light")
    with pytest.raises(VideoError, match="there are no pictures in it"):
        look(tmp_path)


def test_a_damaged_picture_ends_the_clip_there(tmp_path):
    folder = pictures(tmp_path / "shots", (1, 2, 3), "25/1")
    (folder / "shot3.png").write_bytes((folder / "shot3.png").read_bytes()[:100])
    assert look(folder).frames == 2
    assert look(folder).notes[0].startswith("cannot be read beyond frame 2 of about 3: shot3.png: damaged picture")
    with pytest.raises(Broken, match="beyond frame 2"):
        list(frames(folder))


@pytest.mark.parametrize("said", ["{}", "[]", "not json", '{"rate": "0/1"}', '{"rate": "1/0"}', '{"rate": "fast"}'])
def test_a_rate_that_is_not_understood_is_refused_with_what_was_expected(tmp_path, said):
    folder = pictures(tmp_path / "shots", (1,))
    (folder / "clip.json").write_text(said)
    with pytest.raises(VideoError, match=r"clip\.json: .*expected"):
        look(folder)


def test_a_damaged_zip_is_refused(tmp_path):
    path = tmp_path / "shots.zip"
    path.write_bytes(packed(pictures(tmp_path / "shots", (1, 2)))[:-30])
    with pytest.raises(VideoError, match="not a zip that can be read"):
        look(path)


def test_transparent_parts_of_pictures_are_shown_on_white(tmp_path):
    picture = np.zeros((8, 8, 4), np.uint8)
    picture[:4] = (10, 20, 30, 255)
    Image.fromarray(picture).save(tmp_path / "1.png")
    first = next(frames(tmp_path)).pixels
    assert (first[:4] == (10, 20, 30)).all()
    assert (first[4:] == 255).all()
    assert look(tmp_path).alpha
