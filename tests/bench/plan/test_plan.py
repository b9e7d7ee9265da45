import dataclasses
import hashlib
import shutil
import time

import numpy as np
import pytest
from PIL import Image

from bench.errors import BenchError
from bench.manifest import find, load
from bench.manifest.fixing import set_defaults
from bench.plan import make_plan, resolve
from bench.plan import planning as plans
from nst import images
from nst.settings import FIELDS
from tests.bench.small import SMALL


def labels(plan, *names):
    return [(job.label, *(job.parameters[name] for name in names)) for job in plan.jobs.values()]


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


def test_layers_are_named_in_one_dialect_whatever_was_written(manifest):
    ids = []
    for layers in ("[conv1_1, conv2_1]", "[0, 5]", "[conv1, conv3]"):
        plan = make_plan(load(manifest(SMALL.replace("size: 32", f"size: 32, style_layers: {layers}"))))
        assert next(iter(plan.jobs.values())).parameters["style_layers"] == ["conv1_1", "conv2_1"]
        ids.append(list(plan.jobs))
    assert ids[0] == ids[1] == ids[2]


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


def test_any_part_of_a_recipe_can_be_set_and_is_part_of_the_identity(manifest, plan):
    text = SMALL.replace("size: 32", "size: 32, gram_divisor: none, style_reduction: quarter")
    changed = make_plan(load(manifest(text)))
    parameters = next(iter(changed.jobs.values())).parameters
    assert (parameters["gram_divisor"], parameters["style_reduction"]) == ("none", "quarter")
    assert set(changed.jobs).isdisjoint(plan.jobs)


def test_changing_the_optimiser_changes_the_step_length_with_it(manifest):
    plan = make_plan(load(manifest(SMALL.replace("size: 32", "size: 32, optimizer: adam"))))
    parameters = next(iter(plan.jobs.values())).parameters
    assert (parameters["learning_rate"], parameters["history"]) == (0.02, None)


def test_the_identity_is_of_contents_not_of_places(manifest, folder, tmp_path_factory, plan):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for picture in folder.glob("*.png"):
        shutil.copy(picture, elsewhere / f"x-{picture.name}")
    text = SMALL.replace("one.png", "x-one.png").replace("left.png", "x-left.png").replace("right.png", "x-right.png")
    (elsewhere / "m.yaml").write_text(text.replace("name: small", "name: other"))
    assert list(make_plan(load(elsewhere / "m.yaml")).jobs) == list(plan.jobs)


def test_every_part_of_the_identity_changes_it(monkeypatch):
    base = {"parameters": {"size": 1, "noise": "uniform"}, "inputs": {"style": "a"}, "weights": "w"}
    changed = [
        {**base, "parameters": {"size": 2, "noise": "uniform"}},
        {**base, "parameters": {"size": 1, "noise": "normal"}},
        {**base, "inputs": {"style": "b"}},
        {**base, "weights": "v"},
    ]
    ids = {resolve.job_id(**arguments) for arguments in (base, *changed)}
    monkeypatch.setattr(resolve, "ALGORITHM", resolve.ALGORITHM + 1)
    ids.add(resolve.job_id(**base))
    assert len(ids) == 6


def test_the_identity_of_a_known_job_has_not_moved():
    """A change here makes every stored result look undone: raise ALGORITHM only when results change meaning."""
    found = resolve.job_id({"size": 32, "noise": "uniform"}, {"style": "ab"}, "random:0/he-normal/1")
    assert found == "2bdc79becd0d6c217343f7be16d620b81dc6c3e8218b66e57b34cd271d08790d"


def test_a_weights_file_counts_by_its_content_not_by_its_name():
    first = resolve.job_id({"weights": "a.pth"}, {}, "sha256:1")
    assert first == resolve.job_id({"weights": "b.pth"}, {}, "sha256:1")
    assert first != resolve.job_id({"weights": "a.pth"}, {}, "sha256:2")


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


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("quickstart", "a66f6ece17c44653bd211916060f95a45b26690a597f4ac6e3110d9a4e152f46"),
        ("controls", "f5d9204e9de81ab1ca6c9884047344c77b7c1991197aae9169b34620b80c94d5"),
    ],
)
def test_the_jobs_of_manifests_that_ship_have_not_moved(name, digest):
    """A change here runs again what people have: see ALGORITHM, and the versions of the samples."""
    ids = list(make_plan(load(find(name))).jobs)
    assert hashlib.sha256("\n".join(ids).encode()).hexdigest() == digest


# -- zip, include, exclude, override -----------------------------------------------------------------------------------


@pytest.fixture
def planned(manifest):
    """The plan of the small manifest with other lines in its experiment, ``--set`` given or not."""

    def plan(lines, *fixed):
        text = SMALL[: SMALL.index("    grid:")] + "".join(f"    {line}\n" for line in lines)
        return make_plan(set_defaults(load(manifest(text)), list(fixed)))

    return plan


DEPTH = "zip: {depth: {content_layers: [conv1_1, conv2_1], content_weight: [1, 10]}}"
ONE = "pairs: [[one, left]]"


def test_a_zip_is_one_axis_crossed_with_the_grid(planned):
    plan = planned([ONE, "grid: {init: [noise, content]}", DEPTH, "compare: [depth, init]"])
    assert labels(plan, "init", "content_layers", "content_weight") == [
        ("one x left", "noise", ["conv1_1"], 1.0),
        ("one x left", "noise", ["conv2_1"], 10.0),
        ("one x left", "content", ["conv1_1"], 1.0),
        ("one x left", "content", ["conv2_1"], 10.0),
    ]
    (experiment,) = plan.experiments
    assert experiment.axes == {
        "init": ["noise", "content"],
        "content_layers": [["conv1_1"], ["conv2_1"]],
        "content_weight": [1.0, 10.0],
    }
    assert experiment.zips == {"depth": {"content_layers": [["conv1_1"], ["conv2_1"]], "content_weight": [1.0, 10.0]}}
    assert experiment.compare == ["depth", "init"]


def test_the_order_is_pairs_then_grid_then_zips_then_seeds_then_what_is_included(planned):
    plan = planned(
        ["include: [{size: 40}, {size: 24}]", "repeats: 2", "zip: {z: {evaluations: [1, 2]}}", "grid: {size: [48, 32]}"]
    )
    one = [(size, n, seed) for size in (48, 32) for n in (1, 2) for seed in (0, 1)]
    one += [(40, 3, 0), (40, 3, 1), (24, 3, 0), (24, 3, 1)]
    assert labels(plan, "size", "evaluations", "seed") == [
        (pair, *job) for pair in ("one x left", "one x right") for job in one
    ]


def test_axes_have_their_values_in_the_order_of_their_lists_whatever_is_excluded_and_further_ones_behind(planned):
    plan = planned(
        [
            "grid: {init: [noise, content], size: [48, 32]}",
            "exclude: [{init: noise, size: 48}]",
            "include: [{size: 24, evaluations: 9}]",
            "override: [{when: {init: content, size: 32}, set: {evaluations: 5}}]",
        ]
    )
    assert plan.experiments[0].axes == {
        "init": ["noise", "content"],
        "size": [48, 32, 24],
        "evaluations": [3, 5, 9],
    }


def test_a_value_stands_where_its_list_has_it_if_an_override_brings_it_up_earlier(planned):
    plan = planned(
        [
            "grid: {init: [noise, content], size: [48, 32, 64]}",
            "exclude: [{init: noise, size: 48}]",
            "override: [{when: {init: noise, size: 64}, set: {size: 48}}]",
        ]
    )
    assert [size for _, size in labels(plan, "size")[:5]] == [32, 48, 48, 32, 64]
    assert plan.experiments[0].axes["size"] == [48, 32, 64]


def test_a_value_that_only_an_override_brings_up_stands_behind_those_of_the_list(planned):
    plan = planned(
        ["grid: {init: [content, noise], size: [32, 48]}", "override: [{when: {init: content}, set: {size: 64}}]"]
    )
    assert plan.experiments[0].axes["size"] == [32, 48, 64]


def test_what_has_no_meaning_somewhere_is_no_value_of_an_axis(planned):
    plan = planned(["grid: {init: [content, noise], noise: [uniform, normal]}"])
    assert plan.experiments[0].axes == {"init": ["content", "noise"], "noise": ["uniform", "normal"]}


def test_the_values_of_an_axis_are_named_as_the_jobs_name_them(planned):
    plan = planned(["grid: {content_layers: [conv3, conv1]}", "compare: [content_layers]"])
    assert plan.experiments[0].axes == {"content_layers": [["conv2_1"], ["conv1_1"]]}


def test_a_pair_can_be_excluded_and_have_settings_of_its_own(planned):
    plan = planned(
        [
            "grid: {init: [noise, content]}",
            "exclude: [{style: left, init: noise}]",
            "override: [{when: {style: [right], init: content}, set: {size: 48}}]",
        ]
    )
    assert labels(plan, "init", "size") == [
        ("one x left", "content", 32),
        ("one x right", "noise", 32),
        ("one x right", "content", 48),
    ]


def test_a_rule_that_matches_nothing_is_a_warning(planned):
    plan = planned(
        [
            "grid: {size: [32, 48]}",
            "exclude: [{size: 48}, {size: 48}, {size: 99}, {seed: 0, style: left, init: content}]",
            "override:",
            "- {when: {size: 77}, set: {evaluations: 9}}",
            "- {when: {size: 48}, set: {evaluations: 9}}",
        ]
    )
    assert plan.warnings[:4] == [
        "experiment main: exclude[2] (line 9) matches nothing",
        "experiment main: exclude[3] (line 9) matches nothing",
        "experiment main: override[0] (line 11) matches nothing",
        "experiment main: override[1] (line 12) matches nothing",
    ]


def test_a_rule_that_set_leaves_nothing_to_match_is_no_news(planned):
    plan = planned(["grid: {size: [32, 48]}", "exclude: [{size: 48}]"], "size=32")
    assert [warning for warning in plan.warnings if "matches nothing" in warning] == []


def test_an_override_that_makes_combinations_the_same_makes_one_job_and_a_warning(planned):
    plan = planned(
        [ONE, "grid: {size: [32, 48, 64]}", "override: [{when: {size: [48, 64]}, set: {size: 40}}]"],
    )
    assert labels(plan, "size") == [("one x left", 32), ("one x left", 40)]
    assert plan.warnings[0] == "experiment main: override[0] (line 10) makes combinations the same: 1 job fewer"


def test_settings_without_effect_are_no_fault_of_an_override(planned):
    lines = [ONE, "grid: {init: [noise, content], noise: [uniform, normal]}"]
    plan = planned([*lines, "override: [{when: {init: content}, set: {evaluations: 9}}]"])
    assert len(plan.jobs) == 3
    assert [warning for warning in plan.warnings if "override" in warning] == []


def test_a_wrong_combination_may_be_excluded(planned):
    lines = ["grid: {content_layers: [relu1, conv1_1], backbone: [alexnet, vgg19]}", "defaults: {style_layers: relu1}"]
    rules = ["{backbone: alexnet, content_layers: conv1_1}", "{backbone: vgg19, content_layers: relu1}"]
    plan = planned([*lines, f"exclude: [{', '.join(rules)}]"])
    assert labels(plan, "backbone", "content_layers")[:2] == [
        ("one x left", "alexnet", ["relu1"]),
        ("one x left", "vgg19", ["conv1_1"]),
    ]


FULL = [
    "grid: {init: [noise, content], size: [32, 48]}",
    DEPTH,
    "include: [{init: grey, size: 40, content_weight: 5}]",
    "exclude: [{size: 48, init: noise}]",
    "override: [{when: {init: content}, set: {content_weight: 7}}]",
    "compare: [init, size, depth, content_weight]",
]


@pytest.mark.parametrize(
    ("fixed", "jobs", "axes", "zips", "compare"),
    [
        (["content_weight=3"], 14, ["init", "size", "content_layers"], {"depth": ["content_layers"]}, ["init", "size", "depth"]),
        (["content_weight=3", "content_layers=conv1_1"], 8, ["init", "size"], {}, ["init", "size"]),
        (["size=48"], 6, ["init", "content_layers", "content_weight"], {"depth": ["content_layers", "content_weight"]}, ["init", "depth", "content_weight"]),
        (["init=content"], 10, ["size", "content_layers"], {"depth": ["content_layers", "content_weight"]}, ["size", "depth"]),
    ],
)  # fmt: skip
def test_set_fixes_a_parameter_over_everything(planned, fixed, jobs, axes, zips, compare):
    lines = [line.replace(", content_weight]", "]") if "init=content" in fixed else line for line in FULL]
    plan = planned(lines, *fixed)
    for text in fixed:
        name, _, value = text.partition("=")
        assert {str(job.parameters[name]).strip("[']").removesuffix(".0") for job in plan.jobs.values()} == {value}
    (experiment,) = plan.experiments
    assert (len(plan.jobs), list(experiment.axes), experiment.compare) == (jobs, axes, compare)
    assert {name: list(zipped) for name, zipped in experiment.zips.items()} == zips
