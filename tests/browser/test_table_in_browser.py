"""The table of runs with its script: sorted, narrowed down, chosen from, exported; what the address keeps."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bench.report import build
from bench.results import frame, load
from tests.bench.report.synthetic_results import Trial, failed, make
from tests.browser.conftest import tick
from tests.browser.tables import ids, with_script

pytestmark = pytest.mark.browser

FORMULA = '=HYPERLINK("x",\n1)'


def _mishaps(p: Any, record: dict[str, Any]) -> dict[str, Any] | None:
    if p["content"] == "town" and p["style"] == "stars" and p["size"] == 64:
        if p["init"] == "noise":
            return failed(record, "oom", "3.1 GiB wanted, 1.2 GiB free")
        record["diagnosis"] = {"verdict": "diverged", "reason": "the loss rose a hundredfold"}
        record["outcome"] |= {"final_loss": None, "terms": {}}
    if p["content"] == "cat" and p["size"] == 64 and p["init"] == "noise":
        record["timing"] |= {"valid": False, "invalid_reason": "another job shared the device"}
    return record


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    start = Trial("start", grid={"init": ["noise", "content"], "size": [48, 64], "style_weight": [1e5, 2.5e6]})
    make(folder, [start, Trial("odd", (FORMULA,), ("stars",), fixed={"size": 48})], edit=_mishaps)
    build(folder)
    return folder


@pytest.fixture(scope="module")
def url(folder: Path) -> str:
    return (folder / "site" / "table.html").as_uri()


@pytest.fixture(scope="module")
def runs(folder: Path) -> pd.DataFrame:
    """The rows of the table in the plan's order."""
    return frame(load(folder))


def expected(rows: pd.DataFrame) -> list[str]:
    return [id[:12] for id in rows["id"]]


@pytest.fixture
def table(open_page: Any, url: str) -> Any:
    return with_script(open_page(url))


def test_the_script_s_rows_are_those_of_the_page_without_one(open_page: Any, url: str) -> None:
    cells = """all => all.map(row => [...row.cells].filter(c => c.dataset.name).map(
        c => [c.dataset.name, c.className, c.textContent.replace(/\\u202f\\(\\d\\)$/, "")]))"""
    pages = [open_page(url, java_script_enabled=False), with_script(open_page(url))]
    without, made = (page.locator("tbody tr").evaluate_all(cells) for page in pages)
    assert len(made) == 33
    assert made == without
    assert ids(pages[0]) == ids(pages[1])


class TestSorting:
    def test_a_head_sorts_up_then_down_then_as_the_plan_has_it(self, table: Any, runs: pd.DataFrame) -> None:
        """What was not measured stands last, equal rows stay in their order."""
        for direction in ("ascending", "descending"):
            table.get_by_role("button", name="loss").click()
            assert table.locator("th[aria-sort]").evaluate_all("all => all.map(e => [e.innerText, e.ariaSort])") == [
                ["loss", direction]
            ]
            by_loss = runs.astype({"loss": float}).sort_values(
                "loss", ascending=direction == "ascending", kind="stable", na_position="last"
            )
            assert by_loss["loss"].isna().sum() == 4
            assert by_loss["loss"].duplicated().any()
            assert ids(table) == expected(by_loss)
        table.get_by_role("button", name="loss").click()
        assert table.locator("th[aria-sort]").count() == 0
        assert ids(table) == expected(runs)

    def test_numbers_in_words_sort_as_numbers(self, table: Any, runs: pd.DataFrame) -> None:
        table.get_by_role("button", name="style_weight").click()
        assert ids(table) == expected(runs.astype({"style_weight": float}).sort_values("style_weight", kind="stable"))

    def test_it_works_by_keyboard(self, table: Any) -> None:
        table.get_by_role("button", name="peak memory").focus()
        table.keyboard.press("Enter")
        assert table.locator("th[aria-sort=ascending]").inner_text() == "peak memory"
        assert table.evaluate("document.activeElement.textContent") == "peak memory"


class TestFilters:
    def test_several_values_of_a_column_widen_and_columns_narrow(self, table: Any, runs: pd.DataFrame) -> None:
        tick(table, "content", "town")
        tick(table, "init", "content")
        assert ids(table) == expected(runs[(runs["content"] == "town") & (runs["init"] == "content")])
        tick(table, "content", "cat")
        assert ids(table) == expected(runs[runs["content"].isin(["cat", "town"]) & (runs["init"] == "content")])
        assert table.locator(".facet > summary").all_inner_texts()[1:4] == ["content: 2 of 3", "style", "init: content"]
        assert table.locator("[data-part=count]").inner_text() == "16 of 33 rows"
        assert table.locator("[data-part=count]").get_attribute("aria-live") == "polite"

    def test_each_value_tells_how_many_rows_it_has_beside_the_other_choices(self, table: Any) -> None:
        tick(table, "style", "waves")
        tick(table, "content", "town")
        summary = table.locator(".facet > summary", has_text="content: town")
        summary.click()
        assert table.locator(".facet[open] label").all_inner_texts() == ["cat\n8", "town\n8", '=HYPERLINK("x", 1)\n0']

    def test_words_are_found_in_any_column_and_ids_by_their_beginning(self, table: Any, runs: pd.DataFrame) -> None:
        table.get_by_label("Search").fill("TOWN wav 64")
        assert ids(table) == expected(
            runs[(runs["content"] == "town") & (runs["style"] == "waves") & (runs["size"] == 64)]
        )
        table.get_by_label("Search").fill(runs["id"][5][:8])
        assert ids(table) == expected(runs.iloc[5:6])

    def test_nothing_found_says_so_and_show_all_ends_it(self, table: Any) -> None:
        tick(table, "init", "noise")
        table.get_by_label("Search").fill("no such thing")
        assert ids(table) == []
        assert table.get_by_text('No run matches. Choose "Show all" to see every run again.').is_visible()
        assert table.locator("tfoot tr").count() == 0
        table.get_by_role("button", name="Show all").click()
        assert (len(ids(table)), table.locator("[data-part=count]").inner_text()) == (33, "33 rows")
        assert table.url.endswith("table.html")

    def test_by_keyboard_alone(self, table: Any) -> None:
        table.locator(".facet > summary").nth(1).focus()
        table.keyboard.press("Enter")
        table.wait_for_selector(".facet[open] input")
        for key in ("Tab", "Space", "Tab", "Space"):
            table.keyboard.press(key)
        assert len(ids(table)) == 32
        table.keyboard.press("Escape")
        assert table.evaluate("document.activeElement.textContent") == "content: 2 of 3"
        assert table.locator(".facet[open]").count() == 0

    def test_one_list_is_open_at_a_time_and_a_click_elsewhere_closes_it(self, table: Any) -> None:
        for k in (1, 2):
            table.locator(".facet > summary").nth(k).click()
        assert table.locator(".facet[open] > summary").all_inner_texts() == ["style"]
        table.locator("h1").click()
        assert table.locator(".facet[open]").count() == 0

    def test_on_a_phone_the_lists_fold_into_one_line(self, open_page: Any, url: str) -> None:
        page = with_script(open_page(url, 390))
        assert page.locator(".facet > summary:visible").all_inner_texts() == ["Columns"]
        page.get_by_text("Filter", exact=True).click()
        tick(page, "init", "noise")
        assert page.locator(".fold > summary").inner_text() == "Filter (1)"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


class TestColumns:
    def test_those_that_are_not_chosen_are_gone_from_rows_and_statistics(self, table: Any) -> None:
        tick(table, "Columns", "experiment", "structure", "peak memory")
        heads = table.locator("thead th:visible").all_inner_texts()
        assert heads == ["compare", "picture", "content", "style", "init", "size", "style_weight", "result", "loss", "time",
                         "per evaluation", "style distance", "colour distance", "colourfulness"]  # fmt: skip
        assert table.locator("tbody tr").first.locator("td").count() == len(heads)
        assert table.locator("tfoot tr").first.locator("td").count() == 6

    def test_statistics_are_of_all_rows_that_fit(self, table: Any, runs: pd.DataFrame) -> None:
        """Times that must not be compared are not among them."""
        tick(table, "size", "64")
        fitting = runs[runs["size"] == 64]
        timed = fitting[[valid is True for valid in fitting["timing_valid"]]]
        columns = {"loss": fitting["loss"].dropna().astype(float), "time": timed["seconds"].astype(float)}
        assert [len(values) for values in columns.values()] == [12, 10]
        for name, values in columns.items():
            shown = table.locator(f'tfoot td[data-name="{name}"]').all_inner_texts()
            told = [float(re.sub(r"[^\d.]", "", text)) * (1e-3 if "ms" in text else 1) for text in shown]
            quartiles = [float(values.quantile(q)) for q in (0.5, 0.25, 0.75, 0, 1)]
            assert told[0] == len(values)
            assert told[1:] == pytest.approx(quartiles, rel=2e-3)
        assert table.locator("tfoot th").all_inner_texts() == [
            "rows", "median", "lower quartile", "upper quartile", "lowest", "highest"
        ]  # fmt: skip


def test_times_of_several_machines_have_statistics_machine_by_machine(open_page: Any, tmp_path: Path) -> None:
    def on_nodes(p: Any, record: dict[str, Any]) -> dict[str, Any]:
        record["environment"] = {**record["environment"], "node": "ab"[p["seed"] % 2]}
        return record

    make(tmp_path, [Trial("start", ("cat",), ("waves",), {"seed": [0, 1, 2, 3, 4]})], edit=on_nodes)
    build(tmp_path)
    table = with_script(open_page((tmp_path / "site" / "table.html").as_uri()))
    rows = table.locator("tfoot tr")
    assert rows.locator('td[data-name="time"]').all_inner_texts() == ["0", *["–"] * 5]
    assert rows.first.locator('td[data-name="loss"]').inner_text() == "5"
    tick(table, "machine", "A processor, a")
    assert rows.first.locator('td[data-name="time"]').inner_text() == "3"
    assert "–" not in rows.locator('td[data-name="time"]').all_inner_texts()


class TestComparing:
    def test_two_to_four_runs_lead_to_the_viewer(self, table: Any) -> None:
        boxes = table.locator("tbody input")
        assert table.get_by_text("Tick two to four runs to see them side by side.").is_visible()
        assert (
            boxes.first.get_attribute("aria-label") == "Compare cat × waves, noise · 48\u202fpx · style_weight 100000"
        )
        for k in (0, 3, 5, 7):
            boxes.nth(k).check()
        chosen = [ids(table)[k] for k in (0, 3, 5, 7)]
        link = table.get_by_role("link", name="Side by side: 4 runs")
        assert link.get_attribute("href").endswith("/view.html#run=" + "&run=".join(chosen))
        boxes.nth(7).uncheck()
        assert table.get_by_role("link", name="Side by side: 3 runs").is_visible()
        # Of more than four the first ticked make way.
        for k in (9, 11):
            boxes.nth(k).check()
        assert [box.is_checked() for box in (boxes.nth(k) for k in (0, 3, 5, 9, 11))] == [False, *[True] * 4]
        assert table.get_by_role("link", name="Side by side: 4 runs").is_visible()
        table.get_by_role("button", name="Clear").click()
        assert table.locator("tbody input:checked").count() == 0

    def test_the_choice_outlives_a_filter(self, table: Any) -> None:
        for k in (0, 1):
            table.locator("tbody input").nth(k).check()
        table.get_by_label("Search").fill("town")
        assert table.get_by_role("link", name="Side by side: 2 runs").is_visible()
        table.get_by_role("button", name="Show all").click()
        assert table.locator("tbody input:checked").count() == 2

    def test_curves_are_shown_of_what_the_filter_leaves(self, table: Any) -> None:
        tick(table, "init", "noise")
        table.get_by_label("Search").fill("town")
        table.get_by_role("button", name="time").click()
        href = table.get_by_role("link", name="As curves").get_attribute("href")
        assert href.endswith("/curves.html#q=town&is-init=noise&sort=time")


class TestAddress:
    def test_the_whole_view_comes_back(self, open_page: Any, table: Any) -> None:
        tick(table, "init", "noise")
        tick(table, "content", "town", "cat")
        table.get_by_label("Search").fill("waves")
        tick(table, "Columns", "structure")
        for _ in range(2):
            table.get_by_role("button", name="time").click()
        for k in (1, 2):
            table.locator("tbody input").nth(k).check()
        again = with_script(open_page(table.url))
        assert again.locator("main").aria_snapshot() == table.locator("main").aria_snapshot()
        assert (len(ids(again)), again.locator("tbody input:checked").count()) == (8, 2)

    def test_a_link_to_another_view_is_followed(self, table: Any) -> None:
        table.evaluate("location.hash = 'is-content=town&sort=-size'")
        table.wait_for_function("document.querySelector('th[aria-sort]')")
        assert len(ids(table)) == 16
        assert table.locator("th[aria-sort=descending]").inner_text() == "size"

    @pytest.mark.parametrize("hash_", ["#sort=nothing&cols=&cols=x&page=-7", "#run=zz&run=&is-init=x&is-=&page=1e9", "#=&=", "#%E0%A4%A"])  # fmt: skip
    def test_what_means_nothing_is_ignored(self, hash_: str, open_page: Any, url: str) -> None:
        page = with_script(open_page(url + hash_))
        assert (len(ids(page)), page.locator("thead th").count()) == (33, 17)
        assert page.locator("th[aria-sort]").count() == 0


class TestExport:
    @staticmethod
    def saved(page: Any, name: str) -> str:
        with page.expect_download() as download:
            page.get_by_role("button", name=name, exact=True).click()
        assert download.value.suggested_filename == f"runs.{name.lower()}"
        return Path(download.value.path()).read_bytes().decode("utf-8")

    def test_the_csv_has_the_rows_and_columns_that_are_shown_in_their_order(self, table: Any) -> None:
        hidden = ("experiment", "style", "init", "per evaluation", "structure", "style distance", "colour distance",
                  "colourfulness")  # fmt: skip
        tick(table, "Columns", *hidden)
        table.get_by_label("Search").fill("stars 48")
        table.get_by_role("button", name="time").click()
        text = self.saved(table, "CSV")
        assert text.startswith("\ufeff")
        assert text.count("\r\n") == len(text.splitlines()) - 1 == 10
        rows = list(csv.reader(io.StringIO(text[1:], newline="")))
        assert rows[0] == ["content", "size [px]", "style_weight", "result", "loss", "time [s]", "peak memory [bytes]"]
        assert [row[0] for row in rows[1:]].count("'" + FORMULA) == 1
        assert [float(row[5]) for row in rows[1:]] == sorted(float(row[5]) for row in rows[1:])
        assert {(row[1], row[2]) for row in rows[1:]} == {("48", "100000"), ("48", "2500000"), ("48", "1000000")}
        shown = table.locator("tbody tr").evaluate_all(
            "all => all.map(e => e.querySelector('[data-name=loss]').textContent)"
        )
        assert [float(row[4]) for row in rows[1:]] == pytest.approx([float(text) for text in shown], rel=1e-3)

    def test_the_json_has_numbers_texts_and_null(self, table: Any, runs: pd.DataFrame) -> None:
        table.get_by_label("Search").fill("town stars 64")
        found = json.loads(self.saved(table, "JSON"))
        assert len(found) == 4
        assert {name: found[0][name] for name in ("content", "init", "size [px]", "result", "loss", "time [s]")} == {
            "content": "town", "init": "noise", "size [px]": 64, "result": "out of memory", "loss": None, "time [s]": None,
        }  # fmt: skip
        (id,) = [id for id in runs["id"] if id.startswith(ids(table)[2])]
        measured = runs[runs["id"] == id].iloc[0]
        assert found[2]["time [s]"] == pytest.approx(measured["seconds"], rel=1e-3)
        assert found[2]["peak memory [bytes]"] == pytest.approx(measured["peak_bytes"], rel=1e-3)


def test_without_its_data_the_table_stays_as_it_was(folder: Path, tmp_path: Path, browser: Any) -> None:
    site = tmp_path / "site"
    shutil.copytree(folder / "site", site)
    (site / "data" / "runs.js").unlink()
    page = browser.new_page()
    page.goto((site / "table.html").as_uri())
    page.wait_for_load_state("networkidle")
    assert len(ids(page)) == 33
    assert page.locator("form:visible, th button").count() == 0
    page.close()
