"""Files written whole or not at all."""

import threading

import pytest

from bench.store import files


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
