"""What tests read of a table of runs that its script has filled."""

from __future__ import annotations

from typing import Any


def ids(page: Any) -> list[str]:
    """Of the rows that are shown."""
    shown: list[str] = page.locator("tbody tr").evaluate_all("all => all.map(e => e.dataset.run.slice(0, 12))")
    return shown


def place(page: Any) -> str:
    """What stands between the buttons that turn pages."""
    of = page.locator("[data-part=pager] span").inner_text()
    return f"{page.get_by_label('Page', exact=True).input_value()} {of}"


def with_script(page: Any) -> Any:
    page.wait_for_selector("th button")
    return page
