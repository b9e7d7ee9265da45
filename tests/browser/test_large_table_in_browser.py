"""The table of ten thousand runs: how fast it filters, sorts and turns its pages, and how little of it there is at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bench.report import build
from bench.report.packing import json_text, label_column, numbers
from tests.bench.report.synthetic_results import Trial, make
from tests.browser.conftest import tick
from tests.browser.tables import ids, place, with_script

pytestmark = pytest.mark.browser

COUNT = 10_000


def ten_thousand(key: str) -> str:
    """data/runs.js of many runs, all with one picture."""
    axes: dict[str, Sequence[str]] = {
        "content": [f"photograph {k}" for k in range(20)], "style": [f"style {k}" for k in range(20)],
        "init": ["noise", "content"], "size": ["256\u202fpx", "512\u202fpx"], "seed": [str(k) for k in range(10)],
    }  # fmt: skip
    step, labels = 1, [{"name": "experiment", "role": "input"} | label_column(["big"] * COUNT, ["big"])]
    for name, values in axes.items():
        texts = [values[k // step % len(values)] for k in range(COUNT)]
        role = "input" if name in ("content", "style") else "axis"
        labels.append({"name": name, "role": role} | label_column(texts, values))
        step *= len(values) - (name == "content")
    labels.append({"name": "result", "role": "result"} | label_column(["converged"] * COUNT, ["converged"]))
    labels.append({"name": "frame", "role": "picture"} | label_column(["48 48"] * COUNT, ["48 48"]))
    kinds = {"loss": "loss", "time": "seconds", "per evaluation": "seconds", "peak memory": "memory",
             "structure": "quality", "style distance": "quality", "colour distance": "quality"}  # fmt: skip
    figures = ",".join(
        f'{{"name":{json_text(name)},"kind":"{kind}","numbers":'
        f"{numbers([None if k % 97 == 0 else (k * 7919 % COUNT + 1) * 0.37 for k in range(COUNT)])}}}"
        for name, kind in kinds.items()
    )
    head = {
        "count": COUNT, "part": 250, "bare": ["init", "size"], "originals": "copy",
        "experiments": [{"name": "big", "anchor": "e1", "task": "style transfer", "compare": ["init"],
                         "axes": ["init", "size", "seed"], "grid": "grids/e1.html"}],
        "ids": "".join(f"{k * 2654435761 % 16**12:012x}" for k in range(COUNT)), "keys": key * COUNT, "flags": "1" * COUNT,
        "labels": labels,
    }  # fmt: skip
    return f'nst.runs({json_text(head)[:-1]},"figures":[{figures}]}});\n'


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("large")
    make(folder, [Trial("start", grid={"init": ["noise", "content"], "size": [48, 64]})])
    site = build(folder).index.parent
    key = next((site / "img").glob("*-192.webp")).name[:12]
    (site / "data" / "runs.js").write_text(ten_thousand(key))
    return (site / "table.html").as_uri()


#: What an action takes with the layout of the new rows, in milliseconds.
_TIMED = """action => { const began = performance.now(); eval(action); document.body.offsetHeight;
    return performance.now() - began; }"""


class TestTenThousandRows:
    def test_filters_and_sorts_take_less_than_a_tenth_of_a_second(self, large: str, open_page: Any) -> None:
        page = with_script(open_page(large))
        find = "document.getElementById('search').value = '{}'; document.querySelector('form').dispatchEvent(new Event('input'))"
        sort = "[...document.querySelectorAll('th button')].find(e => e.textContent === '{}').click()"
        actions = {
            "find": find.format("photograph 1 noise"), "find more": find.format("o"), "all": find.format(""),
            "sort": sort.format("loss"), "turn": sort.format("loss"), "by text": sort.format("style"),
        }  # fmt: skip
        # The least of some: the machine may have other work.
        took = dict.fromkeys(actions, math.inf)
        for _ in range(10):
            for name, action in actions.items():
                took[name] = min(took[name], page.evaluate(_TIMED, action))
            if max(took.values()) <= 100:
                break
        assert max(took.values()) <= 100, took

    def test_a_page_never_has_more_than_three_thousand_nodes(self, large: str, open_page: Any) -> None:
        page = with_script(open_page(large))
        nodes = """() => { const all = document.createTreeWalker(document, NodeFilter.SHOW_ALL);
            let count = 1; while (all.nextNode()) count++; return count; }"""
        assert 2000 < page.evaluate(nodes) < 3000
        assert len(ids(page)) == 80
        # Fewer columns leave room for more rows, a hundred at most.
        tick(page, "Columns", "structure", "style distance", "colour distance", "per evaluation", "seed")
        assert len(ids(page)) == 100
        assert 2000 < page.evaluate(nodes) < 3000

    def test_pages_are_turned_and_stand_in_the_address(self, large: str, open_page: Any) -> None:
        page = with_script(open_page(large))
        page.get_by_role("button", name="Next").click()
        assert place(page) == "2 of 125"
        page.get_by_label("Page", exact=True).fill("125")
        page.keyboard.press("Enter")
        assert place(page) == "125 of 125"
        again = with_script(open_page(page.url))
        assert (len(ids(again)), ids(again)) == (80, ids(page))
        again.get_by_label("Search").fill("photograph")
        assert place(again) == "1 of 125"
        assert "page" not in again.url

    def test_a_later_page_begins_with_its_own_rows(self, large: str, open_page: Any) -> None:
        first = Path(large.removeprefix("file://"))
        second = first.with_name("table-2.html")
        second.write_text(first.read_text().replace('data-page="1"', 'data-page="2"'))
        page = with_script(open_page(second.as_uri()))
        assert place(page) == "2 of 125"
        page.get_by_role("button", name="Previous").click()
        assert page.url.endswith("table-2.html#page=1")
