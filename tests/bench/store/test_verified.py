"""What was read before is not read again, unless it may have changed since."""

import hashlib
import os
import shutil

import pytest

from bench.store import Store, verified
from tests.bench.store.records import CONTENT, ID, publish, record
from tests.bench.store.scanned import OTHER, PLACE, directory, edit, fifo, found, link_loop, with_one_result


@pytest.fixture
def store(tmp_path):
    with with_one_result(tmp_path / "results") as store:
        yield store


def test_files_are_read_again_only_when_they_changed(store):
    (store.root / verified.FILE).unlink()
    assert [store.scan().hashed for _ in range(3)] == [2, 0, 0]
    image = store.folder(ID) / "image.png"
    image.write_text("content")
    assert store.scan().hashed == 1
    os.utime(image, (0, 0))
    assert [store.scan().hashed for _ in range(2)] == [1, 0]


def test_a_change_that_keeps_size_and_date_is_found(store):
    image = store.folder(ID) / "image.png"
    store.scan()
    before = image.stat()
    image.write_text("CONTENT")
    os.utime(image, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert found(store) == [(PLACE, "image.png is not the file that its record names: other bytes")]


def test_a_file_as_young_as_the_look_at_it_is_read_the_next_time_too(store):
    """Another write in the same tick of the file system's clock would leave it looking the same."""
    (store.root / verified.FILE).unlink()
    newest = max(path.stat().st_ctime_ns for path in store.folder(ID).iterdir() if path.name != "record.json")
    store._clock = lambda folder: newest
    oldest_too = {path.stat().st_ctime_ns for path in store.folder(ID).iterdir() if path.name != "record.json"}
    assert [store.scan().hashed for _ in range(2)] == [2, 2 if len(oldest_too) == 1 else 1]
    store._clock = lambda folder: newest + 1
    store.scan()
    assert store.scan().hashed == 0


def test_what_was_published_is_not_read_again(tmp_path):
    store = Store(tmp_path / "results")
    store.acquire()
    found = record(files={"image.png": CONTENT})
    folder = store.scratch(ID)
    (folder / "image.png").write_text("content")
    while verified.file_system_clock(folder) == (folder / "image.png").stat().st_ctime_ns:
        pass  # until the file system's clock has ticked
    store.publish(folder, found)
    assert (store.scan().hashed, store.scan().done) == (0, {ID})
    store.release()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\x00",
        b"[]\n{}\n1\n",
        b'["' + ID.encode() + b'", {"image.png": []}]\n',
        b'["' + ID.encode() + b'", 3]\n',
    ],
)
def test_a_damaged_cache_costs_time_alone(store, content):
    (store.root / verified.FILE).write_bytes(content)
    assert [(scan.hashed, scan.done) for scan in (store.scan(), store.scan())] == [(2, {ID}), (0, {ID})]


@pytest.mark.parametrize("spoil", [directory, fifo, link_loop], ids=["a folder", "a pipe", "a link"])
def test_a_cache_that_is_no_file_costs_time_alone(store, spoil):
    store.scan()
    spoil(store.root / verified.FILE)
    assert (store.scan().hashed, store.scan().done) == (2, {ID})
    publish(store, record(id=OTHER, files={"image.png": CONTENT}))
    assert store.scan().done == {ID, OTHER}


def test_a_line_that_was_cut_short_does_not_spoil_the_next(store):
    store.scan()
    path = store.root / verified.FILE
    path.write_bytes(path.read_bytes() + b'["cdcdcd", {"image.png": [12')
    publish(store, record(id=OTHER, files={}))
    assert verified.load(store.root).jobs.keys() == {ID}
    entry = verified.Verified()
    entry.remember(OTHER, "image.png", verified.Look(1, 2, 3, 4), CONTENT, read_at=5)
    verified.append(store.root, entry)
    assert verified.load(store.root).jobs[OTHER] == entry.jobs[OTHER]


def test_the_cache_forgets_jobs_that_are_gone(store):
    store.scan()
    shutil.rmtree(store.folder(ID))
    store.scan()
    assert verified.load(store.root).jobs == {}


def test_a_cache_does_not_vouch_for_what_the_record_does_not_name(store):
    """Its word is a hash; the record says which hash it has to be."""
    store.scan()
    edit(store, files={"image.png": hashlib.sha256(b"another").hexdigest(), "curve.csv": CONTENT})
    assert found(store) == [(PLACE, "image.png is not the file that its record names: other bytes")]
