"""What people read of a count."""

import pytest

from bench.check.exact.model import Benchmark, Check, Counter
from bench.check.exact.report import report
from bench.check.model import Verdict
from bench.check.shown import Place

OFF, FINE, UNSURE = Verdict.REGRESSION, Verdict.NO_CHANGE, Verdict.INCONCLUSIVE


def counter(metric, expected, counted, margin=0.0, verdict=FINE, reason=""):
    return Counter(metric=metric, expected=expected, counted=counted, margin=margin, verdict=verdict, reason=reason)


def check(*benchmarks, **more):
    given = {
        "title": "perf",
        "manifest": "manifests/perf.yaml",
        "manifest_sha256": "",
        "command": [],
        "started": "",
        "finished": "",
    }
    where = {"device": "cpu", "baseline": "exact.yml", "environment": {"device_name": "A processor", "torch": "2.9"}}
    return Check(**given, **where, benchmarks=list(benchmarks), **more)


ONE = Benchmark(
    name="lbfgs: cat x waves",
    job="a",
    line=23,
    column=3,
    counters=[
        counter("flops", 27_463_471_104, 30_000_000_000, verdict=OFF),
        counter("updates", 23, 23),
        counter("state_bytes", 200, 150, verdict=OFF),
        counter("final_loss", 118.0, 118.59, 0.05),
        counter("forwards", 0, 2, verdict=OFF),
    ],
)
SITE = Benchmark(name="site", counters=[counter("files", 52, 52)])


def test_every_counter_has_a_row_with_both_figures_and_how_far_they_are_apart():
    found = report(check(ONE, SITE))
    assert found.columns == ("expected", "counted", "off by", "margin")
    assert [(row.name, row.verdict, row.cells) for row in found.rows] == [
        ("lbfgs: cat x waves: flops", OFF, ("27,463,471,104", "30,000,000,000", "+9.24 %", "0")),
        ("lbfgs: cat x waves: updates", FINE, ("23", "23", "", "0")),
        ("lbfgs: cat x waves: state_bytes", OFF, ("200", "150", "-25 %", "0")),
        ("lbfgs: cat x waves: final_loss", FINE, ("118", "118.59", "+0.5 %", "5 %")),
        ("lbfgs: cat x waves: forwards", OFF, ("0", "2", "+2", "0")),
        ("site: files", FINE, ("52", "52", "", "0")),
    ]
    assert [row.message for row in found.rows] == [
        "30,000,000,000, 9.24 % more than the 27,463,471,104 of the baseline, its margin 0",
        "23, as expected",
        "150, 25 % less than the 200 of the baseline, its margin 0",
        "118.59, 0.5 % more than the 118 of the baseline, within its margin of 5 %",
        "2, 2 more than the 0 of the baseline, its margin 0",
        "52, as expected",
    ]


def test_rows_stand_at_the_experiment_in_the_manifest_and_the_farthest_off_is_the_worst():
    found = report(check(ONE, SITE))
    assert {(row.group, row.place) for row in found.rows} == {
        ("lbfgs", Place("manifests/perf.yaml", 23, 3)),
        ("site", None),
    }
    assert [row.name.rpartition(" ")[2] for row in found.ranked[:3]] == ["forwards", "state_bytes", "flops"]


def test_a_difference_in_either_direction_is_a_regression_that_can_be_accepted():
    found = report(
        check(ONE, SITE, replacement="out/exact.yml"), "nst-bench check exact perf --update accepts these figures"
    )
    assert (found.title, found.verdict) == ("exact perf: cpu against exact.yml", OFF)
    assert found.sentence == (
        "3 of 6 counters are off: the farthest, lbfgs: cat x waves: forwards: 2, 2 more than the 0 of the baseline, "
        "its margin 0"
    )
    assert found.facts == (
        ("machine", "A processor (cpu)"),
        ("torch", "2.9"),
        ("baseline", "exact.yml"),
        ("would pass", "out/exact.yml"),
    )
    assert found.next_step == "nst-bench check exact perf --update accepts these figures"


FINE_ONE = Benchmark(name="m: a", job="a", counters=[counter("flops", 1, 1)])
UNSURE_ONE = Benchmark(name="m: b", job="b", counters=[counter("updates", 1, 1, verdict=UNSURE, reason="not exact")])
LOST_ONE = Benchmark(name="m: c", job="c", reason="the manifest has changed")
OFF_ONE = Benchmark(name="m: d", job="d", counters=[counter("flops", 1, 2, verdict=OFF)])


@pytest.mark.parametrize(
    ("found", "verdict", "sentence"),
    [
        (check(FINE_ONE, SITE), FINE, "all 2 counters are within their margins"),
        (check(FINE_ONE, UNSURE_ONE), UNSURE, "no verdict: 1 of 2 counters could not be compared"),
        (check(FINE_ONE, LOST_ONE), UNSURE, "no verdict: 1 of 2 benchmarks could not be compared"),
        (
            check(LOST_ONE, OFF_ONE),
            OFF,
            "1 of 1 counters is off: m: d: flops: 2, 100 % more than the 1 of the baseline, its margin 0",
        ),
        (check(FINE_ONE, reasons=["no such file"]), UNSURE, "no verdict: no such file"),
        (check(reasons=["interrupted"]), UNSURE, "no verdict: interrupted"),
        (check(), UNSURE, "no verdict: nothing was counted"),
    ],
)
def test_what_is_not_whole_is_no_pass(found, verdict, sentence):
    assert (report(found).verdict, report(found).sentence) == (verdict, sentence)


def test_a_benchmark_without_figures_says_why():
    (row,) = report(check(LOST_ONE)).rows
    assert (row.name, row.verdict, row.cells, row.message) == ("m: c", UNSURE, ("",) * 4, "the manifest has changed")
