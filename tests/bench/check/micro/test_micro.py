"""pytest-benchmark's figures under the rule: which are compared how, what is refused and why, and what is only noted."""

from datetime import UTC, datetime, timedelta
from statistics import median

import pytest

from bench.check.micro.compare import blocks, compare
from bench.check.micro.suite import Content, Run, Suite
from bench.check.model import Limits

MACHINE = {
    "node": "runner-17",
    "processor": "x86_64",
    "machine": "x86_64",
    "python_implementation": "CPython",
    "python_version": "3.11.7",
    "release": "6.8.0-1021-azure",
    "system": "Linux",
    "cpu": {"brand_raw": "AMD EPYC 7763", "count": 4, "hz_actual": [2445426000, 0], "hz_actual_friendly": "2.4454 GHz"},
}
COMMITS = {"base": "1a" * 20, "head": "2b" * 20}
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
OPTIONS = {"timer": "perf_counter", "disable_gc": False, "warmup": False, "min_rounds": 5, "max_time": 1.0}

ONE_PROCESS = (
    "one process each way: what differs between any two processes of the same code, such as where things lie in "
    "memory, counts as a difference here; two folders of runs made in turns measure it"
)
UNCONFIRMED = (
    "what was flagged is not confirmed: this check runs no benchmarks; run both sides again and believe what is "
    "flagged twice"
)


def jitter(seconds, number=0, rounds=48):
    """Rounds that differ a little from each other and from run to run."""
    return [seconds * (1 + ((7 * i + 3 * number) % 11) / 1000) for i in range(rounds)]


def measured(name, data, **options):
    full = f"tests/test_{name.partition('[')[0]}.py::test_{name}"
    return {
        "name": f"test_{name}",
        "fullname": full,
        "options": OPTIONS | options,
        "stats": {"data": data, "rounds": 0},
    }


def content(role, *benchmarks, minutes=0, **more):
    return {
        "machine_info": MACHINE,
        "commit_info": {"id": COMMITS[role], "dirty": False},
        "benchmarks": list(benchmarks),
        "datetime": (NOON + timedelta(minutes=minutes)).isoformat(),
        "version": "5.3.1",
    } | more


def file(role, *benchmarks, **more):
    return Suite(
        role, f"{role}.json", (Run(f"{role}.json", Content.model_validate(content(role, *benchmarks, **more))),)
    )


def folder(role, *contents):
    names = (f"{role}/{number}.json" for number in range(len(contents)))
    return Suite(
        role, role, tuple(Run(n, Content.model_validate(c)) for n, c in zip(names, contents, strict=True)), True
    )


def check(base, head, limits=None, **more):
    limits = limits or Limits(floor=1e-9)
    return compare(base, head, limits, command=["nst-bench", "check"], now=NOON, **more)


def files(base, head, *, limits=None, base_more=None, head_more=None, **more):
    """Two files that hold these benchmarks."""
    sides = file("base", *base, **base_more or {}), file("head", *head, **head_more or {"minutes": 1})
    return check(*sides, limits, **more)


def row(found, number=0):
    benchmark = found.benchmarks[number]
    return benchmark.name, benchmark.verdict, benchmark.reason


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


def series(role, speeds, start=0, step=2):
    """A folder of runs, each ``step`` minutes after the one before."""
    return folder(
        role,
        *(
            content(role, measured("gram", jitter(speed, i, 5)), minutes=start + step * i)
            for i, speed in enumerate(speeds)
        ),
    )


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


# What is refused.


def refused(found):
    assert (found.verdict, found.verdict.exit_code, found.benchmarks) == ("inconclusive", 3, [])
    assert (found.notes, found.informational) == ([], "")
    return found.reasons


@pytest.mark.parametrize(
    ("info", "told"),
    [
        (
            {"cpu": MACHINE["cpu"] | {"brand_raw": "Intel Xeon 8370C"}},
            "cpu: AMD EPYC 7763 there, Intel Xeon 8370C here",
        ),
        ({"cpu": MACHINE["cpu"] | {"count": 2}}, "cores: 4 there, 2 here"),
        ({"machine": "aarch64"}, "machine: x86_64 there, aarch64 here"),
        ({"python_version": "3.12.1"}, "python: 3.11 there, 3.12 here"),
        ({"python_implementation": "PyPy"}, "python implementation: CPython there, PyPy here"),
        ({"system": "Darwin", "release": "23.5.0"}, "os: Linux 6.8 there, Darwin 23.5 here"),
        ({"cpu": {}, "processor": ""}, "cpu: AMD EPYC 7763 there, unknown here; cores: 4 there, unknown here"),
    ],
)
def test_another_machine_is_refused_and_allowed_for_information_only(info, told):
    sides = [measured("gram", jitter(1e-4))], [measured("gram", jitter(9e-4))]
    other = {"head_more": {"machine_info": MACHINE | info}}
    difference = f"head.json is of another machine than base.json: {told}"
    assert refused(files(*sides, **other)) == [
        f"{difference}; --allow-different-machine compares them, for information only"
    ]
    allowed = files(*sides, **other, allow_different_machine=True)
    assert (allowed.informational, allowed.reasons) == (difference, [])
    assert (row(allowed)[1], allowed.verdict, allowed.verdict.exit_code) == ("regression", "inconclusive", 3)


def test_a_clock_as_measured_a_name_and_a_patch_make_no_other_machine():
    other = MACHINE | {
        "node": "runner-18",
        "release": "6.8.0-1044-azure",
        "python_version": "3.11.9",
        "cpu": MACHINE["cpu"] | {"hz_actual": [3241000000, 0], "hz_actual_friendly": "3.2410 GHz"},
    }
    found = files(
        [measured("gram", jitter(1e-4))], [measured("gram", jitter(1e-4, 1))], head_more={"machine_info": other}
    )
    assert (found.verdict, found.informational) == ("no change", "")


def test_machines_of_which_nothing_is_known_are_refused():
    unknown = {"machine_info": {}}
    gram = [measured("gram", jitter(1e-4))], [measured("gram", jitter(1e-4, 1))]
    assert refused(files(*gram, base_more=unknown, head_more=unknown)) == [
        "head.json is of another machine than base.json: nothing is known of either machine; "
        "--allow-different-machine compares them, for information only"
    ]


def test_a_file_without_rounds_is_refused():
    assert refused(files([measured("gram", None)], [measured("gram", jitter(1e-4))])) == [
        "base.json holds no rounds: pytest --benchmark-json writes them, --benchmark-save only with "
        "--benchmark-save-data"
    ]


def test_a_run_without_a_benchmark_is_refused():
    assert refused(files([measured("gram", jitter(1e-4))], [])) == ["head.json holds no benchmark"]
    assert refused(files([], [])) == ["base.json holds no benchmark", "head.json holds no benchmark"]


def test_a_side_that_is_missing_is_refused_and_the_time_is_that_of_the_check():
    missing = [Suite(role, f"{role}.json", (), reason=f"{role}.json: no such file") for role in ("base", "head")]
    found = check(*missing)
    assert refused(found) == ["base.json: no such file", "head.json: no such file"]
    assert found.title == "suite"
    assert (found.started, found.sides[0].environment) == ("2026-01-01T12:00:00.000Z", {})


def test_a_copy_is_no_second_run():
    gram = content("base", measured("gram", jitter(1e-4)))
    one, same = folder("base", gram, gram), folder("head", gram, gram)
    told = [f"base/0.json and {name} hold the same run: a copy says nothing new" for name in
            ("base/1.json", "head/0.json", "head/1.json")]  # fmt: skip
    assert refused(check(one, same, Limits(pairs=2))) == told


@pytest.mark.parametrize(("base", "head", "pairs"), [(8, 7, 8), (7, 7, 8), (8, 8, 7)])
def test_folders_hold_as_many_runs_as_pairs(base, head, pairs):
    found = check(series("base", [1e-4] * base), series("head", [1e-4] * head, 1), Limits(pairs=pairs))
    assert refused(found) == [f"{base} runs in base, {head} in head, {pairs} pairs to compare"]


def test_runs_of_a_side_are_of_one_commit():
    runs = [content("base", measured("gram", [1.0])), content("head", measured("gram", [1.1]))]
    found = check(folder("base", *runs), series("head", [1, 1.1], 5), Limits(pairs=2))
    assert refused(found) == ["base holds runs of several commits: 1a1a1a1a1a1a, 2b2b2b2b2b2b"]


# What of a suite cannot be compared.

SLOW = measured("slow", jitter(1.0))


@pytest.mark.parametrize(
    ("base", "head", "reason"),
    [
        ([SLOW], [], "missing in head.json"),
        ([], [SLOW], "missing in base.json"),
        ([SLOW], [measured("slow", jitter(1.0), timer="process_time")],
         "measured in different ways: timer perf_counter in base.json, process_time in head.json"),
        ([SLOW], [measured("slow", jitter(1.0), disable_gc=True)],
         "measured in different ways: disable_gc False in base.json, True in head.json"),
        ([SLOW], [measured("slow", jitter(1.0), warmup=100000)],
         "measured in different ways: warmup False in base.json, 100000 in head.json"),
        ([SLOW], [measured("slow", [*jitter(1.0), 0.0])], "0 s in head.json cannot be a time"),
        ([measured("slow", [*jitter(1.0), float("nan")])], [SLOW], "nan s in base.json cannot be a time"),
        ([SLOW], [measured("slow", jitter(1.0, 0, 15))],
         "15 rounds in head.json: 16 pairs need as many (--benchmark-min-rounds=16); with --pairs, at least 7"),
        ([SLOW], [measured("slow", [1.0])],
         "1 round in head.json: 16 pairs need as many (--benchmark-min-rounds=16); with --pairs, at least 7"),
        ([SLOW], [measured("slow", [])],
         "0 rounds in head.json: 16 pairs need as many (--benchmark-min-rounds=16); with --pairs, at least 7"),
    ],
)  # fmt: skip
def test_a_benchmark_that_cannot_be_compared_is_inconclusive_and_no_other_is(base, head, reason):
    gram = [measured("gram", jitter(1e-4))], [measured("gram", jitter(1e-4, 1))]
    found = files(gram[0] + base, gram[1] + head)
    assert row(found, 0) == ("test_gram", "no change", "")
    assert row(found, 1) == ("test_slow", "inconclusive", reason)
    assert (found.verdict, found.reasons) == ("inconclusive", [])


def test_other_ways_to_measure_as_often_are_no_difference():
    found = files([measured("gram", jitter(1e-4))], [measured("gram", jitter(1e-4, 1), min_rounds=16, max_time=0.2)])
    assert row(found) == ("test_gram", "no change", "")


def test_a_benchmark_that_some_runs_lack_is_inconclusive():
    speeds = [1e-4] * 8
    base, head = series("base", speeds), series("head", speeds, 1)
    runs = [
        Run(run.name, run.content.model_copy(update={"benchmarks": [SLOW_MEASURED]})) if number in (1, 3, 4, 6) else run
        for number, run in enumerate(head.runs)
    ]
    found = check(base, Suite("head", "head", tuple(runs), True), Limits(pairs=8))
    missing = "missing in head/1.json, head/3.json, head/4.json and 1 more"
    assert row(found, 0) == ("test_gram", "inconclusive", missing)


SLOW_MEASURED = Content.model_validate(content("base", SLOW)).benchmarks[0]


def test_fewer_pairs_than_say_anything_are_inconclusive():
    found = files([measured("gram", jitter(1e-4))], [measured("gram", jitter(9e-4))], limits=Limits(pairs=5))
    assert row(found) == ("test_gram", "inconclusive", "5 pairs: at a level of 0.0125 at least 7 are needed")


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
