"""Clips in a manifest: found, told apart, stored; what is wrong with them is said when jobs are planned."""

import errno
import hashlib
import zipfile
from fractions import Fraction

import numpy as np
import pytest

from bench.errors import BenchError
from bench.inputs.clip import open_clip, open_frames
from bench.inputs.stored import store_input
from bench.manifest import load
from bench.manifest.image_schema import Frames
from bench.plan import make_plan
from bench.store import Store
from nst import images, video
from nst.video import VideoError, Writer, needed

TEXT = """\
name: clips
images:
  contents: {cat: sample:chelsea}
  styles: {left: left.png, right: right.png}
  clips: {CLIPS}
defaults: {weights: random, width: 0.0625, size: 32, evaluations: 3}
experiments:
  main: {task: TASK, MORE}
"""


def picture(index=0, width=40, height=32):
    return np.random.default_rng(index).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.fixture(autouse=True)
def files(folder):
    """A video and a folder of frames."""
    with Writer(folder / "walk.mp4", 40, 32, rate=Fraction(10)) as writer:
        for k in range(4):
            writer.add(picture(k), Fraction(k, 10), Fraction(1, 10))
    (folder / "frames").mkdir()
    for k in (1, 2, 10):
        (folder / "frames" / f"f{k}.png").write_bytes(images.encode_png(picture(k)))
    (folder / "mixed").mkdir()
    for name, width in (("a", 40), ("b", 32)):
        (folder / "mixed" / f"{name}.png").write_bytes(images.encode_png(picture(0, width)))
    return folder


@pytest.fixture
def planned(manifest):
    def make(clips="walk: walk.mp4", more="", task="video"):
        return make_plan(load(manifest(TEXT.replace("CLIPS", clips).replace("MORE", more).replace("TASK", task))))

    return make


@pytest.fixture
def complaint(planned, folder):
    def read(*args, **named):
        with pytest.raises(BenchError) as caught:
            planned(*args, **named)
        return str(caught.value).replace(f"{folder}/", "")

    return read


def pairs(plan):
    return [tuple(given.picture.label for given in job.inputs.values()) for job in plan.jobs.values()]


def test_every_clip_goes_with_every_style(planned):
    plan = planned("walk: walk.mp4, drawn: {folder: frames}")
    assert pairs(plan) == [("walk", "left"), ("walk", "right"), ("drawn", "left"), ("drawn", "right")]
    assert [job.frames for job in plan.jobs.values()] == [4, 4, 3, 3]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("pairs: {clips: [walk], styles: [right]}", [("walk", "right")]),
        ("pairs: [[drawn, left]]", [("drawn", "left")]),
        ("exclude: [{content: walk}], pairs: {styles: [left]}", [("drawn", "left")]),
    ],
)
def test_clips_are_chosen_by_their_labels(planned, more, expected):
    assert pairs(planned("walk: walk.mp4, drawn: frames", more)) == expected


def test_a_folder_by_its_path_alone_is_a_clip(planned):
    (first, _) = planned("drawn: frames").jobs.values()
    assert first.frames == 3


def test_other_tasks_take_pictures_and_no_clips(planned, complaint):
    assert pairs(planned(task="reconstruct")) == [("cat",)]
    assert "'walk' is not under images.contents" in complaint(task="transfer", more="pairs: [[walk, left]]")
    assert "'cat' is not under images.clips" in complaint(more="pairs: [[cat, left]]")


@pytest.mark.parametrize(
    ("clips", "message"),
    [
        ("", "a video needs clips under images.clips, and there are none"),
        ("walk: wakl.mp4", "images.clips.walk: wakl.mp4: no such file; did you mean walk.mp4?"),
        ("walk: left.png", "images.clips.walk: "),
        ("walk: small.yaml", "images.clips.walk: "),
        ("walk: {folder: nothing}", "images.clips.walk: nothing: no such file"),
        ("walk: {folder: walk.mp4}", "images.clips.walk: walk.mp4: not a folder"),
        ("walk: {folder: mixed}", "the pictures of a clip must be of one size: a.png is 40 × 32 pixels, b.png 32 × 32"),
        ("walk: sample:zoom", "images.clips.walk: no sample is named 'zoom'; known are: pan"),
        ("walk: {glob: '*.mp4'}", "images.clips.walk: "),
        ("walk: {folder: frames, rate: 0}", "images.clips.walk.rate: "),
        ("walk: {folder: frames, speed: 1}", "unknown key 'speed': expected one of folder, rate"),
        ("walk: 'https://example.org/a.mp4'", "addresses are not read without a hash"),
        ("one: walk.mp4, two: walk.mp4", "images.clips.two: the same picture as 'one'"),
    ],
)
def test_what_is_wrong_with_a_clip_is_said_with_its_place(complaint, clips, message):
    assert message in complaint(clips)


def test_what_is_not_installed_is_said_before_anything_runs(complaint, monkeypatch):
    real = needed.find_spec
    monkeypatch.setattr(needed, "find_spec", lambda name: None if name == "cv2" else real(name))
    assert "experiments.main: videos need OpenCV: pip install 'nst-bench[video]'" in complaint("pan: sample:pan")


def test_what_was_done_to_a_clip_is_a_warning(planned, folder):
    data = (folder / "walk.mp4").read_bytes()
    with Writer(folder / "uneven.webm", 40, 32, rate=Fraction(10)) as writer:
        for k, now in enumerate((Fraction(0), Fraction(1, 10), Fraction(4, 10))):
            writer.add(picture(k), now, Fraction(1, 10))
    assert data
    plan = planned("walk: uneven.webm")
    assert any("walk: variable frame rate" in warning for warning in plan.warnings)


@pytest.mark.parametrize(("form", "told"), [("mp4", True), ("webm", False)])
def test_a_size_that_h264_cannot_have_is_told(planned, folder, form, told):
    with Writer(folder / "odd.webm", 41, 32, rate=Fraction(10)) as writer:
        writer.add(picture(0, 41), Fraction(0), Fraction(1, 10))
    plan = planned("walk: odd.webm", f"defaults: {{video_format: {form}}}")
    assert any("walk: an odd number of pixels" in warning for warning in plan.warnings) == told


def test_a_video_is_stored_as_the_file_it_is_with_its_first_frame_for_pages(folder, tmp_path):
    clip, store = open_clip("walk", "walk.mp4", folder), Store(tmp_path / "results")
    (stored,) = store_input(store, clip)
    data = (folder / "walk.mp4").read_bytes()
    assert stored.path.read_bytes() == data
    assert clip.picture.sha256 == hashlib.sha256(data).hexdigest()
    poster = images.read(store.root / "inputs" / f"{clip.picture.sha256[:16]}.png")
    assert np.array_equal(poster, next(iter(video.frames(folder / "walk.mp4"))).pixels)


def test_a_folder_is_stored_as_one_file_whatever_else_lies_in_it(folder, tmp_path):
    store = Store(tmp_path / "results")
    before = open_frames("drawn", Frames(folder="frames", rate=12.0), folder)
    (folder / "frames" / "notes.txt").write_text("mine")
    after = open_frames("drawn", Frames(folder="frames", rate=12.0), folder)
    assert before.picture.sha256 == after.picture.sha256
    (stored,) = store_input(store, after)
    assert set(zipfile.ZipFile(stored.path).namelist()) == {"clip.json", "f1.png", "f2.png", "f10.png"}
    found = list(video.frames(stored.path))
    assert [frame.seconds for frame in found] == [Fraction(k, 12) for k in range(3)]
    assert all(np.array_equal(frame.pixels, picture(k)) for frame, k in zip(found, (1, 2, 10), strict=True))


def test_the_same_frames_at_another_rate_are_another_clip(folder):
    slow, fast = (open_frames("drawn", Frames(folder="frames", rate=rate), folder) for rate in (12.0, 24.0))
    assert slow.picture.sha256 != fast.picture.sha256


def test_a_stored_clip_that_is_whole_is_not_written_again_and_a_torn_one_is(folder, tmp_path):
    clip, store = open_clip("walk", "walk.mp4", folder), Store(tmp_path / "results")
    (stored,) = store_input(store, clip)
    data, written = stored.path.read_bytes(), stored.path.stat().st_ino
    assert store_input(store, clip)[0].path.stat().st_ino == written
    stored.path.write_bytes(data[:-1])
    assert store_input(store, clip)[0].path.read_bytes() == data


@pytest.mark.parametrize("source", ["walk.mp4", "frames"])
def test_a_clip_that_changed_since_it_was_planned_is_refused_and_not_stored(folder, tmp_path, source):
    clip, store = open_clip("walk", source, folder), Store(tmp_path / "results")
    with Writer(folder / "walk.mp4", 40, 32, rate=Fraction(10)) as writer:
        writer.add(picture(9), Fraction(0), Fraction(1, 10))
    (folder / "frames" / "f1.png").write_bytes(images.encode_png(picture(9)))
    with pytest.raises(VideoError, match="changed since the run began: start it again"):
        store_input(store, clip)
    assert not list((store.root / "inputs").glob("*.clip*"))


@pytest.mark.parametrize("source", ["walk.mp4", "frames"])
def test_a_full_disk_is_no_fault_of_the_clip(folder, source):
    class Full:
        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left") as caught:
        open_clip("walk", source, folder).copy(Full())
    assert caught.value.errno == errno.ENOSPC


def test_a_sample_is_a_clip_that_needs_no_file(folder, tmp_path):
    clip, store = open_clip("pan", "sample:pan", folder), Store(tmp_path / "results")
    (stored,) = store_input(store, clip)
    facts = video.look(stored.path)
    assert (facts.width, facts.height, facts.frames) == (clip.width, clip.height, clip.picture.frames)
    assert clip.picture.source == "sample:pan"


def test_what_no_job_reads_any_more_can_be_removed(folder, tmp_path):
    from bench.store.clean import input_names

    clip, store = open_clip("walk", "walk.mp4", folder), Store(tmp_path / "results")
    (stored,) = store_input(store, clip)
    assert stored.path.name.partition(".")[0] in set(input_names([clip.picture]))
