"""What carries the gradient, as readers see it: on any screen, on paper, without a script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.report import build
from tests.bench.report.synthetic_results import Trial, make
from tests.browser.test_looks_in_browser import PAPER

pytestmark = pytest.mark.browser


def pulled(p: Any, record: dict[str, Any]) -> dict[str, Any]:
    """A term with a name too long for its place, and pulls ten powers of ten apart."""
    names = ["content.conv2_2", *(f"style.conv{k}_1" for k in range(1, 6)), "style.a_layer_with_a_very_long_name", "tv"]
    pull = {name: 10.0**-k * (1 + p["seed"]) for k, name in enumerate(names)}
    record["outcome"] |= {"pull": {"start": pull, "end": dict(reversed(pull.items()))}, "terms": pull}
    return record


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """That of the experiment, and that of a run."""
    folder = tmp_path_factory.mktemp("results")
    make(folder, [Trial("weights", ("cat",), ("waves",), {"seed": [0, 1, 2]})], edit=pulled)
    site = build(folder).index.parent
    return [site / "balance" / "e1-1.html", next((site / "runs").iterdir())]


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_sticks_out_of_the_page_and_no_word_out_of_a_drawing(
    width: int, pages: list[Path], open_page: Any
) -> None:
    for path in pages:
        page = open_page(path.as_uri(), width=width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        out = page.evaluate(
            """() => [...document.querySelectorAll('svg.chart:not([data-x]) text')].filter(text => {
                const [own, all] = [text, text.closest('svg')].map(e => e.getBoundingClientRect());
                return own.left < all.left - 1 || own.right > all.right + 1 || own.bottom > all.bottom + 1;
            }).map(text => text.textContent)"""
        )
        assert out == []


def test_on_paper_everything_is_there(pages: list[Path], open_page: Any) -> None:
    for path in pages:
        page = open_page(path.as_uri(), width=PAPER)
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth") <= PAPER
        tables = page.locator("table:visible").evaluate_all("all => all.map(e => e.getBoundingClientRect().right)")
        assert tables
        assert max(tables) <= PAPER


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_a_script_bars_are_drawn_in_the_colours_of_the_page(
    scheme: str, pages: list[Path], open_page: Any
) -> None:
    page = open_page(pages[0].as_uri(), java_script_enabled=False, color_scheme=scheme)
    paper = page.locator("body").evaluate("e => getComputedStyle(e).backgroundColor")
    bars = page.locator("svg.chart rect, svg.stack rect")
    fills = set(bars.evaluate_all("all => all.map(e => getComputedStyle(e).fill)"))
    assert len(fills) == 8
    assert not fills & {paper, "rgb(0, 0, 0)"}
    assert bars.first.is_visible()
