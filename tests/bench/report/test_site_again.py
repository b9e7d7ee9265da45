"""A site that is there already, and results that are damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bench.errors import BenchError
from bench.report import build
from tests.bench.report import reading
from tests.bench.report.synthetic_results import Trial, make
from tests.bench.report.whole_site import TRIALS


class TestAgain:
    def test_a_second_build_writes_nothing(self, tmp_path: Path) -> None:
        make(tmp_path, TRIALS[:1])
        first = build(tmp_path)
        before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in (tmp_path / "site").rglob("*") if p.is_file()}
        again = build(tmp_path)
        assert (first.pages, first.pictures) == (6 + 1 + 4 + 16, 4 + 16)
        assert (again.pages, again.written, again.removed, again.pictures) == (first.pages, 0, 0, 0)
        assert {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in before} == before

    def test_two_builds_elsewhere_are_the_same_to_the_byte(self, tmp_path: Path) -> None:
        make(tmp_path, TRIALS[1:])
        sites = [build(tmp_path, site=tmp_path / name).index.parent for name in ("one", "two")]
        one, two = ({p.relative_to(s): p.read_bytes() for p in s.rglob("*") if p.is_file()} for s in sites)
        for files in (one, two):  # what a build remembers of its files, their times among it, is no part of the site
            assert {str(name) for name in files if name.parts[0] == ".cache"} == {
                ".cache/.gitignore",
                ".cache/files.json",
                ".cache/fresh.json",
            }
        one, two = ({n: data for n, data in files.items() if n.parts[0] != ".cache"} for files in (one, two))
        assert one == two

    def test_files_of_a_run_that_is_gone_are_removed_and_no_others(self, tmp_path: Path) -> None:
        make(tmp_path, [Trial("a", grid={"init": ["noise", "content"]})])
        site = build(tmp_path).index.parent
        (site / "img" / "mine.webp").write_bytes(b"kept")
        plan = json.loads((tmp_path / "plan.json").read_text())
        gone = plan["experiments"][0]["jobs"].pop()
        del plan["jobs"][gone]
        (tmp_path / "plan.json").write_text(json.dumps(plan))
        again = build(tmp_path)
        # The run's page, its original picture and its one small copy.
        assert again.removed == 3
        assert (site / "img" / "mine.webp").read_bytes() == b"kept"
        assert reading.broken_links(site) == []
        assert "1 record in the folder belongs to no job of this plan" in reading.text_of(
            reading.tree((site / "about.html").read_text())
        )

    def test_a_changed_picture_is_made_anew_and_nothing_else(self, tmp_path: Path) -> None:
        plan = make(tmp_path, [Trial("a", ("cat",), ("waves",), {"init": ["noise", "content"]})])
        build(tmp_path)
        id = next(iter(plan.jobs))
        job = tmp_path / "jobs" / id[:2] / id
        Image.new("RGB", (64, 64), "teal").save(job / "image.png")
        record = json.loads((job / "record.json").read_text())
        record["files"]["image.png"] = ""
        del record["files"]["image.png"]
        (job / "record.json").write_text(json.dumps(record))
        assert build(tmp_path).pictures == 1

    def test_a_list_of_files_that_is_broken_or_leads_outside_removes_nothing(self, tmp_path: Path) -> None:
        make(tmp_path, [Trial("a")])
        site = build(tmp_path).index.parent
        (tmp_path / "precious").write_text("x")
        (site / ".files.json").write_text(json.dumps({"files": ["../precious", "/etc/hostname", 7]}))
        assert build(tmp_path).removed == 0
        (site / ".files.json").write_text("{")
        assert build(tmp_path).removed == 0
        assert (tmp_path / "precious").exists()


class TestBroken:
    @pytest.fixture
    def results_of_two(self, tmp_path: Path) -> tuple[Path, Path]:
        """A results folder with two runs, and the folder of the first."""
        plan = make(tmp_path, [Trial("a", ("cat",), ("waves",), {"init": ["noise", "content"]}, ["init"])])
        id = next(iter(plan.jobs))
        return tmp_path, tmp_path / "jobs" / id[:2] / id

    @pytest.mark.parametrize(
        ("file", "damage", "told"),
        [
            ("image.png", lambda b: None, "image.png is missing"),
            ("image.png", lambda b: b[: len(b) // 2], "image.png is not the file that the record describes"),
            ("curve.csv", lambda b: None, "curve.csv is missing"),
            ("curve.csv", lambda b: b"nonsense", "curve.csv: has no column evaluation, seconds, size, total"),
            ("record.json", lambda b: b[:100], "record.json is not JSON"),
            ("record.json", lambda b: b.replace(b'"done"', b'"odd"'), "record.json does not read as a Record: status"),
        ],
    )
    def test_a_damaged_file_is_named_on_its_pages_and_the_rest_is_built(
        self, results_of_two: tuple[Path, Path], file: str, damage: Any, told: str
    ) -> None:
        folder, job = results_of_two
        damaged = damage((job / file).read_bytes())
        (job / file).unlink() if damaged is None else (job / file).write_bytes(damaged)
        site = build(folder)
        assert [told in problem for problem in site.problems] == [True]
        texts = {name: reading.text_of(reading.tree(text)) for name, text in reading.pages(folder / "site").items()}
        assert told in texts["about.html"]
        assert sum(told in text for name, text in texts.items() if name.startswith("runs/")) == 1
        assert reading.broken_links(folder / "site") == []

    @pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"no picture", lambda b: b""])
    def test_an_input_that_cannot_be_read_is_said_to_be(self, results_of_two: tuple[Path, Path], damage: Any) -> None:
        folder, _ = results_of_two
        for path in (folder / "inputs").iterdir():
            path.write_bytes(damage(path.read_bytes()))
        text = reading.pages(build(folder).index.parent)
        assert sum("cannot be read" in page for name, page in text.items() if name.startswith("pairs/")) == 1

    def test_a_folder_that_holds_no_results_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(BenchError, match=r"no plan\.json"):
            build(tmp_path)
        assert not (tmp_path / "site").exists()
