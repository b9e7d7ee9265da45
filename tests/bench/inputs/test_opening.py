"""Sets and addresses in a manifest: what jobs they make, what is said of them."""

import hashlib
import re

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.errors import BenchError
from bench.inputs import downloads, pictures
from bench.inputs.downloads import kept_at
from bench.manifest import load
from bench.plan import make_plan
from nst import images, samples
from tests.bench.manifest.test_image_schema import ENTRIES

STARS = images.encode_png(np.full((40, 48, 3), 77, dtype=np.uint8))
SHA = hashlib.sha256(STARS).hexdigest()

TEXT = """\
name: small
images:
  contents: {CONTENTS}
  styles: {STYLES}
defaults: {recipe: untrained, weights: random, width: 0.0625, size: 32, evaluations: 3}
experiments:
  main: {pairs: PAIRS}
"""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NST_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def photos(folder):
    """Three pictures in a folder beside the manifest."""
    (folder / "photos").mkdir()
    for k in (1, 2, 10):
        data = images.encode_png(np.full((40, 48, 3), k, dtype=np.uint8))
        (folder / "photos" / f"img{k}.png").write_bytes(data)
    return folder / "photos"


@pytest.fixture
def planned(manifest):
    def make(contents, styles="left: left.png", pairs="{}", say=lambda message: None):
        text = TEXT.replace("CONTENTS", contents).replace("STYLES", styles).replace("PAIRS", pairs)
        return make_plan(load(manifest(text)), say)

    return make


@pytest.fixture
def complaint(planned, folder):
    def read(*args):
        with pytest.raises(BenchError) as caught:
            planned(*args)
        said = str(caught.value).replace(f"{folder}/", "").splitlines()
        return [line.removeprefix("small.yaml:") for line in said if not line.startswith("    ")]

    return read


def pairs(plan):
    return [tuple(given.picture.label for given in job.inputs.values()) for job in plan.jobs.values()]


class TestSets:
    @pytest.mark.parametrize("entry", ['{glob: "photos/*.png"}', "{folder: photos}"])
    def test_stand_for_all_their_pictures_where_all_are_asked_for(self, planned, photos, entry):
        plan = planned(f"one: one.png, set: {entry}, left: left.png")
        assert pairs(plan) == [(label, "left") for label in ("one", "set/img1", "set/img2", "set/img10", "left")]
        sources = [job.inputs["content"].picture.source for job in plan.jobs.values()]
        assert sources == ["one.png", "photos/img1.png", "photos/img2.png", "photos/img10.png", "left.png"]
        assert plan.warnings == []

    @pytest.mark.parametrize(
        ("chosen", "expected"),
        [
            ("{contents: [set]}", ["set/img1", "set/img2", "set/img10"]),
            ("{contents: [set/img2, one]}", ["set/img2", "one"]),
            ("{contents: [set/img2, set]}", ["set/img2", "set/img1", "set/img10"]),
            ("[[set/img10, left]]", ["set/img10"]),
            ("[[set, left], [one, left]]", ["set/img1", "set/img2", "set/img10", "one"]),
        ],
    )
    def test_are_chosen_by_their_key_or_picture_by_picture(self, planned, photos, chosen, expected):
        plan = planned("one: one.png, set: {folder: photos}", pairs=chosen)
        assert pairs(plan) == [(label, "left") for label in expected]

    def test_of_samples_take_photographs_as_contents_and_drawings_as_styles(self, planned):
        plan = planned("some: {samples: [cat, coins]}", "all: {samples: all}")
        assert pairs(plan) == [
            (f"some/{content}", f"all/{style}") for content in ("chelsea", "coins") for style in samples.styles()
        ]

    def test_jobs_are_those_of_the_pictures_alone(self, planned, photos):
        alone = planned("a: photos/img1.png, b: photos/img2.png, c: photos/img10.png")
        assert set(planned("set: {folder: photos}").jobs) == set(alone.jobs)

    def test_their_pictures_may_be_mixed(self, planned, photos):
        plan = planned("one: one.png", "set: {folder: photos}, m: {mix: {set/img1: 3, set/img2: 1}}", "{styles: [m]}")
        (job,) = plan.jobs.values()
        assert job.inputs["style"].picture.source == "3 set/img1 + 1 set/img2"

    def test_what_is_no_picture_is_left_out_with_one_warning(self, planned, photos):
        for name in ("notes.txt", "list.csv"):
            (photos / name).write_text("no picture")
        plan = planned("set: {folder: photos}")
        assert len(plan.jobs) == 3
        assert plan.warnings == ["images.contents.set: left out, no pictures: list.csv, notes.txt"]

    def test_a_picture_that_stands_elsewhere_too_is_used_once_under_that_label(self, planned, photos):
        (photos / "img3.png").write_bytes((photos / "img1.png").read_bytes())
        plan = planned(
            "set: {folder: photos}, two: photos/img2.png", pairs="[[set, left], [set/img3, left], [set/img2, left]]"
        )
        assert pairs(plan) == [(label, "left") for label in ("set/img1", "two", "set/img10")]
        assert plan.warnings == [
            "images.contents.set: pictures that stand under other labels too are used once: "
            "photos/img2.png is 'two', photos/img3.png is 'set/img1'"
        ]

    def test_that_take_time_are_announced_once(self, planned, photos, monkeypatch):
        monkeypatch.setattr("bench.inputs.opening._PATIENCE", 0.0)
        said = []
        planned("set: {folder: photos}", say=said.append)
        assert said == ["looking at 4 pictures"]


class TestMistakesInSets:
    def test_all_are_named_at_once(self, complaint, photos):
        (photos / "img2.png").write_bytes((photos / "img2.png").read_bytes()[:60])
        (photos / "img7.png").write_bytes(b"")
        (photos / "empty").mkdir()
        assert complaint(
            'set: {folder: photos}, lost: {glob: "photoz/*"}, none: {glob: "photos/*.jpg"}, cats: {samples: [cta]}',
            "left: lefd.png",
            "{contents: [st, set/img3, lost/x, set/img2, cats/cat]}",
        ) == [
            "3:19: images.contents.set: photos/img2.png: damaged picture: image file is truncated",
            "3:19: images.contents.set: photos/img7.png: not a picture in a format that Pillow reads",
            "3:43: images.contents.lost: photoz: no such folder; did you mean photos?",
            "3:69: images.contents.none: photos/*.jpg: no pictures in photos",
            "3:110: images.contents.cats.samples[0]: no sample is named 'cta'; did you mean 'cat'?",
            "4:18: images.styles.left: lefd.png: no such file; did you mean left.png?",
            "7:29: experiments.main.pairs.contents[0]: 'st' is not under images.contents: expected one of set, lost, "
            "none, cats, set/img1, set/img2, set/img7, set/img10; did you mean set?",
            "7:33: experiments.main.pairs.contents[1]: 'set/img3' is not under images.contents: expected one of set, "
            "lost, none, cats, set/img1, set/img2, set/img7, set/img10; did you mean set/img7?",
        ]

    def test_a_hundred_damaged_files_are_not_a_hundred_messages(self, complaint, photos):
        for k in range(100):
            (photos / f"bad{k}.jpg").write_bytes(b"")
        said = complaint("set: {folder: photos}")
        assert len(said) == 11
        assert "3:19: images.contents.set: 90 more pictures of 'set' cannot be used" in said
        assert "3:19: images.contents.set: photos/bad0.jpg: not a picture in a format that Pillow reads" in said

    def test_a_label_that_a_set_gives_cannot_be_given_again(self, complaint, photos):
        assert complaint("set: {folder: photos}, set/img2: one.png") == [
            "3:47: images.contents.set/img2: a picture of 'set' goes by 'set/img2' too"
        ]

    def test_a_mix_names_pictures_not_sets(self, complaint, photos):
        assert complaint("one: one.png", "set: {folder: photos}, m: {mix: {set: 1, set/img3: 1}}") == [
            "4:50: images.styles.m.mix.set: 'set' is a set of pictures: name those that are meant, such as 'set/img1'",
            "4:63: images.styles.m.mix.set/img3: 'set/img3' is not under images.styles: expected one of set, m, "
            "set/img1, set/img2, set/img10; did you mean set/img2?",
        ]

    def test_many_labels_are_not_all_listed(self, complaint, photos):
        for k in range(20):
            (photos / f"more{k}.png").write_bytes(images.encode_png(np.full((32, 32, 3), 100 + k, dtype=np.uint8)))
        (said,) = complaint("set: {folder: photos}", "left: left.png", "{contents: [set/mor3]}")
        assert said.endswith("set/more6, set/more7, ... (24 in all); did you mean set/more3?")

    def test_the_nearest_label_is_not_sought_for_ever(self, complaint, photos, monkeypatch):
        monkeypatch.setattr(pictures, "_HINTS", 1)
        said = complaint("set: {folder: photos}", "left: left.png", "{contents: [st, se]}")
        assert [line.endswith("did you mean set?") for line in said] == [True, False]


class TestAddresses:
    @pytest.fixture(autouse=True)
    def kept(self, folder):
        kept_at(SHA).parent.mkdir(parents=True)
        kept_at(SHA).write_bytes(STARS)

    def test_are_pictures_like_any_other(self, planned, folder):
        (folder / "stars.png").write_bytes(STARS)
        there = planned("one: one.png", f'stars: {{url: "https://example.org/stars.png?key=1", sha256: {SHA}}}')
        here = planned("one: one.png", "stars: stars.png")
        (job,) = there.jobs.values()
        assert set(there.jobs) == set(here.jobs)
        assert job.inputs["style"].picture.source == "https://example.org/stars.png?…"
        assert (job.inputs["style"].read().pixels == 77).all()

    def test_a_hash_may_be_written_in_capitals(self, planned):
        assert planned(f'stars: {{url: "http://example.org/s", sha256: {SHA.upper()}}}').jobs

    def test_cannot_do_without_a_hash(self, complaint):
        reason = (
            "sha256 is missing beside url, and what lies at an address may change: save the picture, look at it, and "
            "give the first word that sha256sum FILE prints (macOS: shasum -a 256 FILE, Windows: certutil -hashfile "
            "FILE SHA256)"
        )
        assert complaint('a: {url: "https://example.org/a.jpg"}, b: "https://u:pw@example.org/b.jpg?key=1"') == [
            f"3:17: images.contents.a: {reason}",
            "3:56: images.contents.b: https://example.org/b.jpg?…: addresses are not read without a hash: "
            "{url: ..., sha256: ...}",
        ]

    @pytest.mark.parametrize(
        ("address", "message"),
        [
            ("ftp://example.org/a", "'ftp://example.org/a': expected an address that begins with https:// or http://"),
            ("file:///etc/passwd", "'file:///etc/passwd': expected an address that begins with https:// or http://"),
            ("https://", "'https://': expected an address that begins with https:// or http://"),
            ("http://[::1", "'http://[::1': expected an address that begins with https:// or http://"),
            ("http://a:x/b", "'http://a:x/b': expected an address that begins with https:// or http://"),
            (
                "https://me:secret@example.org/a",
                "an address with a user or password in it: a manifest is stored and shown with its results; put them "
                "into ~/.netrc, which is read",
            ),
        ],
    )
    def test_are_those_of_the_web_and_hold_no_passwords(self, complaint, address, message):
        (said,) = complaint(f'a: {{url: "{address}", sha256: {SHA}}}')
        assert said == f"3:23: images.contents.a.url: {message}"

    def test_what_cannot_be_had_is_named_with_all_the_rest(self, complaint, monkeypatch):
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        other = "0" * 64
        assert complaint(f'a: {{url: "http://127.0.0.1:1/a.jpg", sha256: "{other}"}}, b: lost.png') == [
            "3:17: images.contents.a: http://127.0.0.1:1/a.jpg: not downloaded: no connection to the server. Fetch it "
            f"elsewhere, and save it as cache/pictures/{other}",
            "3:131: images.contents.b: lost.png: no such file; did you mean left.png?",
        ]

    def test_a_file_in_the_cache_that_is_no_picture_is_named(self, complaint):
        text = b"no picture"
        sha = hashlib.sha256(text).hexdigest()
        kept_at(sha).write_bytes(text)
        assert complaint(f'a: {{url: "http://example.org/a.jpg", sha256: {sha}}}') == [
            f"3:17: images.contents.a: cache/pictures/{sha}: not a picture in a format that Pillow reads"
        ]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{}", "3:17: images.contents.a: {}: expected the path of a picture, sample:<name>, {url: ...}, {glob: ...}, "
               "{folder: ...} or {samples: ...}"),
        ("{mix: {b: 1}}", "3:17: images.contents.a: 'mix': expected url, glob, folder or samples"),
        ("{fodler: x}", "3:17: images.contents.a: 'fodler': expected url, glob, folder or samples; did you mean folder?"),
        ("{glob: x/*, folder: x}", "3:17: images.contents.a: 'glob and folder': expected only one of them"),
        ("{glob: photos/a.jpg}", "3:24: images.contents.a.glob: 'photos/a.jpg': expected a pattern of file names such "
                                 "as photos/*.jpg; for all pictures of a folder {folder: ...}"),
        ("{folder: x, limit: 0}", "3:36: images.contents.a.limit: 0: expected a whole number from 1 to 10,000"),
        ("{folder: x, limt: 3}", "3:29: images.contents.a.limt: unknown key 'limt': expected one of folder, limit; did "
                                 "you mean limit?"),
        ("{folder: 3}", "3:26: images.contents.a.folder: 3: expected the path of a folder"),
        ("{samples: some}", "3:27: images.contents.a.samples: 'some': expected all, or a list of samples"),
        ("{samples: [3]}", "3:28: images.contents.a.samples[0]: 3: expected the name of a sample"),
        ("{url: 'http://a/b', sha256: 12ab}", "3:45: images.contents.a.sha256: '12ab': expected 64 hexadecimal digits, "
                                              "the first word that sha256sum FILE prints"),
    ],
)  # fmt: skip
def test_an_entry_of_another_form_is_answered_in_its_words(complaint, entry, message):
    assert complaint(f"a: {entry}") == [message]


@given(group=st.sampled_from(["contents", "styles"]), entry=ENTRIES)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_entry_at_all_gives_a_plan_or_a_message_with_its_place(folder, group, entry):
    def unreachable(address, limits=None):
        raise downloads.DownloadError(f"{address.url}: no network here")

    images = {"contents": {"one": "one.png"}, "styles": {"left": "left.png"}}
    images[group]["any"] = entry
    experiments = {"main": {"pairs": {"contents": ["one"], "styles": ["left"]}}, "all": {}}
    defaults = {"weights": "random", "size": 32, "evaluations": 1}
    path = folder / "any.yaml"
    whole = {"name": "any", "images": images, "defaults": defaults, "experiments": experiments}
    path.write_text(yaml.safe_dump(whole, allow_unicode=True), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(downloads, "fetch", unreachable)
        try:
            plan = make_plan(load(path))
            said = ""
        except BenchError as error:
            said = str(error)
    if said:
        assert re.match(rf"{re.escape(str(path))}:\d+:\d+: (images|experiments)\.", said)
    else:
        assert plan.jobs
