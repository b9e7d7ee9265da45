"""Curves laid over each other: found, named, chosen and drawn, however many there are."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.report import build, data, ticks
from bench.report.curves import _y_label
from bench.report.drawn import Curve
from bench.report.model import Model, Run, gather
from bench.results import load
from tests.bench.report.synthetic_results import Trial, make
from tests.browser.conftest import missing

pytestmark = pytest.mark.browser

#: Shows what is inside the script's scope, which pages do not.
_INSIDE = "window.inside = { curvePoints, withRuns, withDetails, linearTicks, logTicks, tickLabel };\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")

    def edit(p: Any, record: dict[str, Any]) -> dict[str, Any]:
        if p["seed"] == 1:
            record["timing"] |= {"valid": False, "invalid_reason": "another process used the GPU"}
        return record

    make(
        folder,
        [
            Trial("start", ("cat",), ("waves",), {"init": ["noise", "content"], "size": [24, 32]}, ["init"]),
            Trial("stages", ("town",), ("waves",), {"coarse_sizes": [[], [16, 24]], "seed": [0, 1]}, ["coarse_sizes"],
                  fixed={"size": 32}),
        ],
        edit=edit,
    )  # fmt: skip
    site = build(folder).index.parent
    script = site / "assets" / "report.js"
    script.write_text(script.read_text().removesuffix("})();\n") + _INSIDE + "})();\n")
    return site


@pytest.fixture(scope="module")
def many(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], str]:
    """Address of the page of curves of a site with so many runs, of which half start from the content."""
    model = gather(load(site.parent), {})

    def made(count: int) -> str:
        folder = tmp_path_factory.mktemp("many") / "site"
        shutil.copytree(site, folder)
        shutil.rmtree(folder / "data")
        (folder / "data").mkdir()
        for name, content in data.files(_multiplied(model, count)):
            (folder / name).write_bytes(content())
        return (folder / "curves.html").as_uri()

    return made


def _multiplied(model: Model, count: int) -> Model:
    """As many runs of the first experiment, those of each start at 100 times the loss of the one before."""
    first = model.experiments[0]
    runs = [_copy(first.runs[k % 4], k) for k in range(count)]
    one = dataclasses.replace(first, runs=tuple(runs))
    return dataclasses.replace(model, experiments=(one,), runs={run.id: run for run in runs})


def _copy(run: Run, k: int) -> Run:
    at = np.arange(50)
    columns = {"evaluation": at, "seconds": 0.1 * (at + 1), "size": np.full(50, 32), "total": (k + 1.0) / (at + 1)}
    return dataclasses.replace(run, id=hashlib.sha256(f"{k}".encode()).hexdigest(), curve=Curve(columns))


def _curves(site: Path, state: str = "") -> str:
    return (site / "curves.html").as_uri() + state


def _rows(page: Any) -> Any:
    page.wait_for_selector(".curves path", state="attached")
    return page.locator(".overlay tbody tr")


def _said(page: Any) -> str:
    return str(page.locator("[data-part]").first.text_content())


def test_ticks_are_where_they_are_without_the_script(open_page: Any, site: Path) -> None:
    page = open_page(_curves(site))
    spans = [(0.0, 3.0), (-12.0, 12.0), (1.0, 2.0), (0.602, 1.04), (0.602, 0.643), (-4.2, -1.7), (2.0, 4.1)]
    logs = page.evaluate("all => all.map(([low, high]) => inside.logTicks(low, high))", spans)
    assert logs == [pytest.approx(ticks.log_ticks(*span)) for span in spans]
    ends = [1.0, 299.0, 0.0123, 7.2e9]
    assert page.evaluate("all => all.map(end => inside.linearTicks(0, end))", ends) == [
        pytest.approx(ticks.linear_ticks(0.0, end)) for end in ends
    ]
    values = [1e-6, 0.01, 0.3, 1.0, 30.0, 4.25, 10_000.0, 3e6, 1e6]
    assert page.evaluate("all => all.map(inside.tickLabel)", values) == [_y_label(value) for value in values]


@pytest.mark.parametrize("x", ["evaluation", "seconds", "pixels"])
def test_points_of_curves_are_those_of_the_records(x: str, open_page: Any, site: Path) -> None:
    page = open_page(_curves(site))
    read = page.evaluate(
        """x => new Promise(done => inside.withRuns(runs => inside.withDetails(runs, 0, part => done(
            [...Array(runs.count).keys()].map(row => [runs.id(row), inside.curvePoints(runs, row, part, row, x)])
        ))))""",
        x,
    )
    runs = {run.short_id: run for run in gather(load(site.parent), {}).runs.values()}
    assert len(read) == 8
    for id, points in read:
        run = runs[id]
        if x == "seconds" and not run.timing_valid:
            assert points == []
            continue
        assert run.curve is not None
        part = run.curve.last_size
        pixels = np.array(run.curve.size, dtype=float) ** 2
        # As many pixels as it had seen when that evaluation began.
        seen = np.cumsum(pixels) - pixels
        at = {"evaluation": run.curve.evaluation, "seconds": run.curve.seconds, "pixels": seen.tolist()}[x][part]
        for (x_read, log), x_known, loss in zip(
            points[:: len(points) - 1], at[:: len(at) - 1], run.curve.total[part][:: len(at) - 1], strict=True
        ):
            assert (x_read, 10**log) == (pytest.approx(x_known, rel=1e-3), pytest.approx(loss, rel=2e-3))


def test_a_row_and_its_curve_point_at_each_other(open_page: Any, site: Path) -> None:
    page = open_page(_curves(site, "#is-experiment=start"))
    page.set_viewport_size({"width": 1440, "height": 1200})
    assert _rows(page).count() == 4
    page.locator(".overlay tbody tr", has_text="content").nth(1).hover()
    assert page.locator(".readout").text_content().startswith("cat × waves, content · 32\u202fpx loss ")
    line = page.locator(".picked path").bounding_box()
    page.mouse.move(line["x"] + line["width"] - 2, line["y"] + line["height"] - 2)
    assert "loss 37.6 at 39 evaluations" in page.locator(".readout").text_content()
    assert "content" in page.locator("tr.picked").text_content()
    page.mouse.move(5, 5)
    assert page.locator(".picked").count() == 0


def test_arrow_keys_go_from_curve_to_curve_and_enter_opens_the_run(open_page: Any, site: Path) -> None:
    page = open_page(_curves(site, "#is-experiment=start"))
    _rows(page)
    page.locator(".drawing").focus()
    for key, row in (("ArrowDown", 0), ("ArrowDown", 1), ("End", 3), ("ArrowDown", 3), ("ArrowUp", 2), ("Home", 0)):
        page.keyboard.press(key)
        assert page.locator("tr").evaluate_all("all => all.findIndex(tr => tr.className === 'picked')") == row + 1
    page.keyboard.press("Escape")
    assert page.locator(".readout").text_content() == ""
    page.keyboard.press("ArrowDown")
    address = page.locator("tr.picked a").get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{address}")


def test_a_finger_s_first_touch_tells_and_its_second_opens(open_page: Any, site: Path) -> None:
    page = open_page(_curves(site, "#is-experiment=start"), 390, has_touch=True, is_mobile=True)
    _rows(page)
    box = page.locator(".drawing").bounding_box()
    place = {"x": box["width"] - 13, "y": box["height"] - 60}
    page.locator(".drawing").tap(position=place)
    assert "at 39 evaluations" in page.locator(".readout").text_content()
    page.locator(".drawing").tap(position=place)
    page.wait_for_url("**/runs/*.html")


def test_axes_colours_and_filter_stand_in_the_address_and_come_back(open_page: Any, site: Path) -> None:
    page = open_page(_curves(site))
    assert (_rows(page).count(), _said(page)) == (8, "8 curves.")
    assert page.get_by_label("Colours by").input_value() == "init"
    page.get_by_label("Along").select_option(label="time")
    page.get_by_label("Loss", exact=True).select_option(label="linear")
    page.get_by_label("Colours by").select_option("size")
    page.locator("summary", has_text="experiment").click()
    page.get_by_label("stages").check()
    again = open_page(page.url)
    assert _rows(again).count() == 4
    assert again.locator(".overlay text").all_text_contents()[-1] == "time"
    assert "loss" in again.locator(".overlay text").all_text_contents()
    assert again.get_by_label("Colours by").input_value() == "size"
    assert again.locator(".readout").text_content() == "2 curves have nothing along this axis."


@pytest.mark.parametrize("hash_", ["#x=y&y=x&by=nothing", "#by=run", "#show=all", "#%E0%A4%A"])
def test_whatever_the_address_says_there_are_curves(hash_: str, open_page: Any, site: Path) -> None:
    assert _rows(open_page(_curves(site, hash_))).count() == 8


def test_above_fifty_curves_fifty_are_drawn_until_all_are_wanted(open_page: Any, many: Callable[[int], str]) -> None:
    page = open_page(many(60))
    page.get_by_role("button", name="Draw all (60)").wait_for()
    assert (_rows(page).count(), _said(page)) == (50, "50 curves of 60, evenly chosen.")
    page.get_by_role("button", name="Draw all (60)").click()
    page.get_by_text("60 curves.").wait_for()
    assert page.get_by_role("button", name="Draw fewer").is_visible()
    assert (_rows(page).count(), _said(page)) == (60, "60 curves.")
    assert page.url.endswith("#show=all")


def test_above_two_hundred_they_are_told_by_medians_and_quartiles(open_page: Any, many: Callable[[int], str]) -> None:
    page = open_page(many(600))
    page.get_by_text("Medians and quartiles of 600 curves.").wait_for()
    assert page.locator(".overlay tbody tr").count() == 100
    assert page.get_by_text("Only the first 100 are listed").is_visible()
    page.locator(".drawing").focus()
    page.keyboard.press("ArrowDown")
    # Runs 0, 1, 4, 5 ... of 600 start from noise, and their losses end at (k + 1) / 50.
    assert page.locator(".readout").text_content() == "noise, median of 300 runs loss 5.99 at 49 evaluations"
    assert page.evaluate("document.querySelectorAll('*').length") <= 3000
    # A row points at the band of its value.
    page.locator(".overlay tbody tr", has_text="content").first.hover()
    assert page.locator(".readout").text_content() == "content, median of 300 runs loss 6.03 at 49 evaluations"
    assert set(page.locator("tr.picked a").all_text_contents()) == {
        f"cat × waves, content · {size}\u202fpx" for size in (24, 32)
    }
    page.get_by_role("button", name="Draw all (600)").click()
    page.get_by_text("600 curves.", exact=True).wait_for()
    page.locator(".drawing").focus()
    page.keyboard.press("End")
    assert "loss 12.0 at 49 evaluations" in page.locator(".readout").text_content()


def test_the_table_of_all_runs_opens_with_the_same_filter(open_page: Any, many: Callable[[int], str]) -> None:
    page = open_page(many(300) + "#is-init=content&by=size")
    page.get_by_text("50 curves of 150, evenly chosen.").wait_for()
    page.get_by_role("button", name="Draw all (150)").click()
    page.get_by_text("150 curves.", exact=True).wait_for()
    page.get_by_text("Only the first 100 are listed").get_by_role("link").click()
    page.wait_for_url("**/table.html#is-init=content*")


def test_runs_whose_data_is_missing_are_left_out(browser: Any, many: Callable[[int], str]) -> None:
    address = many(300)
    Path(address.removeprefix("file://")).with_name("data").joinpath("part-001.js").unlink()
    page = browser.new_page()
    page.goto(address)
    page.get_by_text("Medians and quartiles of 250 curves of 300.").wait_for()
    assert page.locator(".curves path").count() == 4
    page.close()


def test_drawings_of_a_pair_answer_too(open_page: Any, site: Path) -> None:
    page = open_page(next(site.glob("pairs/start-*")).as_uri())
    page.wait_for_selector(".answering .drawing")
    assert page.locator(".plot:visible").count() == 0
    page.locator(".drawing").focus()
    page.keyboard.press("ArrowDown")
    assert page.locator(".readout").text_content() == "noise · 24\u202fpx loss 159 at 39 evaluations"
    page.get_by_label("Along").select_option("pixel-evaluations")
    assert page.url.endswith("#curve-x=pixels")
    page.locator(".drawing").focus()
    page.keyboard.press("ArrowDown")
    assert page.locator(".readout").text_content() == "noise · 24\u202fpx loss 159 at 22\u202f464 pixel-evaluations"


def test_the_drawing_of_a_run_answers_with_its_terms_and_sizes(open_page: Any, site: Path) -> None:
    run = next(path for path in sorted(site.glob("runs/*")) if "went through" in path.read_text(encoding="utf-8"))
    page = open_page(run.as_uri())
    page.wait_for_selector(".answering .drawing")
    page.locator(".drawing").focus()
    shown = []
    for along in ("evaluations", "pixel-evaluations"):
        page.get_by_label("Along").select_option(along)
        page.locator(".drawing").focus()
        for key in ("Home", "End"):
            page.keyboard.press(key)
            shown.append(page.locator(".readout").text_content())
    last = 40 * 16**2 + 40 * 24**2 + 39 * 32**2
    loss = float(page.locator("tr[data-evaluation='119'] .curve-loss").get_attribute("value"))
    assert shown[0] == f"total loss {loss:.3g} at 119 evaluations"
    assert shown[1] == f"style loss {0.75 * loss:.3g} at 119 evaluations"
    assert int(shown[2].split(" at ")[1].replace("\u202f", "").split(" ")[0]) == pytest.approx(last, rel=0.001)
    assert [text for text in page.locator(".answering text").all_text_contents() if "px" in text] == [
        "16\u202fpx", "24\u202fpx", "32\u202fpx"
    ]  # fmt: skip


def test_without_a_script_every_curve_is_there_with_its_values(open_page: Any, site: Path) -> None:
    page = open_page(_curves(site), java_script_enabled=False)
    assert page.locator(".plot > svg").count() == 2
    assert page.locator("polyline").count() == 8
    assert page.locator("form:visible, button:visible").count() == 0
    page.locator("summary").first.click()
    assert page.locator("td[data-evaluation='39']").first.text_content() == "158.6"


def test_colours_follow_the_scheme(open_page: Any, site: Path) -> None:
    page = open_page(_curves(site), color_scheme="light")
    _rows(page)
    page.emulate_media(color_scheme="dark")
    line = page.locator(".curves path").first
    assert line.evaluate("line => getComputedStyle(line).stroke") == "rgb(95, 180, 238)"  # light blue by night


def test_axe_finds_nothing_and_nothing_is_cut_off(open_page: Any, site: Path) -> None:
    try:
        from axe_playwright_python import sync_playwright as axe
    except ImportError:
        missing("axe-playwright-python is not installed")
    page = open_page(_curves(site), color_scheme="light")
    _rows(page)
    page.locator(".overlay tbody tr").first.hover()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = axe.Axe().run(page, options={"preload": False})
        assert found.violations_count == 0, found.generate_report()
    for width in (390, 768, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
