"""A paired comparison in words: whole reports, and every sentence."""

import json

import pytest

from bench.check.model import Benchmark, Comparison, Finding, Limits, Pair, Side, Verdict
from bench.check.rule import decide
from bench.check.shown import Place, Report, Row
from bench.check.told import told

LIMITS = Limits(pairs=8)
MACHINE = {"device_name": "AMD EPYC 7763", "cpu": "AMD EPYC 7763", "threads": 2, "torch": "2.9.0", "python": "3.11.7"}


def pairs(base, head, n=8, invalid=()):
    """Of which each is a little slower than the one before; pair 0 is slow and does not count."""
    return [
        Pair(
            number=i,
            first="base" if i % 2 else "head",
            base=[base * (1 + i / 1000)] * 3,
            head=[head * (1 + (n - i) / 1000)] * 3,
            invalid="the processor was shared" if i in invalid else "",
        )
        if i
        else Pair(number=0, first="base", base=[9.0], head=[99.0])
        for i in range(n + 1)
    ]


def found(measured):
    counted = [pair for pair in measured if pair.number and not pair.invalid]
    return decide([pair.base[1] for pair in counted], [pair.head[1] for pair in counted], LIMITS)


def benchmark(name, head, again=None, base=1.0, line=None, **more):
    first, second = pairs(base, head), pairs(base, again) if again else []
    finding, confirmed = found(first), found(second) if second else None
    verdict = more.pop("verdict", (confirmed or finding).verdict)
    return Benchmark(id=name, name=name, line=line, pairs=first, confirming=second, first=finding, second=confirmed, verdict=verdict, **more)  # fmt: skip


SLOWER = benchmark("start: cat x waves", 1.27, 1.25, line=12)
SAME = benchmark("adam: cat x waves", 1.01, line=15)
FASTER = benchmark("size: cat x waves", 0.5, line=18)
CRASHED = Benchmark(
    id="c", name="crash: cat x waves", line=20, verdict=Verdict.INCONCLUSIVE, reason="the head crashed", failed=True
)


def comparison(*benchmarks, **more):
    given = {
        "kind": "compare",
        "title": "perf",
        "manifest": "manifests/perf.yaml",
        "command": ["nst-bench", "check", "compare", "perf", "--base", "main"],
        "started": "2026-01-02T03:04:05Z",
        "finished": "2026-01-02T03:09:05Z",
        "limits": LIMITS,
        "sides": [
            Side(role="base", given="main", commit="1a2b3c4d5e6f", environment=MACHINE),
            Side(role="head", given="this code", environment=MACHINE),
        ],
        "benchmarks": benchmarks,
    }
    return Comparison(**given | more)


def test_the_whole_report():
    assert told(comparison(SLOWER, SAME, CRASHED, notes=["a note"])) == Report(
        title="compare perf: main against this code",
        verdict=Verdict.REGRESSION,
        sentence="1 of 3 benchmarks is slower: start: cat x waves, 1.25 times as long; 1 could not be decided",
        columns=("base", "head", "ratio", "interval", "pairs"),
        rows=(
            Row(
                name="start: cat x waves",
                verdict=Verdict.REGRESSION,
                cells=("1.00 s", "1.25 s", "1.25", "1.24 to 1.26", "8+8"),
                message="1.25 times as long as before (1.24 to 1.26), 250 ms more; found twice, at first 1.27 times (1.26 to 1.28)",
                weight=pytest.approx(0.2151, abs=1e-4),
                place=Place("manifests/perf.yaml", 12, 1),
                group="start",
                seconds=pytest.approx(1.254375),
            ),
            Row(
                name="adam: cat x waves",
                verdict=Verdict.NO_CHANGE,
                cells=("1.00 s", "1.01 s", "1.01", "1.00 to 1.02", "8"),
                message="1.01 times as long as before (1.00 to 1.02)",
                weight=pytest.approx(0.0159, abs=1e-4),
                place=Place("manifests/perf.yaml", 15, 1),
                group="adam",
                seconds=pytest.approx(1.0135, abs=1e-4),
            ),
            Row(
                name="crash: cat x waves",
                verdict=Verdict.INCONCLUSIVE,
                cells=("", "", "", "", ""),
                message="the head crashed",
                weight=1e9,
                place=Place("manifests/perf.yaml", 20, 1),
                group="crash",
                seconds=None,
            ),
        ),
        notes=("a note",),
        facts=(
            ("base", "main (1a2b3c4d5e6f)"),
            ("head", "this code"),
            ("machine", "AMD EPYC 7763, 2 threads"),
            ("torch", "2.9.0"),
            ("rule", "slower by more than 10% and 20 ms, at a level of 0.0125 at the most"),
            ("pairs", "8 asked for, the one in the middle of 5 rounds on each side"),
            ("level", "0.00391 with 8 pairs"),
            ("measured", "2026-01-02T03:04:05Z to 2026-01-02T03:09:05Z"),
        ),
    )


def sentence(*benchmarks, **more):
    return told(comparison(*benchmarks, **more)).sentence


SECOND = benchmark("size: cat x waves", 1.5)
OPEN = benchmark("open: cat x waves", 1.1)


@pytest.mark.parametrize(
    ("benchmarks", "text"),
    [
        ((), "nothing was measured"),
        ((SLOWER,), "the only benchmark is slower: start: cat x waves, 1.25 times as long"),
        ((SLOWER, SAME), "1 of 2 benchmarks is slower: start: cat x waves, 1.25 times as long"),
        ((SLOWER, SECOND), "both benchmarks are slower, most of all size: cat x waves: 1.50 times as long"),
        ((SLOWER, SAME, SECOND), "2 of 3 benchmarks are slower, most of all size: cat x waves: 1.50 times as long"),
        ((OPEN,), "the only benchmark could not be decided: open: cat x waves"),
        ((OPEN, SAME), "1 of 2 benchmarks could not be decided: open: cat x waves"),
        ((OPEN, CRASHED, OPEN), "all 3 benchmarks could not be decided"),
        ((OPEN, CRASHED, SAME), "2 of 3 benchmarks could not be decided"),
        ((SAME,), "the only benchmark is not slower: adam: cat x waves"),
        ((FASTER,), "the only benchmark is faster: size: cat x waves"),
        ((SAME, SAME), "none of 2 benchmarks is slower"),
        ((SAME, FASTER), "none of 2 benchmarks is slower, 1 is faster"),
        ((FASTER, FASTER, SAME), "none of 3 benchmarks is slower, 2 are faster"),
    ],
)
def test_what_it_comes_to(benchmarks, text):
    assert sentence(*benchmarks) == text


def test_what_is_not_whole_or_may_not_block_says_so():
    assert (
        sentence(SAME, SAME, reasons=["interrupted"]) == "none of 2 benchmarks is slower; it cannot pass: interrupted"
    )
    assert sentence(reasons=["no baseline"]) == "nothing was measured; it cannot pass: no baseline"
    only = told(comparison(SLOWER, informational="another machine"))
    assert only.sentence == "the only benchmark is slower: start: cat x waves, 1.25 times as long, for information only"  # fmt: skip
    assert only.reasons == ("for information only: another machine",)
    assert only.verdict is Verdict.INCONCLUSIVE


def message(benchmark):
    return told(comparison(benchmark)).rows[0].message


def test_an_improvement_is_told_like_a_regression():
    assert message(FASTER) == "0.50 times as long as before (0.50 to 0.50), 503 ms less"


def test_what_was_not_confirmed_tells_both_figures():
    unconfirmed = benchmark("a", 1.27, 1.02, verdict=Verdict.INCONCLUSIVE, reason="slower at first, and not again")
    assert message(unconfirmed) == (
        "1.02 times as long as before (1.01 to 1.03); at first 1.27 times (1.26 to 1.28): slower at first, and not again"
    )


def test_the_rules_reason_is_told_where_the_benchmark_has_none():
    assert message(OPEN) == (
        "1.10 times as long as before (1.09 to 1.11): neither more nor less than 10% slower could be shown"
    )
    few = Benchmark(id="a", name="a", first=decide([1.0], [2.0], LIMITS), verdict=Verdict.INCONCLUSIVE)
    assert message(few) == "1 pair: at a level of 0.0125 at least 7 are needed"
    assert message(Benchmark(id="a", name="a", verdict=Verdict.INCONCLUSIVE)) == "not measured"


def test_pairs_that_must_not_be_compared_are_left_out_and_counted():
    measured = pairs(1.0, 1.01, invalid=(3,))
    row = told(comparison(Benchmark(id="a", name="a", pairs=measured, first=found(measured), verdict=Verdict.NO_CHANGE))).rows[0]  # fmt: skip
    assert row.cells[4] == "7 of 8"


def test_a_confirmation_that_could_not_be_measured_leaves_the_first_figures():
    first = pairs(1.0, 1.27)
    failed = Finding(verdict=Verdict.INCONCLUSIVE, n=0, reason="no pair")
    row = told(comparison(Benchmark(id="a", name="a", pairs=first, first=found(first), second=failed, verdict=Verdict.INCONCLUSIVE, reason="interrupted"))).rows[0]  # fmt: skip
    assert row.cells == ("1.00 s", "1.27 s", "1.27", "1.26 to 1.28", "8+0")
    assert row.message == "1.27 times as long as before (1.26 to 1.28): interrupted"


def test_the_worst_are_ranked_first():
    worse = benchmark("worse", 1.5)
    unsure = benchmark("unsure", 1.099)
    ranked = told(comparison(SAME, unsure, SLOWER, CRASHED, OPEN, worse, FASTER)).ranked
    assert [row.name.partition(":")[0] for row in ranked] == ["worse", "start", "crash", "open", "unsure", "size", "adam"]  # fmt: skip


def test_phases_are_named_where_there_are_several():
    targets = SAME.model_copy(update={"phase": "targets"})
    assert [row.name for row in told(comparison(SAME, targets)).rows] == ["adam: cat x waves (optimise)", "adam: cat x waves (targets)"]  # fmt: skip
    assert [row.name for row in told(comparison(targets)).rows] == ["adam: cat x waves"]


def test_benchmarks_of_pytest_are_grouped_by_file_and_class():
    benchmarks = [SAME.model_copy(update={"name": name}) for name in ("tests/t.py::A::test_a[x::y]", "test_b")]
    report = told(comparison(*benchmarks, kind="pytest-benchmark", manifest=""))
    assert [row.group for row in report.rows] == ["tests/t.py::A", ""]
    assert [row.place for row in report.rows] == [None, None]
    assert "pairs" not in dict(report.facts)


def facts(base, head):
    sides = [Side(role="base", given="a", environment=base), Side(role="head", given="b", environment=head)]
    return told(comparison(SAME, sides=sides)).facts[2:-4]


def test_sides_that_ran_on_different_things_say_in_what():
    other = MACHINE | {"device_name": "NVIDIA H100", "threads": 1, "torch": "2.10.0", "python": "3.12.1"}
    assert facts(MACHINE, other) == (
        ("machine of the base", "AMD EPYC 7763, 2 threads"),
        ("machine of the head", "NVIDIA H100, AMD EPYC 7763, 1 thread"),
        ("python", "3.11.7 (base), 3.12.1 (head)"),
        ("torch", "2.9.0 (base), 2.10.0 (head)"),
    )
    assert facts({}, MACHINE) == (("machine", "AMD EPYC 7763, 2 threads"), ("torch", "2.9.0"))
    assert facts({}, {}) == ()


def test_what_could_be_decided_with_more_pairs_says_so():
    assert told(comparison(OPEN)).next_step == "a quieter machine or more pairs can decide what is inconclusive"
    assert told(comparison(OPEN, reasons=["interrupted"])).next_step == ""
    assert told(comparison(CRASHED)).next_step == ""
    assert told(comparison(SLOWER, OPEN)).next_step == ""


def test_a_comparison_that_was_written_down_tells_the_same():
    whole = comparison(SLOWER, SAME, CRASHED)
    assert told(Comparison.model_validate(json.loads(whole.model_dump_json()))) == told(whole)
