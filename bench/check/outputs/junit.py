"""A report as JUnit XML, of the kind that Ant began and that Jenkins, GitLab and GitHub actions read.

There is no standard; tests/bench/check/junit.xsd holds what readers agree on. The file has a failure or an error
exactly when the exit code is not 0: who reads nothing else must not take for a pass what was none.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

from bench.check.model import Verdict
from bench.check.outputs.text import FLAGGED, bounded, some
from bench.check.shown import Report, Row
from bench.errors import Exit

#: Characters of a name, and of any other text: readers put the one into tables and the other into memory.
_NAME, _TEXT = 300, 4000

#: Reasons told one by one.
_MOST = 50

#: The element that says so, by verdict; anything else passed.
_ELEMENTS = {Verdict.REGRESSION: "failure", Verdict.INCONCLUSIVE: "error"}


def junit(report: Report) -> bytes:
    """A file of one suite, with a test case for each row, and one for the whole where rows do not tell the verdict."""
    title = bounded(report.title, _NAME)
    suite = ET.Element("testsuite", name=title)
    if report.facts:
        properties = ET.SubElement(suite, "properties")
        for name, value in report.facts:
            ET.SubElement(properties, "property", name=bounded(name, _NAME), value=bounded(value, _TEXT))
    for row in report.rows:
        _case(suite, report, row)
    if _needs_more_than_rows(report):
        _whole(suite, report)
    seconds = sum(float(time) for case in suite if (time := case.get("time")))
    counts = {
        "tests": str(len(suite.findall("testcase"))),
        "failures": str(len(suite.findall("testcase/failure"))),
        "errors": str(len(suite.findall("testcase/error"))),
        "skipped": "0",
        "time": f"{seconds:.6f}",
    }
    suite.attrib |= counts
    root = ET.Element("testsuites", {"name": title, **counts})
    root.append(suite)
    ET.indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode").encode() + b"\n"


def _case(suite: ET.Element, report: Report, row: Row) -> None:
    # Readers take what stands before the last dot for a package.
    place = f"{report.title}.{row.group}" if row.group else report.title
    case = ET.SubElement(suite, "testcase", classname=bounded(place, _NAME), name=bounded(row.name, _NAME))
    if row.seconds is not None and math.isfinite(row.seconds) and row.seconds >= 0:
        case.set("time", f"{row.seconds:.6f}")
    if report.verdict.exit_code is not Exit.FINE:
        _result(case, row.verdict, row.message)
    cells = [("verdict", row.verdict), *zip(report.columns, row.cells, strict=True)]
    line = "; ".join(bounded(f"{name}: {cell}", _TEXT) for name, cell in cells if cell)
    ET.SubElement(case, "system-out").text = line


def _whole(suite: ET.Element, report: Report) -> None:
    """The check as a test case of its own: one that cannot pass, or of which no row says why it did not."""
    title = bounded(report.title, _NAME)
    case = ET.SubElement(suite, "testcase", classname=title, name="the check as a whole")
    regressed = report.verdict is Verdict.REGRESSION and not report.reasons
    told, left_out = some(report.reasons or (report.sentence,), _MOST)
    more = [f"and {left_out} more"] if left_out else []
    _result(case, Verdict.REGRESSION if regressed else Verdict.INCONCLUSIVE, *told, *more)


def _needs_more_than_rows(report: Report) -> bool:
    flagged = any(row.verdict in FLAGGED for row in report.rows)
    return report.verdict.exit_code is not Exit.FINE and (bool(report.reasons) or not flagged)


def _result(case: ET.Element, verdict: Verdict, message: str, *more: str) -> None:
    if verdict in _ELEMENTS:
        found = ET.SubElement(case, _ELEMENTS[verdict], message=bounded(message, _TEXT), type=verdict.value)
        found.text = "\n".join(bounded(line, _TEXT) for line in (message, *more))
