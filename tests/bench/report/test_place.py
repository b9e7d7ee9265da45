"""Where a site may go, and where it would do harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.report import place
from bench.report.files import SiteFiles


@pytest.fixture
def results(tmp_path: Path) -> Path:
    (tmp_path / "night" / "jobs").mkdir(parents=True)
    return tmp_path / "night"


@pytest.mark.parametrize("name", ["site", "public/deep", "../elsewhere", "jobs-on-show"])
def test_anywhere_beside_the_results(results: Path, name: str) -> None:
    place.check(results / name, [results])


@pytest.mark.parametrize("name", [".", "jobs", "jobs/site", "inputs", "runs", "plans/site", "tmp", "set-aside"])
def test_not_among_them(results: Path, name: str) -> None:
    with pytest.raises(BenchError) as told:
        place.check(results / name, [results.parent / "other", results])
    assert str(told.value) == (
        f"{results / name}: lies among the results in {results}; choose another folder for the site, such as "
        f"{results / 'site'}"
    )


def test_not_among_them_through_a_link_either(results: Path, tmp_path: Path) -> None:
    (tmp_path / "short").symlink_to(results / "jobs")
    with pytest.raises(BenchError, match="lies among the results"):
        place.check(tmp_path / "short", [results])


def test_not_where_a_file_is(results: Path) -> None:
    (results / "plan.json").write_text("{}")
    with pytest.raises(BenchError) as told:
        place.check(results / "plan.json", [results])
    assert str(told.value) == f"{results / 'plan.json'}: a file; a site needs a folder"


def test_not_over_pages_that_somebody_else_made(results: Path, tmp_path: Path) -> None:
    page = tmp_path / "docs" / "index.html"
    page.parent.mkdir()
    page.write_text("mine")
    with pytest.raises(BenchError) as told:
        place.check(page.parent, [results])
    assert str(told.value) == (
        f"{page}: not made by nst-bench, which would write over it; choose another folder for the site, or move that "
        "page away"
    )
    assert page.read_text() == "mine"


def test_among_other_files_of_theirs_and_over_a_site(results: Path, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "notes.txt").write_text("mine")
    place.check(tmp_path / "docs", [results])
    files = SiteFiles(tmp_path / "docs")
    files.put("index.html", b"a build that was killed at once")
    place.check(tmp_path / "docs", [results])
    files.finish()
    place.check(tmp_path / "docs", [results])
