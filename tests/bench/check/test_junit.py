"""JUnit XML: whole files, the rules that readers agree on, and that it never passes what did not pass."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
import xmlschema
from hypothesis import given

from bench.check.model import Verdict
from bench.check.outputs.junit import junit
from bench.errors import Exit
from tests.bench.check.reports import FINE, NOTHING, SLOWER, START, reports

RULES = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))


def test_a_test_case_for_each_benchmark():
    assert junit(SLOWER).decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<testsuites name="compare perf: main against this code" tests="4" failures="1" errors="1" skipped="0" time="2.081000">\n'
        '  <testsuite name="compare perf: main against this code" tests="4" failures="1" errors="1" skipped="0" time="2.081000">\n'
        "    <properties>\n"
        '      <property name="base" value="main (1a2b3c4d5e6f)" />\n'
        '      <property name="machine" value="AMD EPYC 7763, 2 threads" />\n'
        "    </properties>\n"
        '    <testcase classname="compare perf: main against this code.start" name="start: cat x waves, init noise" time="0.571000">\n'
        '      <failure message="1.27 times as long as before (1.24 to 1.31), 119 ms more" type="regression">1.27 times as long as before (1.24 to 1.31), 119 ms more</failure>\n'
        "      <system-out>verdict: regression; base: 452 ms; head: 571 ms; ratio: 1.27</system-out>\n"
        "    </testcase>\n"
        '    <testcase classname="compare perf: main against this code.adam" name="adam: cat x waves" time="1.010000">\n'
        "      <system-out>verdict: no change; base: 1.00 s; head: 1.01 s; ratio: 1.01</system-out>\n"
        "    </testcase>\n"
        '    <testcase classname="compare perf: main against this code.size" name="size: cat x waves">\n'
        '      <error message="the worker of the head crashed" type="inconclusive">the worker of the head crashed</error>\n'
        "      <system-out>verdict: inconclusive; base: 2.10 s</system-out>\n"
        "    </testcase>\n"
        '    <testcase classname="compare perf: main against this code" name="quick" time="0.500000">\n'
        "      <system-out>verdict: improvement; base: 1.00 s; head: 500 ms; ratio: 0.50</system-out>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n"
    )


def test_where_nothing_was_measured_the_reasons_are_an_error():
    assert junit(replace(NOTHING, reasons=("interrupted", "no baseline"))).decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<testsuites name="compare perf: main against this code" tests="1" failures="0" errors="1" skipped="0" time="0.000000">\n'
        '  <testsuite name="compare perf: main against this code" tests="1" failures="0" errors="1" skipped="0" time="0.000000">\n'
        '    <testcase classname="compare perf: main against this code" name="the check as a whole">\n'
        '      <error message="interrupted" type="inconclusive">interrupted\nno baseline</error>\n'
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n"
    )


def results(report):
    """Of each test case its name and its result."""
    cases = ET.fromstring(junit(report)).iter("testcase")
    return [
        (case.get("name"), next((child.tag for child in case if child.tag in ("failure", "error")), "passed"))
        for case in cases
    ]


def test_an_interrupted_check_does_not_pass_though_what_it_measured_does():
    report = replace(FINE, verdict=Verdict.INCONCLUSIVE, reasons=("interrupted",))
    assert results(report) == [("adam: cat x waves", "passed"), ("the check as a whole", "error")]


@pytest.mark.parametrize(("verdict", "result"), [(Verdict.REGRESSION, "failure"), (Verdict.INCONCLUSIVE, "error")])
def test_a_verdict_that_no_row_tells_is_told_by_the_whole(verdict, result):
    assert results(replace(FINE, verdict=verdict))[1:] == [("the check as a whole", result)]


def test_a_long_text_loses_its_middle():
    report = replace(SLOWER, rows=(replace(START, name="a" * 999 + "z", message="b" * 9999 + "y"),))
    (case,) = ET.fromstring(junit(report)).iter("testcase")
    assert case.get("name") == "a" * 150 + "…" + "a" * 148 + "z"
    assert len(case.find("failure").get("message")) == len(case.find("failure").text) == 4000


@pytest.mark.parametrize("report", [SLOWER, FINE, NOTHING], ids=lambda report: report.verdict)
def test_every_shape_keeps_the_rules(report):
    RULES.validate(BytesIO(junit(report)))


def test_the_rules_can_be_broken():
    broken = junit(SLOWER).replace(b' type="regression"', b"").replace(b'time="0.571000"', b'time="5.71e-1"')
    assert sorted(error.reason for error in RULES.iter_errors(BytesIO(broken))) == [
        "attribute time='5.71e-1': invalid value '5.71e-1' for xs:decimal",
        "missing required attribute 'type'",
    ]


@given(reports())
def test_whatever_it_holds_it_keeps_the_rules_counts_right_and_passes_what_passed(report):
    written = junit(report)
    RULES.validate(BytesIO(written))
    root = ET.fromstring(written)
    cases = list(root.iter("testcase"))
    failures, errors = (list(root.iter(name)) for name in ("failure", "error"))
    for suite in (root, root[0]):
        assert [int(suite.get(name)) for name in ("tests", "failures", "errors")] == [
            len(cases),
            len(failures),
            len(errors),
        ]
    assert len(cases) - len(report.rows) in (0, 1)
    assert (not failures and not errors) == (report.verdict.exit_code is Exit.FINE)
