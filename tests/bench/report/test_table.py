"""The table of runs page by page, and the files that hold all of it."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from bench.record import Quality, Record
from bench.report import build
from bench.report.columns import Labels, columns
from bench.report.model import gather
from bench.report.site import Site, rows
from bench.report.table import pages, rows_a_page
from bench.results import Results
from tests.bench.report import reading
from tests.bench.report.synthetic_results import Trial, failed, make

QUALITY = ("structure", "style_distance", "colour_distance")


def mishaps(p: Any, record: dict[str, Any]) -> dict[str, Any] | None:
    """One run that failed, one that was not run, one that diverged, one whose time must not be compared."""
    match (p["content"], p["init"], p["seed"]):
        case ("cat", "noise", 2):
            return failed(record, "oom", "3.1 GiB wanted, 1.2 GiB free")
        case ("town", "noise", 2):
            return None
        case ("town", "content", 2):
            record["diagnosis"] = {"verdict": "diverged", "reason": "the loss rose a hundredfold"}
            record["outcome"] |= {"final_loss": None, "terms": {}}
        case ("town", "noise", 10) if p["style"] == "stars":
            record["timing"] |= {"valid": False, "invalid_reason": "another job shared the device"}
    return record


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """112 runs of two experiments, and so two pages."""
    folder = tmp_path_factory.mktemp("results")
    start = Trial("start", grid={"init": ["noise", "content"], "size": [32], "seed": [2, 10, *range(20, 31)]})
    layers = Trial("layers", ("=1+1",), (), {"content_layers": [["conv1_1"], ["conv2_2"]]}, task="reconstruct")
    most = Trial("most", ("cat",), ("waves",), {"size": [48], "style_weight": [1e5, 3e6], "seed": [7, 8, 9]})
    make(folder, [start, layers, most], edit=mishaps)
    build(folder)
    return folder


@pytest.fixture(scope="module")
def trees(folder: Path) -> list[Element]:
    """The pages of the table, in their order."""
    found = sorted((folder / "site").glob("table*.html"), key=lambda path: (len(path.name), path.name))
    return [reading.tree(path.read_text(encoding="utf-8")) for path in found]


def lines(tree: Element) -> list[dict[str, Element]]:
    """The rows of a page: cells by the name of their column, and the row itself under ""."""
    return [{"": row} | {cell.attrib["data-name"]: cell for cell in row.iter("td") if "data-name" in cell.attrib}
            for row in tree.iter("tr") if "data-run" in row.attrib]  # fmt: skip


class TestPages:
    def test_they_hold_every_run_once_in_the_plan_s_order(self, trees: list[Element], results: Results) -> None:
        shown = [line[""].attrib["data-run"] for tree in trees for line in lines(tree)]
        assert shown == [id for experiment in results.plan.experiments for id in experiment.jobs]
        assert [len(lines(tree)) for tree in trees] == [60, 52]

    @pytest.mark.parametrize(("columns", "expected"), [(1, 100), (10, 100), (11, 90), (17, 60), (40, 30), (400, 10)])
    def test_the_more_columns_the_fewer_rows(self, columns: int, expected: int) -> None:
        assert rows_a_page(columns) == expected

    def test_none_has_more_than_three_thousand_nodes(self, trees: list[Element]) -> None:
        for tree in trees:
            texts = sum(bool(e.text) + bool(e.tail) for e in tree.iter())
            assert 2000 < sum(1 for _ in tree.iter()) + texts < 3000

    def test_they_lead_to_each_other(self, trees: list[Element]) -> None:
        navs = [next(e for e in tree.iter("nav") if e.attrib.get("class") == "pages static") for tree in trees]
        assert [[(a.attrib["href"], reading.text_of(a)) for a in nav.iter("a")] for nav in navs] == [
            [("table.html", "1"), ("table-2.html", "2"), ("table-2.html", "Next")],
            [("table.html", "Previous"), ("table.html", "1"), ("table-2.html", "2")],
        ]

    def test_of_many_those_near_the_ends_and_every_tenth_are_linked(self, results: Results) -> None:
        model = gather(results, {})
        large = replace(model.experiments[0], runs=model.experiments[0].runs * 30)
        views = [page.view() for page in pages(Site(replace(model, experiments=(large,)), (), {}))]
        assert [link.number for link in views[14].links] == [1, 10, 13, 14, 15, 16, 17, 20, 30, 40, 50, 52]
        assert [link.number for link in views[14].links if link.gap] == [10, 13, 20, 30, 40, 50, 52]

    def test_one_page_has_no_links(self, tmp_path: Path) -> None:
        make(tmp_path, [Trial("a", ("cat",), ("waves",))])
        tree = reading.tree((build(tmp_path).index.parent / "table.html").read_text(encoding="utf-8"))
        (nav,) = [e for e in tree.iter("nav") if e.attrib.get("class") == "pages static"]
        assert "hidden" in nav.attrib
        assert list(nav.iter("a")) == []


class TestCells:
    def test_every_figure_is_the_record_s(self, trees: list[Element], results: Results) -> None:
        seen = 0
        for line in (line for tree in trees for line in lines(tree)):
            record = results.records.get(line[""].attrib["data-run"])
            measured = _measured(record) if record and record.outcome else {}
            for name in (
                "loss",
                "time",
                "per evaluation",
                "peak memory",
                "structure",
                "style distance",
                "colour distance",
            ):
                value = line[name].attrib.get("data-value")
                assert (None if value is None else float(value)) == measured.get(name), name
                seen += value is not None
        assert seen > 700

    def test_what_is_not_there_says_so(self, trees: list[Element], results: Results) -> None:
        jobs = {(j.inputs["content"].label, j.parameters["init"], j.parameters["seed"]): j.id
                for j in results.plan.jobs.values() if j.parameters["task"] == "transfer"
                and j.inputs["style"].label == "stars"}  # fmt: skip
        by_run = {line[""].attrib["data-run"]: line for tree in trees for line in lines(tree)}
        told = {
            key: [(line[name].attrib.get("class"), reading.text_of(line[name])) for name in ("result", "loss", "time")]
            for key in (("cat", "noise", 2), ("town", "noise", 2), ("town", "content", 2), ("town", "noise", 10))
            if (line := by_run[jobs[key]])
        }
        assert told == {
            ("cat", "noise", 2): [("warn", "out of memory"), ("num none", "–"), ("num none", "–")],
            ("town", "noise", 2): [(None, "not run yet"), ("num none", "–"), ("num none", "–")],
            ("town", "content", 2): [("warn", "diverged"), ("num none", "diverged"), ("num", "124 ms")],
            ("town", "noise", 10): [(None, "converged"), ("num", "174.1"), ("num", "123 ms *")],
        }
        assert reading.text_of(by_run[jobs["cat", "noise", 2]][""].find("td")) == "out of memory"

    def test_a_star_is_explained_where_there_is_one(self, trees: list[Element]) -> None:
        notes = [next(e for e in tree.iter("p") if e.attrib.get("data-part") == "star") for tree in trees]
        starred = [any(reading.text_of(line["time"]).endswith("*") for line in lines(tree)) for tree in trees]
        assert ["hidden" not in note.attrib for note in notes] == starred == [False, True]
        assert reading.text_of(notes[1]) == (
            "* This time must not be compared: the run's page says why, and statistics leave it out."
        )


def _measured(record: Record) -> dict[str, float | None]:
    assert record.outcome is not None
    assert record.timing is not None
    assert record.memory is not None
    return {
        "loss": record.outcome.final_loss, "time": record.timing.optimise, "peak memory": record.memory.peak_bytes,
        "per evaluation": record.timing.optimise / record.outcome.evaluations,
        **{name.replace("_", " "): getattr(record.outcome.quality, name) for name in QUALITY},
    }  # fmt: skip


@pytest.fixture
def found(results: Results) -> dict[str, Any]:
    """Columns by name."""
    model = gather(results, {})
    return {column.name: column for column in columns(model, rows(model))}


class TestColumns:
    def test_they_are_inputs_then_what_varies_then_what_came_out(self, found: dict[str, Any]) -> None:
        assert [(name, column.role) for name, column in found.items()] == [
            ("experiment", "input"), ("content", "input"), ("style", "input"), ("init", "axis"), ("seed", "axis"),
            ("content_layers", "axis"), ("style_weight", "axis"), ("size", "parameter"), ("result", "result"),
            ("loss", "figure"), ("time", "figure"), ("per evaluation", "figure"), ("peak memory", "figure"),
            ("structure", "figure"), ("style distance", "figure"), ("colour distance", "figure"),
            ("colourfulness", "figure"),
        ]  # fmt: skip

    def test_numbers_sort_as_numbers_and_keep_their_value_and_unit(self, found: dict[str, Any]) -> None:
        seed, size, weight = found["seed"], found["size"], found["style_weight"]
        assert isinstance(seed, Labels)
        assert seed.values[:6] == ("0", "2", "7", "8", "9", "10")
        assert (seed.raw[:6], seed.unit) == ((0, 2, 7, 8, 9, 10), "")
        assert (size.values, size.raw, size.unit) == (("32\u202fpx", "48\u202fpx", "64\u202fpx"), (32, 48, 64), "px")
        assert weight.raw == (1e5, 1e6, 3e6)

    def test_texts_keep_the_manifest_s_order_and_have_no_number(self, found: dict[str, Any]) -> None:
        assert (found["init"].values, found["init"].raw) == (("noise", "content"), ())
        assert found["content_layers"].raw == ()


class TestFiles:
    def test_the_csv_holds_every_run_in_full_precision(self, folder: Path, results: Results) -> None:
        with (folder / "site" / "results.csv").open(newline="", encoding="utf-8") as file:
            found = list(csv.DictReader(file))
        assert len(found) == 112
        for row in found:
            record = results.records.get(row["id"])
            done = record is not None and record.timing is not None
            assert row["seconds"] == (repr(record.timing.optimise) if done else "")
            assert row["status"] == (record.status if record else "not run")
            quality = record.outcome.quality if record and record.outcome else Quality()
            for name in (*QUALITY, "structure_scales"):
                value = getattr(quality, name)
                assert row[name] == ("" if value is None else repr(value))

    def test_no_text_of_the_csv_is_a_formula(self, folder: Path) -> None:
        with (folder / "site" / "results.csv").open(newline="", encoding="utf-8") as file:
            assert {row["content"] for row in csv.DictReader(file)} == {"cat", "town", "'=1+1"}

    def test_the_json_holds_the_same_rows(self, folder: Path) -> None:
        with (folder / "site" / "results.csv").open(newline="", encoding="utf-8") as file:
            expected = list(csv.DictReader(file))
        found = json.loads((folder / "site" / "results.json").read_text(encoding="utf-8"))
        assert [list(row) for row in found] == [list(row) for row in expected]
        for row, same in zip(found, expected, strict=True):
            for name, value in row.items():
                if value is None:
                    assert same[name] == "", name
                elif isinstance(value, float):
                    assert float(same[name]) == value, name
        assert {row["content"] for row in found} == {"cat", "town", "=1+1"}

    def test_what_is_not_finite_is_null_in_the_json(self, tmp_path: Path) -> None:
        make(tmp_path, [Trial("a", ("cat",), ("waves",), {"max_change": [math.inf, 0.5]})])
        site = build(tmp_path).index.parent
        found = json.loads((site / "results.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
        assert [row["max_change"] for row in found] == [None, 0.5]
