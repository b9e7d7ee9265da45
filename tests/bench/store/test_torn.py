"""Results whose record or files are not what they were: set aside with all that they have, and run again."""

import json
import os
import shutil
import stat

import pytest

from bench.errors import BenchError
from bench.store import Store, verified
from bench.store.aside import Foreign
from tests.bench.store.records import CONTENT, ID, tree
from tests.bench.store.scanned import OTHER, PLACE, directory, edit, fifo, found, link_loop, with_one_result


@pytest.fixture
def store(tmp_path):
    with with_one_result(tmp_path / "results") as store:
        yield store


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


def link_out(path):
    path.rename(path.parents[3] / "elsewhere")
    path.symlink_to("../../../elsewhere")


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
