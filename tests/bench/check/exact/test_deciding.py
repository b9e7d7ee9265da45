"""What is off, what is not, and what a baseline becomes: by figures alone."""

import pytest

from bench.check.exact.baseline import Expected, Row
from bench.check.exact.counted import Counted
from bench.check.exact.deciding import compare, inexact, judge, moved, updated, usable
from bench.check.exact.metrics import METRICS, OF_A_JOB, OF_THE_SITE
from bench.check.model import Verdict

OFF, FINE, UNSURE = Verdict.REGRESSION, Verdict.NO_CHANGE, Verdict.INCONCLUSIVE


def row(job="a", **metrics):
    return Row(job, {name: Expected(*given) for name, given in metrics.items()})


def counted(name="m: one", job="a", again=(), reason="", **figures):
    return Counted(name, job, (7, 3), figures, dict(again), reason)


@pytest.mark.parametrize(
    ("figure", "expected", "margin", "verdict"),
    [
        (100, 100, 0.0, FINE),
        (101, 100, 0.0, OFF),
        (99, 100, 0.0, OFF),
        (105, 100, 0.05, FINE),
        (95, 100, 0.05, FINE),
        (106, 100, 0.05, OFF),
        (94, 100, 0.05, OFF),
        (-1.005, -1.0, 0.01, FINE),
        (-1.02, -1.0, 0.01, OFF),
        (0, 0, 0.0, FINE),
        (1, 0, 0.5, OFF),  # of nothing, no share is anything
    ],
)
def test_a_figure_is_off_beyond_its_margin_in_either_direction(figure, expected, margin, verdict):
    assert judge("flops", figure, Expected(expected, margin)).verdict is verdict


def test_what_cannot_be_compared_is_no_pass():
    assert [(found.verdict, found.reason) for found in (
        judge("flops", 100, None),
        judge("flops", None, Expected(100, 0.0)),
        judge("updates", 10, Expected(10, 0.0), again=11),
    )] == [
        (UNSURE, "the baseline has no such figure"),
        (UNSURE, "expected by the baseline, and not counted here"),
        (UNSURE, "not exact: 10 and 11 in two counts of the same job"),
    ]  # fmt: skip


def test_two_counts_may_differ_by_the_margin_and_are_told_of_all_the_same():
    assert judge("final_loss", 1.0, Expected(1.0, 0.01), again=1.005).verdict is FINE
    assert judge("final_loss", 1.0, Expected(1.0, 0.001), again=1.005).verdict is UNSURE
    assert inexact([counted(final_loss=1.0, updates=3, again={"final_loss": 1.005, "updates": 3})]) == [
        "m: one: final_loss was 1.0, and 1.005 when the same job was counted again"
    ]


def test_every_benchmark_is_compared_counter_by_counter_in_the_baselines_margins():
    found = compare(
        [counted(flops=110, updates=3), counted("site", None, files=5)],
        {"m: one": row(flops=(100, 0.2), updates=(2, 0.0)), "site": row(None, files=(5, 0.0))},
        whole=True,
    )
    assert [(one.name, counter.metric, counter.verdict) for one in found for counter in one.counters] == [
        ("m: one", "flops", FINE),
        ("m: one", "updates", OFF),
        ("site", "files", FINE),
    ]
    assert [(one.line, one.column, one.reason) for one in found] == [(7, 3, ""), (7, 3, "")]


def test_a_changed_manifest_is_never_compared():
    found = compare(
        [counted(flops=1), counted("m: new", "b", flops=1), counted("m: broken", "c", reason="failed: so it is")],
        {"m: one": row("d", flops=(1, 0.0)), "m: gone": row("e", flops=(1, 0.0)), "m: broken": row("c")},
        whole=True,
    )
    assert [(one.name, one.reason, one.counters) for one in found] == [
        ("m: one", "the manifest has changed: the job is a, the baseline is of d", []),
        ("m: new", "the baseline expects nothing of it", []),
        ("m: broken", "failed: so it is", []),
        ("m: gone", "expected by the baseline, and no longer in the manifest", []),
    ]


def test_rows_of_jobs_that_were_not_asked_for_are_not_missed():
    rows = {"m: one": row(flops=(1, 0.0)), "m: two": row("b", flops=(1, 0.0))}
    assert [one.name for one in compare([counted(flops=1)], rows, whole=False)] == ["m: one"]


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        (1009, 1000),  # less than a third of the margin of 30
        (1010, 1000),
        (1011, 1011),  # more
        (989, 989),
        (2000, 2000),
    ],
)
def test_an_update_moves_what_is_off_by_more_than_a_third_of_its_margin_and_keeps_the_margin(figure, expected):
    after = updated({"m: one": row(flops=(1000, 0.03))}, [counted(flops=figure)], whole=True)
    assert after == {"m: one": row(flops=(expected, 0.03))}


def test_an_update_moves_an_exact_figure_by_any_difference():
    assert updated({"m: one": row(flops=(10**12, 0.0))}, [counted(flops=10**12 + 1)], whole=True) == {
        "m: one": row(flops=(10**12 + 1, 0.0))
    }


def test_of_another_job_an_update_takes_every_figure():
    rows = {"m: one": row("d", flops=(100, 0.5), peak_bytes=(3, 0.1))}
    after = updated(rows, [counted(flops=101, updates=2)], whole=True)
    assert after == {"m: one": row("a", flops=(101, 0.5), updates=(2, METRICS["updates"].margin))}
    assert moved(rows, after) == [
        "m: one: of the job a, no more of d",
        "m: one: flops: 100 -> 101",
        "m: one: updates: new",
        "m: one: peak_bytes: dropped",
    ]


def test_an_update_keeps_the_order_and_what_was_not_asked_for():
    rows = {"m: two": row("b", flops=(1, 0.0)), "m: one": row(flops=(1, 0.0)), "site": row(None, files=(9, 0.0))}
    new = [counted(flops=2), counted("m: three", "c", flops=3)]
    assert list(updated(rows, new, whole=False)) == ["m: two", "m: one", "m: three", "site"]
    whole = updated(rows, new, whole=True)
    assert list(whole) == ["m: one", "m: three"]
    assert moved(rows, whole) == ["m: one: flops: 1 -> 2", "m: three: new", "m: two: dropped", "site: dropped"]


def test_an_update_of_what_passes_moves_nothing():
    rows = {"m: one": row(flops=(100, 0.3), updates=(2, 0.0))}
    assert moved(rows, updated(rows, [counted(flops=105, updates=2)], whole=True)) == []


def test_what_an_update_leaves_behind_passes():
    rows = {"m: one": row("d", flops=(100, 0.3)), "site": row(None, bytes=(1000, 0.05))}
    new = [counted(flops=140, final_loss=0.5), counted("m: two", "b", updates=0), counted("site", None, bytes=1016)]
    found = compare(new, updated(rows, new, whole=True), whole=True)
    assert {counter.verdict for one in found for counter in one.counters} == {FINE}
    assert [one.reason for one in found] == ["", "", ""]


@pytest.mark.parametrize(
    ("benchmarks", "fit"),
    [
        ([], False),
        ([counted(flops=1)], True),
        ([counted(flops=1), counted("m: two", "b", reason="failed")], False),
        ([counted(updates=10, again={"updates": 11})], False),
        ([counted(final_loss=1.0, again={"final_loss": 1.001})], True),
    ],
)
def test_a_baseline_is_made_of_whole_and_exact_counts_alone(benchmarks, fit):
    assert usable(benchmarks, {}) is fit


def test_every_counter_has_a_margin_and_a_reason_for_it():
    assert all(metric.reason and 0 <= metric.margin <= 0.05 for metric in METRICS.values())
    assert len(METRICS) == len(OF_A_JOB) + len(OF_THE_SITE)
