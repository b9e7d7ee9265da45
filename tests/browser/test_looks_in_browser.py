"""What a reader sees: on paper all of it, on a screen no picture taller than the screen, every figure under its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.report import build
from tests.bench.report.synthetic_results import Trial, make
from tests.browser.test_sturdy_in_browser import one_of_each

pytestmark = pytest.mark.browser

#: Width of A4 between margins of 12 mm, in CSS pixels.
PAPER = 702


def long_and_flat(p: Mapping[str, Any], content: str, style: str) -> np.ndarray[Any, Any]:
    height, width = {"tall": (900, 9), "flat": (9, 900)}.get(content, (48, 64))
    return np.full((height, width, 3), 90 if p["init"] == "noise" else 160, np.uint8)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("looks")
    trial = Trial("start", ("tall", "flat"), ("waves", "stars"), {"init": ["noise", "content"]}, ["init"])
    make(folder, [trial], draw=long_and_flat)
    return build(folder).index.parent


def test_paper_has_all_that_a_screen_would_scroll_to_and_nothing_to_press(site: Path, open_page: Any) -> None:
    for kind, path in one_of_each(site).items():
        page = open_page(path.as_uri(), width=PAPER)
        page.wait_for_load_state("networkidle")
        page.emulate_media(media="print")
        assert page.locator("button:visible, input:visible").count() == 0, kind
        cut = page.evaluate(
            """() => [...document.querySelectorAll('.scroll')].filter(e => e.checkVisibility()
                && (e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1)).map(e => e.ariaLabel)"""
        )
        assert cut == [], kind


def test_what_was_chosen_is_printed_where_the_choices_are_not(site: Path, open_page: Any) -> None:
    page = open_page((site / "index.html").as_uri(), width=PAPER)
    page.emulate_media(media="print")
    assert page.locator(".shown").bounding_box(timeout=2000)["width"] > 100


def test_a_picture_is_no_taller_than_a_screen_and_no_flatter_than_a_finger(site: Path, open_page: Any) -> None:
    for kind, path in one_of_each(site).items():
        page = open_page(path.as_uri())
        page.wait_for_load_state("networkidle")
        heights = page.locator("main img:visible").evaluate_all("all => all.map(e => e.getBoundingClientRect().height)")
        assert max(heights, default=0) <= 0.9 * 900, kind
        heights = page.locator(".work a img:visible").evaluate_all("all => all.map(e => e.clientHeight)")
        assert min(heights, default=24) >= 24, kind


def test_figures_of_a_pair_end_under_the_edge_of_their_picture(site: Path, open_page: Any) -> None:
    page = open_page((site / "compare.html").as_uri())
    edges = page.locator(".pair .work").evaluate_all(
        "all => all.map(e => ['img', 'dd'].map(name => e.querySelector(name).getBoundingClientRect().right))"
    )
    assert len(edges) == 8
    assert all(abs(picture - figure) < 1 for picture, figure in edges)


def test_arrow_keys_move_the_slider_by_a_hundredth(site: Path, open_page: Any) -> None:
    ids = [path.stem for path in sorted((site / "runs").iterdir())[:2]]
    page = open_page((site / "view.html").as_uri() + f"#run={ids[0]}&run={ids[1]}&mode=slider")
    slider = page.get_by_label("Where picture A ends and B begins")
    slider.press("ArrowLeft")
    assert slider.input_value() == "49"


def test_words_of_the_viewer_are_in_ink_whichever_picture_is_shown(site: Path, open_page: Any) -> None:
    ids = [path.stem for path in sorted((site / "runs").iterdir())[:2]]
    page = open_page((site / "view.html").as_uri() + f"#run={ids[0]}&run={ids[1]}&mode=blink")
    for _ in ids:
        colours = page.evaluate("['h1', '.compared h2'].map(s => getComputedStyle(document.querySelector(s)).color)")
        assert colours[0] == colours[1]
        page.get_by_role("button", name="Next").click()


def test_a_narrow_table_has_each_name_and_its_figure_on_one_line(site: Path, open_page: Any) -> None:
    page = open_page((site / "table.html").as_uri(), width=390)
    row = page.locator("tbody tr").first.locator("td[data-name]")
    tops = row.evaluate_all("all => all.map(e => e.getBoundingClientRect().height)")
    assert len(tops) > 5
    assert max(tops) < 2 * min(tops)
