"""What the script reads back from the site's data is what the pages say without it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.report import build
from bench.report import format as fmt
from bench.report.data import PART
from bench.report.model import gather
from bench.report.site import rows
from bench.results import load
from tests.bench.report.synthetic_results import Trial, failed, make

pytestmark = pytest.mark.browser

#: Shows what is inside the script's scope, which pages do not.
_INSIDE = "window.inside = { figure: figure, withRuns: withRuns, withDetails: withDetails, unpacked: unpacked };\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    zips = {"depth": {"content_layers": [["conv2_2"], ["conv4_2"]], "content_weight": [1.0, 10.0]}}
    make(
        folder,
        [
            Trial("start", grid={"init": ["noise", "content"], "size": [48, 64]}, compare=["init"]),
            Trial("deep", ("cat",), ("waves </script>",), {"seed": [0, 1]}, zips=zips),
        ],
        edit=lambda p, record: failed(record) if p["style"] == "stars" and p["size"] == 64 else record,
    )
    script = build(folder).index.parent / "assets" / "report.js"
    script.write_text(script.read_text().removesuffix("})();\n") + _INSIDE + "})();\n")
    return folder


@pytest.fixture
def page(browser: Any, folder: Path) -> Any:
    page = browser.new_page()
    page.goto((folder / "site" / "table.html").as_uri())
    yield page
    page.close()


def test_numbers_are_written_alike(page: Any) -> None:
    values = [0, 1, -2.5, 9.9994, 9.9996, 12345.6, 999999, 1e6, 123456789, 4.2e-5, 1.23e-4, 9.9999e-5, 0.12345, 1024, 5e9,
              7200, 86399, 0.00099951]  # fmt: skip
    expected = {
        "loss": [fmt.loss(v).text for v in values],
        "seconds": [fmt.seconds(v).text for v in values],
        "quality": [fmt.quality(v, "q").text for v in values],
        "ratio": [fmt.ratio(v).text for v in values],
    }
    shown = page.evaluate(
        "([kinds, values]) => Object.fromEntries(kinds.map(k => [k, values.map(v => inside.figure(k, v))]))",
        [list(expected), values],
    )
    assert shown == expected
    sizes = [0, 512, 1023, 1024, 123456789, 3 * 1024**3, 2**45]
    assert page.evaluate("values => values.map(v => inside.figure('memory', v))", sizes) == [fmt.size(v) for v in sizes]


def test_rows_say_what_the_model_says(page: Any, folder: Path) -> None:
    listed = rows(gather(load(folder), {}))
    shown = page.evaluate(
        """() => new Promise(done => inside.withRuns(runs => done([...Array(runs.count).keys()].map(row => ({
            id: runs.id(row), title: runs.title(row), settings: runs.settings(row), address: runs.address(row),
            loss: runs.text("loss", row), time: runs.text("time", row), memory: runs.text("peak memory", row),
            result: runs.text("result", row), found: runs.row(runs.id(row)), picture: runs.picture(row),
        })))))"""
    )
    assert len(shown) == len(listed) == 20
    for k, (row, told) in enumerate(zip(listed, shown, strict=True)):
        assert told | {"picture": None} == {
            "id": row.run.id[:12], "title": row.run.title, "settings": row.experiment.settings(row.run),
            "address": row.run.page, "loss": row.run.loss.text, "time": row.run.seconds.text,
            "memory": row.run.memory.text, "result": row.run.result, "found": k, "picture": None,
        }  # fmt: skip
        if row.run.status == "done":
            files = [file for file, _ in told["picture"]["copies"]] + [told["picture"]["original"]]
            assert all((folder / "site" / file).is_file() for file in files)
        else:
            assert told["picture"] is None


def test_details_hold_the_curve_and_the_parameters_that_differ(page: Any) -> None:
    part = page.evaluate(
        """() => new Promise(done => inside.withRuns(runs => inside.withDetails(runs, 0, (part, place) => done({
            place, names: part.names, values: part.parameters[place].map(k => part.values[k]), curve: part.curves[place],
            points: [...inside.unpacked(part.curves[place].loss[2], 2)],
        }))))"""
    )
    told = dict(zip(part["names"], part["values"], strict=True))
    assert (part["place"], told["init"], told["size"]) == (0, "noise", "48\u202fpx")
    low, high, _ = part["curve"]["loss"]
    assert part["curve"]["first"] == 0
    assert part["points"][0] == 64**2 - 2
    assert 10 ** (low + (high - low) * part["points"][-1] / (64**2 - 2)) == pytest.approx(
        9000 * 40**-1.1 + 3, rel=0.002
    )
    assert PART == 250
