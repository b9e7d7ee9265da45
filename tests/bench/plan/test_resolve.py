"""Many combinations resolved at once are what each would be by itself, to the byte."""

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.plan.resolve import ADDED, ALGORITHM, Resolver, closing, job_id, opening, resolve
from bench.tasks import TASKS
from nst.recipes import RECIPES
from nst.resolution import PASSED_ON, PASSED_ON_BUT_ZERO, SettingsError, settle
from nst.settings import FIELDS

#: Checked values of every setting, as manifests bring them here.
VALUES = {
    "recipe": list(RECIPES),
    "backbone": ["vgg19", "vgg16", "alexnet", "squeezenet1_0"],
    "weights": ["imagenet", "packaged", "random:0", "a.pth"],
    "width": [1.0, 0.25],
    "pooling": ["max", "average", "average-rescaled"],
    "padding": ["zero", "replicate"],
    "pixels": ["imagenet", "caffe"],
    "precision": ["float32", "float64"],
    "size": [32, 64, 300],
    "size_rule": ["stretch", "long"],
    "resampling": ["bicubic", "box"],
    "style_fit": ["rule", "content"],
    "style_scale": [1.0, 0.5],
    "style_upscale": [True, False],
    "colours": ["style", "luminance"],
    "coarse_sizes": [[], [16], [16, 24], [400]],
    "coarse_evaluations": [[], [5], [5, 6]],
    "init": ["noise", "content", "style", "grey"],
    "noise": ["uniform", "normal"],
    "noise_centre": ["mean", "style", 0.5],
    "noise_spread": [0.0, 0.5],
    "seed": [0, 7],
    "restarts": [0, 3],
    "content_layers": [["conv4_2"], ["conv10"], ["relu1"], ["nonsense"]],
    "content_weight": [0.0, 2.0],
    "content_reduction": ["mean", "sum"],
    "style_layers": [["conv1_1", "conv2_1"], ["0", "5"], ["relu1"]],
    "style_weight": [0.0, 1e30],
    "style_layer_weights": ["sum", [1.0, 2.0], [3.0]],
    "style_statistic": ["gram", "wasserstein"],
    "gram_divisor": ["none", "elements"],
    "style_reduction": ["mean", "quarter"],
    "tv_weight": [0.0, 0.5, 1e-7],
    "tv": ["mean-squares", "nine-point"],
    "gamut_weight": [0.0, 20.0],
    "optimizer": ["lbfgs", "adam"],
    "learning_rate": [1.0, 1e-3],
    "pixel_range": [1.0, 255.0],
    "evaluations": [1, 300],
    "history": [5, 100],
    "line_search": ["none", "strong-wolfe"],
    "curvature_gate": ["relative", "torch"],
    "max_change": [0.0, 0.1],
    "betas": [[0.9, 0.99], [0.0, 0.5]],
    "averaging": [0.0, 0.5, 0.9],
    "clamp": ["never", "update"],
    "balance": [False, True],
    "feature_layers": [["conv1_1"], ["conv3", "relu3_1"], ["nonsense"]],
    "feature_filters": [1, 5],
    "blend": ["none", "paste", "poisson", "mixed"],
    "blend_offset": [[0, 0], [-3, 5]],
    "blend_seam": ["source", "flat"],
    "frames": ["independent", "warm"],
    "temporal_weight": [0.0, 1e3],
    "frame_batch": [1, 4],
    "video_format": ["mp4", "webm"],
    "video_size": ["source", "result"],
}  # fmt: skip
chosen = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in VALUES.items()})
tasks = st.sampled_from(list(TASKS.values()))


def test_the_values_here_are_of_every_setting():
    assert list(VALUES) == ["recipe", *FIELDS]
    assert [name for name, values in VALUES.items() if len(values) < 2] == []


def alone(task, one):
    try:
        return resolve(task, one), []
    except SettingsError as error:
        return {}, error.messages


@given(task=tasks, many=st.lists(chosen, min_size=1, max_size=12))
@settings(max_examples=150, deadline=None)
def test_a_resolver_gives_what_each_combination_would_be_by_itself(task, many):
    resolver = Resolver(task)
    # Every combination again with other values of what nothing depends on: these come from what is remembered.
    for one in [
        *many,
        *({k: VALUES[k][-1] if k in PASSED_ON | PASSED_ON_BUT_ZERO else v for k, v in o.items()} for o in many),
    ]:
        found = resolver(one)
        values, wrong = alone(task, one)
        assert list(found.wrong) == wrong
        if not wrong:
            assert found.values == values
            assert list(found.values) == ["task", "recipe", *FIELDS]
            inputs = {"content": "ab", "style": "cd"}
            assert (
                opening(inputs) + closing(found.written, "w")
                == json.dumps(
                    {
                        "algorithm": ALGORITHM,
                        "inputs": inputs,
                        "parameters": {
                            k: v
                            for k, v in found.values.items()
                            if k != "weights" and not (k in ADDED and v in (None, ADDED[k]))
                        },
                        "weights": "w",
                    },
                    sort_keys=True,
                    separators=(",", ":"),
                ).encode()
            )


@pytest.mark.parametrize(
    "value", [1e-7, 1e22, 0.1 + 0.2, 2**32 - 1, 'é"\\\n', [0.5, 1e30], [], None, True, False, ["ü"]]
)
def test_an_identity_is_over_json_whatever_the_values(value):
    told = {"algorithm": ALGORITHM, "inputs": {"style": "é"}, "parameters": {"x": value}, "weights": "w"}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), allow_nan=False)
    assert opening({"style": "é"}) + closing(json.dumps({"x": value}, separators=(",", ":")), "w") == text.encode()
    assert job_id({"x": value, "weights": "p"}, {"style": "é"}, "w") == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("name", ADDED)
def test_what_came_later_leaves_jobs_that_do_without_it_what_they_were(name):
    plain, idle, without, asked = (
        job_id({"size": 32, **parameters}, {}, "w")
        for parameters in ({}, {name: None}, {name: ADDED[name]}, {name: VALUES[name][-1]})
    )
    assert plain == idle == without != asked
    assert ADDED[name] is None or name not in PASSED_ON | PASSED_ON_BUT_ZERO


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_cannot_hold_has_no_identity(value):
    with pytest.raises(ValueError, match="Out of range float values are not JSON compliant"):
        job_id({"x": value}, {}, "w")


@given(task=tasks, others=chosen, name=st.sampled_from(sorted(PASSED_ON)), data=st.data())
@settings(max_examples=150, deadline=None)
def test_nothing_depends_on_a_setting_that_is_passed_on(task, others, name, data):
    one, two = (settle({**others, name: data.draw(st.sampled_from(VALUES[name]))}, task.groups) for _ in range(2))
    assert {**one.values, name: None} == {**two.values, name: None}
    assert (one.recipe, one.wrong) == (two.recipe, two.wrong)


@pytest.mark.parametrize("name", sorted(PASSED_ON_BUT_ZERO))
@given(task=tasks, others=chosen)
@settings(max_examples=60, deadline=None)
def test_nor_on_how_much_it_is_where_only_zero_counts(name, task, others):
    one, two = (settle({**others, name: value}, task.groups) for value in VALUES[name][1:])
    assert {**one.values, name: None} == {**two.values, name: None}
    assert one.wrong == two.wrong
