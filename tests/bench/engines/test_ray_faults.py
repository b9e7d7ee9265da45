"""A run on a cluster of two nodes on this machine, with GPUs that are there in name only, and all that can go wrong."""

import sys
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from bench.engines.local import LocalEngine
from bench.machine.devices import Slot
from bench.manifest import load
from bench.plan import make_plan
from bench.runner import Interrupt, run
from bench.runner.options import Options
from bench.store import Store
from tests.bench.engines.kits import OBJECT_STORE, cluster
from tests.bench.small import SMALL, Heard, three_pictures
from tests.faults.test_faults import contents

pytestmark = [pytest.mark.ray, pytest.mark.slow]

#: 2 pairs x 2 starts x 4 seeds.
MANIFEST = SMALL + "    repeats: 4\n"

#: Seconds that the job that hangs may take, and the others, of which some wait for a node.
LIMIT, PATIENCE = 6.0, 120.0

HAUNTED = [sys.executable, str(Path(__file__).with_name("haunted.py"))]


@pytest.fixture
def two_nodes():
    with cluster(num_cpus=2, num_gpus=1) as made:
        yield made


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch):
    """With more, convolutions of pictures this small do not always add up in one order."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "1")


class Meddler(Heard):
    """A listener that does things to the cluster when so many jobs have ended; ``joining`` goes when a node is ready."""

    def __init__(self, joining, **by_number):
        super().__init__()
        self.joining = joining
        self.todo = {int(name.removeprefix("at_")): act for name, act in by_number.items()}
        self.ended = []

    def job_ended(self, job, record):
        super().job_ended(job, record)
        self.ended.append((job.id, record.status))
        if act := self.todo.pop(len(self.ended), None):
            act()

    def machines(self, standing):
        super().machines(standing)
        if standing.note.endswith("is ready"):
            self.joining.unlink(missing_ok=True)


def on_gpus(command):
    """On GPUs in name, by workers that are told to use the processor."""
    from bench.engines.ray.cluster import Request
    from bench.engines.ray.engine import RayEngine

    return RayEngine(lambda nodes: Request("cuda"), command=[*command, "--device", "cpu"])


def on_this_machine(tmp_path):
    return LocalEngine([Slot("cpu", "cpu", {"OMP_NUM_THREADS": "1"})], tmp_path / "worker.log")


def test_a_plan_is_completed_whatever_happens_and_as_on_one_machine(two_nodes, tmp_path, capsys):
    """Begun on this machine, gone on with on a cluster: one worker is killed, one job hangs, one node is killed, one
    joins. Finished on this machine."""
    three_pictures(tmp_path)
    (tmp_path / "small.yaml").write_text(MANIFEST)
    plan = make_plan(load(tmp_path / "small.yaml"))
    ids = list(plan.jobs)
    expected = Store(tmp_path / "expected")
    run(plan, expected, on_this_machine(tmp_path), Heard(), Interrupt())

    store = Store(tmp_path / "results")
    run(plan, store, on_this_machine(tmp_path), Heard(), Interrupt(), options=Options(only=frozenset(ids[:2])))
    (tmp_path / "faults").mkdir()
    killed, hangs = ids[3], ids[9]
    for id in ids[6:]:  # so that the node that joins finds something to do
        (tmp_path / "faults" / id).write_text("slow")
    (tmp_path / "faults" / killed).write_text("killed")
    (tmp_path / "faults" / hangs).write_text("hang")
    engine = on_gpus([*HAUNTED, str(tmp_path)])
    host = min(engine.slots, key=len).partition(" on ")[2]
    (victim,) = two_nodes.worker_nodes
    gone = engine._roster._names._of[victim.node_id]
    joining = tmp_path / "joining"

    def join():
        joining.touch()
        two_nodes.add_node(num_cpus=2, num_gpus=1, object_store_memory=OBJECT_STORE)

    heard = Meddler(joining, at_3=partial(two_nodes.remove_node, victim, allow_graceful=False), at_4=join)
    options = Options(limit=lambda job: LIMIT if job.id == hangs else PATIENCE, retries=3, backoff=0.1)
    summary = run(plan, store, engine, heard, Interrupt(), options=options)

    assert summary.statuses == {"done": 13, "timeout": 1}
    assert Counter(id for id, _ in heard.ended) == Counter(ids[2:])
    assert store.record(hangs).failure.message.startswith(f"stopped after {LIMIT:g} s, its time limit: ")
    assert [one.status for one in store.record(killed).tries if one.status == "crashed"] == ["crashed"]
    assert not any(one.status == "crashed" for id in ids if id != killed for one in store.record(id).tries)
    nodes = {store.record(id).environment["node"] for id in ids[2:] if id != hangs}
    assert f"{host}.3" in nodes <= {host, f"{host}.2", f"{host}.3"}
    assert heard.machines_told[-1].lost == (gone,)
    assert f"{host}.3 is ready" in {told.note for told in heard.machines_told}
    assert set(engine.sent.values()) == {1}
    assert {node for node, _ in engine.sent} >= nodes

    run(plan, store, on_this_machine(tmp_path), Heard(), Interrupt())
    assert contents(store.root) == contents(expected.root)
    assert not list((store.root / "tmp").glob("*/*"))
    assert capsys.readouterr().out == ""  # where programs read events, Ray has nothing to say of nodes that died
