"""The page of a history: steps in a table, a drawing for each benchmark, machines apart."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from bench.check import pages
from bench.check.pages.history import sentence
from bench.check.stored import history
from bench.check.stored.history import History
from tests.bench.check.imagined import baselines
from tests.bench.check.pages.test_compare import HOSTILE, classed, drawings, parsed, table, texts
from tests.bench.report import reading


def up_and_down(name: str, k: int) -> float:
    return {"start": 1.25 if 5 <= k < 10 else 1.0, "size": 1.0}[name]


def tree(given: History) -> Element:
    return parsed(pages.render_history(given))


def test_it_comes_to_a_sentence() -> None:
    assert sentence(history.of(baselines(8))) == "no step in 2 benchmarks over 8 files"
    assert sentence(history.of(baselines(15, up_and_down))) == (
        "2 steps in 2 benchmarks over 15 files: the latest made start 0.80 times as long, at 00000000000a"
    )


def test_steps_stand_in_a_table_the_latest_first() -> None:
    assert table(tree(history.of(baselines(15, up_and_down)))) == [
        ["benchmark", "since", "last before", "day", "before", "after", "after / before"],
        ["start", "00000000000a", "000000000009", "2026-03-11", "1.87 s", "1.50 s", "▼ 0.80 faster"],
        ["start", "000000000005", "000000000004", "2026-03-06", "1.50 s", "1.87 s", "▲ 1.25 slower"],
    ]


def test_every_point_is_drawn_with_its_quartiles_and_every_step_with_its_commit() -> None:
    start, size = drawings(tree(history.of(baselines(15, up_and_down))))
    assert [len(texts(svg, ".//g/title")) for svg in (start, size)] == [15, 15]
    assert texts(start, ".//g/title")[0].startswith("000000000000, 2026-03-01: 1.")
    (signs,), (points,) = classed(start, "steps"), classed(start, "points")
    assert texts(signs, ".//text") == ["0000000000 ×1.25", "0000000000 ×0.80"]
    assert len(list(points.iter("line"))) == 15
    assert [path.get("d", "").count("M") for path in classed(start, "levels")] == [3]
    assert classed(size, "levels") == []


def test_a_drawing_says_in_words_what_it_shows() -> None:
    start, size = (texts(svg, "desc") for svg in drawings(tree(history.of(baselines(15, up_and_down)))))
    assert start == [
        "15 files from 2026-03-01 to 2026-03-15: at 000000000005 1.25 times as long; at 00000000000a 0.80 times as "
        "long. All points are in the table below."
    ]
    assert size == ["15 files from 2026-03-01 to 2026-03-15: no step. All points are in the table below."]


def test_machines_have_sections_of_their_own() -> None:
    given = [*baselines(3), *baselines(2, fingerprint={"cpu": "Another"})]
    root = tree(history.of(given))
    assert texts(root, ".//h2") == ["A processor", "Another", "How steps are found"]
    assert [len(texts(svg, ".//g/title")) for svg in drawings(root)] == [3, 3, 2, 2]


def test_one_file_alone_has_a_page() -> None:
    assert texts(tree(history.of(baselines(1))), ".//h1") == ["No step in 2 benchmarks over 1 file"]


def test_a_commit_that_is_not_known_is_called_by_its_day() -> None:
    root = tree(history.of(baselines(15, up_and_down, commit=None)))
    assert [row[1] for row in table(root)[1:]] == ["2026-03-11", "2026-03-06"]


def test_files_that_were_left_out_are_named() -> None:
    root = tree(history.of(baselines(1), ["a.json: is no baseline"]))
    assert texts(root, ".//li")[-1] == "a.json: is no baseline"


def test_names_of_all_kinds_are_text() -> None:
    given = baselines(9, lambda name, k: 1.0 + (k > 4), names=[HOSTILE.replace("\ud83d", "")], commit=HOSTILE[:60])
    page = pages.render_history(history.of(given, [HOSTILE]))
    root = parsed(page)
    assert list(root.iter("script")) == []
    assert not set("\u202e\x00\ud83d") & set(page)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in reading.links(root)} <= set(ids)
