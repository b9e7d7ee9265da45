"""What a run's page tells of its time: kept work, the GPU, and nothing that was not measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from bench.report import build
from tests.bench.report import reading
from tests.bench.report.synthetic_results import Trial, make

COOL = {"sm_mhz": 1980, "temperature_celsius": 41, "slowed_by": []}
HOT = {"sm_mhz": 1305, "temperature_celsius": 91, "slowed_by": ["power limit", "hardware slowdown for heat"]}


def told(p: Any, record: dict[str, Any]) -> dict[str, Any]:
    if p["content"] == "cat":
        record["timing"] |= {
            "reused": ["weights", "targets"],
            "gpu_before": COOL,
            "gpu_after": HOT,
            "energy_joules": 1234.5,
            "graph": True,
        }
    else:
        record["timing"]["no_graph"] = "a line search reads every loss"
    return record


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Element]:
    folder: Path = tmp_path_factory.mktemp("told")
    make(folder, [Trial("one", ("cat", "town"), ("waves",))], edit=told)
    build(folder)
    trees = {name: reading.tree(text) for name, text in reading.pages(folder / "site").items()}
    return {label: next(reading.runs(trees, f"{label} × waves")) for label in ("cat", "town")}


def test_what_the_driver_told_is_on_the_page(pages: dict[str, Element]) -> None:
    found = {kind: value for _, kind, value, _ in reading.figures(pages["cat"])}
    assert {kind: found[kind] for kind in found if kind == "energy" or kind.startswith("gpu-")} == {
        "energy": "1234.5",
        "gpu-clock at the start": "1980",
        "gpu-temperature at the start": "41",
        "gpu-clock at the end": "1305",
        "gpu-temperature at the end": "91",
    }
    assert "Clocks of the GPU were held back by: power limit, hardware slowdown for heat" in reading.text_of(
        pages["cat"]
    )


def test_work_that_was_kept_is_told(pages: dict[str, Element]) -> None:
    said = "Done before by an earlier job of the same worker, in whole or in part: weights, targets"
    assert said in reading.text_of(pages["cat"])
    assert "Done before" not in reading.text_of(pages["town"])


def test_how_steps_were_made_is_told(pages: dict[str, Element]) -> None:
    assert "Steps were replayed from a CUDA graph." in reading.text_of(pages["cat"])
    assert "not replayed" not in reading.text_of(pages["cat"])
    assert "Steps were not replayed from a CUDA graph: a line search reads every loss" in reading.text_of(pages["town"])


def test_without_a_gpu_nothing_is_said_of_one(pages: dict[str, Element]) -> None:
    kinds = {kind for _, kind, _, _ in reading.figures(pages["town"])}
    assert {kind for kind in kinds if kind.startswith(("gpu", "energy"))} == set()
    assert "Clocks of the GPU" not in reading.text_of(pages["town"])
