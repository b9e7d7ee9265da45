"""What Ctrl-C and a failure stop, and what they do not."""

import os
import signal
import threading

import pytest

from bench.errors import Exit
from bench.runner.interrupts import Interrupt
from tests.bench.runner.running import asking, carry_out, crashed, in_turn
from tests.bench.small import FakeEngine, Takes, done, failed


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
    before = signal.signal(number, signal.SIG_DFL)  # whoever started the tests may have had it ignored
    try:
        with interrupt.on_signals():
            signal.raise_signal(number)
            signal.raise_signal(number)
        assert (interrupt.requests, signal.getsignal(number)) == (2, signal.SIG_DFL)
    finally:
        signal.signal(number, before)


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
