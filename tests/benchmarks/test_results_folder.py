"""What the results folder takes: ``pytest tests/benchmarks --benchmark-only``. These times gate nothing here."""

import hashlib
import itertools
import shutil

import numpy as np
import pytest

from bench.store import Store, verified
from tests.bench.store.records import record

#: A picture of 150 kB and a curve of 20 kB, about what a job of 256 pixels leaves.
FILES = {"image.png": np.random.default_rng(0).bytes(150_000), "curve.csv": b"0," * 10_000}

#: A fiftieth of that, where the number of files is what counts.
SMALL_FILES = {name: data[: len(data) // 50] for name, data in FILES.items()}


@pytest.fixture(
    scope="module",
    params=[(1000, FILES), pytest.param((10_000, SMALL_FILES), marks=pytest.mark.slow)],
    ids=["1000", "10000 small"],
)
def results(request, tmp_path_factory):
    """Jobs that are done, the lock held, and how many."""
    count, files = request.param
    store = Store(tmp_path_factory.mktemp("results"))
    store.acquire()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda _: None)  # not what is measured, and slow on some disks
        for number in range(count):
            publish(store, number, files)
    yield store, count
    store.release()
    shutil.rmtree(store.root)


def publish(store, number, files=FILES):
    id = f"{number:064x}"
    folder = store.scratch(id)
    files = {name: data + number.to_bytes(2, "big") for name, data in files.items()}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    store.publish(folder, record(id=id, files={name: hashlib.sha256(data).hexdigest() for name, data in files.items()}))


def test_a_first_look_at_results(benchmark, results):
    """Every file is read, as after a copy to another disk."""
    store, count = results

    def forget():
        (store.root / verified.FILE).unlink(missing_ok=True)

    scan = benchmark.pedantic(store.scan, setup=forget, rounds=3)
    assert (len(scan.done), scan.hashed) == (count, 2 * count)


def test_a_later_look_at_results(benchmark, results):
    store, count = results
    store.scan()
    scan = benchmark.pedantic(store.scan, rounds=3)
    assert (len(scan.done), scan.hashed) == (count, 0)


def test_publishing_a_result(benchmark, tmp_path):
    """With its syncs."""
    store, number = Store(tmp_path / "results"), itertools.count()
    benchmark.pedantic(lambda: publish(store, next(number)), rounds=50)
    assert len(store.look().done) == next(number)  # 50, or 1 where nothing is timed
