"""The gate's pages as people meet them: opened from disk, on a phone or a wide screen, by day and by night."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.check import pages
from bench.check.stored import history
from tests.bench.check.imagined import baselines, comparison, report, slower_and_equal
from tests.bench.check.pages.test_compare import HOSTILE
from tests.browser.readable import assert_axe_finds_nothing, assert_nothing_is_cut_off

pytestmark = pytest.mark.browser

KINDS = ("comparison", "nothing", "history")


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder: Path = tmp_path_factory.mktemp("check")
    both, nothing = slower_and_equal(), comparison(reasons=[HOSTILE], sides=[])
    stepped = [
        *baselines(14, lambda name, k: 1.3 if 5 <= k < 9 else 1.0),
        *baselines(2, fingerprint={"cpu": "Another"}),
    ]
    made = {
        "comparison": pages.render(both, report(both)),
        "nothing": pages.render(nothing, report(nothing)),
        "history": pages.render_history(history.of(stepped, [HOSTILE])),
    }
    for kind, text in made.items():
        (folder / f"{kind}.html").write_text(text, encoding="utf-8")
    return {kind: (folder / f"{kind}.html").as_uri() for kind in made}


@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing_and_nothing_is_cut_off(kind: str, open_page: Any, urls: dict[str, str]) -> None:
    page = open_page(urls[kind], color_scheme="light")
    assert_axe_finds_nothing(page)
    assert_nothing_is_cut_off(page)


@pytest.mark.parametrize("kind", ["comparison", "history"])
def test_no_mark_or_word_of_a_drawing_is_cut_off_or_covers_another_word(
    kind: str, open_page: Any, urls: dict[str, str]
) -> None:
    page = open_page(urls[kind])
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        wrong = page.evaluate(
            """() => [...document.querySelectorAll('svg.chart[role=img]')].flatMap(svg => {
                const frame = svg.getBoundingClientRect(), bad = [];
                const words = [...svg.querySelectorAll('text')].map(e => [e.textContent, e.getBoundingClientRect()]);
                const marks = [...svg.querySelectorAll('.pairs path, .points circle')].map(e => e.getBoundingClientRect());
                for (const r of [...words.map(w => w[1]), ...marks])
                    if (r.left < frame.left - 1 || r.right > frame.right + 1 || r.top < frame.top - 1
                        || r.bottom > frame.bottom + 1) bad.push(['cut off', r.left, r.top]);
                words.forEach(([a, p], i) => words.slice(i + 1).forEach(([b, q]) => {
                    if (p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 3 && q.top < p.bottom - 3)
                        bad.push(['covers', a, b]);
                }));
                return bad;
            })"""
        )
        assert wrong == []


def test_sides_and_verdicts_are_told_by_more_than_colour(open_page: Any, urls: dict[str, str]) -> None:
    page = open_page(urls["comparison"])
    base, head = (page.locator(f"svg[role=img] .rounds.s{k}").first for k in (0, 1))
    assert base.evaluate("e => getComputedStyle(e).fill") == "none"
    assert head.evaluate("e => getComputedStyle(e).fill") != "none"
    assert page.locator(".chip").all_inner_texts() == ["▲ regression", "= no change"] * 2


def test_without_a_style_sheet_the_drawings_are_still_there(open_page: Any, urls: dict[str, str]) -> None:
    page = open_page(urls["comparison"])
    page.evaluate("document.querySelector('style').remove()")
    drawn = page.locator("svg[role=img]").first
    line, rounds = drawn.locator(".median"), drawn.locator(".rounds.s0")
    assert line.evaluate("e => getComputedStyle(e).stroke") != "none"
    assert rounds.evaluate("e => getComputedStyle(e).stroke") != "none"
    assert drawn.bounding_box()["width"] > 300


def test_a_name_in_the_table_leads_to_its_drawing(open_page: Any, urls: dict[str, str]) -> None:
    page = open_page(urls["comparison"])
    page.get_by_role("link", name="start: cat x waves, init content").click()
    assert page.locator(":target").inner_text() == "start: cat x waves, init content"


def test_it_prints(open_page: Any, urls: dict[str, str]) -> None:
    page = open_page(urls["comparison"], width=702)
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 702
    assert len(page.pdf()) > 10_000
