"""Progress on several machines."""

import dataclasses
import io
import json

from bench.progress import (
    Forecast,
    JsonEvents,
    Lines,
)
from tests.bench.progress.shown import ONE, TWO, bars, frame, record_of
from tests.bench.small import FakeClock


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
