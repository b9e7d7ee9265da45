"""A run as a whole: what it says before and after, and what it leaves in the journal."""

import errno
from functools import partial

import pytest

from bench.errors import BenchError
from bench.runner import run
from bench.runner.session import FACTOR, GRACE, Choices, carry_out
from bench.store import Store, journal
from tests.bench.prediction.synthetic import Machine
from tests.bench.small import FakeEngine, Heard, Takes, done, failed

COMMAND = ["nst-bench", "run", "small.yaml"]


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "results")
    store.acquire(COMMAND)
    yield store
    store.release()


@pytest.fixture
def session(plan, store):
    """Runs the small plan; what was said, what was predicted, and how it ended."""

    class Session:
        said, predicted, heard = [], None, Heard()

        def run(self, engine=None, **choices):
            def show(predicted):
                self.predicted = predicted
                return self.heard

            self.engine = engine or FakeEngine(trial=Machine().measure)
            return carry_out(plan, store, self.engine, Choices(COMMAND, **choices), show, self.said.append)

        @property
        def reports(self):
            return journal.read(store.root).runs

    return Session()


def test_the_jobs_are_predicted_before_they_start_and_compared_afterwards(session, plan):
    ended = session.run()
    assert session.said[0].startswith("predicted: ")
    assert session.said[-1].startswith("predicted ")
    assert set(session.predicted) == set(plan.jobs)
    assert ended.predicted.jobs == 4
    assert ended.predicted.actual_seconds == pytest.approx(4 * 3.6)  # all phases of the record that `done` makes


def test_a_job_that_will_not_fit_is_named_before_anything_starts_and_tried_all_the_same(session):
    ended = session.run(FakeEngine(trial=Machine(free_bytes=1000).measure))
    assert session.said[0].startswith("warning: one x left, init noise: needs about ")
    assert session.said[0].endswith("1 kB are free on cpu")
    assert ended.summary.statuses == {"done": 4}


def test_what_cannot_be_measured_is_run_without_a_prediction(session):
    ended = session.run(FakeEngine())
    assert (session.said, session.predicted, ended.predicted) == ([], {}, None)
    assert ended.summary.statuses == {"done": 4}


def test_nothing_is_measured_where_nothing_is_to_run_or_nobody_asks(session):
    session.run(measure=False)
    assert session.reports[-1].steadiness == {}
    session.run(FakeEngine(trial=pytest.fail))
    assert session.reports[-1].skipped == 4


def test_the_journal_keeps_what_was_predicted_and_how_it_ended(session, store):
    session.run()
    (report,) = session.reports
    assert (report.ended, report.statuses, report.command) == ("complete", {"done": 4}, COMMAND)
    assert report.predicted.jobs == 4
    assert report.steadiness["cpu"].before == report.steadiness["cpu"].after == 1.0
    assert not report.unstable
    assert {store.record(id).run for id in store.look().done} == {report.id}


def test_a_machine_that_does_not_hold_still_marks_the_run(session):
    seconds = iter([1.0, 1.25])
    session.run(FakeEngine(trial=Machine().measure, probe=lambda slot: next(seconds)))
    assert session.reports[0].unstable
    assert session.said[-1] == (
        "warning: cpu did not hold still: a fixed piece of work was 25 % slower after the run than before; "
        "the run is marked unstable"
    )


@pytest.mark.parametrize(("choices", "how"), [({}, "some failed"), ({"fail_fast": True}, "stopped at a failure")])
def test_the_journal_tells_failures(session, choices, how):
    session.run(FakeEngine(failed), measure=False, **choices)
    assert session.reports[0].ended == how


def test_an_error_is_told_in_the_journal_and_the_engine_is_closed(session, store, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device", "x")

    monkeypatch.setattr(store, "publish", full)
    with pytest.raises(BenchError, match="is full"):
        session.run(measure=False)
    assert session.reports[0].ended == "error"
    assert session.engine.closed


def test_what_was_set_aside_is_said(session, store):
    session.run(measure=False)
    (store.root / "jobs" / "stray").write_text("no job")
    session.run(measure=False)
    assert session.said[0].startswith("warning: jobs/stray: ")
    assert "Set aside in set-aside/" in session.said[0]


@pytest.mark.parametrize(
    ("timeout", "seconds"), [("auto", None), (5.0, 5.0)], ids=["by its prediction", "as asked for"]
)
def test_a_job_that_hangs_is_stopped_at_its_limit(session, plan, store, monkeypatch, timeout, seconds):
    hangs = next(iter(plan.jobs))
    engine = FakeEngine(lambda order: Takes(0.0) if order.id == hangs else done(order), trial=Machine().measure)
    monkeypatch.setattr("bench.runner.session.runner.run", partial(run, clock=engine.time.clock))
    session.run(engine, timeout=timeout)
    assert store.record(hangs).status == "timeout"
    stopped = next(when for when, what, *_ in engine.log if what == "stop")
    expected = seconds or GRACE + FACTOR * session.predicted[hangs]
    assert stopped == pytest.approx(expected, abs=1.5)


@pytest.mark.parametrize(
    ("slots", "tried"),
    [
        (["cpu on a", "cpu on b"], {"cpu on a", "cpu on b"}),
        (["cuda:0/1 on a", "cuda:0/2 on a", "cuda:1/1 on b"], {"cuda:0/1 on a", "cuda:0/2 on a", "cuda:1/1 on b"}),
        (["cuda:0", "cuda:1", "cpu"], {"cuda:0", "cuda:1"}),
    ],
)
def test_trials_run_on_all_slots_of_the_first_kind_on_whichever_machines(session, slots, tried):
    session.run(FakeEngine(slots=slots, trial=Machine().measure))
    assert {slot for _, what, slot, id in session.engine.log if what == "submit" and id.startswith("trial")} == tried
