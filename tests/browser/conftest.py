"""A Chromium for the tests of the site: without one they are skipped, or fail under CI; runs to lay over others."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from bench.report import build
from bench.results import load
from tests.bench.report.synthetic_results import Trial, make
from tests.browser.viewer import flat

HOW = "pip install 'nst-bench[browser]' and a Chromium (apt install chromium, or: playwright install chromium)"


def missing(what: str) -> NoReturn:
    """Skip, or fail under CI, with how to install what is missing."""
    message = f"{what}; to run the browser tests: {HOW}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        missing("playwright is not installed")
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    installed = next((found for name in names if name and (found := shutil.which(name))), None)
    # Chromium refuses its sandbox to root, as in most containers.
    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=installed, args=arguments)
        except Error as error:
            missing(f"no Chromium starts ({str(error).splitlines()[0]})")
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page without a network; at the end, complaints and requests beyond the disk fail the test."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def open_(url: str, width: int = 1440, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda r: complaints.append(f"failed: {r.url}"))
        page.on("request", lambda r: complaints.append(r.url) if not r.url.startswith("file:") else None)
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results and their site: two starts at two sizes, and a run alone."""
    folder = tmp_path_factory.mktemp("results")
    make(
        folder,
        [
            Trial("start", ("cat", "town"), ("waves",), {"init": ["noise", "content"], "size": [48, 64]}, ["init"]),
            Trial("alone", ("cat",), ("stars",)),
        ],
        draw=flat,
    )
    build(folder)
    return folder


@pytest.fixture(scope="module")
def ids(folder: Path) -> dict[tuple[str, int], str]:
    """Of the runs of cat and waves, by start and size."""
    return {
        (str(job.parameters["init"]), int(str(job.parameters["size"]))): id[:12]
        for id, job in load(folder).plan.jobs.items()
        if (job.inputs["content"].label, job.inputs["style"].label) == ("cat", "waves")
    }


def tick(page: Any, title: str, *values: str) -> None:
    """Choose values of a column in the bar that narrows the runs down, or columns of the table: open its list, tick
    them, close it."""
    page.locator(".facet > summary", has_text=re.compile(rf"^{title}\b(?!_)")).click()
    for value in values:
        page.locator(".facet[open]").get_by_label(re.compile(rf"^{re.escape(value)}\b(?!_)")).first.click()
    page.keyboard.press("Escape")
