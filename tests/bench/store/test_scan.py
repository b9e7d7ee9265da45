"""What is trusted at the start of a run, and what becomes of everything that nst-bench did not make."""

import os
import shutil
from datetime import UTC, datetime

import pytest

from bench.errors import BenchError
from bench.results import load
from bench.store import Store, verified
from bench.store.aside import Foreign, set_aside
from tests.bench.report.synthetic_results import Trial, make
from tests.bench.store.records import ID, publish, record
from tests.bench.store.scanned import OTHER, PLACE, found, with_one_result


@pytest.fixture
def store(tmp_path):
    with with_one_result(tmp_path / "results") as store:
        yield store


def test_what_was_published_is_trusted(store):
    scan = store.scan()
    assert (scan.done, scan.foreign, scan.moved_to, scan.warning) == ({ID}, [], None, None)
    assert not (store.root / "set-aside").exists()


def test_a_folder_without_jobs_has_nothing_to_trust(tmp_path):
    scan = Store(tmp_path).look()
    assert (scan.jobs, scan.foreign) == ({}, [])


def test_jobs_that_ended_otherwise_are_told_with_their_reason(store):
    publish(store, record("crashed", id=OTHER, failure={"message": "killed by signal 9"}, run="r"))
    scan = store.scan()
    assert (scan.done, list(scan.others)) == ({ID}, [OTHER])
    ended = scan.others[OTHER]
    assert (ended.status, ended.reason, ended.run, ended.seconds) == ("crashed", "killed by signal 9", "r", 1.0)


@pytest.mark.parametrize(
    "name",
    [
        "notes.txt",
        "zz",
        "a",
        "AB",
        "abc",
        "-rf",
        "a\nb",
        "ab/notes.txt",
        "ab/stuff",
        "ab/" + "AB" * 32,
        "ab/" + "ab" * 31,
    ],
)
@pytest.mark.parametrize("kind", ["a file", "a folder", "a symbolic link"])
def test_what_nst_bench_did_not_make_is_set_aside(store, name, kind):
    path = store.root / "jobs" / name
    if kind == "a folder":
        path.mkdir()
        (path / "precious").write_text("")
    elif kind == "a file":
        path.write_text("precious")
    else:
        path.symlink_to(store.root)
    assert found(store) == [(f"jobs/{name}", f"{kind} that nst-bench did not make")]
    assert store.finished([ID]) == {ID}


def test_a_name_that_is_not_utf_8_is_set_aside_and_told_with_escapes(store):
    name = os.fsdecode(b"caf\xe9\n")
    (store.root / "jobs" / name).write_text("precious")
    scan = store.scan()
    assert (store.root / scan.moved_to / "jobs" / name).read_text() == "precious"
    assert scan.warning.startswith(r"jobs/caf\udce9\n: a file that nst-bench did not make. Set aside in set-aside/")
    scan.warning.encode()


def test_a_file_or_link_where_a_job_should_be_is_set_aside(store):
    (store.root / "jobs" / "cd").mkdir()
    store.folder(OTHER).symlink_to(store.folder(ID))
    third = "ef" * 32
    (store.root / "jobs" / "ef").mkdir()
    store.folder(third).write_text("")
    assert found(store) == [
        (f"jobs/cd/{OTHER}", "a symbolic link that nst-bench did not make"),
        (f"jobs/ef/{third}", "a file that nst-bench did not make"),
    ]


def test_a_result_in_the_wrong_place_is_set_aside(store):
    (store.root / "jobs" / "cd").mkdir()
    store.folder(ID).rename(store.root / "jobs" / "cd" / ID)
    assert found(store) == [(f"jobs/cd/{ID}", "lies in jobs/cd, not in jobs/ab")]


def test_a_stray_file_beside_a_record_is_set_aside_and_the_result_stays(store):
    (store.folder(ID) / "notes.txt").write_text("mine")
    (store.folder(ID) / "out").symlink_to("/")
    assert found(store) == [
        (f"{PLACE}/notes.txt", "a file that the record beside it does not name"),
        (f"{PLACE}/out", "a symbolic link that the record beside it does not name"),
    ]
    assert store.scan().done == {ID}


def test_what_operating_systems_leave_behind_is_left_alone(store):
    for folder in (store.root / "jobs", store.root / "jobs" / "ab", store.folder(ID)):
        for name in (".DS_Store", "Thumbs.db", "desktop.ini", "._image.png", ".nfs000000001"):
            (folder / name).write_text("")
    scan = store.scan()
    assert (scan.done, scan.foreign) == ({ID}, [])


def test_everything_is_set_aside_at_once_and_told_in_one_sentence(store):
    publish(store, record(id=OTHER))
    (store.folder(OTHER) / "record.json").unlink()
    (store.root / "jobs" / "notes.txt").write_text("")
    scan = store.scan()
    assert [str(path) for path, _ in scan.foreign] == [f"jobs/cd/{OTHER}", "jobs/notes.txt"]
    assert scan.warning == (
        f"jobs/cd/{OTHER}: record.json is missing, and 1 more like it. Set aside in {scan.moved_to}, where why.json names all; "
        "jobs without a result run again"
    )


def test_each_time_has_a_folder_of_its_own(tmp_path):
    then = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    places = []
    for content in ("first", "second", "third"):
        (tmp_path / "x").write_text(content)
        places.append(set_aside(tmp_path, [Foreign((tmp_path / "x").relative_to(tmp_path), "odd")], lambda: then))
    assert [str(place) for place in places] == [f"set-aside/20260102T030405Z{end}" for end in ("", "-2", "-3")]
    assert [(tmp_path / place / "x").read_text() for place in places] == ["first", "second", "third"]


def test_what_cannot_be_moved_is_named(store, monkeypatch):
    (store.root / "jobs" / "busy").mkdir()

    def rename(path, target):
        raise OSError(16, "Device or resource busy", str(path))

    monkeypatch.setattr("pathlib.Path.rename", rename)
    with pytest.raises(BenchError) as caught:
        store.scan()
    assert str(caught.value) == (
        f"{store.root}: {store.root}/jobs/busy cannot be set aside: Device or resource busy: move it away yourself, or "
        "use --out"
    )


def test_looking_changes_nothing(store):
    (store.folder(ID) / "image.png").write_text("other")
    (store.root / "jobs" / "notes.txt").write_text("")
    (store.root / verified.FILE).unlink()
    before = {path: path.lstat() for path in store.root.rglob("*")}
    scan = Store(store.root).look()
    assert [str(path) for path, _ in scan.foreign] == [PLACE, "jobs/notes.txt"]
    assert {path: path.lstat() for path in store.root.rglob("*")} == before


def test_only_what_is_asked_for_is_looked_at(store):
    publish(store, record(id=OTHER))
    (store.folder(OTHER) / "record.json").write_text("")
    (store.root / "jobs" / "notes.txt").write_text("")
    scan = Store(store.root).look([ID, "ef" * 32])
    assert (list(scan.jobs), scan.foreign) == ([ID], [])


def test_what_lies_beside_the_jobs_does_not_get_into_the_tables(tmp_path):
    plan = make(tmp_path, [Trial("starts", grid={"init": ["noise", "content"]})])
    store = Store(tmp_path)
    store.acquire()
    torn = next(iter(plan.jobs))
    (store.folder(torn) / "image.png").write_text("")
    (tmp_path / "jobs" / "notes.txt").write_text("")
    for name in ("plans", "runs", "tmp"):
        (tmp_path / name).mkdir()
        shutil.copytree(store.folder(torn), tmp_path / name / torn)
    store.scan()
    store.release()
    results = load(tmp_path)
    assert set(results.records) == set(plan.jobs) - {torn}
    assert results.problems == ()
