"""The site as a whole: every figure is a record's, every point of a curve its run's, every ratio its comparison's."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from bench.pairing import Descent, compare
from bench.results import Results, curve, frame
from tests.bench.report import reading


class TestFigures:
    def test_every_time_loss_and_memory_on_every_page_is_the_record_s(
        self, trees: dict[str, Element], results: Results
    ) -> None:
        seen: dict[str, int] = {}
        for name, root in trees.items():
            for run, kind, value, _ in reading.figures(root):
                record = results.records.get(run)
                expected = _measured(record, kind) if record else None
                if kind in _MEASURED:
                    assert expected is not None, f"{name}: a figure ({kind}) of no run"
                    assert float(value) == expected, f"{name}: {kind} of {run}"
                    seen[kind] = seen.get(kind, 0) + 1
        assert set(seen) == set(_MEASURED)

    def test_every_run_that_is_done_shows_its_loss_and_time_on_the_page_of_its_pair(
        self, trees: dict[str, Element], results: Results
    ) -> None:
        pairs = [root for name, root in trees.items() if name.startswith("pairs/")]
        shown = {(run, kind) for root in pairs for run, kind, _, _ in reading.figures(root)}
        finite = {id for id, r in results.records.items() if r.outcome and r.outcome.final_loss is not None}
        assert {(id, "loss") for id in finite} | {(id, "seconds") for id in finite} <= shown

    def test_what_was_not_measured_is_on_no_page(self, trees: dict[str, Element], results: Results) -> None:
        without = set(results.plan.jobs) - {id for id, r in results.records.items() if r.status == "done"}
        assert len(without) == 2
        for root in trees.values():
            assert not [f for f in reading.figures(root) if f[0] in without]

    def test_phases_and_terms_are_the_record_s(self, trees: dict[str, Element], results: Results) -> None:
        seen = 0
        for name, root in trees.items():
            for section in root.iter("section"):
                heading = section.attrib.get("aria-labelledby")
                if not name.startswith("runs/") or heading not in ("time", "terms"):
                    continue
                record = results.records[section.attrib["data-run"]]
                assert record.timing is not None
                assert record.outcome is not None
                phases = ("decode", "weights", "targets", "warmup", "optimise", "save", "assess")
                expected = {p: getattr(record.timing, p) for p in phases} if heading == "time" else record.outcome.terms
                shown = {
                    reading.text_of(row.find("dt")).strip(): float(next(reading.figures(row, "?"))[2])
                    for row in section.iter("div")
                    if row.find("dt") is not None and list(reading.figures(row, "?"))
                }
                assert shown == {key: value for key, value in expected.items() if value is not None}, name
                seen += len(shown)
        assert seen > 100

    def test_tables_of_curves_hold_the_curve_s_own_values(self, trees: dict[str, Element], results: Results) -> None:
        seen = 0
        tables = {id: curve(results, id).set_index("evaluation") for id, r in results.records.items() if r.files}
        for name, root in trees.items():
            for element in root.iter():
                if "data-evaluation" not in element.attrib:
                    continue
                row = tables[element.attrib["data-run"]].loc[int(element.attrib["data-evaluation"])]
                for _, kind, value, _ in reading.figures(element):
                    if kind in ("loss", "curve-loss"):
                        assert float(value) == row["total"], name
                        seen += 1
                    elif kind == "curve-seconds":
                        assert float(value) == row["seconds"], name
        assert seen > 1000

    def test_lines_of_curves_pass_through_the_curve_s_values(self, trees: dict[str, Element], results: Results) -> None:
        seen = 0
        for name, svg in _charts(trees):
            (left, x0), (right, x1) = json.loads(svg.attrib["data-x"])
            (top, y1), (bottom, y0) = json.loads(svg.attrib["data-y"])
            by_time = "by time" in reading.text_of(svg)
            for line in (e for e in svg.iter() if e.tag.endswith("polyline")):
                table = curve(results, line.attrib["data-run"])
                term = line.attrib["data-term"]
                columns = ["total"] if term == "total" else [c for c in table if str(c).startswith(term)]
                points = list(
                    zip(table["seconds" if by_time else "evaluation"], table[columns].sum(axis=1), strict=True)
                )
                drawn = [tuple(map(float, p.split(","))) for p in line.attrib["points"].split()]
                assert len(drawn) == len(points), name
                for (px, py), (x, y) in zip(drawn, points, strict=True):
                    assert px == pytest.approx(left + (x - x0) / (x1 - x0) * (right - left), abs=0.006)
                    assert py == pytest.approx(bottom - (math.log10(y) - y0) / (y1 - y0) * (bottom - top), abs=0.006)
                    seen += 1
        assert seen > 1000

    def test_ratios_and_medians_are_those_of_the_comparison(self, trees: dict[str, Element], results: Results) -> None:
        runs = frame(results)
        found = compare(runs[runs["experiment"] == "start"], "init", lambda id: Descent.of(curve(results, id)))
        (contrast,) = found.contrasts
        (section, *_) = [e for e in trees["compare.html"].iter("section") if e.attrib.get("class") == "contrast"]
        shown = {(run, kind, float(value)) for run, kind, value, _ in reading.figures(section)}
        expected = set()
        for pair in contrast.pairs:
            ratios = {"time-ratio": pair.seconds_ratio, "loss-ratio": pair.loss_ratio, "reach": pair.reach_b}
            expected |= {(pair.b, kind, value) for kind, value in ratios.items() if value is not None}
            expected |= {(pair.a, "reach", pair.reach_a)} if pair.reach_a is not None else set()
        for spread in (contrast.seconds, contrast.loss, contrast.reach):
            assert spread is not None
            expected |= {("", "ratio", value) for value in (spread.median, spread.lower, spread.upper)}
            expected.add(("", "difference", spread.difference))
        assert len(expected) > 20
        assert expected <= shown

    def test_a_time_that_is_not_valid_stands_in_no_ratio(self, trees: dict[str, Element], results: Results) -> None:
        (untimed,) = [id for id, r in results.records.items() if r.timing and not r.timing.valid]
        kinds = {kind for root in trees.values() for run, kind, _, _ in reading.figures(root) if run == untimed}
        assert "seconds" in kinds
        assert "time-ratio" not in kinds

    def test_no_ratio_of_losses_is_shown_between_sizes(self, trees: dict[str, Element]) -> None:
        notes = [reading.text_of(e) for e in trees["compare.html"].iter() if e.attrib.get("class") == "note"]
        assert notes[0] == (
            "Losses are not compared: when size changes, the loss is another function, "
            "and a lower number does not mean a better picture."
        )
        (section,) = [e for e in trees["compare.html"].iter("section") if "64" in (reading.text_of(e)[:30])]
        assert "loss-ratio" not in {kind for _, kind, _, _ in reading.figures(section)}


_QUALITY = (
    "structure", "style_distance", "colour_distance", "colourfulness", "content_colourfulness", "style_colourfulness",
)  # fmt: skip
_MEASURED = ("loss", "seconds", "per-evaluation", "peak-memory", "start-loss", "out-of-gamut", *_QUALITY)


def _measured(record: Any, kind: str) -> float | None:
    return {
        "loss": lambda: record.outcome.final_loss,
        "seconds": lambda: record.timing.optimise,
        "per-evaluation": lambda: record.timing.optimise / record.outcome.evaluations,
        "peak-memory": lambda: record.memory.peak_bytes,
        "start-loss": lambda: record.outcome.start_loss,
        "out-of-gamut": lambda: record.outcome.out_of_gamut,
        **{name: lambda name=name: getattr(record.outcome.quality, name) for name in _QUALITY},
    }.get(kind, lambda: None)()


def _charts(trees: dict[str, Element]) -> Iterator[tuple[str, Element]]:
    for name, root in trees.items():
        yield from ((name, e) for e in root.iter() if e.attrib.get("class") == "chart" and "data-x" in e.attrib)
