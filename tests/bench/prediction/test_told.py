"""What is said of predictions: before the run, while it goes on, and at its end."""

import pytest

from bench.amounts import roughly
from bench.prediction import Forecasts, Prediction
from bench.prediction.compare import compare, duration, in_words
from bench.prediction.fit import misfits
from bench.runs import Predicted


def forecasts(*seconds, peak=10**9, free=None, **more):
    jobs = {f"{i}": Prediction(s, s - 1, peak) for i, s in enumerate(seconds, start=1)}
    return Forecasts(jobs, free_bytes=free, **more)


def test_what_was_predicted_stands_beside_what_it_was():
    took = {"1": (12.5, 10**9), "2": (20.0, 2 * 10**9), "3": (33.0, 10**9), "unknown": (5.0, 5)}
    assert compare(forecasts(10, 20, 30, 40), took) == Predicted(
        jobs=3,
        seconds=60,
        actual_seconds=65.5,
        peak_bytes=10**9,
        actual_peak_bytes=2 * 10**9,
        median_seconds_off=1 - 30 / 33,
        median_peak_off=0,
    )


def test_without_a_job_that_was_predicted_and_is_done_there_is_nothing_to_compare():
    assert compare(forecasts(10), {}) is None
    assert compare(forecasts(), {"1": (10.0, None)}) is None


def test_memory_that_is_not_known_is_not_compared():
    found = compare(forecasts(10, peak=None), {"1": (10.0, 5)})
    assert (found.peak_bytes, found.actual_peak_bytes, found.median_peak_off) == (None, None, None)


@pytest.mark.parametrize(
    ("predicted", "words"),
    [
        (Predicted(jobs=13, seconds=48.2, actual_seconds=51.1, median_seconds_off=0.041, median_peak_off=0.02), "predicted 48 s, took 51 s (median job 4 % off); peak memory 2 % off"),
        (Predicted(jobs=1, seconds=4.23, actual_seconds=5.0, median_seconds_off=0.154), "predicted 4.2 s, took 5.0 s (15 % off)"),
        (Predicted(jobs=2, seconds=11_000, actual_seconds=12_010, median_seconds_off=0), "predicted 3 h 3 min, took 3 h 20 min (median job 0 % off)"),
    ],
)  # fmt: skip
def test_how_far_off_it_was_in_one_sentence(predicted, words):
    assert in_words(predicted) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (119.4, "119 s"),
        (121, "2 min"),
        (7199, "2 h 0 min"),
        (7260, "2 h 1 min"),
    ],
)
def test_seconds_for_people(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(900, "1 kB"), (850e6, "850 MB"), (999.6e6, "1.0 GB"), (1.44e9, "1.4 GB"), (9.96e9, "10 GB"), (31e9, "31 GB")],
)
def test_bytes_for_people(count, words):
    assert roughly(count) == words


def test_slots_share_the_jobs():
    assert forecasts(10, 10, 10, 10).wall(2) == 20
    assert forecasts(1, 1, 1, 30).wall(2) == 31
    assert forecasts(1, 1, 1, 30).wall(2, only=["1", "2", "3"]) == 2
    assert Forecasts({}).wall(3) == 0


class Job:
    def __init__(self, id, label, size):
        self.id, self.label, self.parameters = id, label, {"size": size}


JOBS = [Job("1", "cat x waves", 4096), Job("2", "cat x night", 256)]


def test_a_job_that_needs_more_than_is_free_is_named():
    found = Forecasts({"1": Prediction(9, 8, 31 * 10**9), "2": Prediction(9, 8, 10**9)}, free_bytes=24 * 10**9)
    assert misfits(JOBS, found, "cpu") == ["cat x waves, size 4096: needs about 31 GB, 24 GB are free on cpu"]


def test_so_is_one_whose_trial_ran_out_of_memory():
    found = Forecasts({}, {"1": "it did"}, {"1": "a trial of 9,000,000 pixels ran out of memory"})
    assert misfits(JOBS, found, "cuda:0") == [
        "cat x waves, size 4096: will not fit: a trial of 9,000,000 pixels ran out of memory"
    ]


def test_jobs_that_fit_one_at_a_time_only():
    found = forecasts(10, 20, peak=14 * 10**9, free=24 * 10**9)
    assert misfits(JOBS, found, "cpu") == []
    assert misfits(JOBS, found, "cpu", slots=2) == [
        "2 jobs at a time may need 28 GB, 24 GB are free on cpu: run fewer at a time (--jobs)"
    ]


def test_where_memory_is_not_known_nothing_is_said():
    assert misfits(JOBS, forecasts(10, 20, free=None), "cpu", 2) == []
    assert misfits(JOBS, forecasts(10, 20, peak=None, free=5), "cpu", 2) == []
