import math

import pytest

from bench import source
from bench.source import SourceError, parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e6", 1e6),
        ("1e-3", 1e-3),
        ("1.0e5", 1e5),
        (".5", 0.5),
        ("-2", -2),
        ("256", 256),
        ("010", "010"),
        ("1:30", "1:30"),
        ("yes", "yes"),
        ("on", "on"),
        ("No", "No"),
        ("true", True),
        ("null", None),
        ("~", None),
        ("'256'", "256"),
        ('"1e6"', "1e6"),
        ("2024-01-01", "2024-01-01"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        (".inf", math.inf),
    ],
)
def test_scalars_are_what_people_mean(text, value):
    found = parse(f"a: {text}", "m.yaml").data["a"]
    assert (found, type(found)) == (value, type(value))


def test_the_place_of_everything():
    loaded = parse("a:\n  b: [x,\n      y]\nc: {d: 1}\n", "m.yaml")
    assert [loaded.place(p) for p in (("a",), ("a", "b"), ("a", "b", 1), ("c", "d"))] == [
        (1, 1),
        (2, 6),
        (3, 7),
        (4, 8),
    ]


def test_a_place_that_is_missing_is_that_of_what_holds_it():
    assert parse("a:\n  b: 1\n", "m.yaml").place(("a", "product", "zzz")) == (1, 1)


def message(text):
    with pytest.raises(SourceError) as caught:
        parse(text, "m.yaml")
    return str(caught.value)


def test_a_key_given_twice_names_both_lines():
    assert message("a: 1\nb: 2\na: 3\n") == "m.yaml:3:1: a: key given twice, first in line 1\n    3 | a: 3"


def test_all_repeated_keys_are_named_at_once():
    assert message("a: 1\na: 2\nb: {c: 1, c: 2}\n").count("key given twice") == 2


@pytest.mark.parametrize(
    ("text", "place"),
    [("a: [1, 2", "m.yaml:1:9"), ("a: b: c", "m.yaml:1:5"), ("\ta: 1", "m.yaml:1:1"), ("a: *none", "m.yaml:1:4")],
)
def test_a_syntax_error_has_a_place(text, place):
    assert message(text).startswith(f"{place}: not valid YAML: ")


def test_keys_must_be_text():
    assert message("? [a]\n: 1\n") == "m.yaml:1:3: a key must be plain text\n    1 | ? [a]"


def test_control_characters_are_an_error_not_a_traceback():
    assert "not valid YAML" in message("a: \x00")


def test_aliases_may_not_double_themselves_into_a_bomb(monkeypatch):
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40)]
    monkeypatch.setattr(source, "MAX_NODES", 1000)
    assert "amounts to more than 1,000 values" in message("\n".join(lines))


def test_deep_nesting_is_refused():
    assert "nests too deeply" in message("[" * 60 + "]" * 60)
    assert "not valid YAML" in message("[" * 5000)


def test_an_empty_file_is_empty():
    assert parse("# nothing\n", "m.yaml").data is None
