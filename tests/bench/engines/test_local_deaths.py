"""Workers of the local engine that die: each takes one job with it, and what it died of is told."""

import contextlib
import os
import random
import signal
import time

import pytest

from bench.engines import Ended, Probe, Progressed, Started
from bench.errors import BenchError
from bench.machine import cgroups
from bench.machine.devices import Slot
from tests.bench.engines.listening import carry_out, is_alive, is_gone, next_event, told


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
