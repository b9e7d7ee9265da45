"""A cluster of two nodes on this machine: what is refused, what is stopped, what the command line makes of it."""

import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Future
from pathlib import Path

import pytest

from bench.engines import Ended, Probe
from bench.errors import BenchError, Exit
from bench.runner import Interrupt, run
from bench.runner.overhead import measure
from bench.store import Store
from tests.bench.engines.kits import STAND_IN, cluster, on_ray, order_in
from tests.bench.engines.listening import is_gone
from tests.bench.small import SMALL, Heard, three_pictures

pytestmark = [pytest.mark.ray, pytest.mark.slow]

ROOT = Path(__file__).parents[3]

#: 2 pairs x 2 starts x 4 seeds.
MANIFEST = SMALL + "    repeats: 4\n"

#: Seconds that a job may take; one takes a fraction of one.
LIMIT = 6.0

HAUNTED = [sys.executable, str(Path(__file__).with_name("haunted.py"))]


@pytest.fixture(scope="module")
def two_nodes():
    with cluster(num_cpus=2, num_gpus=1) as made:
        yield made


@pytest.fixture
def one_thread(monkeypatch):
    """With more, convolutions of pictures this small do not always add up in one order."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def test_from_the_command_line_onto_the_processors_of_all_nodes(two_nodes, one_thread, tmp_path):
    three_pictures(tmp_path)
    (tmp_path / "small.yaml").write_text(SMALL)
    command = [sys.executable, "-m", "bench", "run", "small.yaml", "--engine", "ray", "--address", two_nodes.address]
    made = subprocess.run(
        [*command, "--devices", "cpu", "--no-site", "--json"], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert made.returncode == 0, made.stderr
    events = [json.loads(line) for line in made.stdout.splitlines()]
    machines = next(event for event in events if event["event"] == "machines")
    assert (machines["nodes"], machines["slots"], machines["lost"]) == (2, 2, [])
    records = [json.loads(path.read_text()) for path in (tmp_path / "results" / "small").glob("jobs/*/*/record.json")]
    assert [record["status"] for record in records] == ["done"] * 4
    assert all(record["environment"]["node"] for record in records)
    assert "predicted" in made.stderr


class TestStopping:
    def begun(self, tmp_path):
        """An engine with work under way, and the process ids of its workers."""
        engine = on_ray(tmp_path)
        pids = []
        for slot in engine.slots:
            engine.submit(Probe(f"probe on {slot}", "trial"), slot)
            event = engine.next_event(30)
            while not isinstance(event, Ended):
                event = engine.next_event(30)
            pids.append(event.environment["pid"])
            engine.submit(order_in(tmp_path, "hang", f"job-{len(pids)}"), slot)
        return engine, pids

    def test_leaves_no_worker_and_no_folder_behind(self, two_nodes, tmp_path, monkeypatch):
        engine, pids = self.begun(tmp_path)
        folders = list(Path(tempfile.gettempdir()).glob(f"{engine._roster._folder}-*"))
        assert len(folders) == 2
        began = time.monotonic()
        engine.close()
        assert time.monotonic() - began < 10
        assert all(is_gone(pid) for pid in pids)
        assert not any(folder.exists() for folder in folders)

    def test_an_actor_that_is_killed_takes_its_worker_and_its_own_order_with_it(self, two_nodes, tmp_path):
        import ray

        engine, pids = self.begun(tmp_path)
        try:
            first, _ = engine.slots
            ray.kill(engine._roster.held[first].actor)
            events = []
            while not any(isinstance(event, Ended) for event in events):
                events.append(engine.next_event(30))
            assert [(e.id, e.status) for e in events if isinstance(e, Ended)] == [("job-1", "lost")]
            assert is_gone(pids[0])
            while first not in engine.slots:  # which comes back, as its node is there
                engine.next_event(0.1)
            engine.submit(order_in(tmp_path, "work", "next"), first)
            ended = engine.next_event(30)
            while not isinstance(ended, Ended):
                ended = engine.next_event(30)
            assert (ended.id, ended.status) == ("next", "done")
        finally:
            engine.close()

    def test_twice_ctrl_c_stops_what_runs_at_once(self, two_nodes, tmp_path, plan):
        engine, interrupt = on_ray(tmp_path), Interrupt()

        class Impatient(Heard):
            def job_started(self, job, slot):
                interrupt.request()

        began = time.monotonic()
        submit = engine.submit
        engine.submit = lambda order, slot: submit(order_in(tmp_path, "hang", order.id), slot)
        summary = run(plan, Store(tmp_path / "results"), engine, Impatient(), interrupt)
        assert time.monotonic() - began < 30
        assert (summary.exit_code, summary.ended) == (Exit.INTERRUPTED, {})


class TestRefused:
    def engine(self, request, **how):
        from bench.engines.ray.engine import RayEngine

        return RayEngine(request, command=STAND_IN, **how)

    def test_is_what_the_cluster_cannot_do(self, two_nodes):
        from bench.engines.ray.cluster import request

        began = time.monotonic()
        with pytest.raises(BenchError, match=r"--accelerator H200: no node of the cluster can do this; it has 2 nodes"):
            self.engine(lambda nodes: request("auto", None, "H200", nodes))
        assert time.monotonic() - began < 5

    def test_is_a_node_with_other_code(self, two_nodes, monkeypatch):
        from bench.engines.ray import roster
        from bench.engines.ray.cluster import Request

        monkeypatch.setattr(roster, "source_hash", lambda: "another")
        told = []
        with pytest.raises(
            BenchError, match=r"no node of the cluster can run workers: .* has other code of nst-bench: another commit"
        ):
            self.engine(lambda nodes: Request("cpu"), tell=told.append)
        assert len(told) == 2

    def test_is_a_node_where_the_actor_does_not_come_up(self, two_nodes, monkeypatch):
        from bench.engines.ray import roster
        from bench.engines.ray.cluster import Request

        class Broken:
            def __init__(self, *_):
                raise OSError(28, "No space left on device", "/tmp/x")

            def facts(self):
                raise AssertionError

            def leave(self):
                raise AssertionError

        monkeypatch.setattr(roster, "Seat", Broken)
        began = time.monotonic()
        with pytest.raises(
            BenchError, match=r"cannot run workers: OSError: \[Errno 28\] No space left on device: '/tmp/x'"
        ):
            self.engine(lambda nodes: Request("cpu"))
        assert time.monotonic() - began < 15

    def test_is_a_node_where_no_worker_starts(self, two_nodes, tmp_path):
        from bench.engines.ray.cluster import Request
        from bench.engines.ray.engine import RayEngine

        engine = RayEngine(lambda nodes: Request("cpu"), command=[sys.executable, "-c", "raise SystemExit('no torch')"])
        ends = []

        def go_on():
            for number in range(20):
                while not engine.slots:
                    engine.next_event(1)
                engine.submit(order_in(tmp_path, "work", f"job-{number}"), engine.slots[0])
                while not isinstance(event := engine.next_event(30), Ended):
                    pass
                ends.append(event.status)

        try:
            with pytest.raises(
                BenchError, match=r"no node of the cluster can run workers: .*no worker starts: .*no torch"
            ):
                go_on()
        finally:
            engine.close()
        assert set(ends) == {"crashed", "lost"}
        assert ends.count("lost") == 2  # one on each node; what crashed before is of two workers a node


def test_what_a_job_costs_beside_its_work_is_measured_on_both_engines(two_nodes):
    found = measure(jobs=20, rounds=1)
    assert set(found) == {"local", "ray"}
    assert all(told["beside_work"] < told["whole"] for told in found.values())


class TestGivingWay:
    def test_is_taken_back_where_that_is_allowed(self):
        code = "from bench.engines.ray.seat import give_way_no_more; print(give_way_no_more())"
        made = subprocess.run(
            ["nice", "-n", "5", sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert made.stdout == ("0\n" if os.geteuid() == 0 else "5\n")

    def test_is_told_of_once_a_node_where_it_is_not(self):
        from bench.engines.ray.cluster import Node
        from bench.engines.ray.roster import Held, Roster
        from bench.engines.ray.seat import Facts, source_hash

        told, node = [], Node("b", "box", cpus=2, gpus=0)
        roster = Roster("folder", lambda held, why: None, told.append, None)
        for name in ("cpu/1 on box", "cpu/2 on box"):
            roster.held[name] = held = Held(name, node, None)
            answer = Future()
            answer.set_result(Facts("0.1.0", source_hash(), niceness=15))
            roster.welcome(held, answer)
        assert list(roster.ready) == ["cpu/1 on box", "cpu/2 on box"]
        assert told == [
            "warning: workers on box give way to all else there: begin its Ray with RAY_worker_niceness=0, or compare no "
            "times of it"
        ]


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (
            "127.0.0.1:1",
            "--address 127.0.0.1:1: nothing answers there: Connection refused; expected host:port of a cluster",
        ),
        ("ray://head:10001", "--address ray://head:10001: expected host:port of a cluster"),
        ("head", "--address head: expected host:port of a cluster"),
        ("127.0.0.1:100000", "--address 127.0.0.1:100000: nothing answers there: "),
    ],
)
def test_an_address_where_no_cluster_is_is_refused_at_once(address, message):
    from bench.engines.ray.connecting import find

    with pytest.raises(BenchError) as caught:
        find(address, "--address")
    assert str(caught.value).startswith(message)
