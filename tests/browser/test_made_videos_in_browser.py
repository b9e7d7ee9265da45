"""What a video job encodes is what Chromium plays: size, length, and colours in both containers."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bench.cli import main
from nst import video

pytestmark = pytest.mark.browser

MANIFEST = """\
name: made
images:
  clips: {pan: sample:pan}
  styles: {waves: sample:seigaiha}
defaults: {weights: random, width: 0.0625, init: content, size: 48, size_rule: long, evaluations: 1, recipe: untrained}
experiments:
  made: {task: video, grid: {video_format: [mp4, webm]}}
"""

PLAYED = """
e => new Promise((done, failed) => {
  e.onended = () => done([e.videoWidth, e.videoHeight, e.currentTime]);
  e.onerror = () => failed(new Error(e.error.message));
  e.loop = false; e.muted = true; e.playbackRate = 4; e.play();
})
"""

SOUGHT = "e => new Promise(done => { e.onseeked = () => requestAnimationFrame(done); e.currentTime = 0.9; })"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    (folder / "made.yaml").write_text(MANIFEST)
    command = ["run", str(folder / "made.yaml"), "--out", str(folder / "out"), "--quiet", "--no-measure"]
    assert main(command) == 0
    return folder / "out"


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """Which breaks off reading a file of which it has enough, as browsers do; nothing is complained of."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    yield context.new_page()
    context.close()


def test_every_video_plays_to_its_end_at_the_size_of_the_clip(folder: Path, page: Any) -> None:
    (pair,) = (folder / "site" / "pairs").glob("*.html")
    page.goto(pair.as_uri())
    page.locator(".play-bar").wait_for()
    videos = page.locator("video")
    assert videos.count() == 3
    sources = set()
    for k in range(3):
        width, height, seconds = videos.nth(k).evaluate(PLAYED)
        assert (width, height) == (192, 128)
        assert seconds == pytest.approx(24 * 0.08, abs=0.1)
        sources.add(str(videos.nth(k).evaluate("e => e.currentSrc")).rpartition(".")[2])
    assert sources == {"mp4", "webm"}


def test_the_source_has_the_colours_of_the_clip(folder: Path, tmp_path: Path, page: Any) -> None:
    drawn = list(video.open_sample("pan"))[11].pixels  # shown from 0.88 s on
    clips = [path for path in sorted(folder.glob("jobs/*/*/source.*")) if path.suffix != ".png"]
    assert len(clips) == 2
    for path in clips:
        page_path = tmp_path / f"{path.suffix[1:]}.html"
        page_path.write_text(f"<!doctype html><title>a clip</title><video src='{path.as_uri()}' muted></video>")
        page.goto(page_path.as_uri())
        page.wait_for_function("document.querySelector('video').readyState >= 2")
        page.locator("video").evaluate(SOUGHT)
        seen = np.asarray(Image.open(BytesIO(page.locator("video").screenshot())).convert("RGB")).astype(int)
        assert np.abs(seen - drawn).mean() < 4, path.name
