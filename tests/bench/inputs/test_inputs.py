"""The pictures of a manifest: what is known of them, and what workers get to read."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from bench.inputs.picture import open_input
from bench.inputs.stored import store_input
from bench.store import Store
from nst import images, samples


@pytest.fixture
def cut_out(tmp_path):
    """A file with alpha: three columns seen, one hidden under garbage."""
    pixels = np.full((6, 4, 3), [10, 120, 200], dtype=np.uint8)
    pixels[:, 3] = [255, 0, 255]
    alpha = np.tile(np.array([255, 255, 128, 0], dtype=np.uint8), (6, 1))
    (tmp_path / "cut.png").write_bytes(images.encode_png(pixels, alpha))
    return alpha


def test_notes_say_what_was_done_to_a_file(tmp_path):
    frames = [Image.new("RGB", (4, 6), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    given = open_input("moving", "moving.gif", tmp_path)
    assert (given.width, given.height) == (4, 6)
    assert given.notes == ("animated, 2 frames: the first is used",)


def test_there_is_nothing_to_note_on_a_plain_file_or_a_sample(tmp_path):
    (tmp_path / "plain.png").write_bytes(images.encode_png(np.zeros((6, 4, 3), dtype=np.uint8)))
    assert open_input("plain", "plain.png", tmp_path).notes == ()
    assert open_input("cat", "sample:chelsea", tmp_path).notes == ()


def test_workers_get_the_colours_and_the_alpha_of_a_content(tmp_path, cut_out):
    given = open_input("cut", "cut.png", tmp_path)
    (stored,) = (file.path for file in store_input(Store(tmp_path / "results"), given))
    with Image.open(stored) as image:
        assert image.mode == "RGBA"
        assert np.array_equal(np.asarray(image)[..., 3], cut_out)
        assert (np.asarray(image)[..., :3] == [10, 120, 200]).all()  # the garbage is gone
    assert np.array_equal(images.read(stored), given.read().pixels)


def test_an_opaque_picture_is_stored_as_rgb(tmp_path):
    given = open_input("cat", "sample:chelsea", tmp_path)
    (stored,) = (file.path for file in store_input(Store(tmp_path / "results"), given))
    assert stored.read_bytes() == images.encode_png(samples.load("chelsea"))


def test_a_picture_that_changed_since_it_was_planned_is_refused(tmp_path, cut_out):
    given = open_input("cut", "cut.png", tmp_path)
    assert given.picture.sha256 == hashlib.sha256((tmp_path / "cut.png").read_bytes()).hexdigest()
    (tmp_path / "cut.png").write_bytes(images.encode_png(np.zeros((6, 4, 3), dtype=np.uint8)))
    with pytest.raises(images.PictureError) as caught:
        given.read()
    assert str(caught.value) == f"{tmp_path / 'cut.png'}: changed since the run began: start it again"
