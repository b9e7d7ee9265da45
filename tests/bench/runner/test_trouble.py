"""Nothing that ended is lost, whatever goes wrong."""

import errno
import os
from pathlib import Path

import pytest

from bench.engines import Ended
from bench.errors import BenchError, Exit
from bench.runner.interrupts import Interrupt
from bench.store import Store
from tests.bench.runner.running import asking, carry_out, in_turn
from tests.bench.small import FakeEngine, Heard, Takes, done


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
