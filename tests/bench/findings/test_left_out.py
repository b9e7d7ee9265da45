"""Runs that an answer leaves out and counts: disturbed, failed, not run, without a figure."""

import pytest

from bench.findings.held import Left
from tests.bench.findings.counted import START, counts
from tests.bench.report.synthetic_results import failed


def test_times_that_are_not_valid_are_left_out_and_counted(answered):
    def disturbed(p, record):
        if p["content"] == "cat":
            record["timing"] |= {"valid": False, "invalid_reason": "another program was at work"}
        return record

    pairs, runs, structure = answered(
        {"figure": "seconds", **START, "change": "higher"},
        {"figure": "seconds_per_evaluation", "at_most": 1},
        {"figure": "structure", **START, "change": "higher"},
        edit=disturbed,
    )
    assert counts(pairs) == ("agrees", "pairs", 2, 2, Left(untimed=2))
    assert counts(runs) == ("agrees", "runs", 4, 4, Left(untimed=4))
    assert counts(structure) == ("agrees", "pairs", 4, 4, Left())


def test_what_failed_or_did_not_run_is_missing(answered):
    def edit(p, record):
        if p["content"] == "cat":
            return None if p["style"] == "waves" else failed(record)
        return record

    pairs, runs = answered(
        {"figure": "structure", **START, "change": "higher"}, {"figure": "bad", "at_most": 0}, edit=edit
    )
    assert counts(pairs) == ("agrees", "pairs", 2, 2, Left(missing=2, waiting=1))
    assert counts(runs) == ("agrees", "runs", 4, 4, Left(missing=4, waiting=2))


@pytest.mark.parametrize(
    ("edit", "word", "waiting"),
    [(lambda p, record: failed(record), "not measured", 0), (lambda p, record: None, "not run", 2)],
    ids=["all failed", "none ran"],
)
def test_what_failed_is_not_waited_for(answered, edit, word, waiting):
    runs, pairs = answered(
        {"figure": "bad", "at_most": 0, "fits": lambda p: p["init"] == "noise"},
        {"figure": "structure", **START, "change": "higher", "fits": lambda p: p["size"] == 64},
        grid={"init": ["noise", "content"], "size": [64, 128]},
        edit=lambda p, record: edit(p, record) if p["init"] == "noise" or p["size"] == 64 else record,
    )
    assert counts(runs) == (word, "runs", 0, 0, Left(missing=8, waiting=4 * waiting))
    assert counts(pairs) == (word, "pairs", 0, 0, Left(missing=4, waiting=2 * waiting))


def test_without_a_figure_nothing_was_measured(answered):
    other, loss, term = answered(
        {"figure": "structure", "at_least": 0.5},
        {"figure": "structure", **START, "change": "higher"},
        {"figure": "terms.content.conv9_9", "at_least": 0.5},
        task="texture",
    )
    assert counts(other) == ("not measured", "runs", 0, 0, Left(missing=4, without=4))
    assert counts(loss) == ("not measured", "pairs", 0, 0, Left(missing=2, without=2))
    assert counts(term)[0] == "not measured"
    assert other.groups == ()


def test_a_figure_of_a_newer_version_was_measured_nowhere(answered):
    (found,) = answered({"figure": "beauty", "at_least": 0.5})
    assert counts(found) == ("not measured", "runs", 0, 0, Left(missing=8, without=8))
