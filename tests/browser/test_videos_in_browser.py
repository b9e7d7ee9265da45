"""Videos that play in step, from disk, with scripts and without; what becomes of those that no browser plays."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.report import build, single
from bench.report.single import write
from tests.bench.report.synthetic_videos import COUNT, STEP, make_uneven, make_videos
from tests.bench.report.tiny_video import webm
from tests.browser.readable import assert_axe_finds_nothing, assert_nothing_is_cut_off

pytestmark = pytest.mark.browser

Open = Callable[..., Any]

TIMES = "() => [...document.querySelectorAll('video')].map(video => video.currentTime)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("videos")
    make_videos(folder)
    build(folder)
    return folder


def address(folder: Path, kind: str) -> str:
    return next(iter(sorted((folder / "site" / kind).glob("*.html")))).as_uri()


def opened(open_page: Open, folder: Path, kind: str, **options: Any) -> Any:
    page = open_page(address(folder, kind), **options)
    page.locator(".play-bar").wait_for()
    return page


def apart(page: Any) -> float:
    """Seconds between the one that is furthest ahead and the one furthest behind."""
    times = page.evaluate(TIMES)
    return float(max(times) - min(times))


def wait_for_all(page: Any, seconds: float) -> None:
    near = "seconds => [...document.querySelectorAll('video')].every(v => Math.abs(v.currentTime - seconds) < 0.01)"
    page.wait_for_function(near, arg=seconds)


@pytest.mark.parametrize(("kind", "count"), [("runs", 2), ("pairs", 3)])
def test_all_play_at_once_and_stay_within_a_tenth_of_a_second(
    kind: str, count: int, folder: Path, open_page: Open
) -> None:
    page = opened(open_page, folder, kind)
    assert page.locator("video").count() == count
    assert page.evaluate("[...document.querySelectorAll('video')].some(video => video.controls)") is False
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('video').currentTime > 1")
    assert apart(page) < 0.1
    page.get_by_role("button", name="Pause").click()
    at = page.evaluate(TIMES)
    page.wait_for_timeout(200)
    assert page.evaluate(TIMES) == at


def test_one_that_falls_behind_is_brought_along(folder: Path, open_page: Open) -> None:
    page = opened(open_page, folder, "pairs")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('video').currentTime > 0.3")
    page.evaluate("document.querySelectorAll('video')[1].currentTime = 1.5")
    page.evaluate("document.querySelectorAll('video')[2].playbackRate = 0.1")
    page.wait_for_function("document.querySelector('video').currentTime > 1")
    assert apart(page) < 0.1


def test_at_the_end_all_begin_again(folder: Path, open_page: Open) -> None:
    page = opened(open_page, folder, "pairs")
    page.get_by_role("slider").press("End")
    page.wait_for_function(f"document.querySelector('video').currentTime > {(COUNT - 1) * STEP}")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('video').currentTime < 1")
    page.wait_for_function("document.querySelector('video').currentTime > 0.3")
    assert apart(page) < 0.1
    assert page.evaluate("[...document.querySelectorAll('video')].map(video => video.paused)") == [False] * 3


def test_they_are_looked_after_once_a_picture_however_often_they_begin_again(folder: Path, open_page: Open) -> None:
    page = opened(open_page, folder, "runs")
    page.evaluate(
        """() => {
            const ask = window.requestAnimationFrame.bind(window), drop = window.cancelAnimationFrame.bind(window);
            window.pending = new Set();
            window.requestAnimationFrame = then => {
                const id = ask(time => { pending.delete(id); then(time); });
                pending.add(id);
                return id;
            };
            window.cancelAnimationFrame = id => { pending.delete(id); drop(id); };
        }"""
    )
    page.get_by_role("button", name="Play").click()
    for _ in range(3):
        page.evaluate("document.querySelector('video').dispatchEvent(new Event('ended'))")
        page.wait_for_function("document.querySelector('video').currentTime > 0.1")
    assert page.evaluate("pending.size") <= 1


def test_the_keyboard_goes_from_frame_to_frame(folder: Path, open_page: Open) -> None:
    page = opened(open_page, folder, "runs")
    slider = page.get_by_role("slider")
    slider.press("Home")
    for _ in range(3):
        slider.press("ArrowRight")
    wait_for_all(page, 3.5 * STEP)
    assert slider.get_attribute("aria-valuetext") == f"frame 4 of {COUNT}, 0.25 s"
    assert page.locator(".play-bar").inner_text().endswith("frame 4 of 24, 0.25 s")
    page.get_by_role("button", name="Play").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Pause").wait_for()


def test_frames_of_different_lengths_are_gone_through_one_by_one(open_page: Open, tmp_path: Path) -> None:
    """The sixth begins a step later than it would: until then the fifth is shown."""
    make_videos(tmp_path)
    make_uneven(tmp_path, 6)
    build(tmp_path)
    page = opened(open_page, tmp_path, "runs")
    slider, told = page.get_by_role("slider"), page.locator(".play-bar span")
    assert slider.get_attribute("max") == str(COUNT)
    slider.press("Home")
    seen = []
    for _ in range(6):
        seen.append((told.inner_text(), page.locator(".strip [aria-current] img").get_attribute("alt")))
        slider.press("ArrowRight")
    starts = [0, STEP, 2 * STEP, 3 * STEP, 4 * STEP, 6 * STEP]
    assert seen == [(f"frame {k + 1} of {COUNT}, {at:.2f} s", f"frame {k + 1}") for k, at in enumerate(starts)]
    slider.press("Home")
    for _ in range(4):
        slider.press("ArrowRight")
    wait_for_all(page, 5 * STEP)
    page.locator(".strip").get_by_role("link", name="frame 6", exact=True).click()
    wait_for_all(page, 6.5 * STEP)
    assert told.inner_text() == f"frame 6 of {COUNT}, 0.50 s"


@pytest.mark.parametrize("kind", ["runs", "pairs"])
def test_a_frame_of_the_strip_takes_all_players_to_it(kind: str, folder: Path, open_page: Open) -> None:
    page = opened(open_page, folder, kind)
    page.locator(".strip").last.get_by_role("link", name="frame 9", exact=True).click()
    wait_for_all(page, 8.5 * STEP)
    current = page.locator(".strip [aria-current] img").evaluate_all("all => all.map(image => image.alt)")
    assert current == ["frame 9"] * page.locator(".strip").count()
    assert page.url.endswith(".html"), "the picture was not opened"


def test_they_have_one_sound_between_them(folder: Path, open_page: Open) -> None:
    page = opened(open_page, folder, "pairs")
    muted = "[...document.querySelectorAll('video')].map(video => video.muted)"
    page.wait_for_function(f"{muted}.filter(muted => !muted).length === 1")
    assert page.evaluate(muted) == [False, True, True]


def test_without_scripts_each_has_the_browser_s_own_buttons(folder: Path, open_page: Open) -> None:
    page = open_page(address(folder, "runs"), java_script_enabled=False)
    assert page.locator("video[controls][loop][poster]").count() == 1, "the source's picture has another shape"
    assert page.locator("video[controls][loop]").count() == 2
    assert not page.locator(".play-bar").is_visible()
    assert page.get_by_text("Without scripts each video plays by itself.").is_visible()
    assert page.locator(".strip img").count() == COUNT
    assert page.locator(".frames svg.chart").count() == 3


def test_what_no_browser_plays_is_told_and_its_picture_stays(open_page: Open, tmp_path: Path) -> None:
    def clip(mode: str, content: str) -> bytes:
        return b"no video" if mode == "warm" else webm(COUNT, round(1000 * STEP)) + mode.encode()

    make_videos(tmp_path, clip=clip)
    build(tmp_path)
    page = opened(open_page, tmp_path, "pairs")
    told = page.get_by_text("This browser cannot play the file: a picture stands for it.")
    told.nth(2).wait_for()
    assert [told.nth(k).is_visible() for k in range(3)] == [False, False, True]
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('video').currentTime > 0.3")
    times = page.evaluate(TIMES)
    assert times[2] == 0
    assert abs(times[0] - times[1]) < 0.1
    assert page.locator("video").last.evaluate("video => [video.controls, video.poster.endsWith('.webp')]") == [
        False,
        True,
    ]


def test_where_none_plays_a_frame_opens_its_picture(open_page: Open, tmp_path: Path) -> None:
    make_videos(tmp_path, clip=lambda mode, content: f"no video {mode}".encode())
    build(tmp_path)
    page = open_page(address(tmp_path, "runs"))
    page.get_by_text("This browser cannot play the file").first.wait_for()
    assert not page.locator(".play-bar").is_visible()
    page.get_by_role("link", name="frame 9", exact=True).click()
    page.wait_for_url("**/*.png")


@pytest.mark.parametrize("kind", ["runs", "pairs"])
def test_axe_finds_nothing_and_nothing_is_cut_off(kind: str, folder: Path, open_page: Open) -> None:
    page = opened(open_page, folder, kind)
    assert_axe_finds_nothing(page)
    assert_nothing_is_cut_off(page)


def test_videos_of_equal_size_stand_beside_each_other_and_below_on_a_narrow_screen(
    folder: Path, open_page: Open
) -> None:
    page = opened(open_page, folder, "pairs")
    boxes = "all => all.map(video => { const b = video.getBoundingClientRect(); return [b.x, b.y, b.width, b.height].map(Math.round); })"
    wide = page.locator("video").evaluate_all(boxes)
    assert len({tuple(box[2:]) for box in wide}) == 1
    assert len({box[1] for box in wide}) == 1
    page.set_viewport_size({"width": 390, "height": 844})
    narrow = page.locator("video").evaluate_all(boxes)
    assert len({tuple(box[2:]) for box in narrow}) == 1
    assert len({box[0] for box in narrow}) == 1


def test_filters_count_flicker_as_the_pages_do(folder: Path, open_page: Open) -> None:
    page = open_page((folder / "site" / "compare.html").as_uri())
    before = page.locator("[data-quantity]").all_inner_texts()
    page.get_by_label("Search").fill("warm")
    page.locator(".narrowed, [data-pairs]").first.wait_for()
    assert page.locator("[data-quantity]").all_inner_texts() == before


def test_they_play_from_the_one_file_that_is_sent(folder: Path, browser: Any, tmp_path: Path) -> None:
    name = next((folder / "site" / "runs").glob("*.html")).stem
    path = write(folder, [name], tmp_path)
    page = browser.new_page(offline=True)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri())
    page.get_by_role("button", name="Play").click()
    # What waits within the page is eval to its policy, and so is not allowed.
    deadline = time.monotonic() + 30
    while page.evaluate(TIMES)[0] < 0.5 and time.monotonic() < deadline:
        page.wait_for_timeout(20)
    assert page.evaluate(TIMES)[0] >= 0.5
    assert apart(page) < 0.1
    page.close()
    assert complaints == []


def test_a_file_to_send_that_leaves_large_videos_out_still_shows_their_pictures(
    folder: Path, browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single, "MOST_VIDEO", 0)
    name = next((folder / "site" / "runs").glob("*.html")).stem
    page = browser.new_page(offline=True)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(write(folder, [name], tmp_path).as_uri())
    assert page.locator("video[poster^='data:image/']").count() == 1
    assert page.locator(".strip img").count() == COUNT
    assert not page.locator(".play-bar").is_visible()
    assert page.get_by_text("Videos of more than 0 bytes together are left out of this file.").is_visible()
    page.close()
    assert complaints == []
