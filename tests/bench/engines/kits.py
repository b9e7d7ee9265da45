"""The engines that keep one contract, each made ready for its tests: the fake one, the local one and Ray's."""

import hashlib
import os
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import bench.engines.ray  # noqa: F401 (before Ray itself: it keeps Ray's daemons quiet)
from bench.engines import Ended, InputFile, Order, Pack
from bench.engines.local import LocalEngine
from bench.machine.devices import Slot
from tests.bench.small import FakeEngine, Takes

STAND_IN = [sys.executable, str(Path(__file__).with_name("stand_in.py")), "work"]

#: Small, so that several fit into the shared memory of a container.
OBJECT_STORE = 80 * 2**20


def fake(tmp_path):
    """On a clock of its own; what jobs come to is written down here."""

    def outcome(order):
        if isinstance(order, Pack):
            ends = {one.id: {"status": "done", "content": content(one)} for one in order.orders}
            return Takes(0.1, Ended(order.id, "done", {"orders": ends}, {"device": "cpu"}), ((0.05, 2.0),))
        what = order.parameters["what"]
        if what == "talk":
            return Takes(0.0, None, tuple((0.02 * number, 2.0) for number in range(1, 1000)))
        if what == "hang":
            return Takes(0.0, None, ((0.05, 2.0),))
        status = {"exit": "crashed", "oom": "oom"}.get(what, "done")
        told = content(order) if status == "done" else {"failure": {"message": "too much"}}
        return Takes(0.1, Ended(order.id, status, told, {"device": "cpu"}), ((0.05, 2.0),))

    return FakeEngine(outcome, ["cpu/1", "cpu/2"], trial=lambda asked: {"measured": "trial", "of": dict(asked)})


def content(order):
    """As the stand-in's."""
    files = [given for several in order.inputs.values() for given in several]
    paths = [path for given in files for path in (str(given.path), given.mask) if path and not path.startswith("mask:")]
    paths += [order.weights] if Path(order.weights).is_absolute() else []
    if not paths:
        return {"files": {}}
    read = b"".join(Path(path).read_bytes() for path in paths)
    (order.folder / "read.bin").write_bytes(read)
    return {"files": {"read.bin": hashlib.sha256(read).hexdigest()}}


def local(tmp_path):
    places = [Slot(f"cpu/{number}", "cpu", sharing=2) for number in (1, 2)]
    return LocalEngine(places, tmp_path / "worker.log", STAND_IN)


def on_ray(tmp_path):
    """On the cluster that is connected, a slot on each of its nodes."""
    from bench.engines.ray.cluster import Request
    from bench.engines.ray.engine import RayEngine

    return RayEngine(lambda nodes: Request("cpu"), command=STAND_IN)


ENGINES = {"fake": fake, "local": local, "ray": on_ray}


@contextmanager
def cluster(**node):
    """A Ray cluster of two nodes on this machine, each with what is said of it, and this process connected to it."""
    # A node that is killed is known to be dead after some seconds rather than half a minute.
    os.environ |= {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_health_check_initial_delay_ms": "2000",
        "RAY_health_check_period_ms": "1000",
        "RAY_health_check_failure_threshold": "3",
    }
    import ray
    from ray.cluster_utils import Cluster

    own = {"object_store_memory": OBJECT_STORE, **node}
    made = Cluster(initialize_head=True, head_node_args={"include_dashboard": False, **own})
    try:
        made.add_node(**own)
        ray.init(address=made.address, log_to_driver=False, logging_level="CRITICAL")
        made.wait_for_nodes()
        yield made
    finally:
        ray.shutdown()
        made.shutdown()


def order_in(folder, what="work", name="job", **inputs):
    """A job of the stand-in, with a folder of its own."""
    own = folder / name
    own.mkdir(exist_ok=True)
    given = {role: [path if isinstance(path, InputFile) else InputFile(path)] for role, path in inputs.items()}
    return Order(name, {"what": what}, given, "random:0", own)


def with_weights(order, path):
    return replace(order, weights=str(path))
