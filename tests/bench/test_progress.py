import dataclasses
import io
import json
import re

import pytest
from rich.console import Console

from bench.engines import Ended, Standing
from bench.manifest import load
from bench.plan import make_plan
from bench.progress import (
    Bars,
    Forecast,
    JsonEvents,
    Lines,
    Quiet,
    clock,
    describe,
    evaluations,
    makespan,
    result,
    work,
)
from bench.record import Record, Try
from bench.runner import Interrupt, run
from bench.runner.options import Options
from bench.store import Store
from tests.bench.small import SMALL, FakeClock, FakeEngine, Takes, done, failed


def record_of(plan, job, folder, outcome=done):
    """The record of one job, as a run leaves it behind."""
    store = Store(folder / "one-job")
    run(plan, store, FakeEngine(outcome), Quiet(), Interrupt(), options=Options(only=frozenset([job.id])))
    return store.record(job.id)


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "?"), (0, "0:00"), (59.6, "1:00"), (65, "1:05"), (7380, "2:03:00")]
)
def test_a_clock_people_can_read(seconds, text):
    assert clock(seconds) == text


@pytest.fixture
def jobs(plan):
    return list(plan.jobs.values())


def ended(forecast, job, time, seconds, slot="cpu"):
    forecast.started(job, slot)
    time.seconds += seconds
    forecast.ended(job)


def test_the_forecast_says_nothing_before_a_tenth_of_the_first_job_is_behind_it(jobs):
    time = FakeClock()
    forecast = Forecast(
        [dataclasses.replace(job, parameters={**job.parameters, "evaluations": 20}) for job in jobs], now=time.now
    )
    assert forecast.seconds_left() is None
    forecast.started(jobs[0], "cpu")
    time.seconds = 4.0
    assert forecast.seconds_left() is None


def test_the_forecast_goes_by_the_first_job_once_that_tells(jobs):
    time = FakeClock()
    forecast = Forecast(jobs, now=time.now)
    forecast.started(jobs[0], "cpu")
    time.seconds = 4.0
    forecast.progressed(jobs[0], 1)  # of 3
    assert forecast.seconds_left() == pytest.approx(8 + 3 * 12)


def test_the_forecast_counts_work_not_jobs(manifest):
    text = SMALL.replace("grid: {init: [noise, content]}", "grid: {size: [32, 64]}").replace("compare: [init]", "")
    jobs = list(make_plan(load(manifest(text))).jobs.values())
    time = FakeClock()
    forecast = Forecast(jobs, now=time.now)
    ended(forecast, jobs[0], time, 10.0)
    assert forecast.seconds_left() == 40 + 10 + 40
    forecast.started(jobs[1], "cpu")
    time.seconds += 25.0
    assert forecast.seconds_left() == 15 + 10 + 40


def test_the_forecast_shares_jobs_out_over_the_slots(jobs):
    time = FakeClock()
    forecast = Forecast(jobs, slots=3, now=time.now)
    ended(forecast, jobs[0], time, 10.0)
    assert forecast.seconds_left() == 10.0
    forecast = Forecast(jobs, slots=2, now=time.now)
    ended(forecast, jobs[0], time, 10.0)
    assert forecast.seconds_left() == 20.0  # three jobs in two slots: one slot has two of them


def test_the_end_is_that_of_the_longest_job(jobs):
    time = FakeClock()
    forecast = Forecast(jobs, 4, {job.id: seconds for job, seconds in zip(jobs, [1, 1, 1, 60], strict=True)}, time.now)
    assert forecast.seconds_left() == 60.0
    for number, job in enumerate(jobs):
        forecast.started(job, f"cpu/{number}")
    time.seconds = 20.0
    assert forecast.seconds_left() == 40.0


def test_predictions_count_at_once_and_are_corrected_by_what_jobs_took(jobs):
    time = FakeClock()
    forecast = Forecast(
        jobs, 1, {job.id: seconds for job, seconds in zip(jobs, [10, 20, 30, 40], strict=True)}, time.now
    )
    assert forecast.seconds_left() == 100.0
    ended(forecast, jobs[0], time, 15.0)
    assert forecast.seconds_left() == 1.5 * 90
    ended(forecast, jobs[1], time, 15.0)
    assert forecast.seconds_left() == 70.0


def test_jobs_without_a_prediction_count_by_their_work_beside_the_others(manifest):
    text = SMALL.replace("grid: {init: [noise, content]}", "grid: {size: [32, 64]}").replace("compare: [init]", "")
    jobs = list(make_plan(load(manifest(text))).jobs.values())
    forecast = Forecast(jobs, 1, {jobs[0].id: 10.0, jobs[2].id: 12.0}, lambda: 0.0)
    assert forecast.seconds_left() == 10 + 44 + 12 + 44


def test_a_job_tried_again_is_ahead_of_us_once_more(jobs):
    time = FakeClock()
    forecast = Forecast(jobs, 1, dict.fromkeys((job.id for job in jobs), 10.0), time.now)
    forecast.started(jobs[0], "cpu")
    time.seconds = 9.0
    assert forecast.seconds_left() == 31.0
    forecast.retried(jobs[0])
    assert forecast.seconds_left() == 40.0


def test_a_job_that_takes_longer_than_it_should_takes_no_time_back(jobs):
    time = FakeClock()
    forecast = Forecast(jobs[:1], 1, {jobs[0].id: 10.0}, time.now)
    forecast.started(jobs[0], "cpu")
    time.seconds = 1000.0
    assert forecast.seconds_left() == 0.0


def test_many_jobs_even_out(plan, jobs):
    many = [dataclasses.replace(jobs[0], id=str(number)) for number in range(1000)]
    forecast = Forecast(many, 8, dict.fromkeys((job.id for job in many), 4.0), lambda: 0.0)
    assert forecast.seconds_left() == 500.0


@pytest.mark.parametrize(
    ("running", "waiting", "slots", "seconds"),
    [([], [], 2, 0), ([5], [], 2, 5), ([], [4, 4, 4], 2, 8), ([3, 1], [5, 1], 2, 6), ([9], [1] * 5, 2, 9)],
)
def test_each_job_that_waits_goes_to_the_slot_that_is_free_first(running, waiting, slots, seconds):
    assert makespan(running, waiting, slots) == seconds


def test_work_and_evaluations_are_those_of_all_sizes(manifest):
    text = SMALL.replace("init: [noise, content]", "coarse_sizes: [[], [16], [16, 24]]")
    text = text.replace("compare: [init]", "pairs: [[one, left]]\n    defaults: {coarse_evaluations: [5]}")
    jobs = list(make_plan(load(manifest(text))).jobs.values())
    assert [evaluations(job) for job in jobs] == [3, 5 + 3, 5 + 5 + 3]
    pixels = [3 * 32**2, 5 * 16**2 + 3 * 32**2, 5 * 16**2 + 5 * 24**2 + 3 * 32**2]
    assert [work(job) / work(jobs[0]) for job in jobs] == pytest.approx([p / pixels[0] for p in pixels])


def bars(plan, width=90, height=40, time=None):
    console = Console(
        file=io.StringIO(), force_terminal=True, width=width, height=height, highlight=False, color_system=None
    )
    return Bars(plan, console, now=(time or FakeClock()).now), console


def frame(listener, console):
    """The lines that a look at the terminal would show now."""
    rendered = "".join(part.text for part in console.render(listener._bars.get_renderable()))
    return [line.rstrip() for line in rendered.splitlines()]


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


def test_a_log_gets_one_line_per_job(plan, tmp_path):
    stream = io.StringIO()
    bad = list(plan.jobs)[1]
    engine = FakeEngine(lambda o: failed(o, "disk on fire") if o.id == bad else done(o))
    run(plan, Store(tmp_path / "r"), engine, Lines(plan, stream, now=lambda: 0.0), Interrupt())
    assert stream.getvalue().splitlines() == [
        "4 jobs to run",
        "[1/4] one x left, init noise: 2.5 s, loss 1.5, 0:00 left",
        "[2/4] one x left, init content: failed: disk on fire, 0:00 left",
        "[3/4] one x right, init noise: 2.5 s, loss 1.5, 0:00 left",
        "[4/4] one x right, init content: 2.5 s, loss 1.5",
    ]


def test_a_log_tells_of_every_try(plan, tmp_path):
    stream, tries = io.StringIO(), iter([True, True])
    engine = FakeEngine(lambda o: failed(o, "it died", "crashed") if next(tries, None) else done(o))
    only = Options(only=frozenset([next(iter(plan.jobs))]))
    listener = Lines(plan, stream, engine.time.now)
    run(plan, Store(tmp_path / "r"), engine, listener, Interrupt(), options=only, clock=engine.time.clock)
    assert stream.getvalue().splitlines() == [
        "1 job to run",
        "one x left, init noise: crashed: it died; again in 1 s",
        "one x left, init noise: crashed: it died; again in 2 s",
        "[1/1] one x left, init noise: 2.5 s, loss 1.5, try 3",
    ]


TWO = Standing(nodes=2, gpus=8, slots=8)
ONE = Standing(nodes=1, gpus=4, slots=4, lost=("gpu-b",), note="gpu-b went away")


class TestMachines:
    """Of an engine with several: how many there are, what is lost, and the pace of all together."""

    def test_a_log_has_a_line_when_they_change_and_the_pace_in_every_other(self, plan, jobs, tmp_path):
        stream, time = io.StringIO(), FakeClock()
        listener, record = Lines(plan, stream, time.now), record_of(plan, jobs[0], tmp_path)
        listener.started(jobs, 0, ["a", "b"])
        listener.machines(TWO)
        listener.machines(dataclasses.replace(TWO, slots=16))  # more slots of the same machines
        listener.job_started(jobs[0], "a")
        time.seconds = 12.0
        listener.job_ended(jobs[0], record)
        listener.machines(ONE)
        assert stream.getvalue().splitlines() == [
            "4 jobs to run",
            "on 2 nodes, 8 GPUs",
            "[1/4] one x left, init noise: 2.5 s, loss 1.5, 0:12 left, 5.0 jobs/min",
            "on 1 node, 4 GPUs, 1 node lost (gpu-b): gpu-b went away",
        ]

    def test_in_the_first_seconds_a_log_says_nothing_of_the_pace(self, plan, jobs, tmp_path):
        stream, time = io.StringIO(), FakeClock()
        listener, record = Lines(plan, stream, time.now), record_of(plan, jobs[0], tmp_path)
        listener.started(jobs, 0, ["a", "b"])
        listener.machines(TWO)
        listener.job_started(jobs[0], "a")
        time.seconds = 1.0
        listener.job_ended(jobs[0], record)
        assert stream.getvalue().splitlines()[-1].endswith(" left")

    def test_a_terminal_shows_them_beside_all_jobs(self, plan, jobs, tmp_path):
        time = FakeClock()
        listener, console = bars(plan, width=120, time=time)
        record = record_of(plan, jobs[0], tmp_path)
        listener.started(jobs, 0, ["a", "b"])
        listener.machines(TWO)
        listener.job_started(jobs[0], "a")
        time.seconds = 12.0
        listener.job_ended(jobs[0], record)
        listener.machines(ONE)
        listener.stop()
        line = frame(listener, console)[0]
        assert line.startswith("jobs on 1 node, 4 GPUs, 1 node lost (gpu-b)")
        assert line.endswith("5.0 jobs/min")
        assert "gpu-b went away" in console.file.getvalue()

    def test_programs_are_told_of_them(self, plan, jobs):
        stream = io.StringIO()
        listener = JsonEvents(plan, stream, utc=FakeClock().utc)
        listener.started(jobs, 0, ["a"])
        listener.machines(ONE)
        told = json.loads(stream.getvalue().splitlines()[-1])
        assert told == {
            "schema": 1,
            "at": "2026-01-02T03:04:05.000Z",
            "event": "machines",
            "nodes": 1,
            "gpus": 4,
            "slots": 4,
            "lost": ["gpu-b"],
            "note": "gpu-b went away",
        }

    def test_no_pace_is_told_of_the_first_seconds(self, jobs):
        time = FakeClock()
        forecast = Forecast(jobs, 2, None, time.now)
        forecast.started(jobs[0], "a")
        paces = []
        for seconds in (0.0, 4.0, 6.0, 30.0):
            time.seconds = seconds
            forecast.ended(jobs[0])
            paces.append(forecast.per_minute())
        assert paces == [None, None, 30.0, 8.0]

    def test_the_time_left_follows_their_number(self, jobs):
        time = FakeClock()
        forecast = Forecast(jobs, 4, {job.id: 10.0 for job in jobs}, time.now)
        assert forecast.seconds_left() == 10.0
        forecast.resize(1)
        assert forecast.seconds_left() == 40.0


# -- events for programs -------------------------------------------------------------------------


def events(plan, store, outcome=None, interrupt=None, **options):
    stream, engine = io.StringIO(), FakeEngine(outcome)
    listener = JsonEvents(plan, stream, engine.time.now, None, engine.time.utc)
    run(plan, store, engine, listener, interrupt or Interrupt(), options=Options(**options), clock=engine.time.clock)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_events_are_read_back_as_they_were_sent(plan, tmp_path):
    first, second = list(plan.jobs)[:2]
    ends = {first: lambda o: Takes(2.0, done, ((1.0, 12.5),)), second: lambda o: Takes(1.0, failed, ((0.5, None),))}
    found = events(plan, Store(tmp_path / "r"), lambda o: ends[o.id](o), only=frozenset(ends))
    start = {"schema": 1, "at": "2026-01-02T03:04:05.000Z"}
    assert found == [
        {**start, "event": "started", "name": "small", "todo": 2, "done": 0, "slots": ["cpu"], "seconds_left": None},
        {
            **start,
            "event": "job-started",
            "id": first,
            "label": "one x left, init noise",
            "slot": "cpu",
            "evaluations_expected": 3,
        },
        {
            **start,
            "event": "progress",
            "at": "2026-01-02T03:04:06.000Z",
            "id": first,
            "evaluations": 1,
            "loss": 12.5,
            "seconds_left": 5.0,
        },
        {
            **start,
            "event": "ended",
            "at": "2026-01-02T03:04:07.000Z",
            "id": first,
            "status": "done",
            "seconds": 2.5,
            "loss": 1.5,
            "diagnosis": "falling",
            "message": None,
            "tries": 1,
            "seconds_left": 2.0,
            "jobs_per_minute": None,
        },
        {
            **start,
            "event": "job-started",
            "at": "2026-01-02T03:04:07.000Z",
            "id": second,
            "label": "one x left, init content",
            "slot": "cpu",
            "evaluations_expected": 3,
        },
        {
            **start,
            "event": "progress",
            "at": "2026-01-02T03:04:07.500Z",
            "id": second,
            "evaluations": 1,
            "loss": None,
            "seconds_left": 1.0,
        },
        {
            **start,
            "event": "ended",
            "at": "2026-01-02T03:04:08.000Z",
            "id": second,
            "status": "failed",
            "seconds": None,
            "loss": None,
            "diagnosis": None,
            "message": "it broke",
            "tries": 1,
            "seconds_left": 0.0,
            "jobs_per_minute": None,
        },
        {
            **start,
            "event": "finished",
            "at": "2026-01-02T03:04:08.000Z",
            "total": 2,
            "done_before": 0,
            "statuses": {"done": 1, "failed": 1},
            "not_started": 0,
            "interrupted": False,
            "stopped_at_failure": False,
            "exit_code": 4,
        },
    ]


def test_events_tell_of_retries_and_of_ctrl_c(plan, tmp_path):
    interrupt, tries = Interrupt(), []

    def outcome(order):
        tries.append(order.id)
        if len(tries) == 1:
            return failed(order, "it died", "crashed")
        if len(tries) == 4:
            interrupt.request()
        return Takes(1.0, done)

    found = events(plan, Store(tmp_path / "r"), outcome, interrupt)
    told = [{k: v for k, v in event.items() if k not in ("schema", "at")} for event in found]
    first = next(iter(plan.jobs))
    assert [event for event in told if event["event"] == "retry"] == [
        {"event": "retry", "id": first, "status": "crashed", "message": "it died", "wait_seconds": 1.0}
    ]
    assert [event["tries"] for event in told if event["event"] == "ended" and event["id"] == first] == [2]
    assert [event for event in told if event["event"] == "stopping"] == [
        {"event": "stopping", "message": "finishing the job that runs; Ctrl-C again stops it now"}
    ]
    assert {key: told[-1][key] for key in ("event", "interrupted", "not_started", "exit_code")} == {
        "event": "finished",
        "interrupted": True,
        "not_started": 1,
        "exit_code": 130,
    }


def test_quiet_only_answers_ctrl_c(plan, tmp_path):
    interrupt, stream = Interrupt(), io.StringIO()

    def outcome(order):
        interrupt.request()
        return Takes(1.0, failed)

    run(plan, Store(tmp_path / "r"), FakeEngine(outcome), Quiet(stream), interrupt)
    assert stream.getvalue() == "finishing the job that runs; Ctrl-C again stops it now\n"


# -- words ---------------------------------------------------------------------------------------


def test_a_job_is_described_by_its_pictures_and_what_varies_in_its_own_experiments(manifest):
    text = SMALL + "  other:\n    pairs: [[one, left]]\n    grid: {content_layers: [conv1_1, [conv1_1, conv2_1]]}\n"
    text += "  sizes:\n    pairs: [[one, left]]\n    grid: {coarse_sizes: [[], [16, 24]], init: [style]}\n"
    plan = make_plan(load(manifest(text)))
    said = [describe(plan, job) for job in plan.jobs.values()]
    assert said[3:] == [
        "one x right, init content",
        "one x left, content_layers conv1_1",
        "one x left, content_layers conv1_1+conv2_1",
        "one x left, coarse_sizes none",
        "one x left, coarse_sizes [16, 24]",
    ]


@pytest.mark.parametrize(
    ("verdict", "said"),
    [("converged", ""), ("falling", ""), ("stalled", ", stalled"), ("out-of-gamut", ", out-of-gamut")],
)
def test_a_verdict_that_matters_is_said(plan, tmp_path, verdict, said):
    store = Store(tmp_path / "r")

    def stuck(order):
        end = done(order)
        end.content["diagnosis"]["verdict"] = verdict
        return end

    run(plan, store, FakeEngine(stuck), Lines(plan, io.StringIO()), Interrupt())
    record = store.record(next(iter(plan.jobs)))
    assert isinstance(record, Record)
    assert result(record, set()) == f"2.5 s, loss 1.5{said}"


def test_nothing_is_said_of_a_loss_where_nothing_was_optimised(plan, tmp_path):
    store = Store(tmp_path / "r")

    def looked(order):
        end = done(order)
        end.content["outcome"] |= {"evaluations": 0, "final_loss": None, "start_loss": None}
        return Ended(order.id, "done", {**end.content, "diagnosis": None}, end.environment)

    run(plan, store, FakeEngine(looked), Lines(plan, io.StringIO()), Interrupt())
    record = store.record(next(iter(plan.jobs)))
    assert isinstance(record, Record)
    assert result(record, set()) == "2.5 s"


def test_the_same_reason_is_said_in_full_once(plan, tmp_path):
    stream = io.StringIO()
    run(plan, Store(tmp_path / "r"), FakeEngine(lambda o: failed(o, "a long story")), Lines(plan, stream), Interrupt())
    said = stream.getvalue()
    assert said.count("failed: a long story") == 1
    assert said.count("failed: for the same reason as before") == 3
