"""The first page's pickers and the grid of an experiment: which run stands where, by mouse, by keyboard and by link."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.report import build
from tests.bench.report.synthetic_results import Trial, make, one_fails

pytestmark = pytest.mark.browser

PX = "\u202fpx"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    make(
        folder,
        [
            Trial("start", grid={"init": ["noise", "content"], "size": [48, 64]}, compare=["init", "size"]),
            Trial(
                "some",
                ("cat",),
                ("waves",),
                {"init": ["noise", "content"], "seed": [0, 1, 2]},
                override=lambda p: None if (p["init"], p["seed"]) == ("noise", 1) else {},
                fixed={"size": 32},
            ),
        ],
        edit=one_fails,
    )
    return build(folder).index.parent


@pytest.fixture(scope="module")
def index(site: Path) -> str:
    return (site / "index.html").as_uri()


@pytest.fixture(scope="module")
def start(site: Path) -> str:
    return (site / "grids" / "e1.html").as_uri()


def captions(page: Any, within: str) -> list[str]:
    """The alternative text of every picture of a run, or what stands in its place."""
    found: list[str] = page.locator(f"{within} tbody td").evaluate_all(
        "all => all.map(e => e.querySelector('img') ? e.querySelector('img').alt : e.innerText.split('\\n')[0])"
    )
    return found


def headings(page: Any) -> list[str]:
    texts: list[str] = page.locator("[data-slice] th").evaluate_all(
        "all => all.map(e => e.innerText.replace(/\\s+/g, ' '))"
    )
    return [text.replace("\u202f", " ") for text in texts]


class TestPickers:
    def test_the_page_opens_with_the_first_setting_and_without_data(self, open_page: Any, index: str) -> None:
        page = open_page(index)
        page.wait_for_load_state("networkidle")
        assert captions(page, "[data-wall=e1]") == [
            f"cat × waves, noise · 48{PX}", f"cat × stars, noise · 48{PX}", f"town × waves, noise · 48{PX}",
            "out of memory",
        ]  # fmt: skip
        fetched = "performance.getEntriesByType('resource').map(e => e.name).filter(name => name.includes('/data/'))"
        assert page.evaluate(fetched) == []

    def test_choosing_a_setting_shows_its_run_in_every_cell(self, open_page: Any, index: str) -> None:
        page = open_page(index)
        page.get_by_label("init").select_option(label="content")
        page.wait_for_function("document.querySelector('[data-wall=e1] .badge')")
        assert captions(page, "[data-wall=e1]") == [
            f"{content} × {style}, content · 48{PX}" for content in ("cat", "town") for style in ("waves", "stars")
        ]
        assert page.locator(".badge:visible").all_inner_texts() == ["diverged"]
        assert page.locator("[data-shown=e1] span").text_content() == f"init content · size 48{PX}"
        link = page.locator("[data-wall=e1] td a").first
        assert "/pairs/start-cat-waves-" in link.evaluate("e => e.href")

    def test_the_choice_stands_in_the_address_by_name_and_comes_back(self, open_page: Any, index: str) -> None:
        page = open_page(index)
        page.get_by_label("size").select_option(label=f"64{PX}")
        assert page.url.endswith("#e1.size=64%E2%80%AFpx")
        again = open_page(page.url)
        again.wait_for_function("document.querySelector('[data-wall=e1] td img').alt.includes('64')")
        assert again.get_by_label("size").input_value() == f"64{PX}"
        again.evaluate("location.hash = ''")
        again.wait_for_function("document.querySelector('[data-wall=e1] td img').alt.includes('48')")

    @pytest.mark.parametrize("hash_", ["#e1.size=9", "#e1.size=", "#=&=", "#e1", "#%E0%A4%A"])
    def test_an_address_that_means_nothing_is_ignored(self, hash_: str, open_page: Any, index: str) -> None:
        page = open_page(index + hash_)
        assert captions(page, "[data-wall=e1]")[0] == f"cat × waves, noise · 48{PX}"
        assert page.get_by_label("size").input_value() == f"48{PX}"

    def test_what_the_plan_leaves_out_is_said_to_be(self, open_page: Any, index: str) -> None:
        page = open_page(index + "#e2.seed=1")
        page.wait_for_function("document.querySelector('[data-wall=e2] .blank')")
        assert captions(page, "[data-wall=e2]") == ["not in the plan", "cat × waves, content · seed 1"]


def opened(open_page: Any, url: str, **options: Any) -> Any:
    page = open_page(url, **options)
    page.wait_for_selector("[data-grid]:not([hidden])")
    return page


class TestGrid:
    def test_it_opens_as_it_is_without_a_script(self, open_page: Any, start: str) -> None:
        still = open_page(start, java_script_enabled=False)
        expected = ["style waves", "style stars", "content cat", "content town"]
        assert headings(still) == expected
        assert headings(page := opened(open_page, start)) == expected
        assert captions(page, "[data-slice]") == captions(still, "[data-slice]")

    def test_an_axis_that_lies_elsewhere_changes_places(self, open_page: Any, start: str) -> None:
        page = opened(open_page, start)
        page.get_by_label("across", exact=True).select_option("content")
        assert headings(page) == ["content cat", "content town", "style waves", "style stars"]
        page.get_by_label("down", exact=True).select_option("none")
        page.get_by_label("style", exact=True).select_option("stars")
        assert captions(page, "[data-slice]") == [f"cat × stars, noise · 48{PX}", "out of memory"]

    def test_four_axes_can_be_laid_out(self, open_page: Any, start: str) -> None:
        page = opened(open_page, start + "#x=init&sx=style&y=size&sy=content")
        assert headings(page) == [
            "style waves init noise", "style waves init content", "style stars init noise", "style stars init content",
            "content cat size 48 px", "content cat size 64 px", "content town size 48 px", "content town size 64 px",
        ]  # fmt: skip
        cells = captions(page, "[data-slice]")
        assert (len(cells), cells[5], cells[-1]) == (
            16, f"cat × waves, content · 64{PX}", f"town × stars, content · 64{PX}",
        )  # fmt: skip

    def test_values_can_be_hidden_and_the_view_is_in_the_address(self, open_page: Any, start: str) -> None:
        page = opened(open_page, start + "#x=size&y=init")
        page.get_by_label("style", exact=True).select_option("stars")
        page.get_by_text("Hide values").click()
        page.get_by_role("group", name="init").get_by_label("noise").check()
        again = opened(open_page, page.url)
        for shown in (page, again):
            assert headings(shown) == ["size 48 px", "size 64 px", "init content"]
            assert captions(shown, "[data-slice]") == [f"cat × stars, content · {size}{PX}" for size in (48, 64)]
        assert again.locator("[name=hide-init]").evaluate_all("all => all.map(e => e.checked)") == [True, False]

    def test_arrows_go_from_cell_to_cell_both_ways_and_enter_opens_the_run(self, open_page: Any, site: Path) -> None:
        page = opened(open_page, (site / "grids" / "e2.html").as_uri() + "#x=seed&y=init")
        assert page.locator("[data-slice] td a:not([tabindex='-1'])").count() == 1
        page.locator("[data-slice] td a").first.focus()
        at = "document.activeElement.closest('td').cellIndex + ' ' + document.activeElement.closest('tr').sectionRowIndex"
        stops = []
        for key in ("ArrowUp", "ArrowLeft", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft"):
            page.keyboard.press(key)
            stops.append(page.evaluate(at))
        # There is no run with noise and seed 1: its place is gone through all the same.
        assert stops == ["1 0", "1 0", "2 0", "3 0", "3 1", "2 1"]
        page.keyboard.press("Enter")
        page.wait_for_url("**/runs/*.html")
        assert "seed 1" in page.locator("h1").inner_text()

    def test_two_to_four_marked_runs_lead_to_the_viewer(self, open_page: Any, start: str) -> None:
        page = opened(open_page, start)
        page.locator("[data-slice] td a").first.focus()
        page.keyboard.press("c")
        assert page.locator(".marked").inner_text() == "1 run marked"
        page.keyboard.press("ArrowRight")
        page.keyboard.press("c")
        ids = page.locator("[data-slice] .work").evaluate_all("all => all.slice(0, 2).map(e => e.dataset.run)")
        link = page.get_by_role("link", name="Side by side")
        assert link.evaluate("e => e.href").endswith(f"/view.html#run={ids[0]}&run={ids[1]}")
        page.keyboard.press("c")
        assert link.count() == 0
        again = opened(open_page, page.url)
        assert again.locator("[data-slice] input:checked").evaluate_all("all => all.map(e => e.value)") == ids[:1]
        again.get_by_label("Mark for comparing").nth(1).check()
        assert again.locator(".marked").inner_text() == "2 runs marked Side by side"

    def test_pictures_of_all_sizes_are_as_wide_until_their_pixels_are_asked_for(
        self, open_page: Any, start: str
    ) -> None:
        page = opened(open_page, start + "#x=size&y=none")
        widths = "all => all.map(e => Math.round(e.getBoundingClientRect().width))"
        images = page.locator("[data-slice] td img")
        fitted = images.evaluate_all(widths)
        assert fitted[0] == fitted[1] > 100
        page.get_by_label("pictures").select_option("1:1")
        assert images.evaluate_all(widths) == [48, 64]
        page.get_by_label("pictures").select_option("pixelated")
        assert images.evaluate_all(widths) == fitted
        assert images.first.evaluate("e => getComputedStyle(e).imageRendering") == "pixelated"

    def test_an_address_that_means_nothing_is_ignored(self, open_page: Any, start: str) -> None:
        page = opened(open_page, start + "#x=colour&y=style&is-init=x&look=7&hide-style=glass&mark=1")
        assert headings(page) == ["style waves", "style stars"]


def test_a_grid_of_many_cells_shows_some_and_says_so(tmp_path: Path, open_page: Any) -> None:
    labels = [f"p{k}" for k in range(26)]
    make(tmp_path, [Trial("many", labels, labels)], edit=lambda p, record: None)
    url = (build(tmp_path).index.parent / "grids" / "e1.html").as_uri()
    page = opened(open_page, url)
    cells, note = page.locator("[data-slice] td:not(:empty)"), page.locator("[data-slice-note]")
    assert (cells.count(), note.inner_text()) == (
        130, "130 cells of 676. Hide values or choose other axes to see the others."
    )  # fmt: skip
    assert page.evaluate("document.querySelectorAll('*').length") < 3000
    page.get_by_label("down", exact=True).select_option("none")
    assert (cells.count(), note.inner_text()) == (26, "")
    page.evaluate("location.hash = 'x=style&y=content&hide-style=p0'")
    page.wait_for_function("document.querySelectorAll('[data-slice] td').length > 600")
    assert cells.count() == 600
