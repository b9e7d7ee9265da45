"""What a run costs beside its jobs: ``pytest tests/benchmarks --benchmark-only``. These times gate nothing here."""

import sys

import pytest

from bench.engines import Ended, Order
from bench.engines.local import LocalEngine
from bench.machine.devices import Slot

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
