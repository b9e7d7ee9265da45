"""Peak memory, and what a job leaves behind."""

import sys

import pytest

from bench.worker import memory
from bench.worker.memory import PeakMemory
from tests.bench.machine.test_allowance import in_a_process

linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems tell no peak of a stretch of work")


@linux
def test_a_peak_is_of_its_own_stretch_alone():
    """Within 3 MB: what came before it, larger and freed, is not in it."""
    before, peak = map(
        int,
        in_a_process("""
from bench.worker.memory import PeakMemory
b"x" * 300_000_000
measured = PeakMemory("cpu")
measured.start()
b"x" * 100_000_000
found = measured.stop()
print(found.before_bytes, found.peak_bytes)
"""),
    )
    assert abs(peak - before - 100e6) < 3e6


@linux
def test_what_was_freed_goes_back_to_the_system():
    """Small pieces stay with the C library until it is told to let go."""
    kept, settled = map(
        int,
        in_a_process("""
from bench.worker import memory
pieces = [bytearray(1000) for _ in range(100_000)]
del pieces[:-1]
memory.forget_peak("cpu")
print(memory.resident())
memory.settle("cpu")
print(memory.resident())
"""),
    )
    assert kept - settled > 20e6


@linux
def test_the_highest_counts_from_where_it_was_forgotten():
    first, second = map(
        int,
        in_a_process("""
from bench.worker import memory
b"x" * 200_000_000
print(memory.highest("cpu"))
memory.forget_peak("cpu")
print(memory.highest("cpu"))
"""),
    )
    assert first - second > 150e6


def test_where_the_system_tells_no_peak_none_is_made_up(monkeypatch, tmp_path):
    for name in ("_STATUS", "_CLEAR"):
        monkeypatch.setattr(memory, name, tmp_path / "no such folder" / "file")
    measured = PeakMemory("cpu")
    measured.start()
    found = measured.stop()
    assert (found.peak_bytes, found.before_bytes, found.method) == (None, None, "not available on this system")
    assert (memory.highest("cpu"), memory.resident()) == (None, None)
