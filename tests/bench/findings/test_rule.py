"""When a document's finding is ours too."""

import pytest

from bench.findings.rule import changes, word


@pytest.mark.parametrize(
    ("showing", "measured", "expected"),
    [
        (0, 0, "not measured"),
        (1, 1, "agrees"),
        (0, 1, "disagrees"),
        (4, 5, "agrees"),
        (79, 100, "cannot tell"),
        (1, 2, "cannot tell"),
        (21, 100, "cannot tell"),
        (1, 5, "disagrees"),
    ],
)
def test_four_fifths_agree_and_one_fifth_disagrees(showing, measured, expected):
    assert word(showing, measured) == expected


@pytest.mark.parametrize(("showing", "expected"), [(100, "agrees"), (99, "disagrees"), (0, "disagrees")])
def test_what_is_always_so_has_no_exception(showing, expected):
    assert word(showing, 100, always=True) == expected


@pytest.mark.parametrize(("showing", "measured"), [(5, 5), (0, 5), (2, 5)])
def test_what_figures_cannot_say_is_not_told_whatever_they_are(showing, measured):
    assert word(showing, measured, untellable=True) == "cannot tell"


def test_what_did_not_run_did_not_run_whatever_it_could_have_said():
    assert word(0, 0, untellable=True, waiting=True) == "not run"
    assert word(0, 0, untellable=True) == "not measured"
    assert word(4, 4, waiting=True) == "agrees", "what is to come may change it; what is there counts"


@pytest.mark.parametrize(
    ("change", "start", "end", "within", "expected"),
    [
        ("lower", 2.0, 1.0, 0, True),
        ("lower", 1.0, 1.0, 0, False),
        ("lower", 0.0, -0.1, 0, True),
        ("higher", 1.0, 2.0, 0, True),
        ("higher", 0.0, 0.0, 0, False),
        ("higher", 0.0, 1.0, 0, True),
        ("same", 1.0, 1.1, 0.1, True),
        ("same", 1.1, 1.0, 0.1, True),
        ("same", 1.0, 1.2, 0.1, False),
        ("same", 1.2, 1.0, 0.1, False),
        ("same", 0.0, 0.0, 0.1, True),
        ("same", 0.0, 0.1, 0.1, False),
        ("same", -1.0, -1.05, 0.1, True),
        ("same", -1.0, 1.0, 1.0, False),
    ],
)
def test_a_figure_is_lower_higher_or_the_same(change, start, end, within, expected):
    assert changes(change, start, end, within) is expected


@pytest.mark.parametrize(
    ("change", "start", "end", "expected"),
    [
        ("lower", 1.1, 1.0, True),
        ("lower", 1.05, 1.0, False),
        ("lower", 1.0, 1.1, False),
        ("lower", -1.0, -1.05, False),
        ("lower", -1.0, -1.2, True),
        ("lower", 0.01, -0.01, True),
        ("higher", 1.0, 1.2, True),
        ("higher", 1.0, 1.05, False),
        ("higher", 0.0, 0.01, True),
    ],
)
def test_by_so_much_at_least(change, start, end, expected):
    assert changes(change, start, end, by=0.09) is expected
