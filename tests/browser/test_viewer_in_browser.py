"""Runs laid over each other: the ways to show them, how runs are chosen, and what the address keeps of that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.report import build
from tests.browser.conftest import missing
from tests.browser.viewer import CONTENT, LARGE, NOISE, A, B, captions, loaded, middle, pixels

pytestmark = pytest.mark.browser
Open = Callable[..., Any]


@pytest.fixture
def view(open_page: Open, folder: Path, ids: Mapping[tuple[str, int], str]) -> Open:
    """Opens the viewer with runs by start and size."""

    def open_(*runs: tuple[str, int], state: str = "", site: str = "site", **options: Any) -> Any:
        asked = "&".join(f"run={ids[run]}" for run in runs)
        page = open_page((folder / site / "view.html").as_uri() + f"#{asked}{state}", **options)
        page.wait_for_selector(".stage img")
        loaded(page)
        return page

    return open_


def _seen_meanwhile(page: Any, note: Any) -> set[str]:
    """What a note says over a good second. The page's clock goes on by itself, too: how many steps were taken at its
    end says nothing."""
    said = set()
    for _ in range(12):
        page.clock.run_for(100)
        said.add(note.text_content())
    return said


class TestModes:
    def test_the_difference_is_exact_and_the_gain_multiplies_it(self, view: Open) -> None:
        page = view(A, B, state="&mode=difference")
        assert captions(page) == ["A noise · 48 px lossless", "B content · 48 px lossless"]
        assert middle(pixels(page)) == (10, 50, 0)
        page.get_by_label("gain").fill("4")
        assert middle(pixels(page)) == (40, 200, 0)
        page.wait_for_function("location.hash.includes('gain=4')")

    def test_the_slider_moves_by_keyboard(self, view: Open) -> None:
        page = view(A, B, state="&mode=slider")
        shown = pixels(page)
        left, right = middle(shown, 0.4), middle(shown, 0.6)
        assert np.abs(np.subtract(left, NOISE)).max() <= 3  # a lossy copy
        assert np.abs(np.subtract(right, CONTENT)).max() <= 3
        slider = page.get_by_label("Where picture A ends and B begins")
        slider.press("Home")
        assert middle(pixels(page), 0.1) == right
        slider.press("End")
        assert middle(pixels(page), 0.9) == left

    def test_blinking_steps_by_key_and_button_and_by_itself_only_where_motion_is_welcome(self, view: Open) -> None:
        page = view(A, B)
        note = page.locator("[data-note]")
        shown = []
        for press in (lambda: page.keyboard.press("b"), lambda: page.keyboard.press("b"),
                      page.get_by_role("button", name="Next").click):  # fmt: skip
            press()
            shown.append((note.text_content().split(".")[0], page.locator(".pile .frame:visible").count()))
        assert shown == [
            ("Shown: A noise · 48\u202fpx", 1), ("Shown: B content · 48\u202fpx", 1), ("Shown: A noise · 48\u202fpx", 1)
        ]  # fmt: skip
        page.wait_for_function("location.hash.includes('mode=blink')")
        # The one that is seen is moved, though the first picture is not to be seen.
        page.get_by_role("button", name="Next").click()
        page.get_by_role("button", name="Zoom in").click()
        page.locator(".stage").press("ArrowRight")
        box = page.locator(".stage").bounding_box()
        page.mouse.move(box["x"] + 100, box["y"] + 100)
        page.mouse.down()
        page.mouse.move(box["x"] + 100 - box["width"] / 10, box["y"] + 100, steps=2)
        page.mouse.up()
        page.wait_for_function("location.hash.includes('x=0.633333')")
        page.clock.install()
        page.reload()
        page.wait_for_selector(".stage img")
        page.get_by_label("by itself").check()
        assert len(_seen_meanwhile(page, note)) == 2
        page.emulate_media(reduced_motion="reduce")
        assert page.get_by_label("by itself").is_hidden()
        assert _seen_meanwhile(page, note) == {note.text_content()}

    def test_pictures_of_different_sizes_are_shown_equally_large_and_that_is_said(self, view: Open) -> None:
        page = view(A, LARGE, state="&mode=slider")
        boxes = [frame.bounding_box() for frame in page.locator(".frame").all()]
        assert boxes[0] == boxes[1]
        assert (
            "Different sizes (48 × 36, 64 × 48 px), shown equally large." in page.locator("[data-note]").text_content()
        )

    def test_one_zoom_moves_all_pictures_by_button_key_wheel_and_drag(self, view: Open) -> None:
        page = view(A, B)
        told = page.locator(".zoom-bar output")

        def looks() -> list[str]:
            return page.locator(".frame img").evaluate_all("all => all.map(e => e.style.transform)")

        assert set(looks()) == {"translate(0%, 0%) scale(1)"}
        assert captions(page)[0].endswith("lossy preview")
        stage = page.locator(".stage")
        stage.focus()
        for key in ("+", "+", "ArrowRight"):
            page.keyboard.press(key)
        assert told.text_content() == "2.25\u202f×"
        assert len(set(looks())) == 1
        assert page.locator(".stage.squares").count() == 1
        # From twice the size on the originals are there.
        assert captions(page) == ["A noise · 48 px lossless", "B content · 48 px lossless"]
        before = looks()
        box = stage.bounding_box()
        page.mouse.move(box["x"] + 100, box["y"] + 100)
        page.mouse.down()
        page.mouse.move(box["x"] + 160, box["y"] + 100, steps=3)
        page.mouse.up()
        assert looks() != before
        page.mouse.wheel(0, -200)
        page.wait_for_function("document.querySelector('.zoom-bar output').textContent !== '2.25\u202f×'")
        page.keyboard.press("0")
        assert set(looks()) == {"translate(0%, 0%) scale(1)"}
        page.get_by_role("button", name="1:1").click()
        widths = page.locator(".frame img").evaluate_all("all => all.map(e => e.getBoundingClientRect().width)")
        assert widths == pytest.approx([48, 48], abs=0.1)

    def test_without_originals_it_says_so_and_linked_ones_are_found(self, folder: Path, view: Open) -> None:
        build(folder, site=folder / "site-none", originals="none")
        page = view(A, B, state="&mode=difference", site="site-none")
        assert captions(page)[0] == "A noise · 48 px lossy preview, no lossless original here"
        build(folder, site=folder / "site-link", originals="link")
        page = view(A, B, state="&mode=difference", site="site-link")
        page.get_by_text("lossless").first.wait_for()
        loaded(page)
        assert middle(pixels(page)) == (10, 50, 0)


class TestChoosing:
    def test_the_address_reproduces_the_view(self, view: Open, open_page: Open) -> None:
        page = view(LARGE, A, state="&mode=difference&gain=3&zoom=2.5&x=0.4&y=0.5")
        page.keyboard.press("Tab")
        page.wait_for_function("location.hash.includes('zoom=2.5')")
        again = open_page(page.url)
        again.wait_for_selector(".differs tbody tr")
        assert again.locator("main").aria_snapshot() == page.locator("main").aria_snapshot()
        assert again.locator(".frame img").first.evaluate("e => e.style.transform") == (
            "translate(-50%, -75%) scale(2.5)"
        )

    @pytest.mark.parametrize(
        "hash_",
        ["", "#run=", "#run=zzzzzzzzzzzz&run=&mode=slider", "#%E0%A4%A", "#run={a}", "#run={a}&run={a}&zoom=NaN"],
    )
    def test_an_address_without_two_runs_offers_some(
        self, hash_: str, open_page: Open, folder: Path, ids: Mapping[tuple[str, int], str]
    ) -> None:
        page = open_page((folder / "site" / "view.html").as_uri() + hash_.format(a=ids[A]))
        page.keyboard.press("b")  # there is nothing to take turns yet
        page.get_by_role("link", name="noise · 48\u202fpx beside content · 48\u202fpx").click()
        page.wait_for_selector(".stage img")
        assert captions(page)[0].startswith("A noise · 48 px")
        assert page.get_by_role("heading", name="Choose what to look at").is_hidden()

    def test_a_mode_and_numbers_that_mean_nothing_are_ignored(self, view: Open) -> None:
        page = view(A, B, state="&mode=sideways&gain=-7&zoom=1e99&x=q&y=-3")
        assert page.get_by_label("side by side").is_checked()
        assert page.locator(".zoom-bar output").text_content() == "32.0\u202f×"

    def test_runs_are_changed_swapped_added_and_removed(self, view: Open) -> None:
        page = view(A, B)
        page.get_by_label("size of B").focus()
        page.get_by_label("size of B").select_option(label="64\u202fpx")
        assert captions(page)[1].startswith("B content · 64 px")
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "size of B"
        page.get_by_label("content of A").select_option(label="town")
        assert page.locator(".differs thead th").all_text_contents() == ["A town × waves", "B cat × waves"]
        page.get_by_role("button", name="Swap").click()
        assert page.locator(".differs thead th").all_text_contents() == ["A cat × waves", "B town × waves"]
        for _ in range(2):
            page.get_by_role("button", name="Add a run").click()
        assert len(captions(page)) == 4
        assert page.get_by_role("button", name="Add a run").is_disabled()
        for _ in range(2):
            page.get_by_role("button", name="Remove the last").click()
        assert page.get_by_role("button", name="Remove the last").is_disabled()
        page.wait_for_function("new URLSearchParams(location.hash.slice(1)).getAll('run').length === 2")

    def test_a_loss_is_compared_only_under_one_objective(self, view: Open) -> None:
        page = view(A, B)

        def row(name: str) -> list[str]:
            return page.locator(".differs tr").filter(has=page.get_by_role("rowheader", name=name, exact=True)).locator(
                ".unit"
            ).all_text_contents()  # fmt: skip

        page.wait_for_selector(".laid .curves")
        assert row("loss")[1].endswith("×")
        page.get_by_label("size of B").select_option(label="64\u202fpx")
        page.wait_for_function("location.hash.includes('mode')")
        assert row("loss") == ["", ""]
        assert row("time")[1].endswith("×")

    def test_without_a_script_it_says_where_runs_stand_side_by_side(self, open_page: Open, folder: Path) -> None:
        page = open_page((folder / "site" / "view.html").as_uri(), java_script_enabled=False)
        assert page.get_by_role("link", name="the comparisons").is_visible()
        assert page.locator(".choices a:visible").all_text_contents() == ["start", "alone"]
        assert page.locator(".viewer").is_hidden()


@pytest.mark.parametrize("width", [390, 1440])
def test_the_viewer_can_be_used_by_everyone(width: int, view: Open) -> None:
    try:
        from axe_playwright_python import sync_playwright as axe
    except ImportError:
        missing("axe-playwright-python is not installed")
    page = view(A, LARGE, state="&mode=slider", width=width, color_scheme="light")
    page.wait_for_selector(".laid .curves")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for scheme, options in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
        page.emulate_media(color_scheme=scheme)
        found = axe.Axe().run(page, options={"preload": False, **options})
        assert found.violations_count == 0, found.generate_report()
