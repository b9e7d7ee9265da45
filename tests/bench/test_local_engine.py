"""The local engine with workers of a few lines in place of torch."""

import sys
import textwrap
import time

import pytest

from bench.engines import Ended, Order, Progressed
from bench.engines.local import LocalEngine, worker_environment

WORKER = """
import json, os, signal, sys, time
print(json.dumps({"event": "ready", "environment": {"pid": os.getpid()}}), flush=True)
for line in sys.stdin:
    order = json.loads(line)
    what = order["parameters"]["what"]
    print(json.dumps({"event": "progress", "id": order["id"], "evaluations": 1, "loss": 2.0}), flush=True)
    if what == "exit":
        print("last words", file=sys.stderr, flush=True)
        os._exit(3)
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "chatter":
        print("no event at all", flush=True)
        time.sleep(60)
    if what == "hang":
        time.sleep(60)
    print(json.dumps({"event": "ended", "id": order["id"], "status": "done", "files": {}}), flush=True)
"""


@pytest.fixture
def engine(tmp_path):
    script = tmp_path / "worker.py"
    script.write_text(textwrap.dedent(WORKER))
    engine = LocalEngine("cpu", tmp_path / "worker.log", [sys.executable, str(script)])
    yield engine
    engine.close()


def order(tmp_path, what, name="job"):
    return Order(name, {"what": what}, {}, "random:0", tmp_path)


def carry_out(engine, given):
    engine.submit(given)
    events = []
    while not events or not isinstance(events[-1], Ended):
        event = engine.next_event(10)
        assert event is not None, "the engine said nothing for 10 s"
        events.append(event)
    return events


def test_progress_then_the_end(engine, tmp_path):
    progress, end = carry_out(engine, order(tmp_path, "work"))
    assert progress == Progressed("job", 1, 2.0)
    assert (end.id, end.status, end.content) == ("job", "done", {"files": {}})


def test_the_worker_lives_on_from_job_to_job(engine, tmp_path):
    first, second = (carry_out(engine, order(tmp_path, "work"))[-1] for _ in range(2))
    assert first.environment["pid"] == second.environment["pid"]


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("exit", "the worker process ended with exit code 3 while it ran this job"),
        (
            "chatter",
            "the worker process was ended by SIGKILL, as the system does when memory runs out while it ran this job",
        ),
        (
            "kill",
            "the worker process was ended by SIGKILL, as the system does when memory runs out while it ran this job",
        ),
    ],
)
def test_a_worker_that_dies_takes_one_job_with_it(engine, tmp_path, what, message):
    before = carry_out(engine, order(tmp_path, "work"))[-1]
    end = carry_out(engine, order(tmp_path, what, "guilty"))[-1]
    assert (end.id, end.status, end.content["failure"]["message"]) == ("guilty", "crashed", message)
    after = carry_out(engine, order(tmp_path, "work", "next"))[-1]
    assert after.status == "done"
    assert after.environment["pid"] != before.environment["pid"]


def test_what_a_dying_worker_printed_is_kept(engine, tmp_path):
    end = carry_out(engine, order(tmp_path, "exit"))[-1]
    assert "last words" in end.content["failure"]["details"]


def test_close_ends_a_worker_that_hangs(engine, tmp_path):
    engine.submit(order(tmp_path, "hang"))
    assert isinstance(engine.next_event(10), Progressed)
    process = engine._process
    started = time.monotonic()
    engine.close()
    assert time.monotonic() - started < 5
    assert process.poll() is not None


def test_one_order_at_a_time(engine, tmp_path):
    engine.submit(order(tmp_path, "hang"))
    with pytest.raises(RuntimeError, match="the worker is busy"):
        engine.submit(order(tmp_path, "work"))


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


def test_the_worker_is_of_this_package_wherever_the_user_stands(tmp_path, monkeypatch):
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "__init__.py").write_text("raise SystemExit('the wrong bench')")
    monkeypatch.chdir(tmp_path)
    engine = LocalEngine("cpu", tmp_path / "worker.log")
    try:
        engine.submit(Order("job", {"task": "none"}, {}, "random:0", tmp_path))
        event = engine.next_event(60)
    finally:
        engine.close()
    assert isinstance(event, Ended)
    assert event.content["failure"]["message"] == "KeyError: 'none'"
    assert event.environment["device"] == "cpu"
