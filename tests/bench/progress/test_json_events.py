"""Progress as programs read it."""

import io
import json

from bench.progress import (
    JsonEvents,
)
from bench.runner import Interrupt, run
from bench.runner.options import Options
from bench.store import Store
from tests.bench.small import FakeEngine, Takes, done, failed


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
