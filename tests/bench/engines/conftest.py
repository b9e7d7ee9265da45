"""The local engine with the stand-in for its worker, and orders of it."""

import sys
from pathlib import Path

import pytest

from bench.engines import Order
from bench.engines.local import LocalEngine
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
