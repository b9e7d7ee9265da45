"""From a manifest to its jobs: which there are, in which order, how many at most, what is warned of and refused."""

import dataclasses
import time

import numpy as np
import pytest
from PIL import Image

from bench.errors import BenchError
from bench.manifest import load
from bench.plan import make_plan
from bench.plan import planning as plans
from nst import images
from nst.settings import FIELDS
from tests.bench.plan.labels import labels
from tests.bench.small import SMALL


def test_the_plan_is_pairs_by_grid_in_the_manifests_order(plan):
    assert labels(plan, "init") == [
        ("one x left", "noise"),
        ("one x left", "content"),
        ("one x right", "noise"),
        ("one x right", "content"),
    ]
    (experiment,) = plan.experiments
    assert (experiment.axes, experiment.compare) == ({"init": ["noise", "content"]}, ["init"])
    assert experiment.jobs == list(plan.jobs)


def test_axes_keep_the_order_they_are_written_in(manifest):
    text = SMALL.replace("grid: {init: [noise, content]}", "grid: {size: [48, 32], init: [noise, content]}")
    plan = make_plan(load(manifest(text)))
    assert labels(plan, "size", "init")[:4] == [
        ("one x left", 48, "noise"),
        ("one x left", 48, "content"),
        ("one x left", 32, "noise"),
        ("one x left", 32, "content"),
    ]


def test_repeats_are_seeds(manifest):
    text = SMALL.replace("compare: [init]", "repeats: 3\n    defaults: {seed: 5}\n    pairs: [[one, left]]")
    plan = make_plan(load(manifest(text)))
    assert labels(plan, "init", "seed")[:3] == [("one x left", "noise", seed) for seed in (5, 6, 7)]
    assert plan.experiments[0].axes["seed"] == [5, 6, 7]


def test_repeats_and_a_grid_of_seeds_exclude_each_other(manifest):
    text = SMALL.replace("grid: {init: [noise, content]}", "repeats: 2\n    grid: {seed: [1, 2]}").replace(
        "compare: [init]", ""
    )
    with pytest.raises(BenchError, match=r"repeats and grid\.seed both choose the seeds"):
        make_plan(load(manifest(text)))


def test_listed_pairs_are_taken_as_listed(manifest):
    text = SMALL.replace("grid:", "pairs: [[one, right]]\n    grid:")
    assert {label for label, *_ in labels(make_plan(load(manifest(text))))} == {"one x right"}


@pytest.mark.parametrize(
    ("task", "expected", "dropped"),
    [
        ("texture", ["left", "right"], ("content_layers", "content_weight")),
        ("reconstruct", ["one"], ("style_layers", "style_weight", "style_layer_weights")),
    ],
)
def test_a_task_reads_only_its_own_pictures_and_parameters(manifest, task, expected, dropped):
    text = SMALL.replace("grid: {init: [noise, content]}\n    compare: [init]", f"task: {task}")
    plan = make_plan(load(manifest(text)))
    assert [label for (label,) in labels(plan)] == expected
    job = next(iter(plan.jobs.values()))
    assert all(job.parameters[name] is None for name in dropped)
    assert job.parameters["init"] == "noise"


def test_a_job_shared_by_two_experiments_runs_once(manifest):
    text = SMALL + "  again:\n    pairs: [[one, left]]\n    grid: {init: [content]}\n"
    plan = make_plan(load(manifest(text)))
    assert len(plan.jobs) == 4
    assert plan.experiments[1].jobs[0] in plan.experiments[0].jobs


def test_the_recipe_fills_in_what_the_manifest_leaves_out(plan):
    parameters = dict(next(iter(plan.jobs.values())).parameters)
    assert list(parameters) == ["task", "recipe", *FIELDS]
    assert (
        parameters.items()
        >= {
            "task": "transfer",
            "recipe": "cmu-16726",
            "backbone": "vgg19",
            "weights": "random:0",
            "width": 0.0625,
            "pooling": "max",
            "size": 32,
            "size_rule": "stretch",
            "coarse_sizes": [],
            "init": "noise",
            "noise": "uniform",
            "seed": 0,
            "evaluations": 3,
            "optimizer": "lbfgs",
            "learning_rate": 1.0,
            "history": 100,
            "curvature_gate": "torch",
            "betas": None,
            "content_layers": ["conv2_2"],
            "content_weight": 1.0,
            "content_reduction": "mean",
            "style_layers": ["conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1"],
            "style_weight": 1e6,
            "style_layer_weights": "sum",
            "gram_divisor": "elements",
            "style_reduction": "mean",
            "tv_weight": 0.0,
            "precision": "float32",
        }.items()
    )


def test_changing_the_optimiser_changes_the_step_length_with_it(manifest):
    plan = make_plan(load(manifest(SMALL.replace("size: 32", "size: 32, optimizer: adam"))))
    parameters = next(iter(plan.jobs.values())).parameters
    assert (parameters["learning_rate"], parameters["history"]) == (0.02, None)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", "the manifest makes 4 jobs: at most 3 are allowed"),
        ("    include: [{init: grey}]\n", "the manifest makes 6 jobs: at most 3 are allowed"),
        ("    zip: {z: {size: [32, 48]}}\n", "the manifest makes 8 jobs: at most 3 are allowed"),
        ("    repeats: 1000\n", "the manifest makes 4,000 jobs: at most 3 are allowed"),
        (
            "    grid: {seed: [1, 2, 3, 4]}\n    exclude: [{seed: 9}]\n",
            "the manifest makes 8 jobs: at most 3 are allowed",
        ),
        (
            "    exclude: [{seed: 9}]\n    repeats: 5\n",
            "the manifest makes 20 combinations before exclude: at most 15 are allowed",
        ),
    ],
)
def test_expansion_is_bounded_and_says_what_it_would_have_made(manifest, monkeypatch, more, said):
    monkeypatch.setattr(plans, "MAX_JOBS", 3)
    monkeypatch.setattr(plans, "MAX_COMBINATIONS", 15)
    text = SMALL.replace("    grid: {init: [noise, content]}\n", "") if "grid" in more else SMALL
    with pytest.raises(BenchError) as caught:
        make_plan(load(manifest(text.replace("    compare: [init]\n", more))))
    assert [problem.message for problem in caught.value.problems] == [said]


def test_what_is_excluded_counts_as_no_job(manifest, monkeypatch):
    monkeypatch.setattr(plans, "MAX_JOBS", 2)
    text = SMALL.replace("compare: [init]", "exclude: [{init: content}]")
    assert len(make_plan(load(manifest(text))).jobs) == 2


def test_ten_to_the_fortieth_jobs_are_refused_at_once(manifest):
    seeds = ", ".join(map(str, range(10_000)))
    axes = ", ".join(f"{name}: [{seeds}]" for name in ("seed", "style_weight", "content_weight", "tv_weight"))
    begun = time.perf_counter()
    with pytest.raises(BenchError, match="the manifest makes 20,000,000,000,000,000 jobs: at most 100,000 are allowed"):
        make_plan(load(manifest(SMALL.replace("init: [noise, content]", axes).replace("compare: [init]", ""))))
    assert time.perf_counter() - begun < 30  # of which YAML takes almost all


def test_a_job_is_immutable(plan):
    job = next(iter(plan.jobs.values()))
    with pytest.raises(dataclasses.FrozenInstanceError):
        job.id = "x"


def test_what_is_worth_knowing_is_said_once(manifest, folder):
    pixels, alpha = np.zeros((40, 48, 3), dtype=np.uint8), np.tile(np.uint8([0, 255]), (40, 24))
    (folder / "left.png").write_bytes(images.encode_png(pixels, alpha))
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    frames[0].save(folder / "one.gif", save_all=True, append_images=frames[1:])
    text = SMALL.replace("one.png", "one.gif").replace(
        "right: right.png}", "right: right.png, m: {mix: {left: 1, right: 1}}}"
    )
    plan = make_plan(load(manifest(text)))
    assert len(plan.jobs) == 6
    assert sorted(plan.warnings) == [
        "left: all that is seen has one colour: to let a network see the shape, lay it on a background",
        "left: alpha kept",
        "one: animated, 2 frames: the first is used",
        "recipe cmu-16726 was made for torchvision's ImageNet weights; on random weights its factors may be off: "
        "set weights: imagenet",
    ]


def test_what_was_done_to_many_pictures_is_said_in_one_line(manifest, folder):
    (folder / "set").mkdir()
    for i in range(12):
        pixels, alpha = np.full((40, 48, 3), i, dtype=np.uint8), np.full((40, 48), 128, dtype=np.uint8)
        pixels[0, 0] = 255
        (folder / "set" / f"{i}.png").write_bytes(images.encode_png(pixels, alpha))
    plan = make_plan(load(manifest(SMALL.replace("one: one.png", "set: {folder: set}"))))
    assert plan.warnings[-1:] == ["12 pictures: alpha kept (set/0, set/1, set/2, ...)"]


def test_a_recipe_on_its_own_weights_is_no_news(manifest):
    assert (
        make_plan(load(manifest(SMALL.replace("weights: random", "weights: random, recipe: untrained")))).warnings == []
    )


def blamed(manifest, old, new):
    with pytest.raises(BenchError) as caught:
        make_plan(load(manifest(SMALL.replace(old, new))))
    return caught.value.problems[0].where


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("weights: random", "weights: random, backbone: alexnet", "defaults.backbone"),
        ("grid: {", "grid: {backbone: [vgg19, resnet50], ", "experiments.main.grid.backbone[1]"),
        ("size: 32", "size: 32, coarse_sizes: [48]", "defaults.coarse_sizes"),
        ("grid: {", "grid: {coarse_sizes: [16, 48, []], ", "experiments.main.grid.coarse_sizes[1]"),
        ("size: 32", "size: 32, line_search: strong-wolfe, averaging: 0.5", "defaults.averaging"),
        ("size: 32", "size: 32, recipe: pytorch-tutorial, line_search: strong-wolfe", "defaults.line_search"),
        ("size: 32", "size: 32, coarse_sizes: [16], coarse_evaluations: [1, 2]", "defaults.coarse_evaluations"),
        ("size: 32", "size: 32, coarse_sizes: [16], style_layers: conv5_1, size_rule: long", "defaults.coarse_sizes"),
        ("size: 32", "size: 32, style_scale: 0.1, style_layers: conv4_1", "defaults.style_scale"),
        ("size: 32", "size: 32, line_search: strong-wolfe, clamp: update", "defaults.clamp"),
        ("size: 32", "size: 32, recipe: naas-vgg16, style_layers: conv1_1", "defaults.style_layers"),
        ("weights: random", "weights: random, recipe: crowsonkb, backbone: squeezenet1_0, content_layers: relu1, style_layers: relu1, style_layer_weights: sum", "defaults.backbone"),
        ("size: 32", "size: 32, style_layers: [conv1_1, " + "x" * 80 + "]", "defaults.style_layers[1]"),
        ("grid: {init: [noise, content]}", "task: texture\n    defaults: {colours: luminance}", "experiments.main.defaults.colours"),
        ("grid: {init: [noise, content]}", "task: texture\n    defaults: {style_scale: 0.1, style_layers: conv4_1}", "experiments.main.defaults.style_scale"),
        ("grid: {", "defaults: {coarse_sizes: [24]}\n    grid: {size: [32, 16], ", "experiments.main.grid.size[1]"),
        ("grid: {", "defaults: {content_layers: relu1_1}\n    grid: {backbone: [vgg19, alexnet], ", "experiments.main.grid.backbone[1]"),
        ("grid: {", "defaults: {content_layers: relv1_1}\n    grid: {backbone: [vgg19, vgg16], ", "experiments.main.defaults.content_layers"),
        ("grid: {", "override: [{when: {init: noise}, set: {averaging: 0.5}}]\n    defaults: {line_search: strong-wolfe}\n    grid: {", "experiments.main.override[0].set.averaging"),
        ("grid: {", "zip: {z: {size: [32, 48], coarse_sizes: [[], [16, 64]]}}\n    grid: {", "experiments.main.zip.z.coarse_sizes[1]"),
        ("grid: {", "defaults: {style_layers: conv5_1, size_rule: long}\n    grid: {size: [48, 32, 16], ", "experiments.main.grid.size[2]"),
        ("grid: {", "include: [{}, {backbone: alexnet}]\n    grid: {", "experiments.main.include[1].backbone"),
    ],
)  # fmt: skip
def test_a_mistake_is_shown_where_the_manifest_makes_it(manifest, old, new, where):
    assert old in SMALL
    assert blamed(manifest, old, new) == where


def test_a_strip_blown_up_beyond_all_measure_is_refused_before_anything_runs(manifest, folder):
    (folder / "one.png").write_bytes(images.encode_png(np.zeros((12, 900, 3), np.uint8)))
    with pytest.raises(BenchError, match="content 'one': a picture of 900 x 12 pixels would become 307200 x 4096"):
        make_plan(load(manifest(SMALL.replace("size: 32", "size: 4096, size_rule: short"))))


def test_repeats_without_noise_are_warned_of(manifest):
    text = SMALL.replace("compare: [init]", "compare: [init]\n    repeats: 2")
    assert make_plan(load(manifest(text))).warnings[-1] == (
        "experiment main: runs that do not start from noise give the same picture for every seed: "
        "their repeats repeat the time alone"
    )
    assert not any(
        "repeats" in w for w in make_plan(load(manifest(text.replace("noise, content", "noise, uniform")))).warnings
    )
