"""A results folder with one result in it, ways to spoil it, and what a scan then sets aside."""

import json
import os
from contextlib import contextmanager

from bench.store import Store, verified
from tests.bench.store.records import CONTENT, ID, publish, record

OTHER = "cd" * 32
PLACE = f"jobs/ab/{ID}"


@contextmanager
def with_one_result(folder):
    """A store there with one result that can be trusted, and the lock."""
    store = Store(folder, clock=later)
    store.acquire()
    publish(store, record(files={"image.png": CONTENT, "curve.csv": CONTENT}))
    yield store
    store.release()


def later(folder):
    """The file system's time, by which everything here was written long ago."""
    return verified.file_system_clock(folder) + 10**10


def found(store):
    """What a scan sets aside, and why; it must lie where it is said to lie, with the reason beside it."""
    scan = store.scan()
    if scan.moved_to:
        why = json.loads((store.root / scan.moved_to / "why.json").read_text(encoding="utf-8"))
        assert [(one["path"], one["reason"]) for one in why] == [
            (str(path).encode("unicode_escape").decode() if not str(path).isprintable() else str(path), reason)
            for path, reason in scan.foreign
        ]
        for path, _ in scan.foreign:
            assert os.path.lexists(store.root / scan.moved_to / path)
            assert not os.path.lexists(store.root / path)
    return [(str(path), reason) for path, reason in scan.foreign]


def directory(path):
    path.unlink()
    path.mkdir()
    (path / "inside").write_text("")


def fifo(path):
    path.unlink()
    os.mkfifo(path)


def link_loop(path):
    path.unlink()
    path.symlink_to(path.name)


def edit(store, **changes):
    path = store.folder(ID) / "record.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
