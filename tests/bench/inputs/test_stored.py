"""Input files beside the results: pictures, the parts of a mix, masks."""

import numpy as np
import pytest
from PIL import Image

from bench.engines import InputFile
from bench.inputs.mixtures import Part, mixture
from bench.inputs.picture import open_input
from bench.inputs.stored import missing, store_input
from bench.store import Store
from nst import images, masks


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "results")


@pytest.fixture
def styles(folder):
    return [open_input(name, f"{name}.png", folder) for name in ("left", "right")]


@pytest.fixture
def grey(folder):
    """A mask in a file that says more than grey: a palette, and an EXIF orientation that turns it."""
    values = np.tile(np.linspace(0, 255, 40, dtype=np.uint8), (20, 1))
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(values).quantize(16).save(folder / "grey.png", exif=exif)
    return folder / "grey.png"


def test_a_picture_is_one_file(store, styles):
    (stored,) = store_input(store, styles[0])
    assert stored == InputFile(store.root / "inputs" / f"{styles[0].picture.sha256[:16]}.png", 1.0, None, None)
    assert (images.read(stored.path) == styles[0].read().pixels).all()


def test_a_mix_is_a_file_for_each_part_and_one_for_the_pages(store, styles):
    mixed = mixture("m", [Part(styles[0], 0.7), Part(styles[1], 0.3)])
    stored = store_input(store, mixed)
    assert [file.weight for file in stored] == [0.7, 0.3]
    assert [file.path.name for file in stored] == [f"{s.picture.sha256[:16]}.png" for s in styles]
    shown = store.root / "inputs" / f"{mixed.picture.sha256[:16]}.png"
    assert (images.read(shown) == mixed.read().pixels).all()
    assert len(list(shown.parent.iterdir())) == 3


def test_a_built_in_mask_goes_by_its_name(store, styles, folder):
    left, top = masks.read("mask:left", folder), masks.read("mask:top", folder)
    (stored,) = store_input(store, mixture("m", [Part(styles[0], 1.0, left, top)]))
    assert (stored.mask, stored.style_mask) == ("mask:left", "mask:top")


def test_a_mask_in_a_file_is_copied_to_the_byte(store, styles, grey):
    mask = masks.read("grey.png", grey.parent)
    (stored,) = store_input(store, mixture("m", [Part(styles[0], 1.0, mask)]))
    assert stored.mask == str((store.root / "inputs" / f"mask-{mask.sha256[:16]}.png").absolute())
    again = masks.read(stored.mask, store.root)
    assert again.sha256 == mask.sha256
    assert np.array_equal(masks.resize(again, 7, 9), masks.resize(mask, 7, 9))


@pytest.mark.parametrize("name", ["grey", "grey.p*g", "grey.photoshop"])
def test_the_copy_of_a_mask_has_a_plain_name_whatever_the_file_is_called(store, styles, grey, name):
    grey.rename(grey.with_name(name))
    (stored,) = store_input(store, mixture("m", [Part(styles[0], 1.0, masks.read(name, grey.parent))]))
    assert stored.mask.rpartition("/")[2].removeprefix("mask-").isalnum()


def test_a_mask_that_changes_after_planning_is_stored_as_it_was_planned(store, styles, grey):
    mask, planned = masks.read("grey.png", grey.parent), grey.read_bytes()
    grey.write_bytes(images.encode_png(np.full((4, 4, 3), 255, dtype=np.uint8)))
    (stored,) = store_input(store, mixture("m", [Part(styles[0], 1.0, mask)]))
    assert (store.root / "inputs" / stored.mask).read_bytes() == planned


def test_stored_copies_that_were_altered_are_made_again(store, styles, grey):
    mixed = mixture("m", [Part(styles[0], 1.0, masks.read("grey.png", grey.parent))])
    store_input(store, mixed)
    files = sorted((store.root / "inputs").iterdir())
    good = [path.read_bytes() for path in files]
    for path in files:
        path.write_bytes(b"altered")
    store_input(store, mixed)
    assert [path.read_bytes() for path in files] == good


@pytest.mark.parametrize("part", ["pixels", "alpha", "no alpha"])
def test_a_stored_copy_of_another_picture_is_made_again(store, folder, part):
    pixels = np.full((6, 4, 3), 9, dtype=np.uint8)
    alpha = np.full((6, 4), 128, dtype=np.uint8)
    (folder / "cut.png").write_bytes(images.encode_png(pixels, alpha))
    given = open_input("cut", "cut.png", folder)
    (stored,) = store_input(store, given)
    good = stored.path.read_bytes()
    other = {
        "pixels": images.encode_png(pixels + 1, alpha),
        "alpha": images.encode_png(pixels, alpha + 1),
        "no alpha": images.encode_png(pixels),
    }[part]
    stored.path.write_bytes(other)
    store_input(store, given)
    assert stored.path.read_bytes() == good


def test_a_stored_copy_that_is_right_is_not_written_again(store, styles):
    (stored,) = store_input(store, styles[0])
    before = stored.path.stat()
    store_input(store, styles[0])
    assert (stored.path.stat().st_ino, stored.path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_part_that_changed_since_it_was_planned_is_refused(store, styles, folder):
    (folder / "right.png").write_bytes((folder / "one.png").read_bytes())
    with pytest.raises(images.PictureError) as caught:
        store_input(store, mixture("m", [Part(styles[0]), Part(styles[1])]))
    assert str(caught.value) == f"{folder / 'right.png'}: changed since the run began: start it again"


def test_a_file_that_is_picture_and_mask_has_a_copy_of_each(store, grey):
    given = open_input("grey", "grey.png", grey.parent)
    (stored,) = store_input(store, mixture("m", [Part(given, 1.0, masks.read("grey.png", grey.parent))]))
    assert stored.path.read_bytes() == images.encode_png(given.read().pixels)
    assert (store.root / stored.mask).read_bytes() == grey.read_bytes()


def test_what_pages_would_miss_is_known(store, styles):
    mixed = mixture("m", [Part(style) for style in styles])
    assert [given.picture.label for given in missing(store, mixed)] == ["m", "left", "right"]
    store_input(store, styles[1])
    assert [given.picture.label for given in missing(store, mixed)] == ["m", "left"]
    store_input(store, mixed)
    assert missing(store, mixed) == []
