"""``--set``: what it fixes, and the mistakes that it names."""

import pytest

from bench.errors import BenchError
from bench.manifest import load
from bench.manifest.fixing import set_defaults
from bench.plan import make_plan


def test_what_set_gave_is_blamed_on_set(manifest):
    with pytest.raises(BenchError) as caught:
        make_plan(set_defaults(load(manifest()), ["content_layers=conv9_9", "weights=nope.pth"]))
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("--set content_layers: vgg19 has no layer 'conv9_9'")


def test_set_wins_over_defaults_and_grids(manifest):
    loaded = set_defaults(load(manifest()), ["init=content", "style_weight=1e3", "style_layers=[conv1_1, conv2_1]"])
    jobs = list(make_plan(loaded).jobs.values())
    assert {job.parameters["init"] for job in jobs} == {"content"}
    assert {job.parameters["style_weight"] for job in jobs} == {1e3}
    assert jobs[0].parameters["style_layers"] == ["conv1_1", "conv2_1"]


def test_set_names_every_mistake(manifest):
    with pytest.raises(BenchError) as caught:
        set_defaults(load(manifest()), ["size", "=3", "sise=3", "init=nose", "size=1e400"])
    assert str(caught.value).splitlines() == [
        "--set size: expected key=value, such as size=128",
        "--set =3: expected key=value, such as size=128",
        "--set size=1e400: inf: expected a whole number of pixels from 16 to 16384",
        "--set init=nose: 'nose': expected one of noise, content, style, grey, uniform, normal; did you mean noise?",
        "--set sise=3: unknown key 'sise'; did you mean size?",
    ]


def test_set_hints_at_how_a_list_is_written(manifest):
    with pytest.raises(BenchError) as caught:
        set_defaults(
            load(manifest()), ["coarse_sizes=24,28", "content_layers=conv1_1,conv2_1", "betas=.9,.99", "size=1,2"]
        )
    assert str(caught.value).splitlines() == [
        "--set size=1,2: '1,2': expected a whole number of pixels from 16 to 16384",
        "--set coarse_sizes=24,28: '24,28': expected a whole number of pixels from 16 to 16384, or a list of them, "
        "smallest first; did you mean [24,28]?",
        "--set betas=.9,.99: '.9,.99': expected two numbers from 0 to below 1; did you mean [.9,.99]?",
    ]
    with pytest.raises(BenchError) as caught:
        set_defaults(load(manifest()), ["content_layers=conv1_1,conv2_1"])
    assert str(caught.value) == (
        "--set content_layers=conv1_1,conv2_1: 'conv1_1,conv2_1': expected a layer name or a list of them; "
        "did you mean [conv1_1,conv2_1]?"
    )


def test_set_names_what_is_no_yaml_beside_the_rest(manifest):
    with pytest.raises(BenchError) as caught:
        set_defaults(load(manifest()), ["size=[1", "sise=3"])
    assert str(caught.value).splitlines() == [
        "--set size=[1: not valid YAML: expected ',' or ']', but got '<stream end>'",
        "--set sise=3: unknown key 'sise'; did you mean size?",
    ]
