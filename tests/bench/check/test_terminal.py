"""The table that people read: whole tables, widths, colours."""

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from bench.check.model import Verdict
from bench.check.outputs.terminal import coloured, lines, plain, shortened, wants_colour
from tests.bench.check.reports import ADAM, FINE, NOTHING, SIZE, SLOWER, START, reports, texts


def test_the_table_is_in_the_manifests_order_and_the_worst_is_told_last():
    assert plain(lines(SLOWER, 80)) == (
        "compare perf: main against this code\n"
        "\n"
        "benchmark                       verdict         base    head  ratio\n"
        "start: cat x waves, init noise  regression    452 ms  571 ms   1.27\n"
        "adam: cat x waves               no change     1.00 s  1.01 s   1.01\n"
        "size: cat x waves               inconclusive  2.10 s\n"
        "quick                           improvement   1.00 s  500 ms   0.50\n"
        "\n"
        "base          main (1a2b3c4d5e6f)\n"
        "machine       AMD EPYC 7763, 2 threads\n"
        "note          the checkout differs from its commit\n"
        "inconclusive  size: cat x waves: the worker of the head crashed\n"
        "regression    start: cat x waves, init noise: 1.27 times as long as before (1.24 to 1.31), 119 ms more\n"
        "\n"
        "1 of 4 benchmarks is slower: start: cat x waves, init noise, 1.27 times as long\n"
        "next: nst-bench check compare perf --base main measures again\n"
    )


def test_a_check_that_found_nothing_is_short():
    assert plain(lines(FINE, 80)) == (
        "exact perf\n"
        "\n"
        "benchmark          verdict      base    head  ratio\n"
        "adam: cat x waves  no change  1.00 s  1.01 s   1.01\n"
        "\n"
        "none of 1 counters moved\n"
    )


def test_where_nothing_was_measured_it_says_why():
    assert plain(lines(NOTHING, 80)) == (
        "compare perf: main against this code\n"
        "\n"
        "cannot pass  interrupted\n"
        "\n"
        "nothing was measured; it cannot pass: interrupted\n"
    )


def test_long_names_lose_their_middle_and_wide_ones_stay_in_line():
    wide = replace(ADAM, name="夜" * 15 + ", 512")
    assert plain(lines(replace(FINE, rows=(START, wide)), 56)).splitlines()[2:5] == [
        "benchmark              verdict       base    head  ratio",
        "start: cat…init noise  regression  452 ms  571 ms   1.27",
        "夜夜夜夜夜…夜夜, 512   no change   1.00 s  1.01 s   1.01",
    ]


def test_words_stand_to_the_left_and_figures_to_the_right():
    rows = (replace(ADAM, cells=("9", "none", "")), replace(ADAM, cells=("10", "3", "")))
    assert plain(lines(replace(FINE, rows=rows), 80)).splitlines()[2:5] == [
        "benchmark          verdict    base  head  ratio",
        "adam: cat x waves  no change     9  none",
        "adam: cat x waves  no change    10  3",
    ]


def test_of_very_many_the_twenty_worst_are_told():
    rows = tuple(replace(START, name=f"number {i}", weight=i) for i in range(21))
    told = plain(lines(replace(SLOWER, rows=(SIZE, *rows)), 80)).splitlines()
    assert told[28:31] == [
        "note        the checkout differs from its commit",
        "            2 more above that are no pass",
        "regression  number 1: 1.27 times as long as before (1.24 to 1.31), 119 ms more",
    ]
    assert told[49] == "regression  number 20: 1.27 times as long as before (1.24 to 1.31), 119 ms more"


@given(texts, st.integers(1, 30))
def test_what_is_shortened_fits(text, width):
    assert cell_len(shortened(text, width)) <= max(width, 1)


@given(reports(), st.integers(20, 120))
def test_whatever_it_holds_every_row_is_a_line_and_no_line_moves_the_cursor(report, width):
    text = plain(lines(report, width))
    assert all(line.isprintable() for line in text.splitlines())
    told = text.splitlines()
    table = told[2 : 3 + len(report.rows)] if report.rows else []
    assert [line.split("  ")[-1] for line in table[:1]] != [""]
    assert all(row.verdict in line for row, line in zip(report.rows, table[1:], strict=True))


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("verdict", "shown"),
    [
        (Verdict.REGRESSION, "\x1b[1;31mregression\x1b[0m"),
        (Verdict.INCONCLUSIVE, "\x1b[33minconclusive\x1b[0m"),
        (Verdict.IMPROVEMENT, "\x1b[32mimprovement\x1b[0m"),
        (Verdict.NO_CHANGE, "no change"),
    ],
)
def test_on_a_terminal_verdicts_have_colours(monkeypatch, verdict, shown):
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    coloured(lines(replace(FINE, rows=(replace(ADAM, verdict=verdict),)), 20), terminal)
    row = terminal.getvalue().splitlines()[3]
    assert row.startswith(f"adam: cat x waves  {shown}")
    assert row.endswith("1.00 s  1.01 s   1.01")


@pytest.mark.parametrize(("stream", "no_color", "wants"), [(Terminal(), "", True), (Terminal(), "1", False), (io.StringIO(), "", False)])  # fmt: skip
def test_colours_are_for_terminals_that_want_them(monkeypatch, stream, no_color, wants):
    monkeypatch.setenv("NO_COLOR", no_color)
    assert wants_colour(stream) == wants
