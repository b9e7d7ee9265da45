"""Real jobs at 32 pixels: what they leave, what their records say, and whether their times are valid."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from bench.machine.exclusive import Presence
from bench.worker.timing import PHASES, PhaseClock
from bench.worker.warm import Warm
from nst import images, making, metrics
from tests.bench.small import SMALL


@pytest.mark.parametrize("graphs", [True, False])
def test_steps_are_replayed_where_the_worker_is_told_so_and_the_record_says_how_it_went(carry_out, monkeypatch, graphs):
    real = making.make

    def on_a_gpu(*arguments, observer, **given):
        assert given["graphs"] is graphs
        observer.stepping(graphs, "" if graphs else "nobody wanted it")
        return real(*arguments, observer=observer, **given)

    monkeypatch.setattr("nst.making.make", on_a_gpu)
    warm = Warm("cpu")
    warm.graphs = graphs
    timing = carry_out(warm=warm)[1].timing
    assert (timing.graph, timing.no_graph) == (graphs, None if graphs else "nobody wanted it")


def test_on_a_processor_the_record_knows_of_no_graph(carry_out):
    timing = carry_out()[1].timing
    assert (timing.graph, timing.no_graph) == (False, None)


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
    phases = timing.model_dump(include=set(PHASES))
    assert set(phases) == set(PHASES)
    assert phases.pop("restarts") == 0
    assert all(seconds > 0 for seconds in phases.values())
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


def test_the_content_s_transparency_is_put_back(carry_out, folder):
    alpha = np.full((40, 48), 255, dtype=np.uint8)
    alpha[:, :24] = 0
    (folder / "one.png").write_bytes(images.encode_png(images.read(folder / "one.png"), alpha))
    picture = images.open_picture((carry_out()[3] / "image.png").read_bytes(), "image.png")
    assert picture.alpha is not None
    assert (picture.alpha[:, :14] == 0).all()
    assert (picture.alpha[:, 18:] == 255).all()


def test_quality_is_judged_by_the_saved_picture(carry_out, folder):
    _, result, _, out = carry_out()
    shown = {name: images.to_bytes(images.fit(images.read(folder / f"{name}.png"), 32, 32)) for name in ("one", "left")}
    saved = images.read(out / "image.png")
    assert result.outcome.quality.model_dump() == {
        "structure": metrics.structure(saved, shown["one"]).value,
        "structure_scales": 2,
        "style_distance": metrics.style_distance(saved, shown["left"]),
        "colour_distance": metrics.colour_distance(saved, shown["left"]),
        "colourfulness": metrics.colourfulness(saved),
        "content_colourfulness": metrics.colourfulness(shown["one"]),
        "style_colourfulness": metrics.colourfulness(shown["left"]),
    }


def test_what_pulls_is_recorded_where_it_is_asked_for(carry_out):
    asked = SMALL.replace("size: 32", "size: 32, balance: true")
    (_, plain, _, folder), (_, result, _, other) = carry_out(), carry_out(asked)
    assert plain.outcome.pull is None
    assert list(result.outcome.pull.start) == list(result.outcome.pull.end) == list(result.outcome.terms)
    assert all(norm > 0 for norm in result.outcome.pull.end.values())
    assert (other / "image.png").read_bytes() == (folder / "image.png").read_bytes()


def test_a_pull_that_is_not_finite_is_recorded_as_none(carry_out):
    huge = "style_weight: 1e30, style_layer_weights: [1e30, 1, 1, 1, 1], balance: true"
    pull = carry_out(SMALL.replace("evaluations: 3", f"evaluations: 1, {huge}"))[1].outcome.pull
    assert pull.end["style.conv1_1"] is None
    assert pull.end["content.conv2_2"] > 0


@pytest.mark.parametrize(("task", "there"), [("texture", "style_distance"), ("reconstruct", "structure")])
def test_a_task_is_judged_by_its_own_pictures_alone(carry_out, task, there):
    text = SMALL.replace("grid: {init: [noise, content]}\n    compare: [init]", f"task: {task}")
    quality = carry_out(text)[1].outcome.quality
    assert {name for name in ("structure", "style_distance") if getattr(quality, name) is not None} == {there}


def test_a_run_that_went_wrong_is_begun_again_and_every_attempt_is_recorded(carry_out):
    text = SMALL.replace("evaluations: 3", "evaluations: 12, style_weight: 1e30, learning_rate: 1e20, restarts: 2")
    _, result, curve, _ = carry_out(text)
    outcome = result.outcome
    assert [attempt.verdict for attempt in outcome.attempts] == ["non-finite"] * 2
    assert outcome.attempts[0].seed == 0
    assert len({outcome.seed, *(attempt.seed for attempt in outcome.attempts)}) == 3
    assert outcome.attempts[0].reason.startswith("the loss stopped being a finite number at evaluation ")
    assert result.diagnosis.verdict == "non-finite"
    assert outcome.evaluations == len(curve) == outcome.attempts[0].evaluations
    assert result.timing.restarts > 0
    assert 0 < float(curve[-1]["seconds"]) <= result.timing.optimise


def test_a_run_that_goes_well_is_not_begun_again(carry_out):
    outcome = carry_out(SMALL.replace("size: 32", "size: 32, restarts: 3, seed: 7"))[1].outcome
    assert (outcome.seed, outcome.attempts) == (7, [])


def test_a_run_from_coarse_to_fine_has_all_its_sizes_in_one_curve(carry_out):
    heard = []
    text = SMALL.replace("size: 32", "size: 32, coarse_sizes: [16, 24], coarse_evaluations: [11, 2]")
    _, result, curve, folder = carry_out(text, on_progress=heard.append)
    assert [int(row["size"]) for row in curve] == [16] * 11 + [24] * 2 + [32] * 3
    assert [int(row["evaluation"]) for row in curve] == list(range(16))
    seconds = [float(row["seconds"]) for row in curve]
    assert seconds == sorted(seconds)
    assert [progress.evaluations for progress in heard] == [10, 11, 13, 16]
    outcome = result.outcome
    assert (outcome.width, outcome.evaluations, outcome.picture_evaluation) == (32, 16, 15)
    assert (outcome.start_loss, outcome.final_loss) == (float(curve[13]["total"]), float(curve[15]["total"]))
    assert images.read(folder / "image.png").shape == (32, 32, 3)


class TestValidity:
    def test_the_time_of_a_job_alone_is_valid(self, carry_out):
        timing = carry_out()[1].timing
        assert (timing.valid, timing.invalid_reason) == (True, None)

    def test_a_processor_has_no_driver_that_tells_of_clocks_or_energy(self, carry_out):
        timing = carry_out()[1].timing
        assert (timing.gpu_before, timing.gpu_after, timing.energy_joules) == (None, None, None)

    def test_the_time_of_several_at_a_time_is_not(self, carry_out):
        timing = carry_out(sharing=2)[1].timing
        assert (timing.valid, timing.invalid_reason) == (False, "2 jobs at a time shared cpu")

    def test_nor_is_that_of_two_runs_at_once_and_both_know(self, carry_out):
        other = Presence("cpu")
        other.enter()
        timing = carry_out()[1].timing
        assert not timing.valid
        assert timing.invalid_reason == "another job was timed on cpu at the same time, by another run"
        assert other.leave() == 1

    def test_preparing_and_saving_disturb_nobody(self, carry_out, monkeypatch):
        seen = []

        def spy(name):
            real = getattr(Presence, name)
            monkeypatch.setattr(Presence, name, lambda self: seen.append(name) or real(self))

        spy("enter")
        spy("leave")
        phase = PhaseClock.phase
        monkeypatch.setattr(PhaseClock, "phase", lambda self, name: seen.append(name) or phase(self, name))
        carry_out()
        assert seen == ["decode", "weights", "decode", "targets", "warmup",
                        "enter", "optimise", "leave", "assess", "save", "assess"]  # fmt: skip

    def test_a_job_that_breaks_is_seen_by_nobody_any_more(self, carry_out):
        def break_off(_):
            raise RuntimeError("it broke")

        with pytest.raises(RuntimeError, match=r"^it broke$"):
            carry_out(on_progress=break_off)
        assert carry_out()[1].timing.valid
