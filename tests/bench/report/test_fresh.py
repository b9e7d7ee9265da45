"""A site is built again when anything that it was made of, or any of its own files, is another, and only then."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.report import fresh, seen
from bench.report.files import SiteFiles
from bench.report.fresh import Fresh


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """The files of a results folder, whatever is in them."""
    folder = tmp_path / "results"
    for name in (
        "plan.json", "agreement.json", "runs/one.json", "inputs/a.png",
        "jobs/ab/abc/record.json", "jobs/ab/abc/curve.csv", "jobs/ab/abc/image.png",
    ):  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


@pytest.fixture
def site(results: Path) -> Path:
    return results / "site"


@pytest.fixture
def unsettled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files stay young, however long a test takes."""
    monkeypatch.setattr(seen, "YOUNG", 10**15)


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count as old the moment they are written, so that a test need not wait."""
    monkeypatch.setattr(seen, "YOUNG", -(10**18))


def look(results: Path, site: Path, options: dict[str, Any] | None = None, templates: tuple[Path, ...] = ()) -> Fresh:
    return Fresh([results], site, options or {}, templates)


def built(results: Path, site: Path, *arguments: Any, during: Callable[[], object] = lambda: None) -> None:
    """As a build does: look, write, remember."""
    before = look(results, site, *arguments)
    files = SiteFiles(site)
    files.put("index.html", b"page")
    files.put("runs/a.html", b"run")
    files.finish()
    during()
    before.remember(files, {"pages": 2})


def is_current(results: Path, site: Path, *arguments: Any) -> bool:
    return look(results, site, *arguments).is_current()


def written(folder: Path) -> dict[Path, tuple[int, int, int]]:
    """All that changes of files where they are written; when they were read last is no matter."""
    found = {path: path.stat() for path in folder.rglob("*") if path.is_file()}
    return {path: (one.st_ino, one.st_size, one.st_mtime_ns) for path, one in found.items()}


@pytest.mark.parametrize("young", [True, False])
def test_after_a_build_there_is_nothing_to_do(
    results: Path, site: Path, young: bool, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("unsettled" if young else "settled")
    assert not is_current(results, site)
    assert not site.exists()
    built(results, site)
    before = written(results)
    again = look(results, site)
    assert (again.is_current(), again.told) == (True, {"pages": 2})
    assert written(results) == before
    facts = json.loads((site / ".cache" / "fresh.json").read_text())
    assert len(facts["young"]) == (7 if young else 0)


@pytest.mark.usefixtures("settled")
class TestResults:
    @pytest.mark.parametrize(
        "name",
        ["plan.json", "agreement.json", "runs/one.json", "inputs/a.png", "jobs/ab/abc/record.json",
         "jobs/ab/abc/curve.csv", "jobs/ab/abc/image.png"],
    )  # fmt: skip
    @pytest.mark.parametrize("how", ["longer", "as long and as old", "gone", "in place of it a folder"])
    def test_no_change_to_a_file_is_missed(self, results: Path, site: Path, name: str, how: str) -> None:
        built(results, site)
        path, status = results / name, (results / name).stat()
        if how == "longer":
            path.write_text(name + "!")
        elif how == "as long and as old":
            path.write_text(name.upper())
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        else:
            path.unlink()
            if how != "gone":
                path.mkdir()
        assert not is_current(results, site)

    @pytest.mark.parametrize(
        "name",
        ["jobs/ab/abd/record.json", "jobs/ab/abc/more.png", "jobs/ab/abc/frames/1.png", "runs/two.json", "notes.md",
         "jobs/cd", "jobs/ab/abe"],
    )  # fmt: skip
    def test_whatever_is_added_counts(self, results: Path, site: Path, name: str) -> None:
        built(results, site)
        path = results / name
        if path.suffix:
            path.parent.mkdir(exist_ok=True)
            path.write_text("x")
        else:
            path.mkdir()
        assert not is_current(results, site)

    @pytest.mark.parametrize(
        "name",
        ["tmp/x/image.png", "set-aside/x/why.json", ".lock", ".lock-gate", "lock-holder.json", ".verified.jsonl",
         ".DS_Store", "jobs/ab/abc/Thumbs.db", "other-site/.files.json", "other-site/index.html"],
    )  # fmt: skip
    def test_what_no_build_reads_does_not_count(self, results: Path, site: Path, name: str) -> None:
        (results / "other-site").mkdir()
        (results / "other-site" / ".files.json").write_text("{}")
        built(results, site)
        (results / name).parent.mkdir(parents=True, exist_ok=True)
        (results / name).write_text("changed")
        assert is_current(results, site)

    def test_links_are_followed_even_in_circles(self, results: Path, site: Path, tmp_path: Path) -> None:
        shutil.move(results / "jobs" / "ab", tmp_path / "elsewhere")
        (results / "jobs" / "ab").symlink_to(tmp_path / "elsewhere")
        (results / "jobs" / "ab" / "abc" / "round").symlink_to(results / "jobs")
        (results / "jobs" / "nowhere").symlink_to(tmp_path / "nowhere")
        built(results, site)
        assert is_current(results, site)
        (tmp_path / "elsewhere" / "abc" / "record.json").write_text("another")
        assert not is_current(results, site)

    def test_each_of_several_folders_counts_and_so_does_their_order(self, results: Path, tmp_path: Path) -> None:
        other, site = tmp_path / "other", tmp_path / "merged"
        shutil.copytree(results, other)
        files = SiteFiles(site)
        files.put("index.html", b"page")
        files.finish()
        Fresh([results, other], site, {}).remember(files)
        assert Fresh([results, other], site, {}).is_current()
        assert not Fresh([other, results], site, {}).is_current()
        assert not Fresh([results], site, {}).is_current()
        (other / "plan.json").write_text("another plan")
        assert not Fresh([results, other], site, {}).is_current()


@pytest.mark.usefixtures("unsettled")
class TestYoung:
    """Files that were written to within the last seconds: a write more may leave no trace but the bytes."""

    def test_bytes_count_where_nothing_else_shows(
        self, results: Path, site: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        built(results, site)
        assert is_current(results, site)
        write_unseen(monkeypatch, results / "plan.json")
        assert not is_current(results, site)

    def test_a_change_while_the_site_is_built_counts_as_one_after(
        self, results: Path, site: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        built(results, site, during=lambda: write_unseen(monkeypatch, results / "plan.json"))
        assert not is_current(results, site)

    def test_those_that_have_grown_old_by_the_end_are_read_for_the_last_time(
        self, results: Path, site: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        built(results, site, during=lambda: monkeypatch.setattr(seen, "YOUNG", -(10**18)))
        assert json.loads((site / ".cache" / "fresh.json").read_text())["young"] == {}
        assert is_current(results, site)
        write_unseen(monkeypatch, results / "plan.json")  # as no clock allows, to show that it is not read
        assert is_current(results, site)


def write_unseen(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Write other bytes, as many, within one tick of a coarse clock: size and times are what they were."""
    before, real = path.stat(), seen.signature
    path.write_text(path.read_text().upper())
    monkeypatch.setattr(seen, "signature", lambda s: real(before if s.st_ino == before.st_ino else s))


@pytest.mark.usefixtures("settled")
class TestTheRest:
    def test_options_count(self, results: Path, site: Path) -> None:
        built(results, site, {"originals": "copy", "accent": None})
        assert is_current(results, site, {"accent": None, "originals": "copy"})
        assert not is_current(results, site, {"originals": "link", "accent": None})

    def test_one_s_own_templates_count_by_their_bytes(self, results: Path, site: Path, tmp_path: Path) -> None:
        own = tmp_path / "own"
        own.mkdir()
        (own / "run.html.j2").write_text("block")
        built(results, site, {}, (own,))
        (own / "run.html.j2").write_text("block")
        assert is_current(results, site, {}, (own,))
        assert not is_current(results, site)
        (own / "run.html.j2").write_text("BLOCK")
        assert not is_current(results, site, {}, (own,))
        (own / "run.html.j2").write_text("block")
        (own / "extra.css").write_text("")
        assert not is_current(results, site, {}, (own,))

    def test_the_program_counts_by_its_bytes_and_versions(
        self, results: Path, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told = fresh._program(())
        assert any(line.startswith("report/fresh.py ") for line in told)
        assert any(line.startswith("styles/base.css ") for line in told)
        assert any(line.startswith("jinja2 ") for line in told)
        built(results, site)
        with monkeypatch.context() as patch:
            patch.setattr(fresh.encoding, "RECIPE", "another")
            assert not is_current(results, site)
        shutil.copytree(fresh.templates_folder(), tmp_path / "templates")
        monkeypatch.setattr(fresh, "templates_folder", lambda: tmp_path / "templates")
        assert is_current(results, site)
        with (tmp_path / "templates" / "styles" / "base.css").open("a") as file:
            file.write(" ")
        assert not is_current(results, site)

    @pytest.mark.parametrize("harm", ["gone", "edited", "list gone", "memory gone", "list damaged", "all gone"])
    def test_so_do_the_files_of_the_site(self, results: Path, site: Path, harm: str) -> None:
        built(results, site)
        if harm == "gone":
            (site / "runs" / "a.html").unlink()
        elif harm == "edited":
            (site / "runs" / "a.html").write_bytes(b"RUN!")
        elif harm == "list gone":
            (site / ".files.json").unlink()
        elif harm == "memory gone":
            (site / ".cache" / "files.json").unlink()
        elif harm == "list damaged":
            (site / ".files.json").write_text('{"files": ["index.html"]}')
        else:
            shutil.rmtree(site)
        assert not is_current(results, site)

    def test_a_site_that_another_build_has_made_meanwhile_is_not_taken_for_one_s_own(
        self, results: Path, site: Path
    ) -> None:
        mine = look(results, site, {"accent": "red"})
        files = SiteFiles(site)
        files.put("index.html", b"red")
        files.finish()
        others = SiteFiles(site)
        others.put("index.html", b"blue")
        others.finish()
        mine.remember(files)
        assert not is_current(results, site, {"accent": "red"})

    @pytest.mark.parametrize("damage", ["", "[]", "{}", '{"young": 7}', "null"])
    def test_a_damaged_memory_is_nothing_but_time(self, results: Path, site: Path, damage: str) -> None:
        built(results, site)
        path = site / ".cache" / "fresh.json"
        path.write_text(damage or path.read_text()[:-20])
        again = look(results, site)
        assert (again.is_current(), again.told) == (False, {})

    def test_a_site_that_was_moved_with_its_results_is_still_current(
        self, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        built(Path("results"), Path("results/site"))
        (tmp_path / "here").mkdir()
        results.rename(tmp_path / "here" / "results")
        monkeypatch.chdir("here")
        assert is_current(Path("results"), Path("results/site"))
