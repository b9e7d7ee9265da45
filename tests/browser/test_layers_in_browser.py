"""From layer to layer: one large picture, gone through by buttons, arrows and links."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.report import build
from tests.bench.report.synthetic_results import Trial, make

pytestmark = pytest.mark.browser

LAYERS = [["conv1_1"], ["conv2_2"], ["conv10_1"]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    make(
        folder,
        [
            Trial("one", ("cat",), (), {"content_layers": LAYERS, "seed": [0, 1]}, task="reconstruct"),
            Trial(
                "both",
                ("cat",),
                ("waves",),
                {"content_layers": LAYERS[:2], "style_layers": [["conv1_1"], ["conv1_1", "conv2_1"]]},
                override=lambda p: None if (p["content_layers"], len(p["style_layers"])) == (["conv2_2"], 2) else {},
            ),
        ],
    )
    return build(folder).index.parent


@pytest.fixture
def one(open_page: Any, site: Path) -> Any:
    return open_page((site / "layers" / "e1-1.html").as_uri())


@pytest.fixture
def both(open_page: Any, site: Path) -> Any:
    return open_page((site / "layers" / "e2-1.html").as_uri())


def shown(page: Any) -> str:
    """The caption of the large picture, or what stands in its place; the button that is pressed says the same."""
    text: str = page.locator(".large strong").inner_text()
    pressed = page.locator("[data-layers] [aria-pressed=true]").all_inner_texts()
    assert text == "not in the plan" or all(name in text for name in pressed)
    return text


def test_buttons_and_arrows_go_through_the_layers_in_the_network_s_order(one: Any) -> None:
    assert one.locator("[data-layers] button").all_inner_texts() == ["conv1_1", "conv2_2", "conv10_1"]
    assert shown(one) == "conv1_1"
    one.get_by_role("button", name="conv2_2").click()
    assert shown(one) == "conv2_2"
    one.keyboard.press("ArrowRight")
    assert (shown(one), one.evaluate("document.activeElement.textContent")) == ("conv10_1", "conv10_1")
    one.keyboard.press("ArrowRight")
    assert shown(one) == "conv10_1"
    one.keyboard.press("ArrowLeft")
    assert shown(one) == "conv2_2"


def test_up_and_down_scroll_where_there_is_one_axis_of_layers(one: Any) -> None:
    one.set_viewport_size({"width": 390, "height": 300})
    one.keyboard.press("ArrowDown")
    one.wait_for_function("scrollY > 0")
    assert shown(one) == "conv1_1"


def test_the_next_picture_is_there_before_it_is_asked_for(open_page: Any, site: Path) -> None:
    page = open_page((site / "layers" / "e1-1.html").as_uri())
    page.wait_for_load_state("networkidle")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("(e => e.complete && e.naturalWidth > 0)(document.querySelector('.large img'))")


def test_two_axes_of_layers_are_gone_through_both_ways(both: Any) -> None:
    both.get_by_role("group", name="style_layers").get_by_role("button", name="conv1_1", exact=True).focus()
    both.keyboard.press("ArrowRight")
    assert shown(both) == "content_layers conv2_2 · style_layers conv1_1"
    both.keyboard.press("ArrowDown")
    assert shown(both) == "not in the plan"
    both.keyboard.press("ArrowLeft")
    assert shown(both) == "content_layers conv1_1 · style_layers conv1_1, conv2_1"


def test_the_place_stands_in_the_address_and_comes_back(one: Any, open_page: Any) -> None:
    one.get_by_label("Settings").select_option("seed 1")
    one.get_by_role("button", name="conv10_1").click()
    assert one.url.endswith("#layer=conv10_1&setting=seed+1")
    again = open_page(one.url)
    assert shown(again) == "conv10_1"
    assert again.locator(".large .work").get_attribute("data-run") == one.locator(".large .work").get_attribute(
        "data-run"
    )


def test_an_address_that_means_nothing_is_ignored(one: Any) -> None:
    one.evaluate("location.hash = 'layer=conv9&setting=x'")
    assert shown(one) == "conv1_1"


def test_whoever_points_at_a_picture_is_told_what_it_is(open_page: Any, site: Path) -> None:
    """The large one, those below, and those on walls and grids, which the script makes anew."""
    page = open_page((site / "layers" / "e1-1.html").as_uri())
    page.get_by_role("button", name="conv2_2").click()
    assert page.locator(".large img").get_attribute("title") == "cat, conv2_2, seed 0"
    grid = open_page((site / "grids" / "e1.html").as_uri())
    grid.get_by_label("down", exact=True).select_option("seed")
    for made in (grid, open_page((site / "index.html").as_uri())):
        told = made.locator(".work img").evaluate_all("all => all.map(e => [e.title, e.alt])")
        assert told
        assert all(title == alt for title, alt in told)
        assert any("conv10_1" in title and "seed 0" in title for title, _ in told)


def test_without_a_script_every_layer_is_there_by_name(open_page: Any, site: Path) -> None:
    page = open_page((site / "layers" / "e1-1.html").as_uri(), java_script_enabled=False)
    assert page.locator("figure.work strong:visible").all_inner_texts() == ["conv1_1", "conv2_2", "conv10_1"] * 2
    assert page.locator("[data-layers], ol").first.is_hidden()
