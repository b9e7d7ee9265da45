"""Frames that are done: what a later try may take, and what it must not."""

import numpy as np
import pytest

from bench.worker.making.video.done import Done, FrameNotes, name

NOTES = FrameNotes(
    sha256="",
    warm=True,
    evaluations=10,
    updates=9,
    seconds=0.5,
    loss=1.25,
    saved_loss=None,
    terms={"content.conv4_2": 1.0, "tv": None},
    out_of_gamut=0.25,
    seed=3,
    diagnosis=None,
)


def picture(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)


def test_a_frame_comes_back_as_it_was_with_its_notes(tmp_path):
    Done(tmp_path / "parts").put(4, picture(), NOTES)
    found = Done(tmp_path / "parts").get(4)
    assert found is not None
    image, notes = found
    assert np.array_equal(image, picture())
    assert notes.model_copy(update={"sha256": ""}) == NOTES
    assert np.array_equal(Done(tmp_path / "parts").picture(4), picture())


def test_frames_are_counted_from_one_in_their_files(tmp_path):
    done = Done(tmp_path)
    done.put(0, picture(), NOTES)
    assert name(0) == "frame-00001.png"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["frame-00001.json", "frame-00001.png"]


def torn(path):
    path.write_bytes(path.read_bytes()[:-5])


def other(path):
    Done(path.parent).put(1, picture(1), NOTES)
    path.write_bytes((path.parent / name(1)).read_bytes())


@pytest.mark.parametrize("damage", [torn, other, lambda path: path.unlink(), lambda path: path.write_bytes(b"")])
def test_a_picture_that_is_not_the_one_of_its_notes_is_made_again(tmp_path, damage):
    done = Done(tmp_path)
    done.put(0, picture(), NOTES)
    damage(done.picture_path(0))
    assert done.get(0) is None


@pytest.mark.parametrize("text", ["", "{}", "[1]", "\xff", '{"sha256": 1}'])
def test_notes_that_cannot_be_read_are_none(tmp_path, text):
    done = Done(tmp_path)
    done.put(0, picture(), NOTES)
    done.picture_path(0).with_suffix(".json").write_text(text, encoding="latin-1")
    assert done.get(0) is None


def test_a_picture_without_notes_was_cut_off(tmp_path):
    done = Done(tmp_path)
    done.put(0, picture(), NOTES)
    done.picture_path(0).with_suffix(".json").unlink()
    assert done.get(0) is None
    assert done.get(7) is None


def test_a_folder_that_lies_in_the_way_of_a_frame_goes(tmp_path):
    done = Done(tmp_path)
    (done.picture_path(0) / "x").mkdir(parents=True)
    assert done.get(0) is None
    done.put(0, picture(), NOTES)
    assert np.array_equal(done.picture(0), picture())
