"""The page of a comparison: its verdict first, every pair drawn and in figures, and sound whatever it is given."""

from __future__ import annotations

import re
from statistics import median
from xml.etree.ElementTree import Element

import pytest

from bench.check import pages
from bench.check.model import Comparison, Limits, Pair, Side, Verdict
from bench.check.pages import compare
from tests.bench.check.imagined import benchmark, comparison, finding, pairs, report, slower_and_equal
from tests.bench.report import reading


def parsed(page: str) -> Element:
    """As a tree in which elements of drawings have plain names."""
    root = reading.tree(page)
    for element in root.iter():
        element.tag = str(element.tag).rpartition("}")[2]
    return root


def tree(given: Comparison) -> Element:
    return parsed(pages.render(given, report(given)))


def texts(root: Element, path: str) -> list[str]:
    return [reading.text_of(element) for element in root.iterfind(path)]


def table(root: Element, place: int = 0) -> list[list[str]]:
    found = list(root.iter("table"))[place]
    return [[reading.text_of(cell) for cell in row] for row in found.iter("tr")]


def drawings(root: Element) -> list[Element]:
    return [svg for svg in root.iter("svg") if svg.get("role") == "img"]


def classed(root: Element, name: str) -> list[Element]:
    return [element for element in root.iter() if name in element.get("class", "").split()]


def test_the_verdict_comes_first_in_a_sentence() -> None:
    assert texts(tree(slower_and_equal()), ".//h1") == ["▲ regression What it comes to"]


def test_the_table_has_the_worst_first_with_the_figures_that_decided() -> None:
    given = slower_and_equal()
    equal, slower = given.benchmarks
    again = slower.second
    assert again is not None
    assert again.ratio is not None
    head = table(tree(given))
    assert head[0] == ["benchmark", "verdict", "head / base", "interval", "base", "head"]
    assert [row[:2] for row in head[1:]] == [[slower.name, "▲ regression"], [equal.name, "= no change"]]
    assert head[1][2:4] == [f"{again.ratio:.2f}", f"{again.low:.2f} to {again.high:.2f}"]
    bases = [pair.middle[0] for pair in slower.confirming[1:]]
    assert head[1][4] == f"{median(bases):.2f}\u202fs".replace("\u202f", " ")


def test_every_ratio_of_every_pair_is_drawn_and_told() -> None:
    drawn = drawings(tree(slower_and_equal()))
    assert [texts(svg, "title")[0].partition(":")[0] for svg in drawn] == ["Pairs", "Confirming pairs", "Pairs"]
    marks = [texts(svg, ".//path/title") for svg in drawn]
    assert [len(found) for found in marks] == [17, 17, 17]
    assert [mark.partition(":")[0] for mark in marks[0][:4]] == [
        "pair 0, base first",
        "pair 1, head first",
        "pair 2, head first",
        "pair 3, base first",
    ]


def test_pairs_that_do_not_count_are_hollow_and_say_why() -> None:
    equal = drawings(tree(slower_and_equal()))[2]
    hollow = [reading.text_of(mark) for mark in classed(equal, "hollow")]
    assert [re.sub(r": [\d.]+;", ":", told) for told in hollow] == [
        "pair 0, base first: not counted: the first is measured and not counted",
        "pair 5, head first: not counted: another process computed meanwhile",
    ]
    assert [reading.text_of(mark) for mark in classed(equal, "missing")] == ["pair 9: the head crashed"]


def test_every_round_of_both_sides_is_drawn() -> None:
    equal = drawings(tree(slower_and_equal()))[2]
    base, head = (path.get("d", "") for path in classed(equal, "rounds"))
    assert (base.count("M"), head.count("M")) == (17 * 3, 16 * 3)


def test_a_drawing_says_in_words_what_it_shows() -> None:
    given = slower_and_equal()
    first = given.benchmarks[1].first
    assert first is not None
    assert first.ratio is not None
    (told, *_) = texts(drawings(tree(given))[0], "desc")
    ratios = [head / base for base, head in (pair.middle for pair in given.benchmarks[1].pairs[1:])]
    assert told == (
        f"17 pairs, of which 16 count; their ratios of head to base go from {min(ratios):.2f} to {max(ratios):.2f}; "
        f"the median is {first.ratio:.2f}, between {first.low:.2f} and {first.high:.2f}. All are in the table below."
    )


def test_the_pairs_are_in_figures_in_full_precision() -> None:
    given = slower_and_equal()
    root = tree(given)
    equal = table(root, 3)
    assert equal[0] == ["pair", "first", "base", "head", "head / base", "not counted because"]
    assert [row[0] for row in equal[1:]] == [str(k) for k in range(17)]
    assert (equal[10][3:], equal[6][5]) == (["–", "–", "the head crashed"], "another process computed meanwhile")
    values = [value for _, kind, value, _ in reading.figures(root) if kind == "base-seconds"]
    shown = [pair.middle[0] if pair.head else median(pair.base) for one in given.benchmarks for pair in one.pairs]
    assert set(map(repr, shown)) <= set(values)


def test_the_band_the_interval_and_the_median_lie_where_they_belong() -> None:
    (svg,) = drawings(tree(comparison(benchmark("a", pairs(1.3)))))
    (band,), (span,), (line,) = (classed(svg, name) for name in ("band", "span", "median"))
    band_top, span_top, middle = float(band.get("y", 0)), float(span.get("y", 0)), float(line.get("y1", 0))
    assert span_top < middle < span_top + float(span.get("height", 0)) < band_top


def test_an_extreme_pair_lies_at_the_edge_with_its_ratio_beside_it() -> None:
    given = pairs(1.0)
    given[4] = given[4].model_copy(update={"head": [60.0]})
    (svg,) = drawings(tree(comparison(benchmark("a", given))))
    (told,) = [mark for mark in texts(svg, ".//path/title") if mark.startswith("pair 4,")]
    assert told.partition(": ")[2] in texts(svg, ".//text")


def test_reasons_stand_before_the_benchmarks_and_notes_behind_them() -> None:
    given = slower_and_equal().model_copy(update={"reasons": ["interrupted"]})
    heads = texts(tree(given), ".//h2")
    assert heads == [
        "Why it cannot pass",
        "Benchmarks",
        "Worth knowing",
        "Every pair",
        "The rule",
        "What was held against what",
        "How it was run",
    ]


def test_a_comparison_without_a_benchmark_says_why() -> None:
    root = tree(comparison(reasons=["interrupted before the first pair"], sides=[]))
    assert texts(root, ".//li") == ["interrupted before the first pair"]
    assert "It did not come so far that either side was known." in texts(root, ".//p")
    assert list(root.iter("table")) == []


def test_what_the_sides_differ_in_stands_in_a_table_and_the_rest_is_folded() -> None:
    root = tree(comparison())
    assert table(root) == [
        ["fact", "base", "head"],
        ["what", "main (0f9e8d7c6b5a)", "this code (1a2b3c4d5e6f)"],
        ["torch", "2.8.0", "2.9.0"],
    ]
    (folded,) = root.iter("details")
    assert texts(folded, ".//dt") == ["cpu", "threads", "ram"]


def test_one_side_alone_is_told() -> None:
    root = tree(comparison(sides=[Side(role="base", given="main")]))
    assert "Only main was found." in texts(root, ".//p")


def test_the_rule_is_told_with_the_figures_of_the_comparison() -> None:
    assert compare._rule("compare", Limits()) == (
        "Base and head are measured in turn by fresh workers that change places from pair to pair, and the first pair "
        "is dropped.",
        "Of 16 ratios of head to base, sorted, the 4th from either end bounds their median: each bound is wrong in at "
        "most 1.06\u202f% of cases, whatever the noise.",
        "It is a regression when the lower bound is above 1.10 and the head takes more than 20\u202fms longer, an "
        "improvement when that holds the other way round, no change when the upper bound is below 1.10 or no more than "
        "20\u202fms can be lost, and inconclusive otherwise, which is never a pass.",
    )


@pytest.mark.parametrize(("pairs_", "told"), [(7, "the 1st from"), (10, "the 2nd from"), (5, "5 pairs are too few")])
def test_the_rule_says_what_so_many_pairs_can_tell(pairs_: int, told: str) -> None:
    assert told in compare._rule("compare", Limits(pairs=pairs_))[1]


@pytest.mark.parametrize("kind", ["compare", "baseline", "pytest-benchmark"])
def test_every_kind_of_comparison_has_a_page(kind: str) -> None:
    assert texts(tree(slower_and_equal().model_copy(update={"kind": kind})), ".//h1")


HOSTILE = "<script>alert(1)</script>\"'&</style></title>\u202e\x00\ud83d " + "x" * 300


def test_names_of_all_kinds_are_text_and_turn_nothing_round() -> None:
    given = comparison(
        benchmark(HOSTILE, pairs(1.0), reason=HOSTILE),
        title=HOSTILE,
        manifest=HOSTILE,
        command=["nst-bench", HOSTILE],
        reasons=[HOSTILE],
        notes=[HOSTILE],
        sides=[Side(role="base", given=HOSTILE, environment={HOSTILE: HOSTILE}), Side(role="head", given="b")],
    )
    page = pages.render(given, report(given, HOSTILE))
    root = parsed(page)
    assert list(root.iter("script")) == []
    assert not set("\u202e\x00\ud83d") & set(page)
    assert page.encode()


@pytest.mark.parametrize(
    "broken",
    [
        Pair(number=1, first="base", base=[], head=[]),
        Pair(number=1, first="base", base=[0.0], head=[1.0]),
    ],
    ids=["nothing", "zero"],
)
def test_a_pair_without_a_ratio_is_marked_and_stops_nothing(broken: Pair) -> None:
    given = comparison(benchmark("a", [pairs(1.0)[0], broken]))
    (svg,) = drawings(tree(given))
    assert [reading.text_of(mark) for mark in classed(svg, "missing")] == ["pair 1: no time of one side"]


def test_many_pairs_have_small_marks_and_few_numbers() -> None:
    given = pairs(1.0, n=201)
    (svg,) = drawings(tree(comparison(benchmark("a", given), limits=Limits(pairs=200))))
    assert len(texts(svg, ".//path/title")) == 201
    assert texts(svg, ".//text")[-12:] == [*(str(k) for k in range(0, 201, 20)), "pair"]


def test_it_is_one_file_that_reads_nothing() -> None:
    given = slower_and_equal()
    root = tree(given)
    assert [link for link in reading.links(root) if not link.startswith("#")] == []
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in reading.links(root)} <= set(ids)
    assert not [name for _, name, _ in reading.attributes(root) if name == "style" or name.startswith("on")]
    (policy,) = [e.get("content") for e in root.iter("meta") if e.get("http-equiv") == "Content-Security-Policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_any_report_has_a_page() -> None:
    given = slower_and_equal()
    shown = report(given)
    root = parsed(pages.render_report(shown))
    assert table(root) == [
        ["benchmark", "verdict"],
        ["start: cat x waves, init noise", "▲ regression"],
        ["start: cat x waves, init content", "= no change"],
    ]


def test_the_verdict_of_an_imagined_regression_is_the_rule_s() -> None:
    assert finding(pairs(1.3)).verdict is Verdict.REGRESSION
