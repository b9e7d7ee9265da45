"""Findings of a manifest against the jobs they are asked of."""

import pytest

from bench.errors import BenchError
from bench.manifest import load
from bench.manifest.fixing import set_defaults
from bench.plan import make_plan

HEAD = """\
name: small
images:
  contents: {one: one.png}
  styles: {left: left.png, right: right.png}
defaults: {weights: random, width: 0.0625, size: 32, evaluations: 3}
experiments:
  main:
    grid: {init: [noise, content, grey], content_layers: [conv1, conv3]}
    zip:
      depth: {style_weight: [1, 2, 2], tv_weight: [0, 0, 1]}
"""
OTHER = """\
  other:
    grid: {init: [noise, content]}
"""


def finding(expect, more=""):
    return f"      - {{question: 'Does it?', document: cmu-16726-b, said: it does{more}, expect: {{{expect}}}}}\n"


def manifest_of(*expects):
    return f"{HEAD}    findings:\n{''.join(map(finding, expects))}{OTHER}"


@pytest.fixture
def asked(manifest):
    """The finding that a manifest with this expectation plans, and its plan."""

    def plan(expect):
        plan = make_plan(load(manifest(manifest_of(expect))))
        return plan.experiments[0].findings[0], plan

    return plan


@pytest.fixture
def complaints(manifest, folder):
    def read(text):
        with pytest.raises(BenchError) as caught:
            make_plan(load(manifest(text)))
        lines = str(caught.value).replace(f"{folder}/", "").splitlines()
        return [line for line in lines if not line.startswith("    ")]

    return read


def test_an_axis_goes_from_its_first_value_to_its_last_unless_told_otherwise(asked):
    found, _ = asked("figure: seconds, along: init, change: lower")
    assert (found.along, found.start, found.end) == ("init", {"init": "noise"}, {"init": "grey"})
    found, _ = asked("figure: seconds, along: init, from: content, to: noise, change: lower")
    assert (found.start, found.end) == ({"init": "content"}, {"init": "noise"})


def test_its_values_may_be_written_as_anywhere_in_a_manifest(asked):
    found, _ = asked("figure: structure, along: content_layers, from: conv3, to: [conv1_1], change: higher")
    assert (found.start, found.end) == ({"content_layers": ["conv2_1"]}, {"content_layers": ["conv1_1"]})


def test_a_step_of_a_zip_is_told_by_as_many_of_its_parameters_as_it_takes(asked):
    found, _ = asked("figure: seconds, along: depth, from: {style_weight: 2, tv_weight: 0}, change: same, within: 5%")
    assert found.start == {"style_weight": 2.0, "tv_weight": 0.0}
    assert found.end == {"style_weight": 2.0, "tv_weight": 1.0}
    assert found.within == 0.05


def test_where_names_the_jobs_that_count(asked):
    found, plan = asked("figure: structure, where: {init: [noise, grey], style: left}, at_least: 0.9")
    assert found.where == {"init": ["noise", "grey"], "style": ["left"]}
    assert found.jobs == [
        id
        for id, job in plan.jobs.items()
        if job.parameters["init"] in ("noise", "grey") and job.label == "one x left" and id in plan.experiments[0].jobs
    ]
    assert len(found.jobs) == 2 * 2 * 3


def test_where_counts_in_both_of_two_experiments(asked):
    found, plan = asked("figure: structure, where: {init: content}, than: other, change: higher")
    assert found.than_jobs == [id for id in plan.experiments[1].jobs if plan.jobs[id].parameters["init"] == "content"]
    assert len(found.jobs) == 2 * 2 * 3


def test_the_plan_knows_what_the_document_s_weights_had_learned(manifest):
    text = manifest_of("figure: seconds, at_most: 3").replace("said: it does", "learned: true, said: it does")
    (found,) = make_plan(load(manifest(text))).experiments[0].findings
    assert (found.trained, found.learned) == (True, True)
    for own in ("untrained", "compact"):
        (found,) = make_plan(load(manifest(text.replace("cmu-16726-b", own)))).experiments[0].findings
        assert found.trained is False


def test_what_is_left_open_is_text_in_the_plan(manifest):
    text = manifest_of("figure: seconds, at_most: 3").replace(
        "experiments:", "open: {noise: uniform, evaluations: [300, 1e6], clamp: false}\nexperiments:"
    )
    plan = make_plan(load(manifest(text.replace("  other:\n", "  other:\n    open: {learning rate: 0.02}\n"))))
    assert plan.loaded.manifest.open == {"noise": "uniform", "evaluations": "300, 1000000", "clamp": "false"}
    assert [experiment.open for experiment in plan.experiments] == [{}, {"learning rate": "0.02"}]


def test_every_mistake_is_told_at_once_with_its_place(complaints):
    figures = (
        "seconds, seconds_per_evaluation, seconds_to_loss, final_loss, saved_loss, start_loss, structure, style_distance, "
        "colour_distance, colourfulness, agreement, out_of_gamut, attempts, bad, updates, flicker, "
        "seconds_per_frame, memory, terms.<name>, numbers.<name>, pull.<name>"
    )
    forms = "along (pairs of runs), than (another experiment), or at_least and at_most (every run)"
    axes = "init, content_layers, style_weight, tv_weight, depth"
    assert complaints(
        manifest_of(
            "figure: secnds, along: init, change: lower",
            "figure: seconds, along: inti, change: lower",
            "figure: seconds, along: size, change: lower",
            "figure: seconds, along: init, from: style, change: lower",
            "figure: seconds, along: init, to: gray, change: lower",
            "figure: seconds, along: depth, from: 1, change: lower",
            "figure: seconds, along: depth, from: {style_weight: 2}, change: lower",
            "figure: seconds, along: init, from: grey, change: lower",
            "figure: seconds, where: {size: 64}, at_most: 3",
            "figure: seconds, where: {style: lefft}, at_most: 3",
            "figure: seconds, where: {content_layers: conv9_9}, at_most: 3",
            "figure: seconds, than: ohter, change: lower",
            "figure: seconds, than: main, change: lower",
            "figure: seconds, along: init, change: lower, at_most: 3",
            "figure: seconds, along: init, change: same, within: 10%, by: 5%",
            "figure: seconds_to_loss, at_most: 3",
        )
    ) == [
        f"small.yaml:12:87: experiments.main.findings[0].expect.figure: 'secnds': expected one of {figures}; "
        "did you mean seconds?",
        f"small.yaml:13:103: experiments.main.findings[1].expect.along: 'inti' is no parameter and no zip: expected one "
        f"of {axes}; did you mean init?",
        "small.yaml:14:103: experiments.main.findings[2].expect.along: size has one value only, so there is nothing to "
        f"pair: expected one of {axes}",
        "small.yaml:15:115: experiments.main.findings[3].expect.from: style is no value of init: expected one of noise, "
        "content, grey",
        "small.yaml:16:113: experiments.main.findings[4].expect.to: 'gray': expected one of noise, content, style, grey, "
        "uniform, normal; did you mean grey?",
        "small.yaml:17:116: experiments.main.findings[5].expect.from: 1: expected values of what depth zips: "
        "style_weight, tv_weight",
        "small.yaml:18:116: experiments.main.findings[6].expect.from: 2 may be any of 2 / 0, 2 / 1: say which",
        "small.yaml:19:115: experiments.main.findings[7].expect.from: from and to are both grey: nothing changes",
        "small.yaml:20:103: experiments.main.findings[8].expect.where: no job of main is like this: nothing is left to "
        "ask",
        "small.yaml:21:111: experiments.main.findings[9].expect.where.style: 'lefft' is not under images.styles: expected "
        "one of left, right; did you mean left?",
        "small.yaml:22:120: experiments.main.findings[10].expect.where.content_layers: vgg19 has no layer 'conv9_9': "
        "expected conv1_1 to conv5_4 (or relu...), conv1 to conv16, or a torchvision index of a convolution or ReLU "
        "below 36; did you mean conv5_4?",
        "small.yaml:23:102: experiments.main.findings[11].expect.than: 'ohter' is no experiment: expected one of other; "
        "did you mean other?",
        "small.yaml:24:102: experiments.main.findings[12].expect.than: 'main' is this experiment: expected another",
        f"small.yaml:25:78: experiments.main.findings[13].expect: along and at_most are of different forms: expected one "
        f"of {forms}",
        "small.yaml:26:78: experiments.main.findings[14].expect: by goes with change: lower or higher, not with change: "
        "same",
        "small.yaml:27:78: experiments.main.findings[15].expect: seconds_to_loss is a figure of two runs: expected along, "
        "which makes pairs of them",
    ]


def test_how_much_a_change_must_be_and_what_is_always_so_are_kept(asked):
    changed, _ = asked("figure: structure, along: init, change: lower, by: 5%")
    bounded, _ = asked("figure: bad, at_most: 0, always: true")
    assert (changed.by, changed.always, bounded.by, bounded.always) == (0.05, False, None, True)


def test_what_set_leaves_nothing_to_ask_of_is_warned_of_and_left_out(manifest):
    text = manifest_of(
        "figure: seconds, along: init, change: lower",
        "figure: seconds, where: {init: [content, grey]}, at_most: 3",
        "figure: seconds, along: content_layers, change: lower",
    )
    plan = make_plan(set_defaults(load(manifest(text)), ["init=noise"]))
    assert [one.along for one in plan.experiments[0].findings] == ["content_layers"]
    assert [warning for warning in plan.warnings if "findings" in warning] == [
        "experiment main: findings[0] (line 12) is not asked, as --set fixes init",
        "experiment main: findings[1] (line 13) is not asked, as --set fixes init",
    ]


def test_a_mistake_elsewhere_does_not_make_mistakes_of_findings(complaints):
    text = manifest_of("figure: seconds, along: init, to: grey, change: lower").replace("content, grey]", "contentt]")
    assert [line.split(": ")[1] for line in complaints(text)] == ["experiments.main.grid.init[1]"]


def test_what_set_takes_out_of_a_zip_is_nothing_to_ask_by(manifest):
    text = manifest_of("figure: seconds, along: depth, from: {style_weight: 1}, to: {tv_weight: 1}, change: lower")
    plan = make_plan(set_defaults(load(manifest(text)), ["style_weight=5"]))
    assert plan.experiments[0].findings == []
    assert [warning for warning in plan.warnings if "findings" in warning] == [
        "experiment main: findings[0] (line 12) is not asked, as --set fixes style_weight"
    ]


def test_a_picture_that_does_not_fit_makes_no_mistake_of_a_finding(complaints):
    text = manifest_of("figure: seconds, along: style_scale, from: 0.1, to: 1, change: lower")
    text = text.replace("[conv1, conv3]", "[conv1, conv16], style_scale: [0.1, 1]")
    assert {line.split(": ")[1] for line in complaints(text)} == {"experiments.main.grid.style_scale[0]"}


def test_a_picture_that_is_not_there_makes_no_mistake_of_a_finding(complaints):
    text = manifest_of("figure: seconds, where: {content: one}, at_most: 3").replace("one: one.png", "one: none.png")
    assert {line.split(": ")[1] for line in complaints(text)} == {"images.contents.one"}


def test_bounds_that_no_figure_keeps_are_a_mistake(complaints):
    assert complaints(manifest_of("figure: structure, at_least: 0.9, at_most: 0.5")) == [
        "small.yaml:12:78: experiments.main.findings[0].expect: at_least: 0.9 is above at_most: 0.5: no figure is both"
    ]


def test_a_figure_that_no_job_can_have_is_told(complaints):
    assert complaints(
        manifest_of(
            "figure: pull.style.conv1_1, at_most: 0.5",
            "figure: terms.content.conv9_9, at_most: 1",
            "figure: numbers.seam, at_most: 1",
            "figure: agreement, at_least: 0.5",
            "figure: terms.content.conv1_1, where: {content_layers: conv3}, at_most: 1",
        )
    ) == [
        "small.yaml:12:87: experiments.main.findings[0].expect.figure: pull.style.conv1_1: no job of main has it: "
        "balance is false",
        "small.yaml:13:87: experiments.main.findings[1].expect.figure: terms.content.conv9_9: no job of main has it: "
        "there are content.conv1_1, style.conv1_1, style.conv1_2, style.conv2_1, style.conv2_2, style.conv3_1",
        "small.yaml:14:87: experiments.main.findings[2].expect.figure: numbers.seam: no job of main has it: there is "
        "none",
        "small.yaml:15:87: experiments.main.findings[3].expect.figure: agreement: no job of main has it: it takes runs "
        "from noise that differ in the seed alone: set repeats",
        "small.yaml:16:87: experiments.main.findings[4].expect.figure: terms.content.conv1_1: no job that this is asked "
        "of has it: there are content.conv2_1, style.conv1_1, style.conv1_2, style.conv2_1, style.conv2_2, "
        "style.conv3_1",
    ]


def test_one_job_that_may_have_it_is_enough(asked):
    assert asked("figure: terms.content.conv1_1, at_most: 1")[0].figure == "terms.content.conv1_1"
    assert asked("figure: terms.tv, where: {tv_weight: 1}, at_most: 1")[0].figure == "terms.tv"


FEATURES = """\
name: small
images: {contents: {one: one.png}}
defaults: {weights: random, width: 0.0625, size: 32}
experiments:
  main:
    task: features
    defaults: {feature_layers: [conv1_1]}
    findings:
"""


@pytest.mark.parametrize(
    ("figure", "why"),
    [
        ("final_loss", "task features optimises nothing"),
        ("bad", "task features optimises nothing"),
        ("terms.tv", "task features optimises nothing"),
        ("structure", "the picture of task features is held against no content"),
        ("colourfulness", "the picture of task features is not assessed"),
        ("numbers.positive.conv2_1", "there are positive.conv1_1, largest.conv1_1"),
        ("flicker", "task features has no flicker"),
        ("seconds_per_frame", "task features has no seconds_per_frame"),
    ],
)
def test_a_task_has_the_figures_of_what_it_does(complaints, figure, why):
    (told,) = complaints(FEATURES + finding(f"figure: {figure}, at_most: 1"))
    assert told.split(": ", 2)[1:] == [
        "experiments.main.findings[0].expect.figure", f"{figure}: no job of main has it: {why}"
    ]  # fmt: skip


def test_a_figure_is_not_asked_where_what_decides_it_is_fixed(manifest):
    text = manifest_of("figure: pull.style.conv1_1, at_most: 0.5").replace("size: 32", "size: 32, balance: true")
    assert make_plan(load(manifest(text))).experiments[0].findings[0].figure == "pull.style.conv1_1"
    plan = make_plan(set_defaults(load(manifest(text)), ["balance=false"]))
    assert plan.experiments[0].findings == []
    assert [warning for warning in plan.warnings if "findings" in warning] == [
        "experiment main: findings[0] (line 12) is not asked, as --set fixes balance"
    ]
