"""The site on disk: written where bytes differ, read where memory fails, swept of nothing but its own."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from bench.report import files as site_files
from bench.report import seen
from bench.report.files import SiteFiles
from bench.report.parallel import mapped

PAGES = {"index.html": b"first", "runs/a.html": b"second", "img/b.webp": b"third", ".nojekyll": b""}


def built(root: Path, pages: dict[str, bytes] = PAGES) -> SiteFiles:
    files = SiteFiles(root)
    for name, data in pages.items():
        files.put(name, data)
    files.finish()
    return files


def counts(files: SiteFiles) -> tuple[int, int, int]:
    return files.written, files.unchanged, files.removed


def on_disk(root: Path) -> dict[str, bytes]:
    """The site without what a build remembers."""
    paths = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in paths.items() if not name.startswith(".cache/")}


@pytest.fixture
def no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails where a page is read back."""
    real = site_files._bytes

    def only_the_list(path: Path) -> bytes | None:
        assert path.name == ".files.json", f"{path} was read"
        return real(path)

    monkeypatch.setattr(site_files, "_bytes", only_the_list)


class TestPut:
    def test_the_files_and_their_list_are_all_there_is(self, tmp_path: Path) -> None:
        assert counts(built(tmp_path)) == (4, 0, 0)
        listing = b'{"files": [".nojekyll", "img/b.webp", "index.html", "runs/a.html"]}'
        found = on_disk(tmp_path)
        assert json.loads(found.pop(".files.json")) == json.loads(listing)
        assert found == PAGES
        assert {path.name for path in (tmp_path / ".cache").iterdir()} == {"files.json", ".gitignore"}

    @pytest.mark.usefixtures("no_reading")
    def test_what_is_there_is_neither_written_nor_read_again(self, tmp_path: Path) -> None:
        built(tmp_path)
        before = {path: path.stat() for path in tmp_path.rglob("*")}
        assert counts(built(tmp_path)) == (0, 4, 0)
        assert {path: path.stat() for path in tmp_path.rglob("*")} == before

    def test_what_differs_is_written(self, tmp_path: Path) -> None:
        built(tmp_path)
        changed = PAGES | {"runs/a.html": b"SECOND"}
        assert counts(built(tmp_path, changed)) == (1, 3, 0)
        assert on_disk(tmp_path)["runs/a.html"] == b"SECOND"

    @pytest.mark.parametrize("harm", ["gone", "edited", "edited in place", "a link", "emptied"])
    def test_what_someone_else_touched_is_written_again(self, tmp_path: Path, harm: str) -> None:
        built(tmp_path)
        path, other = tmp_path / "runs" / "a.html", tmp_path / "other"
        other.write_bytes(b"SECOND")
        if harm == "edited":
            other.replace(path)
        elif harm == "edited in place":
            path.write_bytes(b"SECOND")
            os.utime(path, ns=(1, 1))  # as a clock that has moved on would
        elif harm == "emptied":
            path.write_bytes(b"")
        else:
            path.unlink()
            if harm == "a link":
                path.symlink_to(other)
        assert counts(built(tmp_path)) == (1, 3, 0)
        assert path.read_bytes() == b"second"
        assert not path.is_symlink()
        assert not other.exists() or other.read_bytes() == b"SECOND"

    @pytest.mark.parametrize("copied", ["with its memory", "without", "with a damaged one"])
    def test_a_copy_of_the_site_is_read_once_and_not_written(
        self, tmp_path: Path, copied: str, request: pytest.FixtureRequest
    ) -> None:
        built(tmp_path / "one")
        shutil.copytree(tmp_path / "one", tmp_path / "two")
        if copied == "without":
            shutil.rmtree(tmp_path / "two" / ".cache")
        elif copied == "with a damaged one":
            (tmp_path / "two" / ".cache" / "files.json").write_text('{"files": {"index.html": ["x"]}}')
        assert counts(built(tmp_path / "two")) == (0, 4, 0)
        request.getfixturevalue("no_reading")
        assert counts(built(tmp_path / "two")) == (0, 4, 0)

    @pytest.mark.parametrize(
        "name", ["../x", "/x", "a/../../x", "a//b", "./x", "a\\b", "", "a/", "C:/x", ".cache/files.json", "a\0b"]
    )
    def test_no_name_leaves_the_folder_or_reaches_what_is_remembered(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(ValueError, match="leaves the site folder"):
            SiteFiles(tmp_path / "site").put(name, b"x")
        assert list(tmp_path.iterdir()) == []

    def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        built(tmp_path)
        monkeypatch.setattr(Path, "replace", full)
        with pytest.raises(OSError, match="No space left") as told:
            SiteFiles(tmp_path).put("index.html", b"new")
        assert told.value.filename == str(tmp_path / "index.html")
        assert on_disk(tmp_path)["index.html"] == b"first"
        assert not list(tmp_path.rglob("part-*"))


class TestHas:
    def test_a_file_of_the_last_build_is_kept_by_its_name(self, tmp_path: Path) -> None:
        built(tmp_path)
        files = SiteFiles(tmp_path)
        assert [files.has(name) for name in ("img/b.webp", ".nojekyll", "img/c.webp", "elsewhere/x")] == [
            True,
            True,
            False,
            False,
        ]
        files.finish()
        assert on_disk(tmp_path).keys() == {".nojekyll", "img/b.webp", ".files.json"}

    def test_a_file_that_was_edited_is_not_what_its_name_says(self, tmp_path: Path) -> None:
        built(tmp_path)
        (tmp_path / "img" / "b.webp").write_bytes(b"THIRD?")
        assert not SiteFiles(tmp_path).has("img/b.webp")

    def test_a_copy_is_known_by_its_bytes(self, tmp_path: Path) -> None:
        built(tmp_path / "one")
        shutil.copytree(tmp_path / "one", tmp_path / "two")
        assert SiteFiles(tmp_path / "two").has("img/b.webp")

    def test_without_memory_a_name_is_believed_but_not_of_an_empty_file(self, tmp_path: Path) -> None:
        built(tmp_path)
        shutil.rmtree(tmp_path / ".cache")
        (tmp_path / "index.html").write_bytes(b"")
        files = SiteFiles(tmp_path)
        assert (files.has("img/b.webp"), files.has("index.html")) == (True, False)


class TestFinish:
    def test_what_is_not_put_again_goes_and_its_empty_folder_too(self, tmp_path: Path) -> None:
        built(tmp_path)
        (tmp_path / "img" / "mine.webp").write_bytes(b"mine")
        assert counts(built(tmp_path, {"index.html": b"first"})) == (0, 1, 3)
        assert on_disk(tmp_path).keys() == {"index.html", "img/mine.webp", ".files.json"}
        assert not (tmp_path / "runs").exists()

    @pytest.mark.parametrize(
        "listing", ['{"files": ["../precious", "/etc/hostname", ".cache/x", 7]}', "{", "[" * 99999]
    )
    def test_a_list_that_is_damaged_or_leads_outside_removes_nothing(self, tmp_path: Path, listing: str) -> None:
        site = tmp_path / "site"
        built(site)
        (tmp_path / "precious").write_text("x")
        (site / ".files.json").write_text(listing)
        assert counts(built(site, {})) == (0, 0, 0)
        assert (tmp_path / "precious").exists()

    def test_a_build_that_ends_in_the_middle_of_another_loses_nothing(self, tmp_path: Path) -> None:
        built(tmp_path)
        slow, quick = SiteFiles(tmp_path), SiteFiles(tmp_path)
        slow.put("index.html", b"slow")
        quick.put("index.html", b"quick")
        quick.put("runs/new.html", b"new")
        quick.finish()
        slow.finish()
        assert on_disk(tmp_path).keys() == {"index.html", "runs/new.html", ".files.json"}
        assert counts(built(tmp_path)) == (4, 0, 1)  # the page that only the quick one had goes with the next
        assert {name: data for name, data in on_disk(tmp_path).items() if name != ".files.json"} == PAGES

    def test_what_killed_builds_were_writing_goes_when_it_is_old(self, tmp_path: Path) -> None:
        built(tmp_path)
        old, young = (tmp_path / ".cache" / f"part-{n}-0" for n in (1, 2))
        for path in (old, young):
            path.write_bytes(b"half")
        os.utime(old, (1, 1))
        built(tmp_path)
        assert [path.exists() for path in (old, young)] == [False, True]


def test_processes_share_the_work_and_one_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.report.parallel.processors", lambda: 2)
    monkeypatch.setattr("threading.active_count", lambda: 1)
    pages = {f"runs/{n}.html": b"%d" % n for n in range(40)}
    built(tmp_path, {"runs/7.html": b"7", "runs/8.html": b"eight", "runs/old.html": b"old"})
    files = SiteFiles(tmp_path)

    def put(name: str) -> site_files.Tally:
        part = files.branch()
        part.put(name, pages[name])
        return part.tally()

    for tally in mapped(put, list(pages), least=2):
        files.add(tally)
    files.finish()
    assert counts(files) == (39, 1, 1)
    assert files.names == pages.keys()
    assert {name: data for name, data in on_disk(tmp_path).items() if name != ".files.json"} == pages
    assert counts(built(tmp_path, pages)) == (0, 40, 0)


def test_what_is_remembered_is_kept_out_of_version_control(tmp_path: Path) -> None:
    built(tmp_path)
    assert (tmp_path / seen.FOLDER / ".gitignore").read_text().splitlines()[-1] == "*"
