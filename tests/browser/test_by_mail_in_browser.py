"""Pages that came by mail: a comparison and a run, each in one file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bench.report import single
from tests.browser.viewer import LARGE, A, B, captions, loaded, middle, pixels

pytestmark = pytest.mark.browser


class TestByMail:
    """The file lies alone in a folder, and there is no network."""

    def open(self, browser: Any, path: Path, **options: Any) -> tuple[Any, list[str]]:
        context = browser.new_context(offline=True, **options)
        page, complaints = context.new_page(), []
        page.on("console", lambda m: complaints.append(m.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request", lambda r: complaints.append(r.url) if not r.url.startswith(("data:", path.as_uri())) else None
        )
        page.goto(path.as_uri())
        return page, complaints

    def test_a_comparison_works_as_on_the_site(
        self, browser: Any, folder: Path, tmp_path: Path, ids: Mapping[tuple[str, int], str]
    ) -> None:
        page, complaints = self.open(browser, single.write(folder, [ids[A], ids[B]], tmp_path))
        page.wait_for_selector(".laid .curves")
        page.get_by_label("difference").check()
        loaded(page)
        assert middle(pixels(page)) == (10, 50, 0)
        assert captions(page) == ["A noise · 48 px lossless", "B content · 48 px lossless"]
        assert page.get_by_label("init of A").locator("option").all_text_contents() == ["noise", "content"]
        assert page.locator("main a[href]").count() == 0
        assert complaints == []
        page.context.close()

    def test_without_a_script_the_pictures_and_what_differs_are_there(
        self, browser: Any, folder: Path, tmp_path: Path, ids: Mapping[tuple[str, int], str]
    ) -> None:
        page, complaints = self.open(
            browser, single.write(folder, [ids[A], ids[B]], tmp_path), java_script_enabled=False
        )
        shown = page.locator("main img:visible")
        assert shown.evaluate_all("all => all.map(e => e.naturalWidth)") == [48, 48]
        assert "noise" in page.get_by_role("row", name="init").text_content()
        assert complaints == []
        page.context.close()

    def test_a_run_shows_its_pictures_and_can_be_zoomed(
        self, browser: Any, folder: Path, tmp_path: Path, ids: Mapping[tuple[str, int], str]
    ) -> None:
        page, complaints = self.open(browser, single.write(folder, [ids[LARGE]], tmp_path))
        page.wait_for_function("[...document.images].every(e => { e.loading = 'eager'; return e.naturalWidth; })")
        page.get_by_role("button", name="Zoom in").click()
        assert page.locator(".large img").evaluate("e => e.style.transform").endswith("scale(1.5)")
        assert page.locator("nav").count() == 0
        assert complaints == []
        page.context.close()
