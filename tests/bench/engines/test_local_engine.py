"""The local engine with workers of a few lines in place of torch: what is its own, beside what all engines keep."""

import time

import pytest

from bench.engines import Ended, Order, Started
from bench.engines.local import LocalEngine, worker_environment
from bench.engines.log import Log
from bench.machine.devices import Slot
from tests.bench.engines.listening import carry_out, is_alive, is_gone, next_event, told


class TestOrders:
    def test_go_to_one_worker_that_lives_on(self, engine, order):
        first, second = (carry_out(engine, order("work"))[-1] for _ in range(2))
        assert first.environment["pid"] == second.environment["pid"]

    def test_find_the_variables_of_their_slot(self, start, order):
        engine = start(Slot("cpu", "cpu", {"OMP_NUM_THREADS": "3"}))
        assert carry_out(engine, order("work"))[-1].environment["threads"] == "3"


def test_a_worker_that_calls_itself_spoilt_is_replaced(engine, order):
    end = carry_out(engine, order("spoil"))[-1]
    assert (end.status, is_alive(end.environment["pid"])) == ("done", False)
    assert carry_out(engine, order("work"))[-1].environment["pid"] != end.environment["pid"]


class TestStop:
    def test_ends_a_worker_that_hangs_with_its_children(self, engine, order):
        engine.submit(order("hang with a child"), "cpu")
        child = [next_event(engine) for _ in range(3)][-1].evaluations
        worker = engine._workers["cpu"].pid
        started = time.monotonic()
        engine.stop("cpu")
        assert time.monotonic() - started < 3
        assert not is_alive(worker)
        assert is_gone(child)

    def test_comes_with_close(self, engine, order):
        engine.submit(order("hang"), "cpu")
        next_event(engine)
        worker = engine._workers["cpu"].pid
        engine.close()
        assert not is_alive(worker)


def test_a_worker_that_is_never_ready_is_given_up(start, order):
    clock = iter(range(0, 10_000, 50))
    engine = start(mode="hang before ready", now=lambda: next(clock))
    engine.submit(order("work"), "cpu")
    events = [engine.next_event(0) for _ in range(6)]
    assert events == [None] * 6
    assert told(next_event(engine)) == (
        "job",
        "crashed",
        "the worker process was stopped while it was getting ready for this job: it had not begun after 300 s",
    )


PLACES = (Slot("cpu/1", "cpu", sharing=2), Slot("cpu/2", "cpu", sharing=2))


class TestSeveralSlots:
    def test_one_death_leaves_the_other_alone(self, start, order):
        engine = start(*PLACES)
        engine.submit(order("hang", "innocent"), "cpu/1")
        engine.submit(order("kill", "guilty"), "cpu/2")
        events = [next_event(engine) for _ in range(5)]
        assert [event.id for event in events if isinstance(event, Ended)] == ["guilty"]
        assert is_alive(engine._workers["cpu/1"].pid)

    def test_have_a_log_each(self, start, order, tmp_path):
        engine = start(*PLACES)
        for slot in engine.slots:
            carry_out(engine, order("work", f"job of {slot}"), slot)
        logs = {path.name: path.read_text().splitlines()[-1] for path in tmp_path.glob("*.log")}
        assert logs == {"worker-cpu-1.log": "job of cpu/1 began", "worker-cpu-2.log": "job of cpu/2 began"}


class TestLog:
    def test_is_cut_to_its_end_between_jobs(self, tmp_path):
        log = Log(tmp_path / "worker.log")
        log.path.write_text("".join(f"line {n}\n" for n in range(100)))
        log.cut(limit=500, kept=20)
        assert log.path.read_text() == "[cut]\nline 98\nline 99\n"

    def test_that_is_short_is_left_alone(self, tmp_path):
        log = Log(tmp_path / "worker.log")
        log.path.write_text("line\n")
        log.cut()
        assert log.path.read_text() == "line\n"

    def test_of_earlier_runs_is_cut_when_a_job_begins(self, engine, order, tmp_path):
        (tmp_path / "worker.log").write_text("old\n" * 3_000_000)
        carry_out(engine, order("work"))
        assert (tmp_path / "worker.log").stat().st_size < 1_100_000

    def test_is_quoted_by_its_end(self, tmp_path):
        log = Log(tmp_path / "worker.log")
        log.path.write_text("before" + "x" * 5000 + "end")
        assert log.since(6) == "x" * 3997 + "end"


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, {"OMP_WAIT_POLICY": "PASSIVE"}),
        ({"OMP_WAIT_POLICY": "ACTIVE"}, {"OMP_WAIT_POLICY": "ACTIVE"}),
        ({"GOMP_SPINCOUNT": "5"}, {"GOMP_SPINCOUNT": "5"}),
    ],
)
def test_idle_threads_of_a_worker_sleep_unless_told_otherwise(own, expected):
    found = worker_environment(own)
    del found["PYTHONPATH"]
    assert found == expected


def test_a_slots_variables_win_over_ones_own():
    assert (
        worker_environment({"CUDA_VISIBLE_DEVICES": "0,1"}, {"CUDA_VISIBLE_DEVICES": "1"})["CUDA_VISIBLE_DEVICES"]
        == "1"
    )


@pytest.mark.slow
def test_the_worker_is_of_this_package_wherever_the_user_stands(tmp_path, monkeypatch):
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "__init__.py").write_text("raise SystemExit('the wrong bench')")
    monkeypatch.chdir(tmp_path)
    engine = LocalEngine([Slot("cpu", "cpu")], tmp_path / "worker.log")
    try:
        engine.submit(Order("job", {"task": "none"}, {}, "random:0", tmp_path), "cpu")
        started, ended = (engine.next_event(60) for _ in range(2))
    finally:
        engine.close()
    assert started == Started("job")
    assert ended.content["failure"]["message"] == "KeyError: 'none'"
    assert ended.environment["device"] == "cpu"
