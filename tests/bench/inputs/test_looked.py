"""Pictures decoded before are known by their bytes; what is doubtful is decoded again."""

import json

import numpy as np
import pytest

from bench.inputs import looked
from bench.inputs.looked import Looked
from bench.inputs.picture import open_file
from nst import images


@pytest.fixture(autouse=True)
def always_worth_it(monkeypatch):
    monkeypatch.setattr(looked, "_WORTH_KEEPING", 1)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "cache" / "looked.json"


@pytest.fixture
def cut_out(tmp_path):
    """A picture with something to note."""
    alpha = np.full((6, 4), 128, dtype=np.uint8)
    path = tmp_path / "cut.png"
    path.write_bytes(images.encode_png(np.random.default_rng(0).integers(0, 255, (6, 4, 3), dtype=np.uint8), alpha))
    return path


def look(path, file):
    """Open a picture as another process would, and keep what was seen."""
    seen = Looked(file)
    given = open_file("cut", "cut.png", path, seen)
    seen.keep()
    return given.width, given.height, given.notes, given.picture


@pytest.fixture
def decoded(monkeypatch):
    """How often a picture was decoded."""
    times, real = [], images.open_picture
    monkeypatch.setattr(images, "open_picture", lambda data, name: times.append(name) or real(data, name))
    return times


def test_a_picture_is_decoded_once_and_known_ever_after(cut_out, file, decoded):
    first = look(cut_out, file)
    assert first[:3] == (4, 6, ("alpha kept",))
    assert look(cut_out, file) == first
    assert len(decoded) == 1


def test_another_picture_of_the_same_name_is_decoded(cut_out, file, decoded):
    look(cut_out, file)
    cut_out.write_bytes(images.encode_png(np.zeros((8, 9, 3), dtype=np.uint8)))
    assert look(cut_out, file)[:3] == (9, 8, ())
    assert len(decoded) == 2


def test_a_damaged_picture_is_never_known(cut_out, file):
    cut_out.write_bytes(cut_out.read_bytes()[:60])
    for _ in range(2):
        with pytest.raises(images.PictureError, match="damaged picture"):
            look(cut_out, file)
    assert not file.exists()


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"decoder": 1}', b'{"looks": {}}', b"\xff", None])
def test_notes_that_are_damaged_are_as_good_as_none(cut_out, file, decoded, damage):
    first = look(cut_out, file)
    if damage is None:  # the right decoder, a look of the wrong form
        kept = json.loads(file.read_bytes())
        damage = json.dumps({**kept, "looks": {key: [4] for key in kept["looks"]}}).encode()
    file.write_bytes(damage)
    assert look(cut_out, file) == first
    assert len(decoded) == 2


def test_another_decoder_looks_for_itself(cut_out, file, decoded, monkeypatch):
    look(cut_out, file)
    monkeypatch.setattr("PIL.__version__", "99.0")
    look(cut_out, file)
    assert len(decoded) == 2


def test_a_cache_that_cannot_be_written_is_done_without(cut_out, file, decoded):
    file.parent.write_text("in the way")
    assert look(cut_out, file) == look(cut_out, file)
    assert len(decoded) == 2


def test_a_few_pictures_are_not_worth_a_file(cut_out, file, monkeypatch):
    monkeypatch.setattr(looked, "_WORTH_KEEPING", 2)
    look(cut_out, file)
    assert not file.exists()


def test_the_file_does_not_grow_for_ever(cut_out, file, monkeypatch):
    monkeypatch.setattr(looked, "_MOST", 2)
    for value in range(4):
        cut_out.write_bytes(images.encode_png(np.full((4, 4, 3), value, dtype=np.uint8)))
        look(cut_out, file)
    assert len(json.loads(file.read_bytes())["looks"]) == 2
