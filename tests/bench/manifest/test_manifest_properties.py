"""Whatever stands in a manifest: a plan or a message with a place, never a traceback."""

import copy
import re
from contextlib import suppress

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.errors import BenchError
from bench.manifest import load
from bench.plan import make_plan
from nst import images

BASE = {
    "name": "any",
    "title": "Any",
    "intro": "*Any* text.",
    "accent": "#07a",
    "open": {"size": 256},
    "images": {
        "contents": {"one": "one.png"},
        "styles": {
            "left": "left.png",
            "right": "right.png",
            "mixed": {"mix": {"left": 0.7, "right": 0.3}},
            "parted": {
                "regions": [
                    {"style": "mixed", "mask": "mask:left", "weight": 2},
                    {"style": "right", "mask": "half.png", "style_mask": "mask:top"},
                ]
            },
            "again": {"mix": {"mixed": 1, "left": 1}},
        },
    },
    "defaults": {
        "weights": "random", "size": 32, "style_layers": ["conv1_1", "relu2_1"], "noise_centre": "mean", "restarts": 1,
        "style_upscale": False, "colours": "moments", "betas": [0.9, 0.99],
    },
    "experiments": {
        "main": {
            "task": "transfer",
            "pairs": {"contents": "all", "styles": ["left", "parted"]},
            "grid": {
                "init": ["noise", "content"], "style_weight": [1.0, 2.0], "content_layers": [["conv1_1"], ["21"]],
                "coarse_sizes": [[], [16, 24]],
            },
            "zip": {
                "depth": {"style_layers": [["conv1_1", "relu2_1"], "conv1_2"], "tv_weight": [0, 1.5]},
                "pace": {"evaluations": [2, 3], "history": [5, 10]},
            },
            "include": [{"size": 40, "init": "grey"}, {"style_layers": [3, "conv1_1"]}],
            "exclude": [{"init": "content", "style": ["parted"]}, {"content_layers": [["conv1_1"], [21]], "size": 99}],
            "override": [
                {"when": {"init": ["noise", "grey"], "content": "one"}, "set": {"noise": "normal", "restarts": 2}},
                {"when": {"tv_weight": 1.5}, "set": {"tv": "nine-point"}},
            ],
            "repeats": 2,
            "compare": ["init", "depth"],
            "open": {"noise": "uniform", "steps": 300, "sizes": [32, 64]},
            "findings": [
                {
                    "question": "Does the start change how long it takes?", "document": "cmu-16726-b",
                    "said": "335 s from noise, 337 s from the content",
                    "expect": {
                        "figure": "seconds", "along": "init", "from": "noise", "to": "content", "change": "same",
                        "within": "10%", "where": {"size": 32, "style": "left"},
                    },
                },
                {
                    "question": "Do deep layers keep less?", "document": "cmu-16726", "said": "much less", "learned": True,
                    "expect": {
                        "figure": "structure", "along": "depth", "to": {"tv_weight": 1.5}, "change": "lower",
                    },
                },
                {
                    "question": "Are the first reconstructions nearly perfect?", "document": "cmu-16726", "said": "yes",
                    "expect": {"figure": "structure", "where": {"content_layers": ["conv1_1"]}, "at_least": 0.9},
                },
                {
                    "question": "Is it faster?", "document": "naas-adam", "said": "yes",
                    "expect": {"figure": "terms.style.conv1_1", "than": "listed", "change": "higher"},
                },
            ],
        },
        "listed": {
            "pairs": [["one", "left"], ["one", "again"]],
            "defaults": {"recipe": "naas-adam", "style_layer_weights": [1, 2], "coarse_evaluations": [3]},
        },
    },
}  # fmt: skip

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(
        ["all", "random", "imagenet", "sample:cat", "sample:", "one.png", "../x", "{{7*7}}", "sum", "mixed", "again",
         "parted", "depth", "init", {"size": 32}, {"when": {"size": 32}, "set": {"seed": 1}}, [[]], {}, [{}], "mask:disc", "mask:", "half.png", "mean", [16, 24], [24, 16], {"mix": {"left": 1}}, {"regions": []}]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


#: A mask.
HALF = images.encode_png(np.array([[[255] * 3, [0] * 3]], dtype=np.uint8))


def test_without_junk_it_is_a_plan(folder):
    (folder / "half.png").write_bytes(HALF)
    (folder / "any.yaml").write_text(yaml.safe_dump(BASE))
    assert len(make_plan(load(folder / "any.yaml")).jobs) == (2 * 2**6 - 2**5 + 2 * 2) * 2 + 2


def places(node, path=()):
    """Every place in a nested structure."""
    yield path
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, child in steps:
        yield from places(child, (*path, step))


def replaced(node, path, junk):
    if not path:
        return junk
    changed = copy.copy(node)
    changed[path[0]] = replaced(node[path[0]], path[1:], junk)
    return changed


@given(wheres=st.lists(st.sampled_from([p for p in places(BASE) if p]), min_size=1, max_size=4), data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_junk_anywhere_gives_a_plan_or_a_message_whose_every_line_has_a_place(folder, wheres, data):
    (folder / "half.png").write_bytes(HALF)
    path = folder / "any.yaml"
    changed = BASE
    for where in wheres:
        with suppress(KeyError, IndexError, TypeError):  # it was in what the junk before it replaced
            changed = replaced(changed, where, data.draw(JUNK))
    path.write_text(yaml.safe_dump(changed, allow_unicode=True), encoding="utf-8")
    try:
        plan = make_plan(load(path))
    except BenchError as error:
        lines = str(error).splitlines()
        assert lines
        for line in lines:
            assert re.match(rf"{re.escape(str(path))}:[0-9]+:[0-9]+: .|    [0-9]+ \| ", line), line
    else:
        assert all(len(job_id) == 64 for job_id in plan.jobs)


@given(text=st.text(max_size=200))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_refused_in_words(folder, text):
    path = folder / "any.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    with pytest.raises(BenchError):
        make_plan(load(path))
