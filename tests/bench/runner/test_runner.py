import errno
import json
import os
import signal
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.engines import Ended, Progressed
from bench.errors import BenchError, Exit
from bench.manifest import load
from bench.plan import make_plan
from bench.runner import run, select
from bench.runner.interrupts import Interrupt
from bench.runner.options import Options
from bench.runner.summary import Summary, Took
from bench.runs import Steadiness
from bench.store import Store
from bench.store.planned import store_plan
from tests.bench.small import SMALL, FakeEngine, Heard, Takes, done, failed


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "results")


def carry_out(
    plan, store, outcome=None, interrupt=None, *, slots=("cpu",), heard=None, engine=None, todo=None, **options
):
    engine, heard = engine or FakeEngine(outcome, slots), heard or Heard()
    summary = run(
        plan,
        store,
        engine,
        heard,
        interrupt or Interrupt(),
        todo=todo,
        options=Options(**options),
        clock=engine.time.clock,
    )
    return summary, engine, heard


def crashed(order, message="the worker process was ended by SIGSEGV", status="crashed"):
    return Ended(
        order.id, status, {"failure": {"message": message, "details": "Segmentation fault\n"}}, {"device": "cpu"}
    )


def in_turn(plan, **by_number):
    """An outcome by the number of the job in the plan (``j0``, ``j1``): a list has one for every try."""
    ids, tries = list(plan.jobs), {}

    def outcome(order):
        chosen = by_number.get(f"j{ids.index(order.id)}", done)
        if isinstance(chosen, list):
            tries[order.id] = tries.get(order.id, 0) + 1
            chosen = chosen[tries[order.id] - 1]
        return chosen(order) if callable(chosen) else chosen

    return outcome


def submitted(engine, plan):
    """``(seconds, slot, number of the job)`` in the order of starts."""
    ids = list(plan.jobs)
    return [
        (round(when, 2), slot, ids.index(id)) for when, what, slot, id in engine.log if what == "submit" and id in ids
    ]


# -- what is run ---------------------------------------------------------------------------------


def test_every_job_gets_its_record(plan, store):
    summary, engine, heard = carry_out(plan, store)
    assert summary.exit_code == Exit.FINE
    assert heard.lines == [
        "4 to run, 0 done",
        "one x left noise: done",
        "one x left content: done",
        "one x right noise: done",
        "one x right content: done",
    ]
    assert heard.summary == summary
    assert engine.closed
    for job in plan.jobs.values():
        found = store.record(job.id)
        assert (found.status, found.parameters, found.outcome.final_loss) == ("done", job.parameters, 1.5)
        assert (store.folder(job.id) / "image.png").read_bytes() == b"picture of " + job.id.encode()


def test_a_second_run_has_nothing_to_do(plan, store):
    carry_out(plan, store)
    summary, engine, heard = carry_out(plan, store, steadiness=True)
    assert (summary.exit_code, summary.skipped, engine.log) == (Exit.FINE, 4, [(0, "close", None, None)])
    assert heard.lines == ["0 to run, 4 done"]


def test_a_failure_is_recorded_with_its_reason_and_the_rest_goes_on(plan, store):
    bad = list(plan.jobs)[1]
    summary, _, heard = carry_out(plan, store, lambda o: failed(o) if o.id == bad else done(o))
    assert summary.exit_code == Exit.JOBS_FAILED
    assert heard.lines[2] == "one x left content: failed"
    assert heard.lines[-1] == "one x right content: done"
    assert store.record(bad).failure.message == "it broke"


def test_only_what_is_not_done_runs_again(plan, store):
    bad = list(plan.jobs)[1]
    carry_out(plan, store, in_turn(plan, j1=failed))
    summary, engine, _ = carry_out(plan, store)
    assert [order.id for order in engine.orders] == [bad]
    assert summary.exit_code == Exit.FINE
    assert store.record(bad).status == "done"


def test_only_some_jobs_where_only_they_are_asked_for(plan, store):
    carry_out(plan, store, only=frozenset([list(plan.jobs)[2]]))
    summary, engine, heard = carry_out(plan, store, only=frozenset(list(plan.jobs)[1:3]))
    assert [order.id for order in engine.orders] == [list(plan.jobs)[1]]
    assert heard.lines[0] == "1 to run, 1 done"
    assert (summary.total, summary.skipped, summary.exit_code) == (2, 1, Exit.FINE)


def test_only_what_failed_where_that_is_asked_for(plan, store):
    carry_out(plan, store, in_turn(plan, j1=failed), only=frozenset(list(plan.jobs)[:2]))
    summary, engine, _ = carry_out(plan, store, retry_failed=True)
    assert [order.id for order in engine.orders] == [list(plan.jobs)[1]]
    assert (summary.total, summary.skipped, summary.sentence()) == (4, 1, "2 of 4 jobs done")


def test_a_caller_may_choose_first_and_run_what_it_chose(plan, store):
    todo = select(plan, store, only=set(list(plan.jobs)[3:]))
    _, engine, _ = carry_out(plan, store, todo=todo)
    assert [order.id for order in engine.orders] == [job.id for job in todo.jobs] == list(plan.jobs)[3:]


def test_every_record_names_its_run(plan, store):
    carry_out(plan, store, in_turn(plan, j1=failed), run_id="20260102T030405-12")
    assert {store.record(id).run for id in plan.jobs} == {"20260102T030405-12"}


def test_a_record_tells_when_its_worker_began_and_ended(plan, store):
    summary, _, _ = carry_out(plan, store, lambda o: Takes(10.0, done, ((5.0, 2.0),), starting=4.0))
    first = store.record(next(iter(plan.jobs)))
    assert (first.started, first.finished) == ("2026-01-02T03:04:09.000Z", "2026-01-02T03:04:19.000Z")
    assert list(summary.took.values()) == [Took(seconds=10.0, phases=pytest.approx(3.6), peak_bytes=100)] * 4


# -- several slots -------------------------------------------------------------------------------


def test_all_slots_are_kept_busy_in_the_order_of_the_plan(plan, store):
    outcome = in_turn(
        plan, j0=lambda o: Takes(10.0, done), j1=lambda o: Takes(3.0, done), j2=lambda o: Takes(4.0, done)
    )
    summary, engine, _ = carry_out(plan, store, outcome, slots=["cuda:0", "cuda:1"])
    assert submitted(engine, plan) == [(0, "cuda:0", 0), (0, "cuda:1", 1), (3, "cuda:1", 2), (7, "cuda:1", 3)]
    assert summary.exit_code == Exit.FINE
    assert store.finished(plan.jobs) == set(plan.jobs)


def test_a_slot_gets_its_next_job_before_the_last_one_is_written_down(plan, store, monkeypatch):
    order = []
    publish, engine = store.publish, FakeEngine(lambda o: order.append(f"start {o.id}") or Takes(1.0, done))
    monkeypatch.setattr(store, "publish", lambda f, r: order.append(f"write {r.id}") or publish(f, r))
    carry_out(plan, store, engine=engine)
    a, b, c, d = plan.jobs
    assert order == [
        f"start {a}",
        f"start {b}",
        f"write {a}",
        f"start {c}",
        f"write {b}",
        f"start {d}",
        f"write {c}",
        f"write {d}",
    ]


def test_a_slot_that_ends_while_another_job_waits_to_be_written_goes_first(plan, store, monkeypatch):
    order = []
    publish, engine = store.publish, FakeEngine(lambda o: order.append("start") or Takes(1.0, done), ["a", "b"])
    monkeypatch.setattr(store, "publish", lambda f, r: order.append("write") or publish(f, r))
    carry_out(plan, store, engine=engine)
    assert order == ["start"] * 4 + ["write"] * 4


def test_what_ended_is_written_though_workers_talk_without_end(plan, store):
    """A queue that is never empty must not keep a result from the disk."""
    first, second = list(plan.jobs)[:2]

    class Talkative(FakeEngine):
        def next_event(self, timeout):
            if second in self.busy.values() and store.record(first) is None:
                self.talked += 1
                assert self.talked < 1000
                return Progressed(second, 1, 1.0)
            return super().next_event(timeout)

        talked = 0

    carry_out(plan, store, engine=Talkative(lambda o: Takes(1.0, done)))
    assert store.finished(plan.jobs) == set(plan.jobs)


def test_a_slot_that_appears_later_is_used(plan, store):
    engine = FakeEngine(slots=[])

    def outcome(order):
        engine.slots = ["node1", "node2"]
        return Takes(1.0, done)

    engine.outcome = outcome
    next_event = engine.next_event
    engine.next_event = lambda timeout: (engine.slots or engine.slots.append("node1")) and next_event(timeout)
    carry_out(plan, store, engine=engine)
    assert [slot for _, slot, _ in submitted(engine, plan)] == ["node1", "node2", "node1", "node2"]


def test_words_of_a_worker_that_nobody_asked_are_no_end_of_another_job(plan, store):
    engine = FakeEngine()
    spoken = iter([Ended("someone else", "failed"), Progressed("someone else", 1, 1.0)])
    next_event = engine.next_event
    engine.next_event = lambda timeout: next(spoken, None) or next_event(timeout)
    summary, _, _ = carry_out(plan, store, engine=engine)
    assert summary.statuses == {"done": 4}


# -- retries -------------------------------------------------------------------------------------


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


# -- time limits ---------------------------------------------------------------------------------


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


# -- stopping ------------------------------------------------------------------------------------


def asking(interrupt, then=done, times=1):
    def outcome(order):
        for _ in range(times):
            interrupt.request()
        return then(order)

    return outcome


def test_ctrl_c_once_finishes_the_job_that_runs_and_keeps_it(plan, store):
    interrupt = Interrupt()
    summary, _, heard = carry_out(plan, store, in_turn(plan, j1=asking(interrupt)), interrupt)
    assert summary.exit_code == Exit.INTERRUPTED
    # The end of the first is written down while the second runs, which is when the question comes.
    assert heard.lines[1:] == [
        "one x left noise: done",
        "finishing the job that runs; Ctrl-C again stops it now",
        "one x left content: done",
    ]
    assert store.finished(plan.jobs) == set(list(plan.jobs)[:2])
    assert summary.not_started == 2
    assert summary.sentence() == "2 of 4 jobs done; interrupted: run the same command again to go on"


def test_ctrl_c_once_finishes_what_runs_in_all_slots(plan, store):
    interrupt = Interrupt()
    outcome = in_turn(plan, j0=lambda o: Takes(5.0, done), j1=asking(interrupt, lambda o: Takes(9.0, done)))
    summary, engine, heard = carry_out(plan, store, outcome, interrupt, slots=["a", "b"])
    assert heard.lines[1] == "finishing the 2 jobs that run; Ctrl-C again stops them now"
    assert store.finished(plan.jobs) == set(list(plan.jobs)[:2])
    assert engine.log[-1] == (9.0, "close", None, None)
    assert summary.exit_code == Exit.INTERRUPTED


def test_ctrl_c_twice_stops_what_runs_at_once(plan, store):
    interrupt = Interrupt()
    outcome = in_turn(plan, j1=asking(interrupt, lambda o: Takes(1000.0, done), times=2))
    summary, engine, _ = carry_out(plan, store, outcome, interrupt, steadiness=True)
    assert summary.exit_code == Exit.INTERRUPTED
    assert engine.log[-1] == (1.0, "close", None, None)
    assert store.finished(plan.jobs) == {next(iter(plan.jobs))}


def test_a_job_that_waits_to_be_tried_again_is_left_to_the_next_run_by_ctrl_c(plan, store):
    interrupt = Interrupt()
    outcome = in_turn(plan, j0=crashed, j1=crashed, j2=crashed, j3=asking(interrupt, crashed))
    summary, engine, _ = carry_out(plan, store, outcome, interrupt, backoff=50.0)
    assert (summary.exit_code, summary.ended, summary.not_started) == (Exit.INTERRUPTED, {}, 4)
    assert engine.log[-1] == (0, "close", None, None)
    assert [store.record(id) for id in plan.jobs] == [None] * 4
    summary, _, _ = carry_out(plan, store)
    assert summary.statuses == {"done": 4}


def test_ctrl_c_is_noticed_while_all_jobs_wait_to_be_tried_again(plan, store):
    interrupt, engine = Interrupt(), FakeEngine(crashed)
    next_event = engine.next_event

    def press(timeout):
        if engine.time.seconds > 30.0:
            interrupt.requests = 1
        return next_event(timeout)

    engine.next_event = press
    summary, _, _ = carry_out(plan, store, engine=engine, interrupt=interrupt, backoff=50.0)
    assert summary.exit_code == Exit.INTERRUPTED
    assert 30.0 < engine.log[-1][0] < 30.5


def test_ctrl_c_before_the_first_job_starts_nothing(plan, store):
    interrupt = Interrupt(requests=1)
    summary, engine, _ = carry_out(plan, store, None, interrupt, steadiness=True)
    assert (summary.exit_code, engine.log) == (Exit.INTERRUPTED, [(0, "close", None, None)])


def test_an_interrupt_during_the_last_job_is_no_interruption(plan, store):
    interrupt = Interrupt()
    summary, _, _ = carry_out(plan, store, in_turn(plan, j3=asking(interrupt)), interrupt)
    assert summary.exit_code == Exit.FINE


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_signals_ask_for_an_end_and_are_put_back_as_they_were(name):
    interrupt, number = Interrupt(), signal.Signals[name]
    before = signal.getsignal(number)
    with interrupt.on_signals():
        signal.raise_signal(number)
        signal.raise_signal(number)
    assert (interrupt.requests, signal.getsignal(number)) == (2, before)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="signals of POSIX")
def test_nohup_is_respected():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        interrupt = Interrupt()
        with interrupt.on_signals():
            signal.raise_signal(signal.SIGHUP)
        assert interrupt.requests == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_thread_that_may_not_hear_signals_runs_all_the_same():
    heard = []

    def ask():
        with Interrupt().on_signals():
            heard.append("inside")

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert heard == ["inside"]


def test_fail_fast_lets_what_runs_finish_and_starts_nothing_new(plan, store):
    outcome = in_turn(plan, j0=failed, j1=lambda o: Takes(9.0, done))
    summary, engine, heard = carry_out(plan, store, outcome, slots=["a", "b"], fail_fast=True)
    assert len(engine.orders) == 2
    assert heard.lines[1:] == [
        "finishing the job that runs; a job has failed, and nothing new starts after that",
        "one x left noise: failed",
        "one x left content: done",
    ]
    assert (summary.exit_code, summary.stopped_at_failure, summary.not_started) == (Exit.JOBS_FAILED, True, 2)
    assert summary.sentence("site") == (
        "1 of 4 jobs done, 1 failed: the site says why; stopped at the first failure, 2 not started"
    )


def test_fail_fast_waits_for_the_retries_of_a_crash(plan, store):
    outcome = in_turn(plan, j0=[crashed, crashed, crashed], j1=lambda o: Takes(10.0, done))
    summary, _, _ = carry_out(plan, store, outcome, fail_fast=True, slots=["a", "b"])
    assert summary.ended[next(iter(plan.jobs))] == "crashed"
    assert summary.exit_code == Exit.JOBS_FAILED
    assert len(store.record(next(iter(plan.jobs))).tries) == 2


def test_ctrl_c_is_answered_after_fail_fast_too(plan, store):
    interrupt, engine = Interrupt(), FakeEngine(in_turn(plan, j0=failed, j1=lambda o: Takes(9.0, done)), ["a", "b"])
    next_event = engine.next_event

    def press(timeout):
        interrupt.requests = int(engine.time.seconds > 3)
        return next_event(timeout)

    engine.next_event = press
    _, _, heard = carry_out(plan, store, engine=engine, interrupt=interrupt, fail_fast=True)
    assert [line for line in heard.lines if line.startswith("finishing")] == [
        "finishing the job that runs; a job has failed, and nothing new starts after that",
        "finishing the job that runs; Ctrl-C again stops it now",
    ]


# -- trouble -------------------------------------------------------------------------------------


def test_a_runner_that_is_killed_loses_the_running_job_only(plan, store):
    third = list(plan.jobs)[2]

    def outcome(order):
        if order.id == third:
            (order.folder / "half-a-picture.png").write_bytes(b"half")
            raise SystemExit
        return done(order)

    with pytest.raises(SystemExit):
        carry_out(plan, store, outcome)
    assert store.finished(plan.jobs) == set(list(plan.jobs)[:2])
    store.acquire()
    _, engine, _ = carry_out(plan, store)
    assert [order.id for order in engine.orders] == list(plan.jobs)[2:]
    assert not list(store.root.rglob("half-a-picture.png"))


def test_whatever_goes_wrong_the_engine_is_closed_and_what_ended_is_kept(plan, store):
    class Broken(FakeEngine):
        def next_event(self, timeout):
            if len(self.orders) == 3:
                raise RuntimeError("a mistake of the engine")
            return super().next_event(timeout)

    engine = Broken()
    with pytest.raises(RuntimeError, match="a mistake of the engine"):
        carry_out(plan, store, engine=engine)
    assert engine.closed
    assert store.finished(plan.jobs) == set(list(plan.jobs)[:2])


def test_an_engine_that_cannot_close_still_loses_nothing(plan, store):
    class Stuck(FakeEngine):
        def close(self):
            raise RuntimeError("it does not close")

    interrupt = Interrupt()
    engine = Stuck(in_turn(plan, j1=asking(interrupt, times=2)))
    with pytest.raises(RuntimeError, match="it does not close"):
        carry_out(plan, store, engine=engine, interrupt=interrupt)
    assert store.finished(plan.jobs) == {next(iter(plan.jobs))}


def test_a_worker_that_cannot_be_started_ends_the_run_with_a_message(plan, store):
    def outcome(order):
        if order.id == list(plan.jobs)[1]:
            raise OSError(errno.EAGAIN, "Resource temporarily unavailable")
        return done(order)

    with pytest.raises(BenchError) as caught:
        carry_out(plan, store, outcome)
    assert str(caught.value) == (
        "cpu: no worker can be started: Resource temporarily unavailable. Jobs that ended are kept: "
        "run the same command again to go on"
    )
    assert store.finished(plan.jobs) == {next(iter(plan.jobs))}


def test_a_folder_that_cannot_be_written_ends_the_run_with_a_message(plan, store, monkeypatch):
    second, publish = list(plan.jobs)[1], store.publish

    def refuse(folder, record):
        if record.id == second:
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        publish(folder, record)

    monkeypatch.setattr(store, "publish", refuse)
    with pytest.raises(BenchError) as caught:
        carry_out(plan, store)
    assert str(caught.value) == (
        f"{store.root / 'tmp' / second}: cannot be written: Permission denied. Jobs that ended are kept: "
        "run the same command again to go on"
    )
    assert store.finished(plan.jobs) == {next(iter(plan.jobs))}


@pytest.fixture
def free(monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 1_234_567}))


FULL = (
    "{where}: the disk, or your share of it, is full (1.2 MB free). Jobs that ended are kept: "
    "make room, then run the same command again to go on"
)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_ends_the_run_with_a_message_and_keeps_what_ended(plan, store, monkeypatch, free, number):
    second, publish = list(plan.jobs)[1], store.publish

    def full(folder, record):
        if record.id == second:
            raise OSError(number, os.strerror(number), str(folder))
        publish(folder, record)

    monkeypatch.setattr(store, "publish", full)
    engine = FakeEngine()
    with pytest.raises(BenchError) as caught:
        carry_out(plan, store, engine=engine)
    assert str(caught.value) == FULL.format(where=store.root / "tmp" / second)
    assert engine.closed
    assert store.finished(plan.jobs) == {next(iter(plan.jobs))}


def test_a_worker_that_finds_the_disk_full_ends_the_run_and_its_job_is_not_recorded(plan, store, free):
    third = list(plan.jobs)[2]
    outcome = in_turn(plan, j1=lambda o: Takes(60.0, done), j2=lambda o: Takes(1.0, Ended(o.id, "no-space")))
    engine = FakeEngine(outcome, ["a", "b"])
    with pytest.raises(BenchError) as caught:
        carry_out(plan, store, engine=engine)
    assert str(caught.value) == FULL.format(where=store.root / "tmp" / third)
    assert engine.closed
    assert store.finished(plan.jobs) == {next(iter(plan.jobs))}
    assert store.record(third) is None
    summary, _, _ = carry_out(plan, store)
    assert summary.statuses == {"done": 3}


def test_a_probe_that_cannot_be_started_ends_the_run_with_a_message_too(plan, store):
    def probe(slot):
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    engine = FakeEngine(probe=probe)
    with pytest.raises(BenchError, match="cpu: no worker can be started: Cannot allocate memory"):
        carry_out(plan, store, engine=engine, steadiness=True)
    assert engine.closed


def test_a_result_that_is_lost_on_its_way_to_the_disk_is_a_failure(plan, store, monkeypatch):
    """The store says what became of a record: it looks at the files that workers made."""
    publish, first = store.publish, next(iter(plan.jobs))

    def lossy(folder, record):
        if record.id == first:
            record = record.model_copy(update={"status": "failed", "files": {}})
        publish(folder, record)
        return record

    monkeypatch.setattr(store, "publish", lossy)
    outcome = lambda o: Takes(1.0, done)  # noqa: E731
    summary, engine, heard = carry_out(plan, store, outcome, fail_fast=True)
    assert summary.statuses == {"failed": 1, "done": 1}  # the second ran already
    assert (heard.lines[1], len(engine.orders)) == ("one x left noise: failed", 2)
    assert (summary.stopped_at_failure, sorted(summary.took)) == (True, [list(plan.jobs)[1]])


@pytest.mark.parametrize("killed", [False, True], ids=["error", "kill -9"])
def test_trouble_at_any_moment_loses_nothing_that_was_written_and_leaves_the_rest_to_the_next_run(
    plan, tmp_path, monkeypatch, killed
):
    """The run breaks at its first call, its second, ... of engine, store and file system, until it gets through."""
    monkeypatch.setattr("os.fsync", lambda _: None)
    breaks_at = -1
    whole = False
    while not whole:
        breaks_at += 1
        store, engine, calls = Store(tmp_path / str(breaks_at)), FakeEngine(slots=["a", "b"]), iter(range(10_000))

        def breaking(call, calls=calls, n=breaks_at):
            def broken(*args, **named):
                if next(calls) == n:
                    raise SystemExit("broken off")
                return call(*args, **named)

            return broken

        with monkeypatch.context() as patch:
            if killed:  # nobody tidies up
                patch.setattr("bench.runner.recording.Recorder.salvage", lambda self: None)
            for name in ("submit", "next_event"):
                patch.setattr(engine, name, breaking(getattr(engine, name)))
            for name in ("scratch", "publish"):
                patch.setattr(store, name, breaking(getattr(store, name)))
            for name in ("rename", "replace", "mkdir"):
                patch.setattr(f"pathlib.Path.{name}", breaking(getattr(Path, name)))
            try:
                carry_out(plan, store, engine=engine)
                whole = True
            except SystemExit:
                assert engine.closed
        kept = store.finished(list(plan.jobs))
        store.acquire()
        _, engine, _ = carry_out(plan, store)
        store.release()
        assert sorted(order.id for order in engine.orders) == sorted(set(plan.jobs) - kept)
        assert store.finished(list(plan.jobs)) == set(plan.jobs)
    assert breaks_at > 40


@pytest.mark.parametrize("moment", ["started", "job_started", "job_progressed", "job_ended"])
def test_a_reader_that_goes_away_ends_the_run_like_ctrl_c(plan, store, moment):
    heard = Heard()

    def gone(*_):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    setattr(heard, moment, gone)
    summary, engine, _ = carry_out(
        plan, store, lambda o: Takes(5.0, done, ((1.0, 1.0),)), heard=heard, slots=["a", "b"]
    )
    assert engine.closed
    ended = 0 if moment == "started" else 4 if moment == "job_ended" else 2
    assert store.finished(plan.jobs) == set(list(plan.jobs)[:ended])
    assert summary.unheard == "progress could no longer be shown (Broken pipe)"
    assert summary.exit_code == (Exit.FINE if ended == 4 else Exit.INTERRUPTED)
    assert heard.summary is None


def test_a_mistake_in_what_shows_progress_keeps_what_ended(plan, store):
    heard, engine = Heard(), FakeEngine()

    def mistaken(job, record):
        raise KeyError("a mistake of ours")

    heard.job_ended = mistaken
    with pytest.raises(KeyError):
        carry_out(plan, store, engine=engine, heard=heard)
    assert engine.closed
    assert store.finished(plan.jobs) == {next(iter(plan.jobs))}


# -- pictures ------------------------------------------------------------------------------------


def test_workers_read_stored_copies_of_the_pictures(plan, store, folder):
    from nst import images

    _, engine, _ = carry_out(plan, store)
    (stored,) = (file.path for file in engine.orders[0].inputs["content"])
    assert stored.parent == store.root / "inputs"
    assert (images.read(stored) == images.read(folder / "one.png")).all()
    assert len(list(stored.parent.iterdir())) == 3


def test_workers_get_every_part_of_a_mix(manifest, store):
    text = SMALL.replace("right: right.png}", "right: right.png, m: {mix: {left: 0.7, right: 0.3}}}")
    plan = make_plan(load(manifest(text.replace("grid:", "pairs: [[one, m]]\n    grid:"))))
    _, engine, _ = carry_out(plan, store)
    assert {role: [file.weight for file in files] for role, files in engine.orders[0].inputs.items()} == {
        "content": [1.0],
        "style": [0.7, 0.3],
    }
    recorded = store.record(engine.orders[0].id).inputs["style"]
    assert [(part.label, part.weight) for part in recorded.parts] == [("left", 0.7), ("right", 0.3)]


def test_a_stored_picture_that_was_altered_or_lost_is_made_again(plan, store):
    _, engine, _ = carry_out(plan, store)
    (stored,) = (file.path for file in engine.orders[0].inputs["content"])
    good = stored.read_bytes()
    stored.write_bytes(engine.orders[0].inputs["style"][0].path.read_bytes())
    (store.folder(engine.orders[0].id) / "record.json").unlink()
    carry_out(plan, store)
    assert stored.read_bytes() == good
    stored.unlink()
    carry_out(plan, store)  # nothing to run, but the site shows it
    assert stored.read_bytes() == good


def test_a_picture_that_changes_after_planning_fails_its_jobs_in_words(plan, store, folder):
    (folder / "left.png").write_bytes((folder / "right.png").read_bytes())
    summary, engine, _ = carry_out(plan, store)
    assert len(summary.failed) == 2
    assert len(engine.orders) == 2
    failure = store.record(summary.failed[0]).failure
    assert failure.message == f"{folder / 'left.png'}: changed since the run began: start it again"


def test_the_plan_is_written_down_with_the_manifest_as_it_was(plan, store):
    store_plan(plan, store, ["nst-bench", "run", "small.yaml"])
    stored = json.loads((store.root / "plan.json").read_text())
    assert stored["manifest_text"] == plan.loaded.source.text
    assert stored["warnings"] == plan.warnings
    assert len(plan.warnings) == 1
    assert stored["experiments"] == [
        {
            "name": "main",
            "task": "transfer",
            "axes": {"init": ["noise", "content"]},
            "zips": {},
            "compare": ["init"],
            "jobs": list(plan.jobs),
        }
    ]


# -- how steady the machine is -------------------------------------------------------------------


def probes(engine):
    return [(when, slot, id) for when, what, slot, id in engine.log if what == "submit" and id.startswith("steadiness")]


def test_a_slot_is_probed_before_its_first_and_after_its_last_job(plan, store):
    seconds = iter([0.25, 0.5])
    engine = FakeEngine(lambda o: Takes(10.0, done), probe=lambda slot: next(seconds))
    summary, _, _ = carry_out(plan, store, engine=engine, steadiness=True)
    assert probes(engine) == [(0, "cpu", "steadiness/measure/cpu"), (40.25, "cpu", "steadiness/measure/cpu")]
    assert summary.steadiness == {"cpu": Steadiness(before=0.25, after=0.5)}


def test_slots_are_probed_one_after_another_once_all_workers_have_started(plan, store):
    engine = FakeEngine(lambda o: Takes(10.0, done), ["a", "b"], probe=lambda slot: {"a": 1.0, "b": 2.0}[slot])
    summary, _, _ = carry_out(plan, store, engine=engine, steadiness=True)
    assert probes(engine) == [
        (0, "a", "steadiness/start/a"),
        (0, "b", "steadiness/start/b"),
        (2, "a", "steadiness/measure/a"),
        (3, "b", "steadiness/measure/b"),
        (25, "a", "steadiness/start/a"),
        (25, "b", "steadiness/start/b"),
        (27, "a", "steadiness/measure/a"),
        (28, "b", "steadiness/measure/b"),
    ]
    assert submitted(engine, plan)[:2] == [(5, "a", 0), (5, "b", 1)]
    assert summary.steadiness == {"a": Steadiness(before=1.0, after=1.0), "b": Steadiness(before=2.0, after=2.0)}


def test_slots_that_get_no_job_are_not_probed(plan, store):
    engine = FakeEngine(slots=["a", "b", "c", "d", "e", "f"])
    summary, _, _ = carry_out(plan, store, engine=engine, steadiness=True)
    assert sorted(summary.steadiness) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("trouble", [Ended("steadiness/measure/cpu", "crashed"), Takes(0, None)])
def test_a_probe_that_crashes_or_hangs_is_left_out_and_the_jobs_run(plan, store, trouble):
    summary, engine, _ = carry_out(plan, store, engine=FakeEngine(probe=lambda slot: trouble), steadiness=True)
    assert (summary.steadiness, summary.statuses) == ({}, {"done": 4})
    assert engine.time.seconds == pytest.approx(0.0 if isinstance(trouble, Ended) else 60.0, abs=0.2)


def test_a_probe_that_fails_at_the_end_leaves_the_first_figure(plan, store):
    answers = iter([1.0, Ended("steadiness/measure/cpu", "crashed")])
    summary, _, _ = carry_out(plan, store, engine=FakeEngine(probe=lambda slot: next(answers)), steadiness=True)
    assert summary.steadiness == {"cpu": Steadiness(before=1.0, after=None)}


def test_the_probe_after_comes_after_ctrl_c_too(plan, store):
    interrupt = Interrupt()
    summary, _, _ = carry_out(plan, store, in_turn(plan, j1=asking(interrupt)), interrupt, steadiness=True)
    assert summary.exit_code == Exit.INTERRUPTED
    assert summary.steadiness == {"cpu": Steadiness(before=1.0, after=1.0)}


def test_the_environment_of_every_slot_is_told(plan, store):
    engine = FakeEngine(lambda o: Takes(5.0, lambda o: Ended(o.id, "failed", {}, {"threads": 2})), ["a", "b"])
    summary, _, _ = carry_out(plan, store, engine=engine)
    assert summary.environment == {"a": {"threads": 2}, "b": {"threads": 2}}
    summary, _, _ = carry_out(
        plan, store, lambda o: Takes(0, None), slots=["x"], limit=lambda job: 1.0, steadiness=True
    )
    assert summary.environment == {"x": {"device": "x"}}


def test_a_job_stopped_at_its_limit_has_the_environment_its_slot_last_told(plan, store):
    carry_out(plan, store, lambda o: Takes(0, None), limit=lambda job: 1.0, steadiness=True)
    assert store.record(next(iter(plan.jobs))).environment == {"device": "cpu"}


# -- all of it -----------------------------------------------------------------------------------


def test_the_sentence_tells_all_that_a_run_can_come_to():
    summary = Summary(
        total=9, skipped=2, ended={"a": "done", "b": "oom"}, unheard="progress could no longer be shown (x)"
    )
    summary.interrupted = True
    assert summary.sentence() == (
        "3 of 9 jobs done, 1 failed: the records say why; progress could no longer be shown (x); "
        "interrupted: run the same command again to go on"
    )


ENDS = st.sampled_from(["done", "failed", "oom", "crashed", "lost", "hang"])


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    slots=st.integers(1, 3),
    retries=st.integers(0, 2),
    ends=st.lists(st.tuples(ENDS, st.sampled_from([0.0, 0.5, 3.0])), min_size=1, max_size=30),
    press=st.one_of(st.none(), st.floats(0.0, 20.0)),
)
def test_no_job_is_lost_or_done_twice_whatever_happens(
    plan, tmp_path_factory, monkeypatch, slots, retries, ends, press
):
    """Random ends over random slots, with or without Ctrl-C; then an undisturbed run completes the plan."""
    monkeypatch.setattr("os.fsync", lambda _: None)
    store = Store(tmp_path_factory.mktemp("results"))
    drawn = iter(ends)

    def outcome(order):
        end, seconds = next(drawn, ("done", 1.0))
        if end == "hang":
            return Takes(0, None)
        finish = {"done": done}.get(end, lambda o: crashed(o, status=end))
        return Takes(seconds, finish)

    interrupt, engine = Interrupt(), FakeEngine(outcome, [f"slot{n}" for n in range(slots)])
    next_event = engine.next_event

    def pressed(timeout):
        if press is not None and engine.time.seconds >= press:
            interrupt.requests = 1
        return next_event(timeout)

    engine.next_event = pressed
    published = []
    publish = store.publish
    store.publish = lambda folder, record: published.append(record.id) or publish(folder, record)
    summary, _, heard = carry_out(
        plan, store, engine=engine, interrupt=interrupt, retries=retries, limit=lambda job: 5.0
    )

    assert len(set(published)) == len(published) == len(summary.ended)
    assert set(summary.ended) == {id for id in plan.jobs if store.record(id)}
    assert len(summary.ended) + summary.not_started == 4
    assert summary.not_started == 0 or summary.interrupted
    assert all(len(store.record(id).tries) <= retries for id in published)
    firsts = list(dict.fromkeys(order.id for order in engine.orders))
    assert firsts == list(plan.jobs)[: len(firsts)]
    assert heard.summary == summary

    before = {id for id, status in summary.ended.items() if status == "done"}
    _, engine, _ = carry_out(plan, store)
    assert {order.id for order in engine.orders} == set(plan.jobs) - before
    assert store.finished(plan.jobs) == set(plan.jobs)
