"""What a run costs beside its jobs: ``pytest tests/benchmarks --benchmark-only``. These times gate nothing here."""

import sys
from datetime import datetime
from itertools import pairwise
from statistics import median

import pytest

from bench.engines import Ended, Order
from bench.engines.local import LocalEngine
from bench.machine.devices import Slot, find
from bench.manifest import load
from bench.plan import make_plan
from bench.progress import Quiet
from bench.runner.session import Choices, carry_out
from bench.store import Store
from bench.worker.timing import PHASES
from tests.bench.small import SMALL

#: Answers at once, so that what is measured is the engine's part.
WORKER = """
import json, sys
print(json.dumps({"event": "ready", "environment": {}}), flush=True)
for line in sys.stdin:
    id = json.loads(line)["id"]
    for event in ({"event": "started"}, {"event": "ended", "status": "done", "content": {"files": {}}}):
        print(json.dumps({"id": id, **event}), flush=True)
"""


@pytest.fixture
def engine(tmp_path):
    engine = LocalEngine([Slot("cpu", "cpu")], tmp_path / "worker.log", [sys.executable, "-c", WORKER])
    yield engine
    engine.close()


def test_an_order_from_submission_to_its_end(benchmark, engine, tmp_path):
    order = Order("job", {"size": 256, "recipe": "untrained"}, {}, "random:0", tmp_path)

    def carry_out():
        engine.submit(order, "cpu")
        while not isinstance(event := engine.next_event(10), Ended):
            assert event is not None
        return event

    carry_out()  # the worker starts
    assert benchmark(carry_out).status == "done"


#: Twenty pictures that differ in nothing but the noise they come from.
TWENTY = SMALL[: SMALL.index("    grid:")].replace("size: 32, evaluations: 3", "size: 96, evaluations: 20") + (
    "    pairs: [[one, left]]\n    repeats: 20\n"
)


@pytest.mark.slow
def test_a_job_beside_what_it_computes(benchmark, manifest, tmp_path):
    """From the start of one job to that of the next, less all that its timing accounts for; by a real worker."""
    plan, store = make_plan(load(manifest(TWENTY))), Store(tmp_path / "results")
    store.acquire(["benchmark"])

    def run():
        engine = LocalEngine(find("cpu"), tmp_path / "worker.log")
        choices = Choices(["benchmark"], measure=False)
        return carry_out(plan, store, engine, choices, lambda predicted: Quiet(), lambda text: None).summary

    try:
        assert benchmark.pedantic(run, rounds=1).exit_code == 0
    finally:
        store.release()
    records = sorted((store.record(id) for id in plan.jobs), key=lambda record: record.started)
    starts = [datetime.fromisoformat(record.started).timestamp() for record in records]
    computed = [sum(getattr(record.timing, phase) for phase in PHASES) for record in records]
    optimised = [record.timing.optimise for record in records]
    beside = [after - before - phases for (before, after), phases in zip(pairwise(starts), computed, strict=False)]
    benchmark.extra_info |= {
        "ms a job beside its phases": round(1000 * median(beside), 1),
        "ms a job in phases other than optimise": round(
            1000 * median(phases - seconds for phases, seconds in zip(computed[1:], optimised[1:], strict=True)), 1
        ),
        "ms a job optimising": round(1000 * median(optimised[1:]), 1),
    }
    assert median(beside) < 0.05
