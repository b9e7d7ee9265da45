"""The site as people meet it: opened from disk, with no network, on a phone or a wide screen, by day and by night."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.report import build
from tests.bench.report import reading
from tests.bench.report.synthetic_results import Trial, make, make_refined, one_fails
from tests.browser.readable import WIDTHS, assert_axe_finds_nothing, assert_nothing_is_cut_off

pytestmark = pytest.mark.browser

KINDS = ("index", "grid", "layers", "pair", "run", "failed", "compare", "table", "about", "mixed", "staged", "sizes")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    make(
        folder,
        [
            Trial("start", grid={"init": ["noise", "content"], "size": [48, 64]}, compare=["init", "size"]),
            Trial("many", ("cat",), [f"style-{k}-of-a-longer-name" for k in range(7)], fixed={"size": 48}),
            Trial("layers", ("cat",), (), {"content_layers": [["conv1_1"], ["conv2_2"]]}, task="reconstruct"),
        ],
        edit=one_fails,
    )
    return build(folder).index.parent


@pytest.fixture(scope="module")
def refined_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("refined")
    make_refined(folder)
    return build(folder).index.parent


@pytest.fixture(scope="module")
def urls(site: Path, refined_site: Path) -> dict[str, str]:
    found = {kind: site / f"{kind}.html" for kind in ("index", "compare", "table", "about")}
    found["grid"], found["layers"] = site / "grids" / "e1.html", site / "layers" / "e3-1.html"
    found["pair"] = next((site / "pairs").glob("start-cat-waves-*"))
    found["run"] = _run(site, "cat × waves noise · 64")
    found["failed"] = _run(site, "town × stars noise · 64")
    found["mixed"] = _run(refined_site, "cat × regions", "given up")
    found["staged"] = _run(refined_site, "cat × waves", "went through")
    found["sizes"] = next(refined_site.glob("pairs/sizes-*"))
    return {kind: path.as_uri() for kind, path in found.items()}


def _run(site: Path, title: str, having: str = "") -> Path:
    """The first run's page with a heading that begins so."""
    for path in sorted((site / "runs").iterdir()):
        text = path.read_text(encoding="utf-8")
        if next(reading.runs({f"runs/{path.name}": reading.tree(text)}, title), None) is not None and having in text:
            return path
    raise LookupError(title)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_cut_off_at_any_width(kind: str, open_page: Any, urls: dict[str, str]) -> None:
    assert_nothing_is_cut_off(open_page(urls[kind], WIDTHS[0]))


@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing(kind: str, open_page: Any, urls: dict[str, str]) -> None:
    assert_axe_finds_nothing(open_page(urls[kind], color_scheme="light"))


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_script_pictures_and_tables_are_there(kind: str, open_page: Any, urls: dict[str, str]) -> None:
    page = open_page(urls[kind], java_script_enabled=False)
    shown = page.locator("main img:visible").count()
    assert page.locator("form:visible").count() == 0
    assert page.locator("th button").count() == 0
    if kind == "index":
        assert page.get_by_text("Shown here: noise · 48 px.").is_visible()
    expected = {"index": 2 + 2 + 3 + 1 + 7 + 7 + 1 + 2, "pair": 2 + 4 + 4 + 4, "run": 3, "failed": 2, "table": 23}
    expected |= {"grid": 2 + 2 + 3, "layers": 1 + 2}
    expected |= {"mixed": 3 + 3, "staged": 3, "sizes": 2 + 2}
    assert kind not in expected or shown == expected[kind]
    assert page.locator("table").count() >= {"index": 3, "pair": 1, "run": 0, "compare": 2, "table": 1}.get(kind, 0)


@pytest.mark.parametrize("kind", ["pair", "compare", "table"])
def test_on_a_phone_no_table_of_figures_is_cut_off(kind: str, open_page: Any, urls: dict[str, str]) -> None:
    page = open_page(urls[kind], WIDTHS[0])
    tables = page.locator(".stacks, .runs")
    assert tables.count() > 0
    assert tables.evaluate_all("all => all.filter(e => e.scrollWidth > e.parentElement.clientWidth).length") == 0


def test_every_picture_loads(open_page: Any, urls: dict[str, str]) -> None:
    for kind in KINDS:
        page = open_page(urls[kind])
        page.evaluate("document.querySelectorAll('img').forEach(e => { e.loading = 'eager'; })")
        page.wait_for_function("[...document.images].every(e => e.complete && e.naturalWidth > 0)", timeout=5000)


def test_only_the_pictures_in_sight_are_fetched_at_first(open_page: Any, urls: dict[str, str]) -> None:
    page = open_page(urls["compare"], 1440)
    fetched = page.evaluate("performance.getEntriesByType('resource').filter(e => e.name.endsWith('.png')).length")
    assert fetched == 0
    assert page.locator("main img").count() > 10


def test_it_prints(open_page: Any, urls: dict[str, str]) -> None:
    page = open_page(urls["run"])
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation", name="Site").is_visible()
    assert len(page.pdf()) > 10_000
