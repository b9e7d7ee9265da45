"""Results of jobs: published whole or not at all, whoever is killed meanwhile, and read back as they were."""

import errno
import json
import os
import random
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE

import pytest

from bench.record import Record
from bench.results import _read as load_record
from bench.store import Store, files
from tests.bench.store.records import CONTENT, ID, publish, record, tree


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
            "quality": {"structure": 0.5, "structure_scales": 2, "style_distance": 3.25, "colour_distance": None,
                        "colourfulness": 45.5, "content_colourfulness": 0.0, "style_colourfulness": None},
            "pull": {"start": {"style.conv1_1": 1e-300, "tv": None}, "end": {"style.conv1_1": 0.0, "tv": 2.0}},
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


def test_a_file_that_was_lost_before_it_was_published_fails_its_job(store):
    found = record(files={"image.png": CONTENT, "curve.csv": CONTENT, "gone.txt": CONTENT, "../x": CONTENT})
    folder = store.scratch(ID)
    (folder / "image.png").write_text("content")
    (folder / "curve.csv").write_text("other")
    published = store.publish(folder, found)
    assert (published.status, published.files) == ("failed", {"image.png": CONTENT})
    assert published.failure.message == (
        "curve.csv was lost on its way to the results: not the bytes that the worker wrote; "
        "gone.txt was lost on its way to the results: No such file or directory; "
        "../x was lost on its way to the results: no name for a file of a job"
    )
    assert store.record(ID) == published
    assert sorted(p.name for p in store.folder(ID).iterdir()) == ["image.png", "record.json"]


def test_what_the_record_does_not_name_is_not_published(store):
    folder = store.scratch(ID)
    (folder / "debris.txt").write_text("content")
    (folder / "frames").mkdir()
    store.publish(folder, record("failed"))
    assert [p.name for p in store.folder(ID).iterdir()] == ["record.json"]


def calls(monkeypatch, name):
    """The paths that a function of os is called with, in order; for a descriptor, the path behind it."""
    heard, really = [], getattr(os, name)

    def listen(*arguments, **options):
        heard.append(
            [str(Path(f"/proc/self/fd/{a}").readlink()) if isinstance(a, int) else os.fspath(a) for a in arguments]
        )
        return really(*arguments, **options)

    monkeypatch.setattr(os, name, listen)
    return heard


@pytest.mark.skipif(sys.platform != "linux", reason="reads the paths behind descriptors from /proc")
def test_every_file_and_folder_is_synced_once_the_last_after_the_rename(store, monkeypatch):
    store.acquire()
    synced = calls(monkeypatch, "fsync")
    publish(store, record(files={"image.png": CONTENT}))
    tmp, jobs = store.root / "tmp" / ID, store.root / "jobs"
    files, folders = sorted(path for (path,) in synced[:2]), [path for (path,) in synced[2:]]
    assert files == [str(tmp / "image.png"), str(tmp / "record.json")]
    # The folder; the parents of the new jobs/ab and jobs; where it was renamed into.
    assert folders == [str(tmp), str(jobs), str(store.root), str(jobs / "ab")]
    synced.clear()
    publish(store, record("failed"))
    assert [path for (path,) in synced] == [str(tmp / "record.json"), str(tmp), str(jobs / "ab")]


#: That write or move: the folder to fill, the record, two files to sync, the parent of the job's place, two renames.
STEPS = 7


@pytest.mark.parametrize("step", range(1, STEPS + 2))
def test_a_disk_that_is_full_at_any_step_leaves_the_earlier_result_and_rubbish_in_tmp(store, monkeypatch, step):
    publish(store, record("failed", files={"old.txt": CONTENT}))
    before = tree(store.root / "jobs")
    left = [step]

    def count(really):
        def may_fail(path, *arguments, **options):
            left[0] -= 1
            if left[0] == 0:
                raise OSError(errno.ENOSPC, "No space left on device", str(path))
            return really(path, *arguments, **options)

        return may_fail

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", count(Path.write_bytes))
        patch.setattr(Path, "mkdir", count(Path.mkdir))
        patch.setattr(Path, "rename", count(Path.rename))
        patch.setattr("bench.store.files._sync_file", count(files._sync_file))
        if step <= STEPS:
            with pytest.raises(OSError, match="No space left on device"):
                publish(store, record(files={"image.png": CONTENT}))
        else:
            publish(store, record(files={"image.png": CONTENT}))
    if step > STEPS:
        assert store.record(ID).status == "done"
        return
    assert tree(store.root / "jobs") == before
    store.acquire()
    assert not (store.root / "tmp").exists()
    assert tree(store.root / "jobs") == before


class Killed(BaseException):
    """Ends a publication where it stands, as kill -9 does as far as the disk can tell."""


@pytest.mark.parametrize("step", range(1, 4))
def test_a_runner_killed_between_two_renames_loses_no_result(store, monkeypatch, step):
    publish(store, record(files={"old.txt": CONTENT}))
    left = [step]
    really = Path.rename

    def rename(path, target):
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        return really(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    with suppress(Killed):
        publish(store, record("done", files={"image.png": CONTENT}))
    assert (left[0] > 0) == (step == 3)
    monkeypatch.setattr(Path, "rename", really)
    again = Store(store.root)
    again.acquire()
    assert list(again.scan().jobs) == [ID]
    assert sorted(again.record(ID).files) == (["image.png"] if step == 3 else ["old.txt"])
    assert not (store.root / "tmp").exists()
    again.release()


REPEAT = """
import sys
from pathlib import Path
from bench.store import Store
from tests.bench.store.records import CONTENT, publish, record
store = Store(Path(sys.argv[1]))
store.acquire()
store.scan()
while True:
    for name in ("image.png", "old.txt"):
        publish(store, record(files={name: CONTENT}))
        print(flush=True)
"""


@pytest.mark.slow
def test_a_runner_killed_at_any_moment_leaves_one_whole_result(store):
    moments = random.Random(0)
    for _ in range(10):
        process = subprocess.Popen([sys.executable, "-c", REPEAT, str(store.root)], stdout=PIPE)
        process.stdout.readline()
        time.sleep(moments.uniform(0, 0.02))
        process.kill()
        process.communicate()
        again = Store(store.root)
        again.acquire()
        scan = again.scan()
        again.release()
        assert (scan.done, scan.foreign) == ({ID}, [])
        assert not (store.root / "tmp").exists()


def test_an_earlier_result_does_not_come_back_over_a_newer_one(store):
    publish(store, record(files={"image.png": CONTENT}))
    shutil.copytree(store.folder(ID), store.root / "tmp" / f"{ID}.earlier")
    (store.root / "tmp" / "no-id.earlier").mkdir()
    store.acquire()
    assert not (store.root / "tmp").exists()
    assert tree(store.root / "jobs").keys() == {f"ab/{ID}/image.png", f"ab/{ID}/record.json"}


def test_statuses_are_of_the_jobs_asked_for(store):
    publish(store, record("failed", failure={"message": "it broke"}))
    publish(store, record(id="cd" * 32))
    assert store.statuses([ID, "ef" * 32]) == {ID: "failed"}
    assert store.look([ID]).others[ID].reason == "it broke"
    assert store.look().done == {"cd" * 32}


def test_a_run_hears_of_its_own_jobs_without_looking_again(store, monkeypatch):
    store.acquire()
    store.scan()
    publish(store, record(files={"image.png": CONTENT}))
    monkeypatch.setattr("bench.store.folder.look", None)
    assert store.finished([ID, "cd" * 32]) == {ID}
    store.release()
