"""A gallery of ten thousand runs: built, built again, opened.

Budgets of bytes and nodes are the site's own and exact. Budgets of time have room for a machine that is busy with other
things; docs/performance.md says what they take on one that is not.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from bench.report import Built, build
from tests.benchmarks.many import make_many
from tests.browser.test_sturdy_in_browser import one_of_each

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RUNS = 10_000
#: Of pages, in elements.
NODES = 3_000


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    make_many(folder, RUNS, evaluations=100)
    return folder


@pytest.fixture(scope="module")
def built(results: Path) -> Built:
    before = time.perf_counter()
    first = build(results)
    print(f"\n{first.pages} pages of {RUNS} runs: {time.perf_counter() - before:.1f} s")
    return first


def test_nothing_is_done_where_nothing_has_changed(results: Path, built: Built) -> None:
    files = [path for path in built.index.parent.rglob("*") if path.is_file()]
    before = {path: path.stat().st_mtime_ns for path in files if ".cache" not in path.parts}
    build(results)  # what was just written has to be seen once more, now that it is older
    began = time.perf_counter()
    again = build(results)
    took = time.perf_counter() - began
    print(f"\nnothing to do: {took:.2f} s")
    assert (again.written, again.removed, again.pictures, again.pages) == (0, 0, 0, built.pages)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert took <= 3


def test_the_first_page_and_the_data_keep_their_size(built: Built) -> None:
    site = built.index.parent
    assert built.index.stat().st_size <= 300 * 1024
    assert (site / "data" / "runs.js").stat().st_size <= 800 * 1024
    assert max(path.stat().st_size for path in site.glob("data/part-*.js")) <= 128 * 1024


def test_every_kind_of_page_stays_small_and_is_there_at_once(built: Built, open_page: Any) -> None:
    told = []
    for kind, path in one_of_each(built.index.parent).items():
        paints = []
        for _ in range(3):
            page = open_page(path.as_uri())
            page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
            paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
            if paints[-1] <= 400:
                break
        page.wait_for_load_state("networkidle")
        nodes = page.evaluate("document.querySelectorAll('*').length")
        told.append(f"{kind}: {nodes} nodes, {min(paints):.0f} ms")
        assert nodes <= NODES, kind
        assert min(paints) <= 400, kind
    print("\n" + "\n".join(told))
