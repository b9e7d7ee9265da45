"""Figures of pytest-benchmark that cannot be compared: which sides are refused, what is inconclusive, and why."""

import pytest

from bench.check.micro.suite import Content, Run, Suite
from bench.check.model import Limits
from tests.bench.check.micro.suites import MACHINE, SLOW, check, content, files, folder, jitter, measured, row, series

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
