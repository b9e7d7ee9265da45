"""Which files a folder or a pattern stands for."""

import os

import numpy as np
import pytest

from bench.inputs import picture_sets
from bench.inputs.picture_sets import find
from bench.manifest.image_schema import Folder, Glob
from nst import images
from nst.images import PictureError

PNG = images.encode_png(np.zeros((4, 4, 3), dtype=np.uint8))


@pytest.fixture
def tree(tmp_path):
    """Makes files that are pictures, whatever they are called."""

    def make(*names):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(PNG)
        return tmp_path

    return make


def sources(pattern, folder):
    return [member.source for member in find(Glob(glob=pattern), folder).members]


def labels(pattern, folder):
    return [member.name for member in find(Glob(glob=pattern), folder).members]


def complaint(entry, folder):
    with pytest.raises(PictureError) as caught:
        find(entry, folder)
    return str(caught.value).replace(str(folder), "HERE")


class TestPatterns:
    FILES = ("a.jpg", "b.JPG", "c.png", ".hidden.jpg", "p/d.jpg", "p/q/e.jpg", "p/.h/f.jpg", "r/q/g.jpg")

    @pytest.mark.parametrize(
        ("pattern", "expected"),
        [
            ("*.jpg", ["a.jpg", "b.JPG"]),
            ("[ac].*", ["a.jpg", "c.png"]),
            ("?.png", ["c.png"]),
            ("p/*", ["p/d.jpg"]),
            ("*/q/*.jpg", ["p/q/e.jpg", "r/q/g.jpg"]),
            ("**/*.jpg", ["a.jpg", "b.JPG", "p/d.jpg", "p/q/e.jpg", "r/q/g.jpg"]),
            ("**/q/*", ["p/q/e.jpg", "r/q/g.jpg"]),
            ("p/**", ["p/d.jpg", "p/q/e.jpg"]),
            ("**/**/q/**/*.jpg", ["p/q/e.jpg", "r/q/g.jpg"]),
            (".h*", [".hidden.jpg"]),
            ("p/./../*.png", ["p/../c.png"]),
        ],
    )
    def test_match_names_and_folders_alike_on_every_system(self, tree, pattern, expected):
        assert sources(pattern, tree(*self.FILES)) == expected

    def test_may_leave_the_manifest_s_folder(self, tree):
        folder = tree("photos/a.jpg", "manifests/x.yaml") / "manifests"
        assert sources("../photos/*.jpg", folder) == ["../photos/a.jpg"]

    def test_may_be_absolute(self, tree, tmp_path):
        folder = tree("photos/a.jpg")
        assert sources(f"{folder.as_posix()}/photos/*", folder / "elsewhere") == [f"{folder.as_posix()}/photos/a.jpg"]

    def test_a_folder_is_meant_without_the_folders_in_it_whatever_its_name(self, tree):
        folder = tree("[1]/b.jpg", "[1]/a.png", "[1]/deeper/c.jpg", "1/d.jpg")
        assert [m.source for m in find(Folder(folder="[1]"), folder).members] == ["[1]/a.png", "[1]/b.jpg"]

    def test_a_limit_takes_the_first_pictures(self, tree):
        folder = tree("a.jpg", "b.jpg", "c.jpg")
        (folder / "0.txt").write_text("no picture")
        found = find(Glob(glob="*", limit=2), folder)
        assert [m.source for m in found.members] == ["a.jpg", "b.jpg"]
        assert found.skipped == ("0.txt",)


class TestOrderAndLabels:
    def test_order_is_as_people_count(self, tree):
        folder = tree("img10.jpg", "img2.jpg", "Img1.jpg", "img02.jpg", "a/z.jpg", "b.jpg")
        assert sources("**/*.jpg", folder) == ["a/z.jpg", "b.jpg", "Img1.jpg", "img02.jpg", "img2.jpg", "img10.jpg"]

    def test_a_label_is_the_name_without_suffix(self, tree):
        assert labels("**/*.jpg", tree("p/old town.v2.jpg", "x.jpg")) == ["old town.v2", "x"]

    def test_where_two_would_be_called_the_same_both_have_their_path(self, tree):
        assert labels("**/*", tree("a.jpg", "a.png", "p/a.png", "b.png")) == ["a.jpg", "a.png", "b", "p/a.png"]

    def test_what_cannot_be_printed_is_replaced(self, tree):
        assert labels("*", tree("a\u200bb.jpg")) == ["a_b"]

    def test_accents_come_out_the_same_however_a_system_stores_them(self, tree):
        assert labels("*", tree("cafe\u0301.jpg")) == ["café"]

    @pytest.mark.skipif(os.name == "nt", reason="Windows allows no such names")
    def test_names_that_cannot_be_told_apart_are_refused_with_both_files(self, tree):
        folder = tree("a\u200b.jpg", "a\u200c.jpg")
        # As labels both are a_ and, with their paths, both a_.jpg.
        assert complaint(Glob(glob="*.jpg"), folder) == (
            "*.jpg: 'a\\u200b.jpg' and 'a\\u200c.jpg' would both be called 'a_.jpg': rename one"
        )


class TestWhatIsNoPicture:
    def test_is_skipped_and_named(self, tree):
        folder = tree("a.jpg")
        (folder / "notes.txt").write_text("buy milk")
        (folder / "empty").write_bytes(b"")
        found = find(Glob(glob="*"), folder)
        assert [m.source for m in found.members] == ["a.jpg"]
        assert found.skipped == ("empty", "notes.txt")

    def test_a_picture_under_another_name_is_one(self, tree):
        assert sources("*", tree("scan.img", "photo")) == ["photo", "scan.img"]

    def test_what_is_called_a_picture_is_not_skipped_even_when_it_is_none(self, tree):
        folder = tree("a.jpg")
        (folder / "b.jpg").write_bytes(b"")
        assert sources("*", folder) == ["a.jpg", "b.jpg"]

    def test_nothing_left_is_an_error_that_says_what_was_there(self, tree):
        folder = tree("x/.hidden.jpg")
        (folder / "x" / "notes.txt").write_text("buy milk")
        assert complaint(Folder(folder="x"), folder) == "x: no pictures in HERE/x: notes.txt cannot be read as such"
        assert complaint(Glob(glob="x/*.jpg"), folder) == "x/*.jpg: no pictures in HERE/x"

    def test_a_folder_that_is_not_there_is_named_with_the_nearest(self, tree):
        folder = tree("photos/a.jpg", "photoz.txt")
        assert complaint(Folder(folder="photoes"), folder) == "HERE/photoes: no such folder; did you mean photos?"
        assert complaint(Glob(glob="photos/a.jpg/*"), folder) == "HERE/photos/a.jpg: not a folder"
        assert complaint(Folder(folder="~nosuchuser/x"), folder).startswith("'~nosuchuser/x': not the path of a folder")
        assert (
            "not the path of a folder" in (said := complaint(Glob(glob="a\0b/*"), folder)) or "no such folder" in said
        )


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
class TestLinks:
    def test_are_followed(self, tree):
        folder = tree("real/a.jpg", "here/b.jpg")
        (folder / "here" / "link").symlink_to(folder / "real")
        (folder / "here" / "c.jpg").symlink_to(folder / "real" / "a.jpg")
        assert sources("here/**/*.jpg", folder) == ["here/b.jpg", "here/c.jpg", "here/link/a.jpg"]

    def test_that_lead_back_end_nowhere_and_repeat_nothing(self, tree):
        folder = tree("p/q/a.jpg")
        (folder / "p" / "q" / "up").symlink_to(folder / "p")
        (folder / "p" / "also").symlink_to(folder / "p" / "q")
        assert sources("**/*.jpg", folder) == ["p/q/a.jpg"]

    def test_a_link_that_leads_nowhere_is_kept_for_the_reader_to_complain_of(self, tree):
        folder = tree("a.jpg")
        (folder / "b.jpg").symlink_to(folder / "gone.jpg")
        assert sources("*.jpg", folder) == ["a.jpg", "b.jpg"]

    def test_a_link_to_itself_is_no_folder_and_hides_nothing(self, tree):
        folder = tree("p/a.jpg")
        (folder / "p" / "self").symlink_to("self")
        assert sources("**/*.jpg", folder) == ["p/a.jpg"]

    def test_names_that_are_no_text_are_refused(self, tree):
        folder = tree("a.jpg")
        (folder / os.fsdecode(b"b\xff.jpg")).write_bytes(PNG)
        assert complaint(Glob(glob="*"), folder) == "HERE: the name 'b\\udcff.jpg' is not UTF-8: rename it"


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("MAX_SET", "HERE: more than 3 files: be more precise, or make several sets"),
        ("MAX_SEEN", "HERE: more than 3 files and folders to look at: be more precise"),
    ],
)
def test_a_search_is_bounded(tree, monkeypatch, limit, message):
    monkeypatch.setattr(picture_sets, limit, 3)
    assert complaint(Glob(glob="**/*"), tree("a.jpg", "b/c.jpg", "b/d.jpg", "e.jpg")) == message
