"""What is trusted at the start of a run, and what becomes of everything else."""

import hashlib
import json
import os
import shutil
import stat
from datetime import UTC, datetime

import pytest

from bench.errors import BenchError
from bench.results import load
from bench.store import Store, verified
from bench.store.aside import Foreign, set_aside
from tests.bench.report.synthetic_results import Trial, make
from tests.bench.store.records import CONTENT, ID, publish, record, tree

OTHER = "cd" * 32
PLACE = f"jobs/ab/{ID}"


@pytest.fixture
def store(tmp_path):
    """With one result that can be trusted, and the lock."""
    store = Store(tmp_path / "results", clock=later)
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


# -- torn ----------------------------------------------------------------------------------------


def test_a_torn_result_is_moved_with_all_its_files_and_runs_again(store):
    image = store.folder(ID) / "image.png"
    image.write_text("other")
    before = {f"{PLACE}/{path}": data for path, data in tree(store.folder(ID)).items()}
    scan = store.scan()
    reason = "image.png is not the file that its record names: other bytes"
    assert (scan.done, scan.foreign) == (set(), [Foreign(store.folder(ID).relative_to(store.root), reason)])
    kept = tree(store.root / scan.moved_to)
    assert json.loads(kept.pop("why.json")) == [{"path": PLACE, "reason": reason}]
    assert kept == before
    assert scan.warning == (
        f"{PLACE}: {reason}. Set aside in {scan.moved_to}, where why.json names all; jobs without a result run again"
    )
    assert store.scan().warning is None


def directory(path):
    path.unlink()
    path.mkdir()
    (path / "inside").write_text("")


def fifo(path):
    path.unlink()
    os.mkfifo(path)


def link_out(path):
    path.rename(path.parents[3] / "elsewhere")
    path.symlink_to("../../../elsewhere")


def link_loop(path):
    path.unlink()
    path.symlink_to(path.name)


def device(path):
    path.unlink()
    os.mknod(path, stat.S_IFSOCK | 0o600)


HOSTILE = {
    "missing": (lambda path: path.unlink(), "is missing", "is missing"),
    "a folder": (directory, "is a folder", "is no plain file"),
    "a pipe": (fifo, "is a pipe or device", "is no plain file"),
    "a socket": (device, "is a pipe or device", "cannot be read: No such device or address"),
    "a link that leaves": (link_out, "is a symbolic link", "is a symbolic link"),
    "a link to itself": (link_loop, "is a symbolic link", "is a symbolic link"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_picture_that_is_no_file_makes_the_result_torn(store, kind):
    spoil, reason, _ = HOSTILE[kind]
    spoil(store.folder(ID) / "image.png")
    assert found(store) == [(PLACE, f"image.png, which its record names, {reason}")]


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_record_that_is_no_file_makes_the_result_torn(store, kind):
    spoil, _, reason = HOSTILE[kind]
    spoil(store.folder(ID) / "record.json")
    assert found(store) == [(PLACE, f"record.json {reason}")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "does not read as a Record: the whole file: Invalid JSON: EOF while parsing a value at line 1 column 0"),
        (b"\xff\xfe", "does not read as a Record: the whole file: Invalid JSON: expected value at line 1 column 1"),
        (b"[]", "does not read as a Record: the whole file: Input should be an object"),
        (b'{"schema_version": 1}', "does not read as a Record: id: Field required"),
        (b"[" * 100_000, None),
        (b'{"\n\x1b[31m": 1}', None),
    ],
)  # fmt: skip
def test_a_record_that_cannot_be_read_makes_the_result_torn(store, content, reason):
    (store.folder(ID) / "record.json").write_bytes(content)
    ((path, said),) = found(store)
    assert path == PLACE
    assert said.isprintable()
    assert reason is None or said == f"record.json {reason}"


def edit(store, **changes):
    path = store.folder(ID) / "record.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_record_of_gigabytes_is_not_read(store):
    with (store.folder(ID) / "record.json").open("ab") as file:
        file.truncate(2**40)  # with a hole, which takes no room
    assert found(store) == [
        (PLACE, "record.json is 1,099,511,627,776 bytes long, of which no more than 16,777,216 are expected")
    ]


def test_a_record_of_another_job_is_not_trusted(store):
    (store.root / "jobs" / "cd").mkdir()
    shutil.copytree(store.folder(ID), store.folder(OTHER))
    reason = f"record.json describes the job {ID}, not the one its folder is named after"
    assert found(store) == [(f"jobs/cd/{OTHER}", reason)]
    assert store.finished([ID, OTHER]) == {ID}


@pytest.mark.parametrize("name", ["../../../plan.json", "/etc/hostname", "", ".", "..", "record.json", "a/b", "a\nb"])
def test_a_record_that_names_files_elsewhere_is_not_trusted(store, name):
    edit(store, files={name: CONTENT})
    ((path, said), *_) = found(store)
    shown = name.replace("\n", "\\n")
    assert (path, said) == (PLACE, f"{shown}, which its record names, is missing")


def test_a_record_of_an_older_schema_is_not_trusted(store):
    edit(store, schema_version=0)
    assert found(store) == [(PLACE, "record.json is of schema 0; this nst-bench reads 1")]


@pytest.mark.parametrize("more", [{}, {"unheard_of": 1}])
def test_records_of_a_newer_version_are_refused_and_nothing_is_moved(store, more):
    edit(store, schema_version=2, **more)
    (store.root / "jobs" / "stray").write_text("")
    before = tree(store.root / "jobs")
    for look in (store.scan, Store(store.root).look):
        with pytest.raises(BenchError) as caught:
            look()
        assert str(caught.value) == (
            f"{store.root}: a newer nst-bench wrote 1 of the records (schema 2, this one reads 1), the first in {PLACE}: "
            "update nst-bench, or use --out"
        )
    assert tree(store.root / "jobs") == before


def test_a_record_that_may_not_be_read_is_not_trusted(store, monkeypatch):
    """Told by a stand-in: root, which tests often are, may read everything."""
    really = os.open

    def refuse(path, *arguments, **options):
        if str(path).endswith("record.json"):
            raise PermissionError(13, "Permission denied", str(path))
        return really(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refuse)
    assert found(store) == [(PLACE, "record.json cannot be read: Permission denied")]


def test_a_file_that_cannot_be_read_is_not_trusted(store, monkeypatch):
    monkeypatch.setattr("bench.store.folder.load", lambda root: verified.Verified())

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("bench.store.scan.hash_file", refuse)
    ((path, said),) = found(store)
    assert (path, said) == (PLACE, "image.png, which its record names, cannot be read: Permission denied")


# -- foreign -------------------------------------------------------------------------------------


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


# -- what was read before is not read again --------------------------------------------------------


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


# -- beside everything else --------------------------------------------------------------------------


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
