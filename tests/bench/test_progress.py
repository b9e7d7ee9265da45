import io

import pytest
from rich.console import Console

from bench.manifest import load
from bench.plan import make_plan
from bench.progress import Bars, Forecast, Lines, clock, describe, evaluations, result, work
from bench.record import Record
from bench.runner import Interrupt, run
from bench.store import Store
from tests.bench.small import SMALL, FakeEngine, done, failed


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "?"), (0, "0:00"), (59.6, "1:00"), (65, "1:05"), (7380, "2:03:00")]
)
def test_a_clock_people_can_read(seconds, text):
    assert clock(seconds) == text


def test_the_forecast_counts_work_not_jobs(plan):
    jobs = list(plan.jobs.values())
    times = iter([0.0, 10.0, 20.0])
    forecast = Forecast(jobs, now=lambda: next(times))
    assert forecast.seconds_left() is None
    forecast.done(jobs[0])
    assert forecast.seconds_left() == 30.0
    assert forecast.seconds_left(jobs[1], part=1.0) == 20.0


def test_work_and_evaluations_are_those_of_all_sizes(manifest):
    text = SMALL.replace("init: [noise, content]", "coarse_sizes: [[], [16], [16, 24]]")
    text = text.replace("compare: [init]", "pairs: [[one, left]]\n    defaults: {coarse_evaluations: [5]}")
    jobs = list(make_plan(load(manifest(text))).jobs.values())
    assert [evaluations(job) for job in jobs] == [3, 5 + 3, 5 + 5 + 3]
    pixels = [3 * 32**2, 5 * 16**2 + 3 * 32**2, 5 * 16**2 + 5 * 24**2 + 3 * 32**2]
    assert [work(job) / work(jobs[0]) for job in jobs] == pytest.approx([p / pixels[0] for p in pixels])


def test_a_bar_counts_to_the_end_of_the_last_size(manifest, tmp_path):
    text = SMALL.replace("size: 32", "size: 32, coarse_sizes: [16, 24]")
    plan = make_plan(load(manifest(text)))
    listener = Bars(plan, Console(file=io.StringIO(), force_terminal=True, width=90))
    job = next(iter(plan.jobs.values()))
    listener.started([job], 0)
    listener.job_started(job)
    listener.job_progressed(job, 7, 1.0)
    bar = listener._bars.tasks[1]
    listener.stop()
    assert (bar.completed, bar.total) == (7, 9)


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
        "one x left, coarse_sizes 16+24",
    ]


def test_a_terminal_shows_both_bars_with_their_figures_even_when_narrow(plan, tmp_path):
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=60, highlight=False, color_system=None)
    listener = Bars(plan, console)
    frames = []

    def look(order):
        frames.append("".join(s.text for s in console.render(listener._bars.get_renderable())))
        return done(order)

    run(plan, Store(tmp_path / "r"), FakeEngine(look), listener, Interrupt())
    listener.stop()
    jobs, current = (line.rstrip() for line in frames[1].splitlines()[:2])
    assert jobs.startswith("jobs ")
    assert "1/4" in jobs
    assert "left" in jobs
    assert current.startswith("one x left, init")
    assert "0/3" in current
    shown = stream.getvalue()
    assert "4 jobs to run" in shown
    assert "one x right, init content: 2.5 s, loss 1.5" in shown


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


def test_the_same_reason_is_said_in_full_once(plan, tmp_path):
    stream = io.StringIO()
    run(plan, Store(tmp_path / "r"), FakeEngine(lambda o: failed(o, "a long story")), Lines(plan, stream), Interrupt())
    said = stream.getvalue()
    assert said.count("failed: a long story") == 1
    assert said.count("failed: for the same reason as before") == 3
