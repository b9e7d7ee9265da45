"""``--only``: which jobs of a plan run."""

import pytest

from bench.errors import BenchError
from bench.manifest import load
from bench.plan import make_plan
from bench.plan.selection import select
from bench.progress import describe
from tests.bench.small import SMALL

TEXT = SMALL + "  sizes:\n    pairs: [[one, left]]\n    grid: {size: [32, 48]}\n  odd [x]:\n    grid: {seed: [5]}\n"


@pytest.fixture
def plan(manifest):
    return make_plan(load(manifest(TEXT)))


def chosen(plan, *globs):
    return [describe(plan, plan.jobs[id]) for id in select(plan, globs)]


def test_without_a_glob_all_jobs_run(plan):
    assert select(plan, []) == list(plan.jobs)


def test_a_glob_matches_an_experiment(plan):
    assert chosen(plan, "sizes") == ["one x left, init noise, size 32", "one x left, size 48"]


def test_a_glob_matches_pictures(plan):
    assert (
        chosen(plan, "* x right")
        == chosen(plan, "one x right")
        == [
            "one x right, init noise",
            "one x right, init content",
            "one x right",
        ]
    )


def test_a_glob_matches_the_line_of_the_plan(plan):
    assert chosen(plan, "*init noise*") == ["one x left, init noise, size 32", "one x right, init noise"]
    assert chosen(plan, "one x left, size 48") == ["one x left, size 48"]


def test_a_glob_matches_the_beginning_of_an_id(plan):
    for id in plan.jobs:
        assert select(plan, [id[:12]]) == select(plan, [id]) == select(plan, [f"{id[:12]}*"]) == [id]


def test_three_digits_are_no_id(plan):
    with pytest.raises(BenchError):
        select(plan, [next(iter(plan.jobs))[:3]])


def test_what_any_glob_matches_runs_once_in_the_order_of_the_plan(plan):
    assert select(plan, ["sizes", "main", "one x *"]) == list(plan.jobs)


def test_what_is_written_out_in_full_matches_itself(plan):
    assert len(chosen(plan, "odd [x]")) == 2


def test_upper_and_lower_case_differ(plan):
    with pytest.raises(BenchError):
        select(plan, ["Sizes"])


def test_every_glob_that_matches_nothing_is_named_with_what_could_be_matched_and_what_is_near(plan):
    with pytest.raises(BenchError) as caught:
        select(plan, ["sises", "one x left", "one x letf"])
    expected = (
        "matches no job: expected an experiment (main, sizes, odd [x]), pictures (one x left, one x right), a line of "
        "`nst-bench plan` (one x left, init noise, size 32) or the beginning of an id, with * for any text; "
    )
    assert str(caught.value).splitlines() == [
        f"--only sises: {expected}did you mean sizes?",
        f"--only one x letf: {expected}did you mean one x left?",
    ]
