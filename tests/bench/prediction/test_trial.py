"""Real trials of small networks, and a prediction beside the real run."""

import csv
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from bench.inputs.stored import store_input
from bench.manifest import load
from bench.plan import make_plan
from bench.plan.resolve import weights_source
from bench.prediction import predict
from bench.prediction.blocks import Blocks
from bench.prediction.tracking import Tracker
from bench.prediction.trial import run
from bench.store import Store
from bench.worker.execution import execute
from bench.worker.memory import settle
from tests.bench.small import SMALL


@pytest.fixture
def jobs(manifest):
    def make(text=SMALL):
        return list(make_plan(load(manifest(text))).jobs.values())

    return make


@pytest.fixture
def content(jobs):
    """What is asked of a trial of the first job of a manifest."""

    def make(text=SMALL, **changes):
        job, *_ = jobs(text)
        asked = {
            "parameters": dict(job.parameters),
            "weights": str(job.parameters["weights"]),
            "result": [48, 40],
            "styles": [[48, 40]],
            "regions": 0,
            "seconds": 0.01,
            "track": [],
        }
        return asked | changes

    return make


def test_a_trial_tells_plain_data(content):
    told = run(content(), "cpu")
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert (told["pixels"], told["style_pixels"], told["cuda"], told["note"]) == (1920, 1920, False, "")
    assert len(told["seconds"]["evaluations"]) >= 3
    assert all(span > 0 for span in [*told["seconds"]["evaluations"], *told["updates"]])
    assert {"weights", "decode", "targets", "warmup", "save", "assess", "compare"} < set(told["seconds"])
    assert told["took"] > told["prepared"] > 0


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell a process its own peak")
def test_on_linux_a_trial_tells_its_peak_and_what_is_free(content):
    told = run(content(), "cpu")
    assert 0 < told["idle_bytes"] <= told["peak_bytes"] < told["free_bytes"]


@pytest.mark.parametrize(
    "change",
    [
        "task: texture\n    pairs: {styles: [left]}",
        "task: reconstruct\n    pairs: {contents: [one]}",
        "defaults: {optimizer: adam, learning_rate: 0.02}",
        "defaults: {recipe: gordicaleksa}",
        "defaults: {recipe: crowsonkb, size: 64, coarse_sizes: [48], coarse_evaluations: 3}",
        "defaults: {colours: histogram, init: content}",
        "pairs: {contents: [one], styles: [both]}",
    ],
)
def test_whatever_can_be_planned_can_be_tried_out(jobs, change):
    styles = "{left: left.png, right: right.png, both: {regions: [{style: left, mask: 'mask:left'}, {style: right, mask: 'mask:right'}]}}"
    text = (
        SMALL.replace("{left: left.png, right: right.png}", styles).partition("  main:")[0] + f"  main:\n    {change}\n"
    )
    found = jobs(text)
    forecasts = predict(found, lambda asked: run(asked, "cpu"), budget=0.1)
    assert list(forecasts.jobs) == [job.id for job in found]
    assert all(p.seconds > p.optimise > 0 for p in forecasts.jobs.values())


def test_weights_that_would_have_to_be_downloaded_are_random(content, monkeypatch, tmp_path):
    def refuse(*_, **__):
        raise AssertionError("nothing is downloaded to predict")

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", refuse)
    monkeypatch.delenv("NST_WEIGHTS_DIR", raising=False)
    layers = "backbone: squeezenet1_1, content_layers: [conv1], style_layers: [conv1]"
    text = SMALL.replace("weights: random, width: 0.0625", f"weights: imagenet, {layers}")
    note = "measured with random weights: squeezenet1_1-b8a52dc0.pth is still to be downloaded"
    assert run(content(text), "cpu")["note"] == note


def test_blocks_are_those_of_tensors_and_views_are_none():
    with (tracker := Tracker()):
        first = torch.zeros(10)
        second = first.view(2, 5) + 1
        first.add_(1)
        del first
        third = second.square()
        del second, third
    assert tracker.events == [40, 40, -40, 40, -40, -40]


def test_tracked_blocks_tell_those_of_a_larger_picture(content):
    def events(*sides):
        track = [[[side, side], [[side, side]]] for side in sides]
        return run(content(track=track), "cpu")["blocks"]["events"]

    small, middle, large = events(32, 48, 64)
    foretold = Blocks((32**2, 48**2), (small, middle)).at(64**2)
    assert foretold.all == pytest.approx(Blocks((48**2, 64**2), (middle, large)).at(64**2).all, rel=0.02)


def test_a_trial_leaves_the_compiler_of_torch_alone():
    # It would stay in the worker's memory, and so in the peak of every job after it.
    code = (
        "import sys, torch; from bench.prediction.tracking import Tracker\n"
        "with Tracker(): torch.ones(2).square()\n"
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    root = Path(__file__).parents[3]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "defaults",
    [
        "recipe: untrained, width: 0.25, size: 160, evaluations: 40",
        "recipe: untrained, width: 0.0625, size: 192, evaluations: 80, history: 60",
        "recipe: untrained, width: 0.125, size: 160, optimizer: adam, learning_rate: 0.02, evaluations: 40",
    ],
)
def test_a_run_takes_about_what_was_predicted(jobs, tmp_path, defaults, monkeypatch):
    # By the seconds of the processor: what else the machine does in the meantime is nobody's to foretell.
    monkeypatch.setattr(time, "perf_counter", time.process_time)
    text = (
        SMALL.partition("defaults:")[0]
        + f"defaults: {{weights: random, {defaults}}}\nexperiments:\n  main: {{pairs: [[one, left]]}}\n"
    )
    (job,) = jobs(text)
    store = Store(tmp_path / "results")
    inputs = {role: store_input(store, given) for role, given in job.inputs.items()}
    weights = weights_source(str(job.parameters["weights"]), job.folder)

    def off(name):
        """How many times too long or too short the prediction was, of a run right after it."""
        prediction = predict([job], lambda asked: run(asked, "cpu"), budget=4, warm=True).jobs[job.id]
        settle("cpu")
        results = store.scratch(name)
        made = execute(job.parameters, inputs, weights, results, device="cpu", on_progress=lambda _: None)
        if made.memory.peak_bytes is not None:
            assert prediction.peak_bytes == pytest.approx(made.memory.peak_bytes, rel=0.1)
        with (results / "curve.csv").open() as file:
            optimised = float(list(csv.DictReader(file))[-1]["seconds"])
        return max(prediction.optimise / optimised, optimised / prediction.optimise)

    # A core that is shared gets faster and slower by itself: a wrong law would be wrong each time.
    assert any(off(name) < 1.5 for name in ("first", "second", "third", "fourth"))
