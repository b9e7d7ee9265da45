"""Real jobs at 32 pixels, through the engine in this process."""

import csv
import hashlib

import numpy as np
import pytest
from PIL import Image

from bench.execution import execute
from bench.manifest import load
from bench.plan import make_plan
from bench.store import Store
from bench.stored import store_input
from nst import images
from tests.bench.small import SMALL


@pytest.fixture
def carry_out(manifest, tmp_path):
    def run(text=SMALL, number=0):
        job = list(make_plan(load(manifest(text))).jobs.values())[number]
        store = Store(tmp_path / "results")
        inputs = {role: store_input(store, given) for role, given in job.inputs.items()}
        folder = store.scratch(job.id)
        weights = str(job.parameters["weights"])
        result = execute(job.parameters, inputs, weights, folder, device="cpu", on_progress=lambda _: None)
        with (folder / "curve.csv").open() as file:
            curve = list(csv.DictReader(file))
        return job, result, curve, folder

    return run


def test_a_job_leaves_its_picture_its_curve_and_true_figures(carry_out):
    _, result, curve, folder = carry_out()
    assert Image.open(folder / "image.png").size == (32, 32)
    assert list(curve[0]) == [
        "evaluation", "seconds", "size", "total", "content.conv2_2",
        "style.conv1_1", "style.conv1_2", "style.conv2_1", "style.conv2_2", "style.conv3_1",
    ]  # fmt: skip
    assert [int(row["evaluation"]) for row in curve] == [0, 1, 2]
    outcome = result.outcome
    assert (outcome.evaluations, outcome.updates, outcome.picture_evaluation) == (3, 2, 2)
    assert outcome.start_loss == float(curve[0]["total"])
    assert outcome.final_loss == float(curve[2]["total"])
    assert outcome.terms == {name: float(curve[2][name]) for name in list(curve[0])[4:]}
    assert sum(outcome.terms.values()) == pytest.approx(outcome.final_loss, rel=1e-6)
    assert result.files == {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("image.png", "curve.csv")
    }


def test_every_phase_is_timed_and_the_curve_fits_into_optimise(carry_out):
    _, result, curve, _ = carry_out()
    timing = result.timing
    phases = [timing.decode, timing.weights, timing.targets, timing.warmup, timing.optimise, timing.save]
    assert all(seconds > 0 for seconds in phases)
    assert 0 < float(curve[-1]["seconds"]) <= timing.optimise


def test_memory_is_measured_or_said_to_be_unknown(carry_out):
    memory = carry_out()[1].memory
    if memory.peak_bytes is None:
        assert memory.method == "not available on this system"
    else:
        assert memory.peak_bytes >= memory.before_bytes * 0.5 > 0


def test_the_same_job_gives_the_same_bytes(carry_out):
    first, again = (carry_out()[3] / "image.png" for _ in range(2))
    assert first.read_bytes() == again.read_bytes()


def test_another_seed_gives_another_picture(carry_out):
    first = (carry_out()[3] / "image.png").read_bytes()
    other = (carry_out(SMALL.replace("size: 32", "size: 32, seed: 1"))[3] / "image.png").read_bytes()
    assert first != other


def test_one_evaluation_returns_the_start_picture(carry_out, folder):
    text = SMALL.replace("evaluations: 3", "evaluations: 1, init: content").replace(
        "grid: {init: [noise, content]}\n    compare: [init]", "repeats: 1"
    )
    _, result, _, out = carry_out(text)
    content = images.resize(images.read(folder / "one.png"), 32, "stretch")
    assert np.array_equal(images.read(out / "image.png"), images.to_bytes(content))
    assert result.outcome.updates == 0


@pytest.mark.parametrize(
    ("task", "terms"),
    [("texture", {"style", "tv"}), ("reconstruct", {"content", "tv"})],
)
def test_a_task_has_only_its_own_terms(carry_out, task, terms):
    text = SMALL.replace("size: 32", "size: 32, tv_weight: 0.5").replace(
        "grid: {init: [noise, content]}\n    compare: [init]", f"task: {task}"
    )
    _, result, _, _ = carry_out(text)
    assert {name.partition(".")[0] for name in result.outcome.terms} == terms


def test_an_undivided_gram_of_a_style_of_another_shape_can_be_met(carry_out, folder):
    """naas-avgpool on pictures of different sizes: starting from the style itself leaves (almost) no style loss."""
    pixels = np.random.default_rng(9).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    (folder / "left.png").write_bytes(images.encode_png(np.tile(pixels, (2, 2, 1))))
    (folder / "one.png").write_bytes(images.encode_png(pixels))
    text = SMALL.replace("size: 32", "size: 32, size_rule: height, recipe: naas-avgpool, content_weight: 0")
    _, result, curve, _ = carry_out(text, number=1)
    assert result.outcome.start_loss < 0.2 * float(curve[0]["style.conv1_1"]) + float(curve[0]["total"])


def test_a_run_that_overflows_is_done_and_diagnosed(carry_out):
    text = SMALL.replace("evaluations: 3", "evaluations: 30, style_weight: 1e30, learning_rate: 1e20")
    _, result, curve, folder = carry_out(text)
    assert result.diagnosis.verdict == "non-finite"
    assert result.outcome.final_loss is not None
    assert curve[-1]["total"] == "nan"
    assert images.read(folder / "image.png").shape == (32, 32, 3)
