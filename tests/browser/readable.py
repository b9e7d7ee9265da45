"""What every page has to be, at any width, by day and by night."""

from __future__ import annotations

import itertools
from typing import Any

from tests.browser.conftest import missing

WIDTHS = (390, 768, 1440)
SCHEMES = ("light", "dark")


def assert_nothing_is_cut_off(page: Any) -> None:
    """At no width does anything reach beyond the window, but what scrolls by itself."""
    for width, scheme in itertools.product(WIDTHS, SCHEMES):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        outside = page.evaluate(
            """() => [...document.querySelectorAll('main *')].filter(
                e => !e.closest('.scroll, svg, .visually-hidden') && e.checkVisibility()
                    && e.getBoundingClientRect().right > innerWidth + 1
            ).map(e => e.outerHTML.slice(0, 80))"""
        )
        assert outside == []


def assert_axe_finds_nothing(page: Any) -> None:
    """On a page that was opened light, with all that it folds away laid open."""
    try:
        from axe_playwright_python import sync_playwright as axe
    except ImportError:
        missing("axe-playwright-python is not installed")
    for details in page.locator("details").all():
        details.evaluate("e => e.open = true")
    # Preloading reads style sheets by XMLHttpRequest, which pages from disk may not do.
    found = axe.Axe().run(page, options={"preload": False})
    assert found.violations_count == 0, found.generate_report()
    # By night only the colours differ.
    page.emulate_media(color_scheme="dark")
    found = axe.Axe().run(page, options={"preload": False, "runOnly": ["color-contrast"]})
    assert found.violations_count == 0, found.generate_report()
