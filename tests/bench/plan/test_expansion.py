"""From axes and rules to combinations: by example, and held to an implementation that is written to be read."""

import hashlib
import itertools

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from bench.manifest import load
from bench.manifest.source import SourceError
from bench.plan import make_plan
from bench.plan.expansion import Axis, Conditions, Override, Space, expand
from bench.plan.resolve import Resolver, job_id, resolve
from bench.tasks import TASKS
from nst import images, weights

RESOLVE = Resolver(TASKS["transfer"])
GRID = (Axis("size", ("size",), ((32,), (48,))), Axis("init", ("init",), (("noise",), ("content",))))


def made(space, *names):
    return [
        tuple(combination.resolved.values[name] for name in names)
        for combination in expand(space, RESOLVE)
        if not combination.excluded
    ]


def test_axes_are_crossed_and_the_last_one_varies_fastest():
    assert made(Space({}, GRID), "size", "init") == [
        (32, "noise"),
        (32, "content"),
        (48, "noise"),
        (48, "content"),
    ]


def test_a_zip_goes_through_its_lists_in_step_and_is_crossed_with_the_rest():
    depth = Axis("depth", ("content_layers", "content_weight"), ((["conv2_2"], 1.0), (["conv4_2"], 10.0)))
    assert made(Space({}, (GRID[0], depth)), "size", "content_layers", "content_weight") == [
        (32, ["conv2_2"], 1.0),
        (32, ["conv4_2"], 10.0),
        (48, ["conv2_2"], 1.0),
        (48, ["conv4_2"], 10.0),
    ]


def test_what_is_like_an_exclude_in_everything_it_says_is_left_out():
    rule = Conditions.of({"size": [48], "init": ["noise"]})
    assert made(Space({}, GRID, exclude={0: rule}), "size", "init") == [
        (32, "noise"),
        (32, "content"),
        (48, "content"),
    ]


def test_any_of_the_values_of_a_condition_will_do():
    assert made(Space({}, GRID, exclude={0: Conditions.of({"size": [16, 48]})}), "size") == [(32,), (32,)]


@pytest.mark.parametrize(
    ("base", "condition"),
    [
        ({"size": 100}, {"size": [1e2]}),
        ({"content_layers": ["conv4_2"]}, {"content_layers": [["conv10"]]}),
        ({"content_layers": ["21"]}, {"content_layers": [["conv10"]]}),
        ({"optimizer": "adam"}, {"learning_rate": [0.02]}),
        ({}, {"recipe": ["cmu-16726"]}),
        ({"coarse_sizes": [16, 24], "coarse_evaluations": [5]}, {"coarse_evaluations": [[5]]}),
        ({"coarse_sizes": [16, 24], "coarse_evaluations": [5]}, {"coarse_evaluations": [[5, 5]]}),
        ({"backbone": "alexnet", "content_layers": ["conv4_2"]}, {"content_layers": [["conv4_2"]]}),
    ],
    ids=str,
)
def test_conditions_are_about_what_a_job_is_like_however_that_came_about_or_is_written(base, condition):
    assert made(Space(base, (), exclude={0: Conditions.of(condition)}), "size") == []


def test_what_has_no_meaning_in_a_combination_has_no_value_there():
    base = {"init": "content", "noise": "uniform"}
    assert made(Space(base, (), exclude={0: Conditions.of({"noise": ["uniform"]})}), "noise") == [(None,)]


def test_what_is_included_comes_last_over_the_defaults_alone_and_is_never_excluded():
    space = Space(
        {"size": 64}, GRID, include=({"init": "grey"},), exclude={0: Conditions.of({"init": ["grey", "noise"]})}
    )
    assert made(space, "size", "init") == [(32, "content"), (48, "content"), (64, "grey")]


def test_what_is_included_has_all_the_seeds():
    seeds = Axis("seed", ("seed",), ((5,), (6,)))
    assert made(Space({}, (GRID[1], seeds), include=({"init": "grey"},), repeats=True), "init", "seed") == [
        ("noise", 5),
        ("noise", 6),
        ("content", 5),
        ("content", 6),
        ("grey", 5),
        ("grey", 6),
    ]


def test_overrides_are_set_one_after_the_other_and_each_sees_what_those_before_it_did():
    rules = {
        0: Override(Conditions.of({"init": ["content"]}), {"size": 100}),
        1: Override(Conditions.of({"size": [100]}), {"evaluations": 7, "init": "grey"}),
        2: Override(Conditions.of({"init": ["content"]}), {"evaluations": 9}),
    }
    assert made(Space({"evaluations": 3}, GRID, override=rules), "size", "init", "evaluations") == [
        (32, "noise", 3),
        (100, "grey", 7),
        (48, "noise", 3),
        (100, "grey", 7),
    ]


def test_overrides_are_for_what_is_included_too():
    rule = Override(Conditions.of({"size": [64]}), {"evaluations": 7})
    space = Space({}, (), include=({"size": 64, "evaluations": 5},), override={0: rule})
    assert made(space, "size", "evaluations")[1:] == [(64, 7)]


def test_a_combination_that_would_be_wrong_may_be_excluded_or_mended():
    axes = (Axis("content_layers", ("content_layers",), ((["conv9_9"],), (["conv1_1"],))),)
    excluded = Space({}, axes, exclude={0: Conditions.of({"content_layers": [["conv9_9"]]})})
    assert [c.resolved.wrong for c in expand(excluded, RESOLVE) if not c.excluded] == [()]
    mended = Override(Conditions.of({"content_layers": [["conv9_9"]]}), {"content_layers": ["conv2_1"]})
    assert [c.resolved.wrong for c in expand(Space({}, axes, override={0: mended}), RESOLVE)] == [(), ()]


def test_rules_about_pictures_are_for_the_pairs_that_have_them():
    space = Space({}, GRID, exclude={0: Conditions.of({"content": ["cat"], "size": [48]})})
    assert len(made(space.for_pair({"content": "cat", "style": "waves"}), "size")) == 2
    assert len(made(space.for_pair({"content": "town", "style": "waves"}), "size")) == 4


# -- a whole manifest, held to another way of doing it ---------------------------------------------------

#: Values that go with one another in every combination, as people may write them.
POOL = {
    "init": ["noise", "content", "style", "grey"],
    "size": [32, 48, 6.4e1],
    "style_weight": [1, 1e3, 1e6],
    "content_layers": ["conv1_1", [0], ["relu1_1", "conv3"], ["conv2_1"]],
    "optimizer": ["lbfgs", "adam"],
    "tv_weight": [0, 0.5],
    "history": [5, 10],
    "noise": ["uniform", "normal"],
    "coarse_sizes": [[], 16, [16, 24]],
    "evaluations": [2, 3],
    "seed": [0, 7],
    "averaging": [0, 0.5],
}  # fmt: skip

some = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in POOL.items()})


#: Parameters whose values are lists: a list of lists is one of several, where a list is one value.
LISTED = ("content_layers", "coarse_sizes")


def lists(names, length):
    return st.fixed_dictionaries(
        {},
        optional={
            name: st.lists(st.sampled_from(POOL[name]), min_size=length, max_size=length, unique_by=str)
            for name in names
        },
    )


@st.composite
def conditions(draw):
    found = draw(some)
    for name in draw(st.sets(st.sampled_from(sorted(POOL)), max_size=2)):
        values = draw(st.lists(st.sampled_from(POOL[name]), min_size=1, max_size=3))
        found[name] = [v if isinstance(v, list) else [v] for v in values] if name in LISTED else values
    for role, labels in (("content", ["one", "two"]), ("style", ["left", "right"])):
        if draw(st.integers(0, 3)) == 0:
            found[role] = draw(st.sampled_from([*labels, labels]))
    return found or {"init": "noise"}


@st.composite
def experiments(draw):
    names = draw(st.permutations(sorted(POOL)))
    repeats = draw(st.sampled_from([1, 1, 2]))
    free = [name for name in names if name != "seed" or repeats == 1]
    entries = [{k: v for k, v in entry.items() if k in free} for entry in draw(st.lists(some, max_size=2))]
    override = [
        {"when": when, "set": {k: v for k, v in change.items() if k in free} or {"evaluations": 4}}
        for when, change in draw(st.lists(st.tuples(conditions(), some), max_size=2))
    ]
    grid = draw(st.integers(1, 2).flatmap(lambda n: lists(free[:2], n)))
    zips = {"first": draw(lists(free[2:4], 2)), "second": draw(lists(free[4:6], 2))}
    return {
        "defaults": draw(some),
        "grid": grid,
        "zip": {name: zipped for name, zipped in zips.items() if zipped},
        "include": entries,
        "exclude": draw(st.lists(conditions(), max_size=2)),
        "override": override,
        "repeats": repeats,
    }


def plain(name, value):
    """A value in its one form."""
    if name in LISTED:
        return [str(v) if name == "content_layers" else v for v in (value if isinstance(value, list) else [value])]
    if name in ("style_weight", "tv_weight", "averaging"):
        return float(value)
    return int(value) if name == "size" else value


def full(chosen):
    return resolve(TASKS["transfer"], {name: plain(name, value) for name, value in chosen.items()})


def any_of(name, value):
    several = isinstance(value, list) and (name not in LISTED or any(isinstance(v, list) for v in value))
    return [plain(name, v) for v in (value if several else [value])]


def like(rule, values, labels):
    for name, value in rule.items():
        if name in labels:
            fits = labels[name] == value or labels[name] in value
        elif name == "content_layers":
            fits = values[name] in [full({name: layers})[name] for layers in any_of(name, value)]
        else:
            fits = values[name] in any_of(name, value)
        if not fits:
            return False
    return True


def reference(experiment):
    """Dicts and loops, one pair and one combination after the other, each resolved from nothing."""
    base = {**DEFAULTS, **experiment["defaults"]}
    axes = [[{name: value} for value in values] for name, values in experiment["grid"].items()]
    for zipped in experiment["zip"].values():
        axes.append([dict(zip(zipped, step, strict=True)) for step in zip(*zipped.values(), strict=True)])
    seeds = [{}]
    if experiment["repeats"] > 1:
        seeds = [{"seed": base.get("seed", 0) + n} for n in range(experiment["repeats"])]
    for content, style in itertools.product(("one", "two"), ("left", "right")):
        labels = {"content": content, "style": style}
        product = [base]
        for axis in [*axes, seeds]:
            product = [{**chosen, **step} for chosen in product for step in axis]
        product = [c for c in product if not any(like(rule, full(c), labels) for rule in experiment["exclude"])]
        product += [{**base, **entry, **seed} for entry in experiment["include"] for seed in seeds]
        for chosen in product:
            for rule in experiment["override"]:
                if like(rule["when"], full(chosen), labels):
                    chosen = {**chosen, **rule["set"]}
            yield labels, full(chosen)


DEFAULTS = {"weights": "random:0", "width": 0.0625, "style_layers": ["conv1_1"]}
#: All that can be wrong with what is generated here.
POINTLESS = ("come to the same here", "every combination is excluded: nothing is left to run")


def planned(path):
    try:
        return make_plan(load(path)), []
    except SourceError as error:
        return None, error.problems


@given(experiment=experiments())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_jobs_are_those_that_the_reference_makes_in_its_order(folder, experiment):
    pictures = {label: (folder / f"{label}.png").read_bytes() for label in ("one", "left", "right")}
    pictures["two"] = images.encode_png(np.zeros((40, 48, 3), np.uint8))
    (folder / "two.png").write_bytes(pictures["two"])
    manifest = {
        "name": "any",
        "images": {
            "contents": {"one": "one.png", "two": "two.png"},
            "styles": {"left": "left.png", "right": "right.png"},
        },
        "defaults": DEFAULTS,
        "experiments": {"main": experiment},
    }
    (folder / "any.yaml").write_text(yaml.safe_dump(manifest, sort_keys=False))
    plan, problems = planned(folder / "any.yaml")
    assert [problem for problem in problems if not any(reason in problem.message for reason in POINTLESS)] == []
    if plan is None:
        event("pointless")
        return
    event(f"{len(plan.jobs).bit_length()} bits of jobs")
    expected = {}
    for labels, values in reference(experiment):
        hashes = {role: hashlib.sha256(pictures[label]).hexdigest() for role, label in labels.items()}
        expected.setdefault(job_id(values, hashes, weights.identity("vgg19", "random:0")), values)
    assert plan.experiments[0].jobs == list(plan.jobs) == list(expected)
    assert [job.parameters for job in plan.jobs.values()] == list(expected.values())
