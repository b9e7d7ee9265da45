import io

import pytest

from bench.progress import Forecast, Lines, clock, describe, result
from bench.record import Record
from bench.runner import Interrupt, run
from bench.store import Store
from tests.bench.conftest import FakeEngine, done, failed


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


def test_a_log_gets_one_line_per_job(plan, tmp_path):
    stream = io.StringIO()
    bad = list(plan.jobs)[1]
    engine = FakeEngine(lambda o: failed(o, "disk on fire") if o.id == bad else done(o))
    run(plan, Store(tmp_path / "r"), engine, Lines(["init"], stream), Interrupt())
    assert stream.getvalue().splitlines() == [
        "4 jobs to run",
        "[1/4] one x left, init noise: 2.5 s, loss 1.5, 0:00 left",
        "[2/4] one x left, init content: failed: disk on fire, 0:00 left",
        "[3/4] one x right, init noise: 2.5 s, loss 1.5, 0:00 left",
        "[4/4] one x right, init content: 2.5 s, loss 1.5",
    ]


def test_a_job_is_described_by_its_pictures_and_what_varies(plan):
    job = next(iter(plan.jobs.values()))
    assert describe(job, ["init", "style_weight", "content_layers"]) == (
        "one x left, init noise, style_weight 1e+06, content_layers conv2_2"
    )


def test_a_verdict_that_matters_is_said(plan, tmp_path):
    store = Store(tmp_path / "r")

    def stuck(order):
        end = done(order)
        end.content["diagnosis"]["verdict"] = "stalled"
        return end

    run(plan, store, FakeEngine(stuck), Lines([], io.StringIO()), Interrupt())
    record = store.record(next(iter(plan.jobs)))
    assert isinstance(record, Record)
    assert result(record) == "2.5 s, loss 1.5, stalled"
