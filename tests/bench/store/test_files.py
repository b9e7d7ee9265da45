"""Files written whole or not at all."""

import os
import threading

import pytest

from bench.store import files
from bench.store.files import write_atomically


def test_a_failed_write_leaves_the_old_file_and_no_rubbish(tmp_path, monkeypatch):
    write_atomically(tmp_path / "a", b"old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        write_atomically(tmp_path / "a", b"new")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"old")]


def syncing():
    return [thread for thread in threading.enumerate() if thread.name.startswith("sync")]


def test_the_threads_that_sync_can_be_ended_and_come_back(tmp_path):
    file = tmp_path / "file"
    file.write_text("x")
    files.sync_files([file])
    assert syncing()
    files.end_threads()
    assert syncing() == []
    with pytest.raises(FileNotFoundError):
        files.sync_files([file, tmp_path / "gone"])
    files.end_threads()
    files.end_threads()
