"""Seconds left of a run."""

import dataclasses

import pytest

from bench.manifest import load
from bench.plan import make_plan
from bench.progress import (
    Forecast,
    evaluations,
    makespan,
    work,
)
from tests.bench.small import SMALL, FakeClock


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
