"""What the JSON Schema allows under ``images`` is what the loader takes: they are held against each other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from pydantic import ValidationError

from bench.manifest.image_schema import Images

SHA = "0123456789abcdefABCDEF0123456789" * 2
SCHEMA = Draft7Validator(Images.model_json_schema())

GOOD = {
    "contents": {
        "town": "photos/town.jpg",
        "cat": "sample:chelsea",
        "stars": {"url": "https://example.org/stars.jpg?size=2", "sha256": SHA},
        "set": {"glob": "photos/**/*.jpg", "limit": 3},
        "more": {"folder": "photos/more"},
        "all": {"samples": "all"},
        "some": {"samples": ["cat", "coins"]},
    },
    "styles": {
        "waves": "sample:seigaiha",
        "set": {"folder": "styles", "limit": 10_000},
        "mixed": {"mix": {"waves": 3, "set/a": 0.5}},
        "split": {
            "regions": [
                {"style": "waves", "mask": "mask:left"},
                {"style": "mixed", "mask": "m.png", "style_mask": "n.png", "weight": 2},
            ]
        },
    },
    "clips": {
        "walk": "clips/walk.mp4",
        "pan": "sample:pan",
        "street": {"url": "https://example.org/street.webm", "sha256": SHA},
        "drawn": {"folder": "frames"},
        "fast": {"folder": "frames", "rate": 59.94},
    },
}

BAD = [
    {"contents": {"": "a.png"}},
    {"contents": {"x" * 201: "a.png"}},
    {"contents": {"a": " "}},
    {"contents": {"a": 3}},
    {"contents": {"a": None}},
    {"contents": {"a": {}}},
    {"contents": {"a": {"mix": {"b": 1}}}},
    {"contents": {"a": {"url": "https://example.org/a"}}},
    {"contents": {"a": {"sha256": SHA}}},
    {"contents": {"a": {"url": "ftp://example.org/a", "sha256": SHA}}},
    {"contents": {"a": {"url": "https://me@example.org/a", "sha256": SHA}}},
    {"contents": {"a": {"url": "https://example.org/a b", "sha256": SHA}}},
    {"contents": {"a": {"url": "https://example.org/a", "sha256": SHA[1:]}}},
    {"contents": {"a": {"url": "https://example.org/a", "sha256": SHA, "limit": 1}}},
    {"contents": {"a": {"url": "https://example.org/" + "a" * 2000, "sha256": SHA}}},
    {"contents": {"a": {"glob": "a.png"}}},
    {"contents": {"a": {"glob": "*", "limit": 0}}},
    {"contents": {"a": {"glob": "*", "limit": 10_001}}},
    {"contents": {"a": {"glob": "*", "limit": True}}},
    {"contents": {"a": {"glob": "*", "limit": 1.5}}},
    {"contents": {"a": {"glob": "*", "folder": "b"}}},
    {"contents": {"a": {"folder": ""}}},
    {"contents": {"a": {"folder": ["b"]}}},
    {"contents": {"a": {"samples": "cat"}}},
    {"contents": {"a": {"samples": []}}},
    {"contents": {"a": {"samples": ["dog"]}}},
    {"styles": {"a": {"mix": {}}}},
    {"styles": {"a": {"mix": {"b": 0}}}},
    {"styles": {"a": {"mix": {"": 1}}}},
    {"styles": {"a": {"mix": {"b": "1"}}}},
    {"styles": {"a": {"regions": []}}},
    {"styles": {"a": {"regions": [{"style": "b"}]}}},
    {"styles": {"a": {"regions": [{"style": "b", "mask": "m", "weight": -1}]}}},
    {"styles": {"a": {"regions": [{"style": "b", "mask": "m", "where": 1}]}}},
    {"clips": {"a": ""}},
    {"clips": {"a": {"glob": "*.mp4"}}},
    {"clips": {"a": {"folder": "b", "limit": 3}}},
    {"clips": {"a": {"folder": "b", "rate": 0}}},
    {"clips": {"a": {"folder": "b", "rate": "25"}}},
    {"contents": {"a": {"folder": "b", "rate": 25}}},
    {"style": {}},
    [],
]


def loads(data):
    try:
        Images.model_validate(data)
    except ValidationError:
        return False
    return True


def test_the_schema_is_one():
    Draft7Validator.check_schema(SCHEMA.schema)


def test_both_take_every_kind_of_entry():
    assert loads(GOOD)
    assert SCHEMA.is_valid(GOOD)


@pytest.mark.parametrize("data", BAD, ids=lambda data: str(data)[:60])
def test_both_refuse_what_is_wrong(data):
    assert not loads(data)
    assert not SCHEMA.is_valid(data)


TEXTS = st.sampled_from(
    ["all", "cat", "coins", "a.png", "photos/*.jpg", "sample:cat", " ", "", "https://a.org/b", "http://a", "ftp://a/b",
     "https://a b", SHA, SHA[:-1], "x" * 200, "x" * 201, "mask:left", "**"]
)  # fmt: skip
KEYS = st.sampled_from(
    ["url", "sha256", "glob", "folder", "limit", "samples", "mix", "regions", "style", "mask", "style_mask", "weight"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 10_001) | st.sampled_from([0.5, 1e-7, 2.0, 1e7]) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS | KEYS, inner, max_size=3),
    max_leaves=5,
)
REGIONS = st.lists(
    st.dictionaries(
        st.sampled_from(["style", "mask", "style_mask", "weight"]), TEXTS | st.floats(0, 2) | VALUES, max_size=4
    ),
    max_size=2,
)
ENTRIES = VALUES | st.one_of(
    st.fixed_dictionaries({"url": TEXTS | VALUES, "sha256": TEXTS | VALUES}),
    st.fixed_dictionaries({"glob": TEXTS | VALUES}, optional={"limit": VALUES}),
    st.fixed_dictionaries({"folder": TEXTS | VALUES}, optional={"limit": VALUES, "url": TEXTS}),
    st.fixed_dictionaries({"samples": TEXTS | st.lists(TEXTS, max_size=3) | VALUES}),
    st.fixed_dictionaries({"mix": st.dictionaries(TEXTS, st.floats(1e-7, 1e7) | VALUES, max_size=3)}),
    st.fixed_dictionaries({"regions": REGIONS | VALUES}),
)


@given(group=st.sampled_from(["contents", "styles"]), entries=st.dictionaries(TEXTS, ENTRIES, max_size=2))
@settings(max_examples=600, deadline=None)
def test_both_agree_on_anything(group, entries):
    data = {group: entries}
    assert SCHEMA.is_valid(data) == loads(data)
