"""Pages of comparisons: light however many pairs and contrasts there are, and nothing is left out."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from bench import results
from bench.report import build, compare_pages
from bench.report.comparisons import comparisons
from bench.report.model import Model, gather
from bench.report.packing import DIGITS
from bench.report.pair_data import files
from bench.report.site import Site, rows
from tests.bench.report import reading
from tests.bench.report.synthetic_results import Trial, failed, make

TINY = {"size": 16, "evaluations": 4}
MOST_NODES = 3000
#: What the script may add to a page: a bar of filters, and a link to each pair.
BY_SCRIPT = 300


def _some_fail(p: Any, record: dict[str, Any]) -> dict[str, Any]:
    return failed(record) if p["content"] == "cat" and p["init"] == "noise" and p["seed"] % 2 else record


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """130 pairs of noise and content, 25 of them with a run that failed."""
    folder = tmp_path_factory.mktemp("long")
    grid = {"init": ["noise", "content"], "seed": [*range(65)]}
    make(folder, [Trial("start", styles=("waves",), grid=grid, compare=["init"], fixed=TINY)], edit=_some_fail)
    build(folder)
    return folder


@pytest.fixture(scope="module")
def trees(long: Path) -> dict[str, Element]:
    return {name: reading.tree(text) for name, text in reading.pages(long / "site").items() if "compare" in name}


def nodes(root: Element) -> int:
    return sum(1 for _ in root.iter())


def pairs_on(root: Element) -> list[str]:
    """Ids of both runs of each pair, from the link that lays them over each other."""
    links = [e.attrib["href"] for e in root.iter("a") if e.attrib.get("class") == "closely"]
    return [link.partition("#run=")[2].replace("&run=", " ") for link in links]


def counts(root: Element) -> list[str]:
    return [reading.text_of(e) for e in root.iter() if "data-count" in e.attrib]


def test_the_page_of_all_shows_twelve_pairs_of_different_pictures(trees: dict[str, Element]) -> None:
    root = trees["compare.html"]
    assert len(pairs_on(root)) == 12
    titles = [reading.text_of(e.find("bdi")) for e in root.iter("h3") if e.find("bdi") is not None]
    assert [titles.count(title) for title in ("cat × waves", "town × waves")] == [6, 6]
    assert counts(root) == ["12 of 98 pairs"]


def test_every_pair_stands_in_a_table_a_hundred_a_page(trees: dict[str, Element], long: Path) -> None:
    model = gather(results.load(long), {})
    (view,) = comparisons(model)
    expected = [
        f"{model.runs[pair.a].short_id} {model.runs[pair.b].short_id}" for pair in view.contrasts[0].found.pairs
    ]
    tables = sorted(name for name in trees if name.startswith("compare/"))
    assert len(expected) == 98
    assert [pair for name in tables for pair in pairs_on(trees[name])] == expected
    assert [counts(trees[name]) for name in tables] == [["98 pairs"]]


def test_every_run_without_a_partner_is_listed_with_its_reason(trees: dict[str, Element]) -> None:
    def listed(root: Element) -> list[str]:
        return [reading.text_of(e) for d in root.iter("details") for e in d.iter("li")]

    (table,) = [root for name, root in trees.items() if name.startswith("compare/")]
    assert len(listed(trees["compare.html"])) == compare_pages.LONELY
    assert len(listed(table)) == 64
    assert listed(table)[:2] == [
        "cat × waves, noise · seed 1: its own status is failed",
        "cat × waves, content · seed 1: its partner's status is failed",
    ]


def test_a_page_of_many_pairs_is_light(trees: dict[str, Element]) -> None:
    for name, root in trees.items():
        assert nodes(root) <= MOST_NODES - BY_SCRIPT, name


def test_pages_of_a_long_table_lead_to_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare_pages, "ROWS", 10)
    grid = {"init": ["noise", "content"], "seed": [*range(12)]}
    make(tmp_path, [Trial("start", styles=("waves",), grid=grid, compare=["init"], fixed=TINY)])
    site = build(tmp_path).index.parent
    first, second, third = sorted((site / "compare").iterdir(), key=lambda path: (len(path.name), path.name))
    trees = [reading.tree(path.read_text()) for path in (first, second, third)]
    assert [counts(root) for root in trees] == [
        ["1 to 10 of 24 pairs"],
        ["11 to 20 of 24 pairs"],
        ["21 to 24 of 24 pairs"],
    ]
    assert [[a.attrib["href"].rpartition("/")[2] for a in _turn(root)] for root in trees] == [
        [second.name],
        [first.name, third.name],
        [second.name],
    ]
    assert reading.broken_links(site) == []


def _turn(root: Element) -> Iterator[Element]:
    for nav in root.iter("nav"):
        if nav.attrib.get("aria-label") == "Pages of pairs":
            yield from nav.iter("a")


def test_a_page_of_many_contrasts_is_light_and_tells_of_all(tmp_path: Path) -> None:
    make(tmp_path, [Trial("seeds", ("cat",), grid={"seed": [*range(40)]}, compare=["seed"], fixed=TINY)])
    root = reading.tree((build(tmp_path).index.parent / "compare.html").read_text())
    sections = [e for e in root.iter("section") if e.attrib.get("class") == "contrast"]
    assert len(sections) == 39
    assert all("its time" in reading.text_of(section) or "never" in reading.text_of(section) for section in sections)
    assert len(pairs_on(root)) == 12 * 2
    assert nodes(root) <= MOST_NODES - BY_SCRIPT
    assert reading.broken_links(tmp_path / "site") == []


def test_few_pairs_are_all_on_one_page(tmp_path: Path) -> None:
    make(tmp_path, [Trial("start", grid={"init": ["noise", "content"]}, compare=["init"], fixed=TINY)])
    site = build(tmp_path).index.parent
    assert not (site / "compare").exists()
    root = reading.tree((site / "compare.html").read_text())
    assert (len(pairs_on(root)), counts(root)) == (4, ["4 pairs"])


@pytest.mark.parametrize(
    ("wanted", "given"),
    [([], []), ([5], [5]), ([100], [12]), ([100, 100], [12, 12]), ([100, 100, 100], [10, 10, 10]),
     ([2, 100, 100], [2, 12, 12]), ([100] * 31, [1] * 30 + [0]), ([0, 3], [0, 3])],
)  # fmt: skip
def test_places_side_by_side_are_shared_evenly(wanted: list[int], given: list[int]) -> None:
    assert compare_pages.shares(wanted, 12, 30) == given


@pytest.fixture(scope="module")
def model(long: Path) -> Model:
    return gather(results.load(long), {})


@pytest.fixture(scope="module")
def data(model: Model) -> dict[str, Any]:
    ((name, content),) = list(files(Site(model, comparisons(model), {})))
    text = content().decode("ascii")
    assert (name, text[:12], text[-3:]) == ("data/pairs-0.js", "nst.pairs(0,", ");\n")
    found: dict[str, Any] = json.loads(text[12:-3])
    return found


def unpacked(text: str, wide: int) -> list[int]:
    values = [DIGITS.index(c) for c in text]
    numbers = [values[k : k + wide] for k in range(0, len(values), wide)]
    return [sum(v * 64 ** (wide - 1 - k) for k, v in enumerate(number)) for number in numbers]


class TestData:
    def test_pairs_are_rows_of_the_runs(self, model: Model, data: dict[str, Any]) -> None:
        listed = [row.run.id for row in rows(model)]
        found = comparisons(model)[0].contrasts[0].found
        at = unpacked(data["rows"], data["width"])
        assert [listed[k] for k in at] == [id for pair in found.pairs for id in (pair.a, pair.b)]

    def test_ratios_and_differences_are_exact_to_eight_digits(self, model: Model, data: dict[str, Any]) -> None:
        (view,) = comparisons(model)
        told = [(q["name"], q["kind"]) for q in data["quantities"]]
        assert told == [(q.name, q.kind) for q in view.contrasts[0].quantities]
        for given, quantity in zip(data["quantities"], view.contrasts[0].quantities, strict=True):
            sides = [(a, b) for a, b in quantity.sides if a is not None and b is not None]
            assert given["ratios"] == pytest.approx([b / a for a, b in sides], rel=1e-7)
            assert given["differences"] == pytest.approx([b - a for a, b in sides], rel=1e-7)

    def test_who_never_got_there_is_infinite_and_what_was_not_measured_is_null(self, tmp_path: Path) -> None:
        def edit(p: Any, record: dict[str, Any]) -> dict[str, Any]:
            if p["seed"] == 1:
                record["timing"] |= {"valid": False, "invalid_reason": "another job shared the device"}
            return record

        grid = {"init": ["content", "noise"], "seed": [0, 1]}
        make(tmp_path, [Trial("start", ("cat",), ("waves",), grid, ["init"], fixed=TINY)], edit=edit)
        model = gather(results.load(tmp_path), {})
        ((_, content),) = list(files(Site(model, comparisons(model), {})))
        data = json.loads(content().decode()[12:-3])
        reach = data["quantities"][0]
        assert (reach["ratios"], reach["differences"]) == ([math.inf, None], [math.inf, None])
