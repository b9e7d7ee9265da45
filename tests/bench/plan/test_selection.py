"""``--only``: which jobs of a plan run."""

import hashlib

import pytest

from bench.errors import BenchError
from bench.manifest import load
from bench.plan import make_plan
from bench.plan.selection import Shard, select, shard
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


class TestShards:
    def test_hold_every_job_once_whatever_their_number(self, plan):
        for of in (1, 2, 3, 7):
            holders = [[part for part in range(1, of + 1) if Shard(part, of).holds(id)] for id in plan.jobs]
            assert all(len(found) == 1 for found in holders), of

    def test_keep_a_job_whatever_else_is_in_the_plan(self, plan, manifest):
        larger = make_plan(load(manifest(TEXT.replace("seed: [5]", "seed: [5, 6, 7, 8]"))))
        assert len(larger.jobs) > len(plan.jobs)
        for part in (Shard(number, 3) for number in (1, 2, 3)):
            held = {id for id in plan.jobs if part.holds(id)}
            assert held == {id for id in larger.jobs if part.holds(id)} & set(plan.jobs)

    def test_are_of_about_the_same_size(self):
        ids = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(10_000)]
        sizes = [sum(map(Shard(number, 8).holds, ids)) for number in range(1, 9)]
        assert sum(sizes) == 10_000
        assert max(abs(size - 1250) for size in sizes) < 150  # four standard deviations

    def test_are_written_as_part_and_number(self):
        assert (shard("1/1"), shard("2/8"), shard("16/16")) == (Shard(1, 1), Shard(2, 8), Shard(16, 16))

    @pytest.mark.parametrize("text", ["", "1", "0/4", "5/4", "1/0", "1/-2", "a/b", "1/4/2", "1 / 4", "٢/٤"])
    def test_that_are_none_are_refused(self, text):
        with pytest.raises(ValueError, match=r"expected a part and how many there are, such as 1/8 to 8/8"):
            shard(text)
