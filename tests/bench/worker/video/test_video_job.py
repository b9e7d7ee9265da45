"""Real video jobs, at 32 pixels: both modes, several frames at once, cut off and gone on with."""

import csv
import hashlib
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from bench.engines import as_plain
from bench.inputs.stored import store_input
from bench.manifest import load
from bench.plan import make_plan
from bench.store import Store
from bench.worker.counting import count
from bench.worker.execution import execute
from bench.worker.warm import Warm
from nst import images, samples, video
from nst.video import Writer
from tests.bench.worker.video.drawn import drawn

pytestmark = pytest.mark.usefixtures("own_temporary_folder")

FRAMES = 5
MANIFEST = """\
name: clips
images:
  clips: {{walk: {clip}}}
  styles: {{left: left.png}}
defaults:
  {{weights: random, width: 0.0625, size: 32, size_rule: long, evaluations: 4, init: content}}
experiments:
  only: {{task: video, defaults: {{{settings}}}}}
"""


def shot(name, index):
    """A pan over a photograph, two pixels a frame."""
    return samples.load(name)[60:156, 60 + 2 * index : 180 + 2 * index].copy()


def put_frames(folder, pictures):
    folder.mkdir()
    for k, picture in enumerate(pictures):
        (folder / f"{k}.png").write_bytes(images.encode_png(picture))


class StoppedError(Exception):
    pass


class Job:
    def __init__(self, job, store):
        self.job, self.store = job, store
        self.inputs = {role: store_input(store, given) for role, given in job.inputs.items()}

    def carry_out(self, stop_at=None):
        """Its result, its folder and what was heard; stopped once it has told of that many evaluations."""
        folder = self.store.scratch(self.job.id)
        heard = []

        def on_progress(progress):
            heard.append(progress)
            if stop_at is not None and progress.evaluations > stop_at:
                raise StoppedError

        result = execute(
            self.job.parameters,
            self.inputs,
            str(self.job.parameters["weights"]),
            folder,
            device="cpu",
            on_progress=on_progress,
            warm=Warm("cpu"),
            parts=self.store.parts(self.job.id),
        )
        return result, folder, heard


@pytest.fixture
def job(manifest, folder, tmp_path):
    """A video job by its settings, of a folder of frames."""
    made = []

    def make(settings="", pictures=None, clip="frames", styles="styles: {left: left.png}", more=""):
        if pictures is not None or not made:
            put_frames(folder / f"frames{len(made)}", pictures or [drawn(k) for k in range(FRAMES)])
        made.append(settings)
        name = f"frames{len(made) - 1 if pictures is not None else 0}" if clip == "frames" else clip
        text = MANIFEST.replace("styles: {{left: left.png}}", styles.replace("{", "{{").replace("}", "}}"))
        text = text.replace("task: video, ", f"task: video, {more.replace('{', '{{').replace('}', '}}')}")
        plan = make_plan(load(manifest(text.format(clip=name, settings=settings))))
        (only,) = plan.jobs.values()
        return Job(only, Store(tmp_path / f"results{len(made)}"))

    return make


def rows(folder):
    with (folder / "frames.csv").open() as file:
        return list(csv.DictReader(file))


def stills(folder):
    return [images.read(path) for path in sorted(folder.glob("frame-*.png"))]


@pytest.mark.parametrize("mode", ["independent", "warm"])
def test_every_frame_becomes_one_of_a_clip_as_long_and_as_large(job, mode):
    one = job(f"frames: {mode}")
    result, folder, heard = one.carry_out()
    assert {
        "image.png",
        "source.png",
        "frames.csv",
        "result.mp4",
        "source.mp4",
        *(f"frame-{k + 1:05d}.png" for k in range(FRAMES)),
    } == set(result.files)
    assert all(
        hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest for name, digest in result.files.items()
    )
    for name in ("result.mp4", "source.mp4"):
        facts = video.look(folder / name)
        assert (facts.width, facts.height, facts.frames, facts.rate) == (40, 32, FRAMES, Fraction(25))
    outcome = result.outcome
    assert (outcome.width, outcome.height) == (32, 26)
    assert outcome.evaluations == 4 * FRAMES == heard[-1].evaluations
    assert outcome.numbers["frames"] == FRAMES
    assert outcome.numbers["shots"] == 1
    assert outcome.quality.structure is not None
    assert np.array_equal(images.read(folder / "image.png"), stills(folder)[FRAMES // 2])
    assert ("temporal" in outcome.terms) == (mode == "warm")


def test_the_table_tells_each_frame_and_adds_up_to_the_outcome(job):
    result, folder, _ = job("frames: warm").carry_out()
    table = rows(folder)
    outcome = result.outcome
    assert [row["frame"] for row in table] == [str(k + 1) for k in range(FRAMES)]
    assert [float(row["time"]) for row in table] == [k / 25 for k in range(FRAMES)]
    assert [row["cut"] for row in table] == ["1", *["0"] * (FRAMES - 1)]
    assert table[0]["flicker"] == table[0]["visible"] == table[0]["temporal"] == ""
    assert outcome.final_loss == pytest.approx(np.mean([float(row["loss"]) for row in table]))
    assert outcome.numbers["flicker"] == pytest.approx(np.mean([float(row["flicker"]) for row in table[1:]]))
    assert outcome.numbers["seconds_per_frame"] == pytest.approx(np.mean([float(row["seconds"]) for row in table]))
    for row in table:
        terms = [
            float(value or 0) for name, value in row.items() if name.startswith(("content.", "style.", "temporal"))
        ]
        assert float(row["loss"]) == pytest.approx(sum(terms))


def test_a_frame_by_itself_is_the_transfer_of_that_frame(job, folder, manifest, tmp_path):
    _, made, _ = job("frames: independent").carry_out()
    text = MANIFEST.replace("clips: {{walk: {clip}}}", "contents: {{walk: frames0/3.png}}").replace("task: video, ", "")
    (only,) = make_plan(load(manifest(text.format(settings="")))).jobs.values()
    single = Job(only, Store(tmp_path / "single"))
    result = execute(
        only.parameters,
        single.inputs,
        "random:0",
        single.store.scratch(only.id),
        device="cpu",
        on_progress=lambda p: None,
        warm=Warm("cpu"),
    )
    assert result.files["image.png"] == hashlib.sha256((made / "frame-00004.png").read_bytes()).hexdigest()


def test_frames_made_at_once_are_those_made_one_by_one_but_for_rounding(job):
    _, single, _ = job("frame_batch: 1").carry_out()
    result, several, heard = job("frame_batch: 2").carry_out()
    for one, other in zip(stills(single), stills(several), strict=True):
        assert np.abs(one.astype(int) - other.astype(int)).max() <= 2
    assert result.outcome.evaluations == 4 * FRAMES == heard[-1].evaluations


def test_a_warm_frame_differs_less_from_the_one_before(job):
    numbers = {mode: job(f"frames: {mode}").carry_out()[0].outcome.numbers for mode in ("independent", "warm")}
    assert numbers["warm"]["flicker"] < numbers["independent"]["flicker"]
    assert numbers["warm"]["flicker_source"] == numbers["independent"]["flicker_source"]


@pytest.mark.parametrize("settings", ["frames: warm", "frames: independent", "frame_batch: 2"])
@pytest.mark.parametrize("stop_at", [8, 14])
def test_a_job_that_was_cut_off_goes_on_where_it_was_and_ends_the_same(job, settings, stop_at):
    whole, at_once, _ = job(settings).carry_out()
    cut = job(settings)
    with pytest.raises(StoppedError):
        cut.carry_out(stop_at)
    there = len(list(cut.store.parts(cut.job.id).glob("*.json")))
    assert 0 < there < FRAMES
    result, folder, _ = cut.carry_out()
    names = set(whole.files) - {"frames.csv"}
    assert {name: result.files[name] for name in names} == {name: whole.files[name] for name in names}
    timed = {"seconds"}
    assert [{k: v for k, v in row.items() if k not in timed} for row in rows(folder)] == [
        {k: v for k, v in row.items() if k not in timed} for row in rows(at_once)
    ]
    assert not result.timing.valid
    assert f"{there} of {FRAMES} frames were there, from an earlier try" in result.timing.invalid_reason


def test_of_a_batch_that_was_cut_off_all_frames_are_made_again(job):
    whole, _, _ = job("frame_batch: 2, evaluations: 30").carry_out()
    cut = job("frame_batch: 2, evaluations: 30")
    with pytest.raises(StoppedError):
        cut.carry_out(30 * 4 + 10)
    (cut.store.parts(cut.job.id) / "frame-00003.png").unlink()
    result, _, _ = cut.carry_out()
    names = set(whole.files) - {"frames.csv"}
    assert {name: result.files[name] for name in names} == {name: whole.files[name] for name in names}


def test_frames_in_styles_by_region_are_made_one_at_a_time(job, manifest, folder):
    split = "styles: {left: left.png, split: {regions: [{style: left, mask: 'mask:left'}]}}"
    one = job("frame_batch: 3", styles=split, more="pairs: {styles: [split]}, ")
    result, _, _ = one.carry_out()
    assert result.outcome.numbers["frames"] == FRAMES


def test_pixels_that_are_not_square_stay_so(job, folder):
    with Writer(folder / "wide.mp4", 40, 32, rate=Fraction(10), pixel_aspect=Fraction(2)) as writer:
        for k in range(2):
            writer.add(drawn(k), Fraction(k, 10), Fraction(1, 10))
    _, made, _ = job(clip="wide.mp4").carry_out()
    assert {video.look(made / f"{name}.mp4").pixel_aspect for name in ("result", "source")} == {Fraction(2)}
    _, squares, _ = job("video_size: result, size_rule: stretch", clip="wide.mp4").carry_out()
    assert video.look(squares / "result.mp4").pixel_aspect == 1


def test_what_encoding_did_to_the_result_is_noted(job, folder):
    put_frames(folder / "odd", [drawn(k, 41) for k in range(2)])
    result, _, _ = job(clip="odd").carry_out()
    (note,) = result.outcome.notes
    assert "even sizes only" in note


def test_a_frame_of_an_earlier_try_that_is_damaged_is_made_again(job):
    cut = job("frames: warm")
    with pytest.raises(StoppedError):
        cut.carry_out(14)
    (cut.store.parts(cut.job.id) / "frame-00002.png").write_bytes(b"torn")
    result, _, _ = cut.carry_out()
    whole, _, _ = job("frames: warm").carry_out()
    assert result.files["result.mp4"] == whole.files["result.mp4"]


def test_nothing_of_a_shot_goes_over_into_the_next(job):
    shots = [*(shot("chelsea", k) for k in range(3)), *(shot("coffee", k) for k in range(2))]
    result, folder, _ = job("frames: warm", shots).carry_out()
    table = rows(folder)
    assert [row["cut"] for row in table] == ["1", "0", "0", "1", "0"]
    assert result.outcome.numbers["shots"] == 2
    # The frame behind the cut is what it is as the first of a clip.
    _, alone, _ = job("frames: warm", shots[3:]).carry_out()
    assert np.array_equal(stills(folder)[3], stills(alone)[0])
    assert np.array_equal(stills(folder)[4], stills(alone)[1])


@pytest.mark.parametrize("form", ["mp4", "webm"])
def test_a_clip_keeps_its_time_stamps_and_gets_the_size_asked_for(job, folder, form):
    times = [Fraction(0), Fraction(1, 10), Fraction(1, 4), Fraction(3, 10)]
    with Writer(folder / "clip.mp4", 40, 32, rate=Fraction(10)) as writer:
        for k, (now, later) in enumerate(pairwise([*times, Fraction(1, 2)])):
            writer.add(drawn(k), now, later - now)
    one = job(f"video_format: {form}, video_size: result", clip="clip.mp4")
    result, made, _ = one.carry_out()
    assert f"result.{form}" in result.files
    found = list(video.frames(made / f"result.{form}"))
    assert [float(frame.seconds) for frame in found] == pytest.approx([float(t) for t in times], abs=0.002)
    assert found[0].pixels.shape == (26, 32, 3)


def test_what_can_be_read_of_a_broken_clip_is_made_and_the_rest_is_said(job, folder):
    with Writer(folder / "whole.webm", 40, 32, rate=Fraction(10)) as writer:
        for k in range(40):
            writer.add(
                np.random.default_rng(k).integers(0, 256, (32, 40, 3), dtype=np.uint8), Fraction(k, 10), Fraction(1, 10)
            )
    data = (folder / "whole.webm").read_bytes()
    (folder / "torn.webm").write_bytes(data[: len(data) // 4])
    one = job("evaluations: 1", clip="torn.webm")
    (note,) = [note for note in one.job.inputs["content"].notes if "cannot be read beyond frame" in note]
    result, _, _ = one.carry_out()
    assert 0 < result.outcome.numbers["frames"] < 40
    assert f"beyond frame {result.outcome.numbers['frames']:.0f}" in note


def test_what_adds_up_over_frames_can_be_counted(job):
    one = job("frames: warm")
    result, _, _ = one.carry_out()
    content = {"parameters": dict(one.job.parameters), "inputs": as_plain(one.inputs), "weights": "random:0"}
    found = count(content, "cpu")
    assert found == count(content, "cpu")
    assert (found["evaluations"], found["updates"]) == (4 * FRAMES, result.outcome.updates)
    assert found["final_loss"] == pytest.approx(result.outcome.final_loss)
    single = count(content | {"parameters": content["parameters"] | {"evaluations": 1}}, "cpu")
    assert found["flops"] > 2 * single["flops"]
