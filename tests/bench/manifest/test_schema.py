"""The JSON Schema, held to the loader by an independent validator."""

import copy
from contextlib import suppress

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from bench.errors import BenchError
from bench.manifest import find, load, shipped
from bench.manifest.schema import Experiment, Manifest, Override
from bench.manifest.source import parse
from tests.bench.manifest.test_manifest_properties import BASE, JUNK, places, replaced

SCHEMA = Manifest.model_json_schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def test_it_is_a_schema_of_draft_7():
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", shipped())
def test_manifests_that_ship_are_accepted(name):
    path = find(name)
    assert list(VALIDATOR.iter_errors(parse(path.read_text(encoding="utf-8"), name).data)) == []


def test_a_manifest_that_holds_everything_is_accepted():
    assert list(VALIDATOR.iter_errors(BASE)) == []
    assert set(BASE["experiments"]["main"]) | {"defaults"} == set(Experiment.model_fields)


def test_every_key_is_explained_to_who_writes_one():
    models = {"Manifest": SCHEMA, **SCHEMA["$defs"]}
    shown = [(name, key, value) for name, model in models.items() for key, value in model["properties"].items()]
    assert [(name, key) for name, key, value in shown if len(value.get("description", "")) < 10] == []
    assert set(SCHEMA["$defs"]["Override"]["properties"]) == set(Override.model_fields)
    assert SCHEMA["$defs"]["Conditions"]["properties"]["init"]["anyOf"][0]["enum"][:2] == ["noise", "content"]


@pytest.mark.parametrize("name", ["../x", "a b", "", ".hidden", "x" * 65, 5])
def test_a_name_that_is_no_folder_s_is_refused(name):
    assert [list(error.path) for error in VALIDATOR.iter_errors({**BASE, "name": name})] == [["name"]]


def refused(folder, experiment):
    """Whether the schema and the loader refuse a manifest with this experiment."""
    manifest = {**BASE, "experiments": {"main": experiment}}
    (folder / "any.yaml").write_text(yaml.safe_dump(manifest))
    return bool(list(VALIDATOR.iter_errors(manifest))), bool(load(folder / "any.yaml").problems)


@pytest.mark.parametrize(
    "experiment",
    [
        {"zip": {"depth": {"size": [32, 48], "evaluations": 3}}},
        {"zip": {"depth": {"size": []}}},
        {"zip": {"depth": {}}},
        {"zip": {"depth": {"sise": [1]}}},
        {"zip": {"depth": [32]}},
        {"zip": [{"size": [32]}]},
        {"include": {"size": 32}},
        {"include": [{"sise": 32}]},
        {"include": [{"init": "contnt"}]},
        {"include": [3]},
        {"exclude": [{}]},
        {"exclude": [{"size": None}]},
        {"exclude": [{"size": []}]},
        {"exclude": [{"size": ["many"]}]},
        {"exclude": [{"contents": "one"}]},
        {"exclude": [{"content": 1}]},
        {"exclude": {"size": 32}},
        {"override": [{"when": {"size": 32}}]},
        {"override": [{"set": {"size": 32}}]},
        {"override": [{"when": {}, "set": {"size": 32}}]},
        {"override": [{"when": {"size": 32}, "set": {}}]},
        {"override": [{"when": {"size": 32}, "set": {"size": [32, 48]}}]},
        {"override": [{"when": {"size": 32}, "set": {"size": 48}, "then": 1}]},
        {"override": {"when": {"size": 32}, "set": {"size": 48}}},
        {"compare": "init"},
        {"compare": [1]},
        {"task": "transfre"},
        {"grid": {"init": "noise"}},
        {"grid": {"content_layers": [[1.5]]}},
        {"zips": {}},
    ],
    ids=str,
)
def test_what_is_wrong_is_refused_by_both(folder, experiment):
    assert refused(folder, experiment) == (True, True)


@pytest.mark.parametrize(
    "experiment",
    [
        {"zip": {"a name, any": {"size": [32, 4.8e1], "content_layers": [21, ["conv1", 0]]}}},
        {"zip": {}, "include": [], "exclude": [], "override": [], "compare": []},
        {"include": [{}, {"size": None}]},
        {"exclude": [{"size": [32, 64.0], "coarse_sizes": [[], [16, 24]], "content_layers": 21, "style": ["left"]}]},
        {"exclude": [{"betas": [0.5, 0.9]}, {"betas": [[0.5, 0.9], [0, 0]]}, {"noise_centre": ["mean", 0.5]}]},
        {"override": [{"when": {"content": "one"}, "set": {"style_upscale": False, "coarse_sizes": 16}}]},
    ],
    ids=str,
)
def test_what_is_right_is_accepted_by_both(folder, experiment):
    assert refused(folder, experiment) == (False, False)


@given(wheres=st.lists(st.sampled_from([p for p in places(BASE) if p]), min_size=1, max_size=2), data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_the_schema_refuses_the_loader_refuses_too(folder, wheres, data):
    manifest = copy.deepcopy(BASE)
    for where in wheres:
        with suppress(KeyError, IndexError, TypeError):  # it was in what the junk before it replaced
            manifest = replaced(manifest, where, data.draw(JUNK))
    path = folder / "any.yaml"
    path.write_text(yaml.safe_dump(manifest, allow_unicode=True), encoding="utf-8")
    try:
        loaded = load(path)
        problems, read = loaded.problems, loaded.source.data
    except BenchError:
        event("refused altogether")
        return
    if list(VALIDATOR.iter_errors(read)):
        event("refused by both")
        assert problems != ()
