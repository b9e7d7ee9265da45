"""pytest-benchmark's figures under the rule: which are compared how, and what is only noted."""

from datetime import UTC, datetime
from statistics import median

import pytest

from bench.check.micro.compare import blocks
from bench.check.micro.suite import Content
from bench.check.model import Limits
from tests.bench.check.micro.suites import (
    COMMITS,
    ONE_PROCESS,
    SLOW,
    UNCONFIRMED,
    check,
    content,
    files,
    folder,
    jitter,
    measured,
    row,
    series,
)


def test_rounds_are_cut_into_blocks_in_the_order_they_ran():
    assert blocks([1, 2, 3, 4, 5, 6, 7], 3) == [median([1, 2]), median([3, 4]), 6]
    assert blocks([5, 1, 1], 1) == [1]
    assert blocks([5, 1, 1], 3) == [5, 1, 1]


def test_two_files_of_the_same_speed_are_no_change():
    found = files([measured("gram", jitter(1e-4))], [measured("gram", jitter(1e-4, 1))])
    assert (row(found), found.verdict, found.notes) == (("test_gram", "no change", ""), "no change", [ONE_PROCESS])


def test_a_slower_head_is_a_regression_and_not_confirmed():
    found = files([measured("gram", jitter(1e-4))], [measured("gram", jitter(1.25e-4, 1))])
    assert (row(found), found.notes) == (("test_gram", "regression", ""), [ONE_PROCESS, UNCONFIRMED])
    assert found.benchmarks[0].first.ratio == pytest.approx(1.25, rel=0.01)
    assert (found.verdict, found.verdict.exit_code) == ("regression", 1)


def test_what_a_comparison_holds():
    found = files(
        [measured("gram", [2.0, 2.0, 2.0, 2.5])], [measured("gram", [1.0, 1.0, 1.25, 1.25])],
        limits=Limits(alpha=0.3, pairs=2, floor=0.5, delta=0.25),
    )  # fmt: skip
    environment = {
        "cpu": "AMD EPYC 7763",
        "cores": 4,
        "machine": "x86_64",
        "os": "Linux-6.8.0-1021-azure",
        "python": "3.11.7",
        "python_implementation": "CPython",
    }
    sides = [
        {"role": role, "given": f"{role}.json", "commit": COMMITS[role][:12], "environment": environment}
        for role in ("base", "head")
    ]
    pairs = [
        {"number": 1, "first": "base", "base": [2.0], "head": [1.0], "invalid": ""},
        {"number": 2, "first": "base", "base": [2.25], "head": [1.25], "invalid": ""},
    ]
    (benchmark,) = found.benchmarks
    assert [side.model_dump() for side in found.sides] == sides
    assert [pair.model_dump() for pair in benchmark.pairs] == pairs
    assert found.model_dump(exclude={"sides", "benchmarks", "limits"}) == {
        "schema_version": 1,
        "kind": "pytest-benchmark",
        "title": "test_gram",
        "manifest": "",
        "manifest_sha256": "",
        "command": ["nst-bench", "check"],
        "started": "2026-01-01T12:00:00.000Z",
        "finished": "2026-01-01T12:01:00.000Z",
        "reasons": [],
        "notes": [ONE_PROCESS, UNCONFIRMED],
        "informational": "",
    }
    assert (benchmark.id, benchmark.phase, benchmark.verdict) == ("tests/test_gram.py::test_gram", "", "improvement")


@pytest.mark.parametrize(
    ("ids", "title"),
    [
        (["tests/benchmarks/test_paths.py::test_gram[True]"], "test_paths"),
        (["tests/benchmarks/test_paths.py::test_gram", "tests/benchmarks/test_plan.py::test_plan"], "benchmarks"),
        (["test_one.py::test_gram", "test_two.py::test_gram"], "suite"),
        (["../../::test_gram"], "suite"),
        (["/root/../::test_gram", "relative.py::test_gram"], "suite"),
        (["a b/\\c d.py::test_gram"], "c-d"),
    ],
)
def test_a_comparison_is_named_after_what_its_benchmarks_lie_in(ids, title):
    both = [[measured("gram", jitter(1.0, number)) | {"fullname": id} for id in ids] for number in range(2)]
    assert files(*both).title == title


def test_runs_in_turns_are_pairs_however_few_rounds_they_have():
    """The machine gets slower all along, by far more than the head is slower."""
    drift = [1e-4 * 1.2**i for i in range(8)]
    base, head = series("base", drift), series("head", [1.2 * time for time in drift], start=1)
    found = check(base, head, Limits(floor=1e-9, pairs=8))
    assert (row(found), found.notes) == (("test_gram", "regression", ""), [UNCONFIRMED])
    assert found.benchmarks[0].first.ratio == pytest.approx(1.2, rel=0.01)
    assert [pair.base[0] for pair in found.benchmarks[0].pairs] == [
        median(jitter(t, i, 5)) for i, t in enumerate(drift)
    ]


def test_which_of_a_pair_ran_first_is_told_by_its_time():
    base = folder("base", *(content("base", measured("gram", [1.0 + i]), minutes=m) for i, m in enumerate([0, 3])))
    head = folder("head", *(content("head", measured("gram", [2.5 + i]), minutes=m) for i, m in enumerate([1, 2])))
    found = check(base, head, Limits(pairs=2, alpha=0.3))
    assert [pair.first for pair in found.benchmarks[0].pairs] == ["base", "head"]


@pytest.mark.parametrize(("base", "head", "late"), [(0, 100, "head"), (100, 0, "base")])
def test_runs_that_were_not_made_in_turns_are_noted(base, head, late):
    found = check(series("base", [1e-4] * 8, base), series("head", [1.01e-4] * 8, head), Limits(floor=0, pairs=8))
    note = f"all runs of {late} came after those of the other side: a drift of the machine counts as a difference"
    assert (found.verdict, found.notes) == ("no change", [note])


def restless(count, blocks=16):
    """Rounds of which as many sixteenths took 12 % longer, and two three times as long."""
    return [3e-4] * 6 + [1.12e-4] * 3 * count + [1e-4] * 3 * (blocks - 2 - count)


@pytest.mark.parametrize(("base", "head", "culprit"), [(2, 1, "base"), (1, 2, "head"), (2, 2, "base")])
def test_two_files_are_inconclusive_where_a_machine_did_not_hold_still(base, head, culprit):
    """Four of sixteen blocks, whatever the difference between the files."""
    found = files([measured("gram", restless(base))], [measured("gram", [2 * time for time in restless(head)])])
    reason = (
        f"rounds of {culprit}.json differ by 12% among themselves: the machine did not hold still; folders of runs made "
        "in turns can be compared all the same"
    )
    assert row(found) == ("test_gram", "inconclusive", reason)
    assert found.benchmarks[0].first.verdict == "regression"


def test_as_many_blocks_may_be_spoilt_as_the_rule_puts_up_with():
    found = files([measured("gram", restless(1))], [measured("gram", [2 * time for time in restless(1)])])
    assert row(found) == ("test_gram", "regression", "")


def test_equal_names_are_told_apart_by_their_files():
    def twins(number):
        one = measured("gram", jitter(1e-4, number))
        return [one, one | {"fullname": "other.py::test_gram"}, measured("norm", jitter(1e-4, number))]

    found = files(twins(0), twins(1))
    assert [benchmark.name for benchmark in found.benchmarks] == [
        "tests/test_gram.py::test_gram",
        "other.py::test_gram",
        "test_norm",
    ]


def test_the_floor_of_a_microsecond_lets_nanoseconds_pass():
    found = files([measured("gram", jitter(1e-7))], [measured("gram", jitter(3e-7))], limits=Limits(floor=1e-6))
    assert row(found) == ("test_gram", "no change", "no more than 1 µs slower")


# What is noted.


@pytest.mark.parametrize(
    ("more", "notes"),
    [
        ({"commit_info": {"id": COMMITS["base"], "dirty": False}}, ["base and head are one commit: 1a1a1a1a1a1a"]),
        ({"commit_info": {"id": COMMITS["base"], "dirty": True}}, []),
        ({"commit_info": {"id": "unversioned"}}, []),
        ({"version": "4.0.0"}, ["pytest-benchmark 5.3.1 there, 4.0.0 here"]),
    ],
)
def test_what_is_worth_knowing(more, notes):
    found = files([measured("gram", jitter(1e-4))], [measured("gram", jitter(1e-4, 1))], head_more=more)
    assert (found.notes, found.verdict) == ([ONE_PROCESS, *notes], "no change")


def test_a_commit_with_changes_may_be_any_code():
    changed = {"commit_info": {"id": COMMITS["base"], "dirty": True}}
    found = files([SLOW], [measured("slow", jitter(1.0, 1))], base_more=changed, head_more=changed)
    assert found.notes == [ONE_PROCESS]


@pytest.mark.parametrize(
    ("info", "commit"),
    [
        ({"id": "1a" * 20, "dirty": True}, "1a1a1a1a1a1a+changes"),
        ({"id": "unversioned", "dirty": False}, None),
        ({"id": "unknown", "error": "no git"}, None),
        ({}, None),
    ],
)
def test_the_commit_of_a_side(info, commit):
    found = files([SLOW], [measured("slow", jitter(1.01))], base_more={"commit_info": info})
    assert found.sides[0].commit == commit


def test_a_time_without_a_zone_is_utc():
    assert Content.model_validate(content("base", SLOW, datetime="2019-05-04T03:02:01")).ended == datetime(
        2019, 5, 4, 3, 2, 1, tzinfo=UTC
    )
