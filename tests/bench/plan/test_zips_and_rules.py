"""Which jobs and axes come of ``zip``, ``include``, ``exclude`` and ``override``, and of ``--set`` over them."""

import pytest

from bench.manifest import load
from bench.manifest.fixing import set_defaults
from bench.plan import make_plan
from tests.bench.plan.labels import labels
from tests.bench.small import SMALL


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
