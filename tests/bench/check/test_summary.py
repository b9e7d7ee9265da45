"""Markdown: whole pages, what has to be left out for want of room, and that texts cannot break out of it."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bench.check.outputs.summary import LIMIT, escaped, markdown
from bench.check.outputs.text import bounded, one_line
from tests.bench.check.reports import ADAM, FINE, NOTHING, SIZE, SLOWER, START, reports, texts


def test_the_verdict_comes_first_and_then_the_worst():
    assert markdown(SLOWER) == (
        "## Regression: compare perf: main against this code\n"
        "\n"
        "1 of 4 benchmarks is slower: start: cat x waves, init noise, 1.27 times as long\n"
        "\n"
        "**Next:** nst-bench check compare perf --base main measures again\n"
        "\n"
        "| benchmark | verdict | base | head | ratio |\n"
        "| --- | --- | ---: | ---: | ---: |\n"
        "| start: cat x waves, init noise | regression | 452 ms | 571 ms | 1.27 |\n"
        "| size: cat x waves | inconclusive | 2.10 s |  |  |\n"
        "| quick | improvement | 1.00 s | 500 ms | 0.50 |\n"
        "| adam: cat x waves | no change | 1.00 s | 1.01 s | 1.01 |\n"
        "\n"
        "- **regression** start: cat x waves, init noise: 1.27 times as long as before (1.24 to 1.31), 119 ms more\n"
        "- **inconclusive** size: cat x waves: the worker of the head crashed\n"
        "\n"
        "**Notes:**\n"
        "\n"
        "- the checkout differs from its commit\n"
        "\n"
        "<details><summary>What was measured on what</summary>\n"
        "\n"
        "|  |  |\n"
        "| --- | --- |\n"
        "| base | main (1a2b3c4d5e6f) |\n"
        "| machine | AMD EPYC 7763, 2 threads |\n"
        "\n"
        "</details>\n"
    )


def test_where_nothing_was_measured_it_says_why():
    assert markdown(NOTHING) == (
        "## Inconclusive: compare perf: main against this code\n"
        "\n"
        "nothing was measured; it cannot pass: interrupted\n"
        "\n"
        "**It cannot pass:**\n"
        "\n"
        "- interrupted\n"
    )


def table(page):
    return [line for line in page.splitlines() if line.startswith("| ")]


def test_where_not_all_rows_fit_the_worst_stay_and_the_others_are_counted():
    many = replace(SLOWER, rows=(*(replace(ADAM, name=f"adam {i}") for i in range(1000)), START))
    page = markdown(many, 2000)
    assert len(page.encode()) <= 2000 < len(markdown(many, 2070).encode())
    rows = table(page)[2:-4]
    assert rows[:2] == [
        "| start: cat x waves, init noise | regression | 452 ms | 571 ms | 1.27 |",
        "| adam 0 | no change | 1.00 s | 1.01 s | 1.01 |",
    ]
    assert f"\n\nand {1001 - len(rows)} more rows\n\n" in page


def test_where_only_the_verdict_fits_it_is_alone_and_else_there_is_nothing():
    short = (
        "## Regression: compare perf: main against this code\n"
        "\n"
        "1 of 4 benchmarks is slower: start: cat x waves, init noise, 1.27 times as long\n"
        "\n"
        "**Next:** nst-bench check compare perf --base main measures again\n"
    )
    assert markdown(SLOWER, len(short)) == short
    assert markdown(SLOWER, len(short) - 1) == ""


def test_of_very_many_reasons_and_sentences_the_first_twenty_are_told():
    page = markdown(replace(NOTHING, reasons=("why",) * 23, rows=(SIZE,) * 22, verdict=SIZE.verdict))
    assert page.count("\n- why") == 20
    assert "\n- and 3 more\n" in page
    assert page.count("\n- **inconclusive** ") == 20
    assert "\n- and 2 more\n" in page


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("a | b", r"a \| b"),
        ("`rm -rf`, <img src=x>, &lt;", r"\`rm -rf\`, &lt;img src=x&gt;, &amp;lt;"),
        ("two\nlines", "two lines"),
        ("@octocat and a@b.c", "@&#8203;octocat and a@&#8203;b.c"),
        ("# one, #12", r"\# one, \#&#8203;12"),
        ("1. first", r"1\. first"),
        ("1.27 times", "1.27 times"),
        ("- item", r"\- item"),
        ("\x1b[2J", r"\\x1b\[2J"),
    ],
)
def test_marks_are_escaped(text, source):
    assert escaped(text) == source


def read(page):
    """Tables as lists of rows of plain text, and all other text, as a reader of GitHub's Markdown sees them."""
    tables, others, inside = [], [], False
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(page):
        inside = token.type != "table_close" and (inside or token.type == "table_open")
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open":
            tables[-1].append([])
        elif token.type == "inline":
            assert {child.type for child in token.children} <= {"text", "text_special", "strong_open", "strong_close"}
            text = "".join(child.content for child in token.children).replace("\u200b", "")
            (tables[-1][-1] if inside else others).append(text)
        elif token.type == "html_block":
            assert token.content.strip() in ("<details><summary>What was measured on what</summary>", "</details>")
    return tables, others


@given(reports())
def test_whatever_it_holds_it_shows_exactly_that(report):
    tables, _ = read(markdown(report))
    expected = []
    if report.rows:
        body = [[row.name, row.verdict, *row.cells] for row in report.ranked]
        expected.append([["benchmark", "verdict", *report.columns], *body])
    if report.facts:
        expected.append([["", ""], *map(list, report.facts)])
    assert tables == [[[one_line(cell) for cell in row] for row in rows] for rows in expected]


@given(texts)
def test_a_paragraph_shows_exactly_its_text(text):
    _, shown = read(escaped(text))
    assert shown == ([one_line(text)] if one_line(text) else [])


@given(texts)
def test_nobody_is_called_and_no_issue_is_referred_to(text):
    (rendered,) = re.findall(r"<p>(.*)</p>", MarkdownIt("commonmark").render(escaped(text) or "x"), flags=re.DOTALL)
    assert not re.search(r"@\w|#\w", re.sub(r"&#\w+;", "", rendered))


@given(reports(), st.integers(0, 3000))
def test_it_is_never_longer_than_it_may_be(report, limit):
    assert len(markdown(report, limit).encode()) <= limit


def test_githubs_limit_is_kept_by_ten_thousand_long_names():
    wide = [replace(ADAM, name=f"{i} " + "夜" * 400) for i in range(10_000)]
    page = markdown(replace(FINE, rows=tuple(wide)))
    assert LIMIT - 2000 < len(page.encode()) <= LIMIT
    assert bounded(wide[0].name, 300) in page
