import hashlib
import json
import os
import subprocess
import sys

import pytest

from bench.errors import BenchError
from bench.record import Record
from bench.results import _read as load_record
from bench.store import Store, write_atomically

ID = "ab" * 32
CONTENT = hashlib.sha256(b"content").hexdigest()


def record(status="done", files=None, **changes):
    values = {
        "id": ID,
        "status": status,
        "name": "small",
        "parameters": {"size": 32},
        "inputs": {},
        "weights": "random:0",
        "algorithm": 1,
        "environment": {},
        "files": files or {},
        "started": "2026-01-01T00:00:00.000Z",
        "finished": "2026-01-01T00:00:01.000Z",
    }
    return Record.model_validate(values | changes)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "results")


def publish(store, found):
    folder = store.scratch(found.id)
    for name in found.files:
        (folder / name).write_text("content")
    store.publish(folder, found)


def test_a_published_record_is_read_back(store):
    publish(store, record(files={"image.png": CONTENT}))
    assert store.record(ID) == record(files={"image.png": CONTENT})
    assert sorted(p.name for p in store.folder(ID).iterdir()) == ["image.png", "record.json"]


def test_a_record_with_everything_is_read_back(store):
    part = {"label": "left", "source": "left.png", "sha256": "a", "weight": 0.7}
    masks = {"mask": "m.png", "mask_sha256": "b", "style_mask": "mask:top", "style_mask_sha256": "c"}
    found = record(
        parameters={"coarse_sizes": [16, 24], "betas": [0.9, 0.999], "history": None, "style_upscale": True, "tv": "mean"},
        inputs={
            "content": {"label": "one", "source": "one.gif", "sha256": "d", "notes": ["animated", "alpha kept"]},
            "style": {"label": "m", "source": "0.7 left + 0.3 left in m.png", "sha256": "e", "parts": [part, part | masks]},
        },
        outcome={
            "width": 32, "height": 27, "evaluations": 9, "updates": 8, "picture_evaluation": 8, "start_loss": 3.5,
            "final_loss": 0.1 + 0.2, "terms": {"style.conv1_1": 0.1, "tv": None}, "out_of_gamut": 0.25,
            "seed": 2654435769,
            "attempts": [{"seed": 0, "evaluations": 9, "verdict": "stalled", "reason": "it did not move"}],
            "quality": {"structure": 0.5, "structure_scales": 2, "style_distance": 3.25, "colour_distance": None},
        },
        diagnosis={"verdict": "out-of-gamut", "reason": "far out", "numbers": {"fall": 0.99, "pace": 1e-300}},
        timing={
            "decode": 0.1, "weights": 0.2, "targets": 0.3, "warmup": 0.4, "restarts": 0.5, "optimise": 0.6, "save": 0.7,
            "assess": 0.8, "valid": True,
        },
        memory={"peak_bytes": 2**40, "before_bytes": None, "method": "some"},
    )  # fmt: skip
    publish(store, found)
    assert store.record(ID) == found
    assert load_record(store.folder(ID) / "record.json", Record) == found


def test_only_done_counts_as_finished(store):
    for status, expected in (("failed", set()), ("crashed", set()), ("oom", set()), ("done", {ID})):
        publish(store, record(status))
        assert store.finished([ID]) == expected


def test_a_job_whose_picture_is_lost_is_not_finished(store):
    publish(store, record(files={"image.png": CONTENT}))
    (store.folder(ID) / "image.png").unlink()
    assert store.finished([ID]) == set()


@pytest.mark.parametrize("content", [b"", b"conten", b"other"])
def test_a_job_whose_picture_was_altered_is_not_finished(store, content):
    publish(store, record(files={"image.png": CONTENT}))
    assert store.finished([ID]) == {ID}
    (store.folder(ID) / "image.png").write_bytes(content)
    assert store.finished([ID]) == set()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"id": "other"}'])
def test_a_torn_or_foreign_record_is_no_record(store, content):
    publish(store, record())
    (store.folder(ID) / "record.json").write_text(content)
    assert store.record(ID) is None


def test_a_record_under_another_id_is_not_trusted(store):
    publish(store, record())
    (store.root / "jobs" / "ac").mkdir()
    store.folder(ID).rename(store.folder("ac" * 32))
    assert store.record("ac" * 32) is None


def test_a_second_attempt_takes_the_place_of_the_first(store):
    publish(store, record("failed", files={"old.txt": CONTENT}))
    publish(store, record("done", files={"image.png": CONTENT}))
    assert sorted(p.name for p in store.folder(ID).iterdir()) == ["image.png", "record.json"]
    assert list((store.root / "tmp").iterdir()) == []


def test_a_loss_that_is_no_number_is_null_in_the_file(store):
    outcome = {
        "width": 1, "height": 1, "evaluations": 1, "updates": 0, "picture_evaluation": 0,
        "start_loss": float("nan"), "final_loss": float("inf"), "terms": {}, "out_of_gamut": 0.0,
    }  # fmt: skip
    publish(store, record(outcome=outcome))
    text = (store.folder(ID) / "record.json").read_text()
    assert json.loads(text, parse_constant=pytest.fail)["outcome"]["start_loss"] is None


def test_the_second_runner_is_told_who_holds_the_folder(store):
    store.acquire()
    code = (
        "import sys; from pathlib import Path; from bench.store import Store\n"
        "try: Store(Path(sys.argv[1])).acquire()\n"
        "except Exception as error: print(error)"
    )
    said = subprocess.run([sys.executable, "-c", code, str(store.root)], capture_output=True, text=True).stdout
    store.release()
    assert said.startswith(f"{store.root}: another run is at work here (process {os.getpid()} on ")
    assert said.endswith("): wait for it, or use --out\n")


def test_the_lock_is_free_again_after_release(store):
    store.acquire()
    store.release()
    Store(store.root).acquire()


def test_what_a_killed_run_left_is_swept(store):
    store.scratch(ID)
    store.acquire()
    assert not (store.root / "tmp").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BenchError, match="file/results: cannot be written: "):
        Store(tmp_path / "file" / "results").acquire()


def test_a_failed_write_leaves_the_old_file_and_no_rubbish(tmp_path, monkeypatch):
    write_atomically(tmp_path / "a", b"old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        write_atomically(tmp_path / "a", b"new")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"old")]
