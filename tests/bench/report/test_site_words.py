"""The site as a whole: what it claims and with which figures, and what it says of runs that ended otherwise."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from bench.report import build
from tests.bench.report import reading
from tests.bench.report.synthetic_results import Trial, make


class TestWords:
    def test_the_findings_come_first_with_their_figures_and_pairs(self, trees: dict[str, Element]) -> None:
        (findings,) = [e for e in trees["index.html"].iter() if e.attrib.get("class") == "findings"]
        assert [reading.text_of(item) for item in findings.iter("li")] == [
            "Starting from the content reached the final loss of noise in 27.8 % of its time (median of 5 pairs, "
            "quartiles 27.8 % to 27.8 %; faster in 5 of 5, p = 0.063). For the same evaluations it took 1.01 × the "
            "time (slower in 5 of 5, p = 0.063) and ended at 0.237 × the loss (lower in 6 of 6, p = 0.031).",
            "Size 64 px took 1.78 × the time of size 48 px "
            "(median of 5 pairs, quartiles 1.78 × to 1.78 ×; slower in 5 of 5, p = 0.063).",
            "content_layers conv2_2 took 1.00 × the time of content_layers conv1_1 (one pair).",
        ]

    def test_runs_that_ended_otherwise_are_counted_and_shown_as_such(self, trees: dict[str, Element]) -> None:
        text = reading.text_of(trees["index.html"])
        assert "22 runs: 20 done (1 of them diverged), 1 out of memory, 1 not run yet." in text
        told = {"blank": set(), "badge warn": set()}
        for name, root in trees.items():
            for element in root.iter() if name.startswith("pairs/") else ():
                told.get(element.attrib.get("class", ""), set()).add(reading.text_of(element))
        assert told == {
            "blank": {"out of memory3.1 GiB wanted, 1.2 GiB free", "not run yet"},
            "badge warn": {"diverged"},
        }

    def test_what_failed_is_told_with_the_reason(self, trees: dict[str, Element]) -> None:
        (failures,) = [e for e in trees["about.html"].iter() if e.attrib.get("class") == "failures"]
        assert [reading.text_of(e) for e in failures] == [
            "cat × stars, noise · 64 px: out of memory 3.1 GiB wanted, 1.2 GiB free",
            "town × stars, content · 64 px: diverged the loss rose a hundredfold",
        ]

    def test_random_weights_are_named_as_such(self, tmp_path: Path) -> None:
        make(tmp_path, [Trial("a", ("cat",), ("waves",), {"init": ["noise"]}, fixed={"weights": "random:3"})])
        text = reading.text_of(reading.tree((build(tmp_path).index).read_text()))
        assert "weights random:3/he-normal" in text
        assert "This picture comes from random, untrained weights" in text

    def test_pictures_of_trained_weights_carry_no_such_sentence(self, trees: dict[str, Element]) -> None:
        assert not any("untrained" in reading.text_of(root) for root in trees.values())

    @pytest.mark.parametrize("what", ["nothing done", "one run", "no experiment"])
    def test_small_results_make_no_claim(self, tmp_path: Path, what: str) -> None:
        trial = Trial("a", ("cat",), ("waves",), {"init": ["noise", "content"]}, ["init"])
        kept = "noise" if what == "one run" else ""
        make(
            tmp_path,
            [] if what == "no experiment" else [trial],
            edit=lambda p, record: record if p["init"] == kept else None,
        )
        root = reading.tree(build(tmp_path).index.read_text())
        assert not [e for e in root.iter() if e.attrib.get("class") == "findings"]
        assert {kind for _, kind, _, _ in reading.figures(root)} == ({"loss", "seconds"} if kept else set())
        assert reading.broken_links(tmp_path / "site") == []
