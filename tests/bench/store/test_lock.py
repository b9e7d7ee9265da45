"""One runner at a time in a results folder: who holds it, who is kept out, and what is swept when it is taken."""

import errno
import json
import multiprocessing
import os
import re
import socket
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from subprocess import PIPE

import pytest

from bench.errors import BenchError, Exit
from bench.store import Store
from bench.store.lock import HOLDER, Holder
from tests.bench.store.records import ID

RUNNER = """
import sys
from pathlib import Path
from bench.store import Store
store = Store(Path(sys.argv[1]))
try:
    store.acquire(["nst-bench", "run", "quickstart"])
except Exception as error:
    print(error, flush=True)
else:
    print("acquired", flush=True)
    sys.stdin.read()
    store.release()
"""


def start(store):
    process = subprocess.Popen([sys.executable, "-c", RUNNER, str(store.root)], stdin=PIPE, stdout=PIPE, text=True)
    return process, process.stdout.readline().strip()


def test_the_second_runner_is_told_who_holds_the_folder_since_when_and_for_what(store):
    process, said = start(store)
    try:
        assert said == "acquired"
        with pytest.raises(BenchError) as caught:
            store.acquire()
        told = re.fullmatch(
            re.escape(
                f"{store.root}: another run is at work here (process {process.pid} on {socket.gethostname()}, since "
            )
            + r"(\d\d:\d\d), nst-bench run quickstart\): wait for it, or use --out",
            str(caught.value),
        )
        assert told
        assert caught.value.exit_code == Exit.USAGE
        assert Store(store.root).holder().process == process.pid
    finally:
        process.communicate("")
    assert Store(store.root).holder() is None
    store.acquire()
    store.release()


def test_the_name_of_a_dead_runner_neither_blocks_nor_is_told(store):
    process, _ = start(store)
    process.kill()
    process.communicate()
    assert json.loads((store.root / HOLDER).read_text())["process"] == process.pid
    assert Store(store.root).holder() is None
    alive, said = start(store)
    try:
        assert said == "acquired"
        assert start(store)[1].startswith(f"{store.root}: another run is at work here (process {alive.pid} on ")
    finally:
        alive.communicate("")


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"process": "x"}', b"\xff"])
def test_a_holder_whose_name_is_lost_still_keeps_others_out(store, content):
    store.acquire()
    (store.root / HOLDER).unlink()
    if content is not None:
        (store.root / HOLDER).write_bytes(content)
    with pytest.raises(BenchError) as caught:
        Store(store.root).acquire()
    assert str(caught.value) == (
        f"{store.root}: another run is at work here (a process that left no name): wait for it, or use --out"
    )
    store.release()


def test_rubbish_that_fills_the_disk_does_not_keep_out_who_would_sweep_it(store, monkeypatch):
    (store.scratch(ID) / "debris").write_text("")
    (store.root / HOLDER).write_text(Holder(process=1).model_dump_json())

    def full(path, data):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    store.acquire()
    assert not (store.root / "tmp").exists()
    assert Store(store.root).holder() == Holder()  # not the name of the one before
    store.release()


@pytest.mark.parametrize("content", [errno.EROFS, errno.EACCES])
def test_a_lock_whose_holder_cannot_be_named_for_another_reason_is_given_back(store, monkeypatch, content):
    def refuse(path, data):
        raise OSError(content, os.strerror(content), str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", refuse)
        with pytest.raises(BenchError) as caught:
            store.acquire()
    assert str(caught.value) == f"{store.root}: cannot be written: {os.strerror(content)}"
    assert store.holder() is None


def test_a_holder_is_described_with_the_day_if_it_is_another_and_with_the_user_likewise():
    holder = Holder(
        process=7, host="box", user="else", since="2026-01-02T12:05:00.000Z", command=["nst-bench", "run", "a\nb*"]
    )
    then = datetime.fromisoformat(holder.since)
    clock = f"{then.astimezone():%H:%M}"
    assert holder.describe(then) == rf"process 7 of else on box, since {clock}, nst-bench run 'a\nb*'"
    described = holder.describe(then + timedelta(days=1))
    assert described == rf"process 7 of else on box, since 2026-01-02 {clock}, nst-bench run 'a\nb*'"


def race(folder, rounds, start, results):
    """One of two processes that reach for fresh folders at the same moments."""
    for number in range(rounds):
        store = Store(folder / str(number))
        start.wait(60)
        try:
            store.acquire()
            results.put((number, os.getpid(), "won"))
        except BenchError as error:
            results.put((number, os.getpid(), str(error)))
        start.wait(60)  # nobody lets go before both have tried
        store.release()


def test_of_two_processes_that_reach_for_a_fresh_folder_exactly_one_gets_it(tmp_path):
    rounds, context = 20, multiprocessing.get_context("spawn")
    start, results = context.Barrier(2), context.Queue()
    racers = [context.Process(target=race, args=(tmp_path, rounds, start, results)) for _ in range(2)]
    for racer in racers:
        racer.start()
    said = [results.get(timeout=60) for _ in range(2 * rounds)]
    for racer in racers:
        racer.join(60)
    for number in range(rounds):
        (winner, won), (_, lost) = sorted(
            ((pid, text) for n, pid, text in said if n == number), key=lambda r: r[1] != "won"
        )
        assert won == "won"
        assert lost.startswith(f"{tmp_path / str(number)}: another run is at work here (process {winner} on ")


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK])
def test_a_disk_without_locks_is_refused_in_words(store, monkeypatch, number):
    def flock(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", flock)
    with pytest.raises(BenchError) as caught:
        store.acquire()
    assert str(caught.value) == (
        f"{store.root}: this file system has no locks, so a second run could not be kept out: use --out with a folder on "
        "a local disk, or have it mounted with locks"
    )


def test_the_lock_is_free_again_after_release(store):
    store.acquire()
    store.release()
    other = Store(store.root)
    other.acquire()
    other.release()


def test_what_a_killed_run_left_is_swept(store):
    store.scratch(ID)
    store.acquire()
    assert not (store.root / "tmp").exists()


@pytest.mark.parametrize("name", ["jobs", "tmp", "plans", "runs", "set-aside"])
def test_a_folder_within_the_results_that_is_a_link_is_refused(store, tmp_path, name):
    store.root.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "precious").write_text("")
    (store.root / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BenchError) as caught:
        store.acquire()
    assert str(caught.value) == (
        f"{store.root / name}: is a symbolic link; results are renamed between the folders here, so all must lie on one "
        "disk: make the results folder itself the link"
    )
    assert (tmp_path / "elsewhere" / "precious").exists()
    assert store.holder() is None


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BenchError, match="file/results: cannot be written: "):
        Store(tmp_path / "file" / "results").acquire()
