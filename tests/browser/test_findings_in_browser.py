"""What documents found, as a reader sees it: readable at any width, by day and by night, with or without a script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.report import build
from tests.bench.report.synthetic_results import Trial, make
from tests.browser.readable import assert_axe_finds_nothing, assert_nothing_is_cut_off

pytestmark = pytest.mark.browser

START = {"along": "init", "start": {"init": "noise"}, "end": {"init": "content"}}
LONG = "Does the start change how long a transfer takes, where nothing else does? " * 4


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every answer that there is, one with a question as long as the window is wide, and one without a space."""
    folder = tmp_path_factory.mktemp("findings")
    findings: list[dict[str, Any]] = [
        {"question": LONG, "figure": "seconds", **START, "change": "same", "within": 0.1, "trained": True},
        {"question": "Is_it_" * 40, "said": "yes" * 60, "figure": "structure", **START, "change": "lower"},
        {"question": "Is half kept?", "figure": "structure", "at_least": 0.6},
        {"question": "Is it learned?", "figure": "structure", "at_least": 0.1, "learned": True},
        {"question": "Are they alike?", "figure": "agreement", "at_least": 0.9},
    ]
    grid = {"init": ["noise", "content"]}
    trial = Trial(
        "start", ("cat",), ("waves",), grid, ["init"], findings=findings, open={"n" * 80: "o" * 200},
        fixed={"weights": "random:0"},
    )  # fmt: skip
    waiting = {"question": "Did it run?", "figure": "structure", "at_least": 0.1}
    other = Trial("other", ("town",), ("waves",), findings=[waiting], fixed={"history": 5})
    make(
        folder, [trial, other], left_open={"optimiser": "L-BFGS"},
        edit=lambda p, record: None if p["history"] == 5 else record,
    )  # fmt: skip
    return build(folder).index.parent


@pytest.mark.parametrize("name", ["index.html", "grids/e1.html"])
def test_axe_finds_nothing_and_nothing_is_cut_off(site: Path, open_page: Any, name: str) -> None:
    page = open_page((site / name).as_uri(), color_scheme="light")
    assert_axe_finds_nothing(page)
    assert_nothing_is_cut_off(page)


def test_no_answer_of_the_list_lies_over_its_question(site: Path, open_page: Any) -> None:
    page = open_page((site / "index.html").as_uri(), width=1440)
    over = page.locator(".overview li").evaluate_all(
        """items => items.filter(item => {
            const [a, b] = [...item.children].map(e => e.getBoundingClientRect());
            return a.right > b.left && a.bottom > b.top && a.top < b.bottom;
        }).map(item => item.textContent)"""
    )
    assert over == []


def test_without_a_script_all_of_it_is_there_and_leads_to_its_experiment(site: Path, open_page: Any) -> None:
    page = open_page((site / "index.html").as_uri(), java_script_enabled=False)
    marks = [
        "= agrees",
        "≠ disagrees",
        "? cannot tell",
        "? cannot tell with these weights",
        "– not measured",
        "– not run",
    ]
    assert page.locator(".overview .answer").all_inner_texts() == marks
    page.locator(".overview a", has_text="Is half kept?").click()
    assert page.url.endswith("index.html#e1-f3")
    assert page.locator("#e1-f3 .answer").inner_text() == "? cannot tell"
