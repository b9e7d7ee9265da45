"""The local engine with workers of a few lines in place of torch: what is its own, beside what all engines keep."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.engines import Ended, Order, Probe, Progressed, Started
from bench.engines.local import LocalEngine, worker_environment
from bench.engines.log import Log
from bench.errors import BenchError
from bench.machine import cgroups
from bench.machine.devices import Slot

WORKER = Path(__file__).with_name("stand_in.py").read_text()


@pytest.fixture
def start(tmp_path):
    """Starts engines with script workers; keyword arguments are the engine's."""
    script = tmp_path / "worker.py"
    script.write_text(WORKER)
    engines = []

    def start(*places, mode="work", **options):
        places = places or (Slot("cpu", "cpu"),)
        engines.append(LocalEngine(places, tmp_path / "worker.log", [sys.executable, str(script), mode], **options))
        return engines[-1]

    yield start
    for engine in engines:
        engine.close()


@pytest.fixture
def engine(start):
    return start()


@pytest.fixture
def order(tmp_path):
    def order(what, name="job"):
        return Order(name, {"what": what}, {}, "random:0", tmp_path)

    return order


def next_event(engine):
    event = engine.next_event(10)
    assert event is not None, "the engine said nothing for 10 s"
    return event


def carry_out(engine, given, slot="cpu"):
    """All events of an order, to its end."""
    engine.submit(given, slot)
    events = []
    while not events or not isinstance(events[-1], Ended):
        events.append(next_event(engine))
    return events


def told(ended):
    return ended.id, ended.status, ended.content["failure"]["message"]


def is_alive(pid):
    """Whether a process runs; one that has ended and that nobody waited for does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")


def is_gone(pid):
    """Whether a process ends within some seconds."""
    deadline = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not is_alive(pid)


class TestOrders:
    def test_go_to_one_worker_that_lives_on(self, engine, order):
        first, second = (carry_out(engine, order("work"))[-1] for _ in range(2))
        assert first.environment["pid"] == second.environment["pid"]

    def test_find_the_variables_of_their_slot(self, start, order):
        engine = start(Slot("cpu", "cpu", {"OMP_NUM_THREADS": "3"}))
        assert carry_out(engine, order("work"))[-1].environment["threads"] == "3"


class TestAWorkerThatDies:
    @pytest.mark.parametrize(
        ("what", "message"),
        [
            ("exit", "the worker process ended with exit code 3 while it ran this job"),
            ("kill", "the worker process was ended by SIGKILL while it ran this job"),
            ("segfault", "the worker process was ended by SIGSEGV while it ran this job"),
            (
                "chatter",
                "the worker process was stopped while it ran this job: it wrote a line that is no event: 'no event at all'",
            ),
            (
                "another's end",
                "the worker process was stopped while it ran this job: it wrote a line that is no event: "
                '\'{"event": "ended", "id": "another", "status": "done", "content": {}}\'',
            ),
        ],
    )
    def test_takes_one_job_with_it(self, engine, order, what, message):
        before = carry_out(engine, order("work"))[-1]
        end = carry_out(engine, order(what, "guilty"))[-1]
        assert told(end) == ("guilty", "crashed", message)
        after = carry_out(engine, order("work", "next"))[-1]
        assert after.status == "done"
        assert after.environment["pid"] != before.environment["pid"]

    def test_is_quoted_from_where_its_job_began(self, engine, order):
        carry_out(engine, order("work", "innocent"))
        end = carry_out(engine, order("exit", "guilty"))[-1]
        assert end.content["failure"]["details"] == "guilty began\n"

    def test_by_a_segfault_leaves_its_traceback(self, engine, order):
        details = carry_out(engine, order("segfault"))[-1].content["failure"]["details"]
        assert "Fatal Python error: Segmentation fault" in details
        assert "in string_at" in details

    def test_of_a_kill_from_outside(self, engine, order):
        engine.submit(order("hang"), "cpu")
        assert [type(next_event(engine)) for _ in range(2)] == [Started, Progressed]
        os.kill(engine._workers["cpu"].pid, signal.SIGKILL)
        assert told(next_event(engine)) == (
            "job",
            "crashed",
            "the worker process was ended by SIGKILL while it ran this job",
        )

    def test_before_it_is_ready_blames_its_first_job(self, start, order):
        end = carry_out(start(mode="exit before ready"), order("work"))[-1]
        message = "the worker process ended with exit code 1 while it was getting ready for this job"
        assert told(end) == ("job", "crashed", message)
        assert end.content["failure"]["details"] == "no such library\n"

    def test_again_and_again_before_it_is_ready_is_no_fault_of_jobs(self, start, order, tmp_path):
        engine = start(mode="exit before ready")
        assert [carry_out(engine, order("work"))[-1].status for _ in range(2)] == ["crashed", "crashed"]
        with pytest.raises(BenchError) as caught:
            carry_out(engine, order("work"))
        assert str(caught.value) == (
            "cpu: no worker starts: the worker process ended with exit code 1 while it was getting ready for this job: "
            f"no such library. All that workers printed is in {tmp_path / 'worker.log'}; `nst-bench doctor` looks for "
            "what is wrong. What ended is kept: run the same command again to go on"
        )

    def test_again_and_again_where_workers_started_before_is_told_of_each_job(self, start, order, tmp_path):
        engine = start()
        assert carry_out(engine, order("exit"))[-1].status == "crashed"
        (tmp_path / "worker.py").write_text("raise SystemExit('the library is gone')")
        assert [carry_out(engine, order("work"))[-1].status for _ in range(4)] == ["crashed"] * 4

    def test_by_a_kill_before_it_is_ready_is_not_taken_for_a_machine_where_none_starts(self, start, order, tmp_path):
        engine = start()
        (tmp_path / "worker.py").write_text("import os; os.kill(os.getpid(), 9)")
        assert [carry_out(engine, order("work"))[-1].status for _ in range(4)] == ["crashed"] * 4

    def test_in_a_measurement_says_so(self, start):
        end = carry_out(start(mode="exit before ready"), Probe("probe", "steadiness"))[-1]
        message = "the worker process ended with exit code 1 while it was getting ready for this measurement"
        assert told(end) == ("probe", "crashed", message)

    def test_when_idle_blames_nobody(self, engine, order):
        assert carry_out(engine, order("die after", "first"))[-1].status == "done"
        # Whether or not its death is known by now, the next job is carried out.
        assert carry_out(engine, order("work", "second"))[-1].status == "done"
        time.sleep(0.2)
        assert carry_out(engine, order("work", "third"))[-1].status == "done"

    def test_when_idle_with_an_order_under_way_passes_it_on(self, engine, order):
        """The race of the test before, lost on purpose: the worker is stopped in its tracks, given an order, killed."""
        first = carry_out(engine, order("work", "first"))[-1]
        os.kill(first.environment["pid"], signal.SIGSTOP)
        engine.submit(order("work", "second"), "cpu")
        os.kill(first.environment["pid"], signal.SIGKILL)
        started, _, second = (next_event(engine) for _ in range(3))
        assert (started, second.status) == (Started("second"), "done")
        assert second.environment["pid"] != first.environment["pid"]

    def test_is_noticed_while_its_children_hold_its_output(self, engine, order):
        started = time.monotonic()
        events = carry_out(engine, order("exit with children"))
        assert time.monotonic() - started < 8
        _, _, child, stranger, end = events
        assert told(end) == ("job", "crashed", "the worker process ended with exit code 4 while it ran this job")
        assert is_gone(child.evaluations)
        os.kill(stranger.evaluations, signal.SIGKILL)  # it left for a session of its own


class TestOutOfMemory:
    def test_ends_the_worker(self, engine, order):
        end = carry_out(engine, order("oom", "large"))[-1]
        assert told(end) == ("large", "oom", "too much")
        assert not is_alive(end.environment["pid"])
        after = carry_out(engine, order("work", "next"))[-1]
        assert (after.status, after.environment["pid"] != end.environment["pid"]) == ("done", True)

    def test_told_by_the_kernels_count_of_processes_it_killed(self, engine, order, monkeypatch):
        counts = iter([7, 8])
        monkeypatch.setattr(cgroups, "oom_kills", lambda: next(counts))
        assert told(carry_out(engine, order("kill"))[-1]) == (
            "job",
            "oom",
            "out of memory: the worker process was ended by the system (SIGKILL) while it ran this job",
        )

    def test_told_by_what_cpp_says_before_it_aborts(self, engine, order):
        assert told(carry_out(engine, order("bad_alloc"))[-1]) == (
            "job",
            "oom",
            "out of memory: the worker process was ended by SIGABRT (std::bad_alloc) while it ran this job",
        )


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


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_order_ends_once_whatever_is_killed_and_stopped(start, order, seed):
    """Sixty jobs on three slots, while workers are killed and slots stopped at random moments."""
    draw = random.Random(seed)
    engine = start(*(Slot(f"cpu/{number}", "cpu") for number in (1, 2, 3)))
    todo, free, running, ended = [f"job {n}" for n in range(60)], list(engine.slots), {}, []
    while todo or running:
        while todo and free:
            slot, job = free.pop(), todo.pop()
            running[job] = slot
            engine.submit(order("work", job), slot)
        if engine._workers and draw.random() < 0.2:
            with contextlib.suppress(ProcessLookupError):
                os.kill(draw.choice([*engine._workers.values()]).pid, signal.SIGKILL)
        if draw.random() < 0.1:
            job, slot = draw.choice([*running.items()])
            engine.stop(slot)
        else:
            event = next_event(engine)
            assert event.id in running
            if not isinstance(event, Ended):
                continue
            assert event.status in ("done", "crashed")
            job = event.id
        free.append(running.pop(job))
        ended.append(job)
    assert sorted(ended) == sorted(f"job {n}" for n in range(60))


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
