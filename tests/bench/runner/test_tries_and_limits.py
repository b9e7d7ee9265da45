"""Crashes are tried again, and jobs are stopped at their time limit."""

import pytest

from bench.engines import Ended, Progressed
from bench.errors import Exit
from tests.bench.runner.running import carry_out, crashed, in_turn, submitted
from tests.bench.small import FakeEngine, Takes, done, failed


def test_a_crash_is_tried_again_while_others_run_and_its_tries_are_recorded(plan, store):
    crash = lambda o: Takes(3.0, crashed, ((1.0, 7.0),))  # noqa: E731
    outcome = in_turn(plan, j0=[crash, crash, lambda o: Takes(1.0, done)], j1=lambda o: Takes(2.5, done))
    summary, engine, heard = carry_out(plan, store, outcome)
    assert submitted(engine, plan) == [
        (0, "cpu", 0),
        (3, "cpu", 1),
        (5.5, "cpu", 0),
        (8.5, "cpu", 2),
        (8.5, "cpu", 3),
        (10.5, "cpu", 0),
    ]
    assert heard.lines == [
        "4 to run, 0 done",
        "one x left noise: crashed, again in 1 s",
        "one x left content: done",
        "one x left noise: crashed, again in 2 s",
        "one x right noise: done",
        "one x right content: done",
        "one x left noise: done",
    ]
    record = store.record(next(iter(plan.jobs)))
    assert record.status == "done"
    assert [tried.model_dump() for tried in record.tries] == [
        {
            "status": "crashed",
            "message": "the worker process was ended by SIGSEGV",
            "started": "2026-01-02T03:04:05.000Z",
            "finished": "2026-01-02T03:04:08.000Z",
        },
        {
            "status": "crashed",
            "message": "the worker process was ended by SIGSEGV",
            "started": "2026-01-02T03:04:10.500Z",
            "finished": "2026-01-02T03:04:13.500Z",
        },
    ]
    assert summary.exit_code == Exit.FINE


def test_a_crash_that_comes_again_and_again_is_recorded_with_what_was_last_heard(plan, store):
    outcome = in_turn(plan, j0=lambda o: Takes(3.0, crashed, ((1.0, 7.0), (2.0, 6.25))))
    summary, engine, _ = carry_out(plan, store, outcome, retries=1)
    record = store.record(next(iter(plan.jobs)))
    assert (record.status, len(record.tries), len(engine.orders)) == ("crashed", 1, 5)
    assert record.failure.message == "the worker process was ended by SIGSEGV"
    assert record.failure.details == "Segmentation fault\nLast heard: the loss was 6.25 after 2 evaluations."
    assert summary.exit_code == Exit.JOBS_FAILED


def test_a_machine_that_is_lost_to_the_end_is_recorded_as_a_crash_that_says_so(plan, store):
    outcome = in_turn(plan, j0=lambda o: crashed(o, "node7 does not answer", "lost"))
    carry_out(plan, store, outcome)
    record = store.record(next(iter(plan.jobs)))
    assert (record.status, [tried.status for tried in record.tries]) == ("crashed", ["lost", "lost"])
    assert record.failure.message == "the machine that ran it went away in the last of 3 tries: node7 does not answer"


@pytest.mark.parametrize("status", ["failed", "oom"])
def test_what_would_happen_again_is_not_tried_again(plan, store, status):
    summary, engine, _ = carry_out(plan, store, in_turn(plan, j0=lambda o: failed(o, status=status)))
    assert len(engine.orders) == 4
    assert summary.statuses == {status: 1, "done": 3}


def test_a_job_that_ran_out_of_memory_keeps_what_was_last_heard(plan, store):
    carry_out(plan, store, in_turn(plan, j0=lambda o: Takes(2.0, failed(o, status="oom"), ((1.0, None),))))
    details = store.record(next(iter(plan.jobs))).failure.details
    assert details == "Last heard: the loss was not finite after 1 evaluation."


def test_files_of_a_job_that_failed_are_not_kept(plan, store):
    def half(order):
        (order.folder / "image.png").write_bytes(b"half a pic")
        return crashed(order)

    carry_out(plan, store, in_turn(plan, j0=half))
    assert [path.name for path in store.folder(next(iter(plan.jobs))).iterdir()] == ["record.json"]


def test_a_report_that_cannot_be_understood_fails_its_job_alone(plan, store):
    summary, _, _ = carry_out(plan, store, in_turn(plan, j0=lambda o: Ended(o.id, "splendid", {"outcome": 3})))
    assert summary.statuses == {"failed": 1, "done": 3}
    failure = store.record(next(iter(plan.jobs))).failure
    assert failure.message == "the worker's report of status 'splendid' cannot be understood"
    assert "splendid" in failure.details


def test_a_job_is_stopped_at_its_time_limit_from_its_start(plan, store):
    hang = lambda o: Takes(0, None, ((2.0, 20.0), (30.0, 12.3456)), starting=7.0)  # noqa: E731
    summary, engine, heard = carry_out(plan, store, in_turn(plan, j1=hang), limit=lambda job: 60.0)
    bad = list(plan.jobs)[1]
    record = store.record(bad)
    assert (67.0, "stop", "cpu", bad) in engine.log
    assert (record.status, record.tries) == ("timeout", [])
    assert record.failure.message == "stopped after 60 s, its time limit: the loss was 12.35 after 2 evaluations"
    assert record.failure.details == "Last heard: the loss was 12.35 after 2 evaluations."
    assert (record.started, record.finished) == ("2026-01-02T03:04:12.000Z", "2026-01-02T03:05:12.000Z")
    assert record.environment == {"device": "cpu"}
    assert heard.lines[2:] == ["one x left content: timeout", "one x right noise: done", "one x right content: done"]
    assert summary.exit_code == Exit.JOBS_FAILED


def test_a_job_that_never_spoke_is_stopped_too(plan, store):
    carry_out(plan, store, in_turn(plan, j0=lambda o: Takes(0, None)), limit=lambda job: 0.5)
    failure = store.record(next(iter(plan.jobs))).failure
    assert failure.message == "stopped after 0.5 s, its time limit: it had not told of any evaluation"


def test_a_hang_in_one_slot_keeps_no_other_from_its_work(plan, store):
    outcome = in_turn(plan, j0=lambda o: Takes(0, None))
    summary, engine, _ = carry_out(plan, store, outcome, slots=["a", "b"], limit=lambda job: 60.0)
    assert submitted(engine, plan) == [(0, "a", 0), (0, "b", 1), (0, "b", 2), (0, "b", 3)]
    assert summary.statuses == {"done": 3, "timeout": 1}


def test_an_end_that_was_told_in_time_counts_though_the_runner_was_late_to_hear_it(plan, store, monkeypatch):
    """Writing one job down took the disk a minute; meanwhile another ended within its limit."""
    engine = FakeEngine(slots=["a", "b"])
    engine.outcome = in_turn(plan, j0=lambda o: Takes(10.0, done), j1=lambda o: Takes(40.0, done, ((20.0, 3.0),)))
    publish = store.publish

    def slow(folder, record):
        publish(folder, record)
        engine.time.seconds += 60.0

    monkeypatch.setattr(store, "publish", slow)
    summary, _, _ = carry_out(plan, store, engine=engine, limit=lambda job: 45.0)
    assert summary.statuses == {"done": 4}


def test_a_worker_that_talks_without_end_is_stopped_all_the_same(plan, store):
    engine = FakeEngine(in_turn(plan, j0=lambda o: Takes(0, None)))
    next_event = engine.next_event

    def talk(timeout):
        engine.time.seconds += 0.001
        bad = next(iter(plan.jobs))
        return Progressed(bad, 1, 1.0) if bad in engine.busy.values() and engine.time.seconds > 0.01 else next_event(0)

    engine.next_event = talk
    summary, _, _ = carry_out(plan, store, engine=engine, limit=lambda job: 5.0)
    assert summary.statuses == {"timeout": 1, "done": 3}
