"""What GitHub Actions is told: annotations, their limits and escapes, and the summary of a step."""

import re
from dataclasses import replace
from pathlib import Path

from hypothesis import given

from bench.check.model import Verdict
from bench.check.outputs import github
from bench.check.outputs.summary import LIMIT, markdown
from bench.check.shown import Place
from tests.bench.check.reports import FINE, NOTHING, QUICK, SIZE, SLOWER, START, reports

HERE = Path("/checkout")


def test_the_manifests_lines_are_annotated_the_worst_first():
    assert github.commands(replace(SLOWER, reasons=("interrupted",)), HERE, HERE) == [
        "::error file=manifests/perf.yaml,line=12,col=3,title=regression%3A start%3A cat x waves%2C init noise::1.27 times as long as before (1.24 to 1.31), 119 ms more",
        "::warning title=compare perf%3A main against this code::interrupted",
        "::warning file=manifests/perf.yaml,line=20,col=1,title=inconclusive%3A size%3A cat x waves::the worker of the head crashed",
        "::notice title=improvement%3A quick::0.50 times as long",
    ]


def test_what_passed_is_not_annotated():
    assert github.commands(FINE, HERE, HERE) == []


def test_where_nothing_was_measured_the_reason_is_a_warning():
    assert github.commands(NOTHING, HERE, HERE) == [
        "::warning title=compare perf%3A main against this code::interrupted"
    ]


def test_of_more_than_ten_of_a_kind_the_tenth_counts_the_others():
    rows = tuple(replace(START, name=f"n{i}", weight=i, place=None, message="slower") for i in range(12))
    assert github.commands(replace(SLOWER, rows=(*rows, QUICK)), HERE, HERE) == [
        *(f"::error title=regression%3A n{i}::slower" for i in range(11, 2, -1)),
        "::error title=compare perf%3A main against this code::and 3 more regressions: the table in the log has all of them",
        "::notice title=improvement%3A quick::0.50 times as long",
    ]


def test_ten_of_a_kind_are_all_shown():
    told = github.commands(replace(SLOWER, rows=(START,) * 10), HERE, HERE)
    assert told == [told[0]] * 10


def placed(path, here=HERE):
    report = replace(SLOWER, rows=(replace(SIZE, name="n", place=Place(path, 7)),))
    (command,) = github.commands(report, HERE, here)
    return command


def test_files_are_named_as_the_checkout_has_them():
    expected = "::warning file=sub/perf.yaml,line=7,col=1,title=inconclusive%3A n::the worker of the head crashed"
    assert placed("sub/perf.yaml") == expected
    assert placed("/checkout/sub/perf.yaml") == expected
    assert placed("perf.yaml", HERE / "sub") == expected
    assert placed("../sub/perf.yaml", HERE / "other") == expected


def test_a_manifest_outside_the_checkout_is_named_in_the_message():
    expected = "::warning title=inconclusive%3A n::the worker of the head crashed (/usr/lib/perf.yaml:7)"
    assert placed("/usr/lib/perf.yaml") == expected


def test_marks_of_commands_are_escaped():
    row = replace(SIZE, name="50 %\n::error::x", message="50 %\r\nmore: a, b", place=Place("a,b:c%.yaml", 1))
    assert github.commands(replace(SLOWER, rows=(row,)), HERE, HERE) == [
        "::warning file=a%2Cb%3Ac%25.yaml,line=1,col=1,title=inconclusive%3A 50 %25 %3A%3Aerror%3A%3Ax::50 %25 more: a, b"
    ]


@given(reports())
def test_whatever_it_holds_an_annotation_is_one_line_with_its_properties(report):
    told = github.commands(report, HERE, HERE)
    shape = r"::(error|warning|notice) (file=[^:,]*,line=\d+,col=\d+,)?title=[^:,]*::.*"
    assert [command for command in told if not re.fullmatch(shape, command)] == []
    flagged = [row for row in report.rows if row.verdict is not Verdict.NO_CHANGE]
    assert len(told) == len(flagged) + len(report.reasons)


def test_names_are_not_taken_for_commands(monkeypatch):
    monkeypatch.setattr("secrets.token_hex", lambda _: "token")
    assert github.harmless("a::b\n") == "a::b\n"
    stopped = "::stop-commands::token\n  ::add-mask::a\n::token::\n"
    assert github.harmless("  ::add-mask::a\n") == stopped
    assert github.harmless("a ##[error]\n") == "::stop-commands::token\na ##[error]\n::token::\n"


def test_the_summary_is_put_behind_what_is_there(tmp_path):
    path = tmp_path / "summary.md"
    github.append_summary(FINE, path)
    github.append_summary(SLOWER, path)
    assert path.read_text() == f"{markdown(FINE)}\n{markdown(SLOWER)}"


def test_the_summary_keeps_to_what_github_takes_of_a_step(tmp_path):
    path = tmp_path / "summary.md"
    path.write_text("x" * (LIMIT - 600))
    github.append_summary(replace(SLOWER, rows=SLOWER.rows * 100), path)
    github.append_summary(replace(SLOWER, rows=SLOWER.rows * 100), path)
    added = path.read_text()[LIMIT - 600 :]
    assert added == f"\n{markdown(SLOWER, 250)}" + f"\n{markdown(SLOWER, 250)}"
