"""Progress on a terminal."""

import re

import pytest

from bench.manifest import load
from bench.plan import make_plan
from bench.record import Try
from bench.runner import Interrupt, run
from bench.store import Store
from tests.bench.progress.shown import bars, frame, record_of
from tests.bench.small import SMALL, FakeClock, FakeEngine, failed


def test_a_bar_counts_to_the_end_of_the_last_size(manifest):
    plan = make_plan(load(manifest(SMALL.replace("size: 32", "size: 32, coarse_sizes: [16, 24]"))))
    listener, console = bars(plan)
    job = next(iter(plan.jobs.values()))
    listener.started([job], 0, ["cpu"])
    listener.job_started(job, "cpu")
    listener.job_progressed(job, 7, 1.0)
    listener.stop()
    assert "7/9" in frame(listener, console)[1]


def test_a_terminal_shows_all_jobs_and_the_one_that_runs(plan, jobs):
    time = FakeClock()
    listener, console = bars(plan, time=time)
    listener.started(jobs, 0, ["cpu"])
    listener.job_started(jobs[0], "cpu")
    time.seconds = 2.0
    listener.job_progressed(jobs[0], 1, 12.3456)
    listener.stop()
    every, one = frame(listener, console)
    assert re.fullmatch(r"jobs +\S* 0/4 0:22 left", every)
    assert re.fullmatch(r"one x left, init noise +\S+ +1/3 loss 12.35", one)


def test_every_slot_has_its_bar(plan, jobs):
    listener, console = bars(plan)
    listener.started(jobs, 0, ["cuda:0", "cuda:1"])
    listener.job_started(jobs[0], "cuda:0")
    listener.job_started(jobs[1], "cuda:1")
    listener.job_progressed(jobs[1], 2, None)
    listener.stop()
    _, first, second = frame(listener, console)
    assert first.startswith("cuda:0  one x left, init noise ")
    assert "0/3" in first
    assert second.startswith("cuda:1  one x left, init content ")
    assert second.endswith("2/3 loss is not a number")


def test_the_end_of_a_job_leaves_the_bar_of_the_next_in_its_slot(plan, jobs, tmp_path):
    listener, console = bars(plan)
    listener.started(jobs, 0, ["cpu"])
    listener.job_started(jobs[0], "cpu")
    listener.job_started(jobs[1], "cpu")  # before the first is written down
    listener.job_ended(jobs[0], record_of(plan, jobs[0], tmp_path))
    listener.stop()
    every, one = frame(listener, console)
    assert "1/4" in every
    assert one.startswith("one x left, init content")


def test_failures_and_retries_are_told_above_the_bars_and_counted(plan, jobs, tmp_path):
    listener, console = bars(plan, width=120)
    listener.started(jobs, 3, ["cpu"])
    listener.job_started(jobs[0], "cpu")
    listener.job_retried(jobs[0], Try(status="crashed", message="it died", started="", finished=""), 2.0)
    assert len(frame(listener, console)) == 1
    listener.job_ended(jobs[0], record_of(plan, jobs[0], tmp_path, lambda order: failed(order, "it broke")))
    listener.stopping("finishing")
    listener.stop()
    assert "1 failed" in frame(listener, console)[0]
    said = console.file.getvalue()
    for line in (
        "4 jobs to run, 3 already done",
        "one x left, init noise: crashed: it died; again in 2 s",
        "one x left, init noise: failed: it broke",
        "finishing",
    ):
        assert line in said


@pytest.mark.parametrize("width", [90, 60, 40, 30])
def test_a_narrow_terminal_keeps_the_figures(plan, jobs, width):
    listener, console = bars(plan, width)
    listener.started(jobs, 0, ["cuda:0", "cuda:1"])
    listener.job_started(jobs[0], "cuda:0")
    listener.job_progressed(jobs[0], 2, 1234.5678)
    listener.stop()
    lines = frame(listener, console)
    assert len(lines) == 2
    assert all(len(line) <= width for line in lines)
    assert lines[0].startswith("jobs")
    assert "0/4" in lines[0]
    assert "left" in lines[0]
    assert "2/3" in lines[1]
    assert lines[1].endswith("loss 1235")


def test_as_many_slots_have_bars_as_the_terminal_has_lines(manifest):
    plan = make_plan(load(manifest(SMALL.replace("grid: {", "grid: {style_weight: [1, 2, 3, 4, 5], "))))
    jobs = list(plan.jobs.values())
    listener, console = bars(plan, height=8)
    slots = [f"cuda:{number}" for number in range(len(jobs))]
    listener.started(jobs, 0, slots)
    for job, slot in zip(jobs[:6], slots, strict=False):
        listener.job_started(job, slot)
    assert len(frame(listener, console)) == 7
    for job, slot in zip(jobs[6:], slots[6:], strict=True):
        listener.job_started(job, slot)
    listener.stop()
    lines = frame(listener, console)
    assert len(lines) == 7
    assert lines[5].startswith("cuda:4 ")
    assert lines[6] == f"and {len(jobs) - 5} more"


def test_a_terminal_that_is_gone_needs_no_tidying(plan, jobs):
    listener, console = bars(plan)
    listener.started(jobs, 0, ["cpu"])

    def gone(*_):
        raise OSError(5, "Input/output error")

    console.file.write = gone
    listener.stop()


def test_bars_go_all_the_way(plan, tmp_path):
    listener, console = bars(plan, width=60)
    run(plan, Store(tmp_path / "r"), FakeEngine(slots=["a", "b"]), listener, Interrupt())
    listener.stop()
    shown = console.file.getvalue()
    assert "4 jobs to run" in shown
    assert "one x right, init content: 2.5 s, loss 1.5" in shown


# -- lines ---------------------------------------------------------------------------------------
