import math
import time

import pytest

from bench.manifest import source
from bench.manifest.source import SourceError, parse


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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a:\n\tb: 1", "2:1: not valid YAML: a tab, where only spaces may stand"),
        ("a: 1\n---\nb: 1", "2:1: not valid YAML: expected a single document in the stream, but found another document"),
        ("a: !!str 3", "1:4: a tag, !!str: expected the value alone, in quotes if it is text"),
        ("a: !!python/object/apply:os.system [ls]", "1:4: a tag, !!python/object/apply:os.system: expected the value "
         "alone, in quotes if it is text"),
        ("a: ! 3", "1:4: a tag, !: expected the value alone, in quotes if it is text"),
        ("a: &a {b: 1}\nc: {<<: *a}", "2:5: c.<<: merge keys are not read: write it out"),
    ],
)  # fmt: skip
def test_what_yaml_has_and_manifests_have_not_is_said_in_words(text, said):
    assert message(text).splitlines()[0] == f"m.yaml:{said}"


def test_keys_must_be_text():
    assert message("? [a]\n: 1\n") == "m.yaml:1:3: a key must be plain text\n    1 | ? [a]"


def test_control_characters_are_an_error_not_a_traceback():
    assert "not valid YAML" in message("a: \x00")


def test_aliases_may_not_double_themselves_into_a_bomb(monkeypatch):
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40)]
    monkeypatch.setattr(source, "MAX_NODES", 1000)
    assert "amounts to more than 1,000 values" in message("\n".join(lines))


LAUGHS = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
LAUGHS += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
MAPS = ["a0: &a0 {x: 1}", *(f"a{i}: &a{i} {{l: *a{i - 1}, r: *a{i - 1}}}" for i in range(1, 60))]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("\n".join(LAUGHS), "6:5"),
        ("\n".join(MAPS), "18:6"),
        ("\n".join(f"? &a{i} [{f'*a{i - 1}' if i else 1}]\n: 1" for i in range(5000)) + "\nz: *a4999", "101:3"),
        ("a: &a [*a]", "1:4"),
        ("a: &a {b: *a}", "1:4"),
        ("<<: &m {<<: *m}", "1:5"),
        ("[" * 60 + "]" * 60, "1:52"),
        ("[" * 100_000, "1:52"),
        ("{a: " * 50_000, "1:202"),
        ("".join(f"{' ' * i}a:\n" for i in range(500)), "51:51"),
    ],
    ids=[
        "laughs",
        "laughing maps",
        "keys",
        "itself",
        "map of itself",
        "merge",
        "lists",
        "many lists",
        "maps",
        "blocks",
    ],
)
def test_what_amounts_to_too_much_is_refused_at_once_and_where_it_begins_to(text, place):
    begun = time.process_time()
    first = message(text).splitlines()[0]
    assert time.process_time() - begun < 10, "less than a second where nothing else runs"
    too_much = "this amounts to more than 200,000 values or nests too deeply (aliases count in full)"
    assert first == f"m.yaml:{place}: {too_much}"


def test_a_file_of_any_length_is_refused_at_once():
    begun = time.process_time()
    assert message("k" * 10_000_000).startswith("m.yaml:1:1: 10,000,000 characters: expected a manifest of at most")
    assert time.process_time() - begun < 10, "less than a second where nothing else runs"


def test_a_message_stays_readable_whatever_it_is_about():
    found = parse("a:\n" + "- x\n" * 500, "m.yaml")
    problems = [found.problem(("a", i), f"{i}: " + "y" * 9999) for i in range(500)]
    lines = str(found.error(problems)).splitlines()
    assert len(lines) == 201
    assert max(map(len, lines)) == 4003
    assert lines[-1] == "m.yaml: and 400 more of the kind"
    assert found.problem(("k" * 99, 1), "").where == "k" * 60 + "...[1]"


def test_an_empty_file_is_empty():
    assert parse("# nothing\n", "m.yaml").data is None
