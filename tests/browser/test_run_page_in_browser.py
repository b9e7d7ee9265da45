"""A run's page: its picture zoomed in place, its videos in the browser's own player."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from bench.report import build
from tests.bench.report import test_video
from tests.bench.report.tiny_video import webm
from tests.browser.viewer import A

pytestmark = pytest.mark.browser
Open = Callable[..., Any]


def test_a_run_s_picture_is_zoomed_in_place(open_page: Open, folder: Path, ids: Mapping[tuple[str, int], str]) -> None:
    page = open_page((folder / "site" / "runs" / f"{ids[A]}.html").as_uri())
    image = page.locator(".large img")
    assert image.get_attribute("src").endswith(".webp")
    for _ in range(2):
        page.get_by_role("button", name="Zoom in").click()
    assert image.get_attribute("src").endswith(".png")
    assert image.evaluate("e => getComputedStyle(e).imageRendering") == "pixelated"
    box = page.locator(".large .frame").bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 50, steps=2)
    page.mouse.up()
    assert page.url.endswith(".html")  # a drag is no click
    page.locator(".large .frame").click()
    page.wait_for_url("**/*.png")


def test_a_video_plays_in_the_browser_s_own_player(open_page: Open, tmp_path: Path) -> None:
    path = test_video.add(tmp_path, {"result.webm": webm(), "source.webm": webm() + b"\0"})
    build(tmp_path)
    page = open_page(path.as_uri())
    ended = page.locator("video").last.evaluate(
        "e => new Promise(done => { e.onended = () => done([e.videoWidth, e.currentTime]); e.muted = true; e.play(); })"
    )
    assert ended == [32, pytest.approx(0.6)]
