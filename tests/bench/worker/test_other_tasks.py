"""Real jobs of tasks that optimise nothing, and of a transfer blended back, at 32 pixels."""

import hashlib

import numpy as np
import pytest

from bench.engines import as_plain
from bench.inputs.stored import store_input
from bench.manifest import load
from bench.plan import make_plan
from bench.record import Quality
from bench.store import Store
from bench.tasks import TASKS
from bench.worker.counting import count
from bench.worker.execution import execute
from bench.worker.making import maker
from bench.worker.timing import PHASES
from bench.worker.warm import Warm
from nst import images, sheets
from nst.blending import blend, covered, paste

pytestmark = pytest.mark.usefixtures("own_temporary_folder")

MANIFEST = """\
name: others
images:
  contents: {{one: one.png}}
  styles: {{left: left.png, part: {{regions: [{{style: left, mask: "mask:disc"}}]}}}}
defaults: {{weights: random, width: 0.0625, size: 32, size_rule: long, evaluations: 3, init: content}}
experiments:
  only: {experiment}
"""
FEATURES = "{task: features, defaults: {feature_layers: [relu2_1, conv1_1], feature_filters: 3}}"
BLEND = "{task: blend, pairs: {styles: [left]}, defaults: {blend: %s, blend_offset: [-5, 4]}}"
TRANSFER = "{pairs: {styles: [part]}, defaults: {blend: poisson}}"


@pytest.fixture
def ordered(manifest, folder, tmp_path):
    """The only job of an experiment, with its pictures stored; the style on the left is opaque on its left."""
    pixels = images.read(folder / "left.png")
    alpha = np.where(np.arange(48) < 30, 255, 0).astype(np.uint8) * np.ones((40, 1), np.uint8)
    (folder / "left.png").write_bytes(images.encode_png(pixels, alpha))

    def make(experiment):
        (job,) = make_plan(load(manifest(MANIFEST.format(experiment=experiment)))).jobs.values()
        store = Store(tmp_path / "results")
        return job, {role: store_input(store, given) for role, given in job.inputs.items()}, store.scratch(job.id)

    return make


@pytest.fixture
def carry_out(ordered):
    def run(experiment):
        job, inputs, folder = ordered(experiment)
        heard = []
        weights = str(job.parameters["weights"] or "none")
        result = execute(
            job.parameters, inputs, weights, folder, device="cpu", on_progress=heard.append, warm=Warm("cpu")
        )
        assert result.files == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
        return result, folder, heard

    return run


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_what_makes_its_picture(task):
    assert callable(maker(TASKS[task]))


def test_features_leave_a_strip_for_each_layer_and_a_sheet_of_all(carry_out):
    result, folder, _ = carry_out(FEATURES)
    assert list(result.files) == ["image.png", "layer-relu2_1.png", "layer-conv1_1.png"]
    strips = [images.read(folder / f"layer-{name}.png") for name in ("relu2_1", "conv1_1")]
    height, width = sheets.sheet_size([3, 3], 27, 32)
    whole = images.read(folder / "image.png")
    assert whole.shape == (height, width, 3) == (result.outcome.height, result.outcome.width, 3)
    assert np.array_equal(whole[:27], strips[0])
    assert np.array_equal(whole[-27:], strips[1])


def test_features_have_figures_of_their_own_and_nothing_of_an_optimisation(carry_out):
    result, _, heard = carry_out(FEATURES)
    told = result.outcome.model_dump(exclude={"width", "height", "numbers"})
    assert told == {
        "evaluations": 0, "updates": 0, "picture_evaluation": None, "start_loss": None, "final_loss": None,
        "saved_loss": None, "terms": {}, "out_of_gamut": None, "seed": None, "attempts": [],
        "quality": dict.fromkeys(Quality.model_fields), "pull": None, "notes": [],
    }  # fmt: skip
    numbers = result.outcome.numbers
    assert list(numbers) == ["positive.relu2_1", "largest.relu2_1", "positive.conv1_1", "largest.conv1_1"]
    assert 0 < numbers["positive.conv1_1"] < 1
    assert min(numbers.values()) >= 0
    assert (result.diagnosis, heard) == (None, [])


def test_the_headline_of_features_is_the_pass(carry_out):
    seconds = carry_out(FEATURES)[0].timing.model_dump(include=set(PHASES))
    assert {name for name, took in seconds.items() if took == 0} == {"targets", "restarts", "assess"}


@pytest.mark.parametrize("kind", ["paste", "poisson", "mixed"])
def test_a_blend_is_that_of_the_sized_pictures_under_the_sources_alpha(carry_out, folder, kind):
    result, out, _ = carry_out(BLEND % kind)
    stored = images.open_picture(images.read_file(folder / "left.png"), "left")
    source, target = images.fit(stored.pixels, 27, 32), images.fit(images.read(folder / "one.png"), 27, 32)
    mask = images.resize_alpha(stored.alpha, 27, 32)
    expected = (
        paste(source, mask, target, offset=(-5, 4))
        if kind == "paste"
        else blend(source, mask, target, mixed=kind == "mixed", offset=(-5, 4))
    )
    assert np.array_equal(images.read(out / "image.png"), images.to_bytes(expected))
    assert np.array_equal(images.read(out / "pasted.png"), images.to_bytes(paste(source, mask, target, offset=(-5, 4))))
    inside = covered(mask, 27, 32, offset=(-5, 4))
    assert np.array_equal(images.read(out / "mask.png")[..., 0], np.where(inside, 255, 0))
    assert result.outcome.out_of_gamut == float(((expected < 0) | (expected > 1)).mean())
    assert result.outcome.numbers["unknowns"] == inside.sum()


@pytest.mark.parametrize("kind", ["poisson", "mixed"])
def test_a_flat_seam_asks_for_no_difference_across_it(carry_out, folder, kind):
    _, out, _ = carry_out((BLEND % kind).replace("{blend:", "{blend_seam: flat, blend:"))
    stored = images.open_picture(images.read_file(folder / "left.png"), "left")
    source, target = images.fit(stored.pixels, 27, 32), images.fit(images.read(folder / "one.png"), 27, 32)
    mask = images.resize_alpha(stored.alpha, 27, 32)
    flat, other = (
        blend(source, mask, target, mixed=kind == "mixed", offset=(-5, 4), across=across) for across in (False, True)
    )
    assert np.array_equal(images.read(out / "image.png"), images.to_bytes(flat))
    assert not np.array_equal(images.to_bytes(flat), images.to_bytes(other))


def test_blending_takes_the_step_from_the_seam(carry_out):
    seams = {kind: carry_out(BLEND % kind)[0].outcome.numbers for kind in ("paste", "poisson")}
    assert seams["paste"]["seam"] == seams["poisson"]["seam_pasted"]
    assert seams["poisson"]["seam"] < seams["paste"]["seam"]
    assert 0 < seams["poisson"]["error"] < 1e-12


def test_the_step_across_a_seam_is_counted_in_levels():
    from bench.worker.making.blend import _seam

    picture = np.zeros((3, 4, 3), np.uint8)
    picture[:, 2:] = 30
    inside = np.zeros((3, 4), bool)
    inside[:, 2:] = True
    assert _seam(picture, inside) == 30.0
    assert _seam(picture, np.ones((3, 4), bool)) == 0.0


def test_a_blend_uses_no_network_and_says_so(carry_out):
    result = carry_out(BLEND % "poisson")[0]
    seconds = result.timing.model_dump(include=set(PHASES))
    assert {name for name, took in seconds.items() if took == 0} == {"weights", "targets", "warmup", "restarts"}
    assert result.timing.reused == []


def test_a_transfer_blended_back_leaves_what_it_was_made_of(carry_out, folder):
    result, out, heard = carry_out(TRANSFER)
    assert list(result.files) == ["image.png", "curve.csv", "mask.png", "stylised.png"]
    content = images.to_bytes(images.fit(images.read(folder / "one.png"), 27, 32))
    outside = images.read(out / "mask.png")[..., 0] == 0
    image, stylised = images.read(out / "image.png"), images.read(out / "stylised.png")
    assert np.array_equal(image[outside], content[outside])
    assert not np.array_equal(stylised[outside], content[outside])
    assert result.outcome.evaluations == 3
    assert len(heard) > 0
    assert result.outcome.saved_loss != pytest.approx(result.outcome.final_loss, rel=1e-3)


class TestCounting:
    @pytest.fixture
    def counted(self, ordered):
        def run(experiment):
            job, inputs, _ = ordered(experiment)
            content = {"parameters": dict(job.parameters), "inputs": as_plain(inputs)}
            return count(content | {"weights": str(job.parameters["weights"] or "none")}, "cpu")

        return run

    def test_features_are_two_passes_without_an_evaluation(self, counted):
        one = FEATURES.replace("relu2_1, ", "")
        passes = 2 * (2 * 3 * 4 * 3 * 3 * 27 * 32)  # to warm up, and the one that counts: a convolution from 3 to 4
        found = counted(one)
        assert (found["flops"], found["forwards"]) == (passes, 2)
        assert sorted(found) == ["flops", "forwards", "network_bytes", "parameters"]

    def test_of_a_blend_the_pixels_that_are_solved_for(self, counted, carry_out):
        assert counted(BLEND % "mixed") == {"unknowns": carry_out(BLEND % "mixed")[0].outcome.numbers["unknowns"]}


def test_a_blend_is_judged_beside_its_target(carry_out, folder):
    kept = {kind: carry_out(BLEND % kind)[0].outcome.quality for kind in ("paste", "mixed")}
    assert 0 < kept["paste"].structure < kept["mixed"].structure < 1
    assert (kept["mixed"].style_distance, kept["mixed"].colour_distance) == (None, None)
