"""What is said of times where a folder holds runs of several machines, as a cluster leaves them: they are never pooled."""

from pathlib import Path
from typing import Any

import pytest

from bench import pairing
from bench.findings.answers import answers
from bench.findings.held import Left
from bench.report import build
from bench.report.columns import labels
from bench.report.comparisons import comparisons
from bench.report.groups import along, groups
from bench.report.model import gather
from bench.report.provenance import machine_names, machines
from bench.report.site import rows
from bench.results import frame, load
from tests.bench.report.synthetic_results import Trial, make

#: By seed, the node that a run was made on, and how many times as long it took there.
NODES = {0: ("a", 1.0), 1: ("a", 1.0), 2: ("b", 3.0), 3: ("b", 3.0), 4: ("b", 3.0)}


def on_nodes(p: Any, record: dict[str, Any]) -> dict[str, Any]:
    """Both starts of a seed on one node; but of seed 4, one each."""
    node, factor = NODES[p["seed"]]
    if p["seed"] == 4 and p["init"] == "content":
        node, factor = "a", 1.0
    if p["init"] == "content":
        factor *= 2
    record["timing"]["optimise"] = factor
    record["environment"] = {**record["environment"], "node": node}
    return record


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    finding = {"along": "init", "start": {"init": "noise"}, "end": {"init": "content"}, "figure": "seconds"}
    alone = {"figure": "seconds", "at_least": 0.5}
    trial = Trial(
        "start",
        ("cat",),
        ("waves",),
        {"init": ["noise", "content"], "seed": [0, 1, 2, 3, 4]},
        ["init"],
        findings=[{**finding, "change": "higher"}, alone],
    )
    make(tmp_path, [trial], edit=on_nodes)
    return tmp_path


class TestPairs:
    def test_of_several_machines_have_no_times_together(self, folder: Path) -> None:
        found = pairing.compare(frame(load(folder)), "init")
        (contrast,) = found.contrasts
        assert (len(contrast.pairs), contrast.seconds, contrast.per_evaluation) == (5, None, None)
        assert {pair.seconds_a for pair in contrast.pairs} == {None}
        assert contrast.loss is not None
        assert contrast.loss.n == 5
        assert (len(found.machines), found.across) == (2, 1)

    def test_of_one_machine_have_them(self, folder: Path) -> None:
        runs = frame(load(folder))
        for machine, expected in zip(pairing.compare(runs, "init").machines, (1.0, 3.0), strict=True):
            (contrast,) = pairing.compare(runs[runs["machine"] == machine], "init").contrasts
            assert contrast.seconds is not None
            assert (contrast.seconds.n, contrast.seconds.median, contrast.seconds.difference) == (2, 2.0, expected)

    def test_of_several_machines_have_figures_of_their_task_but_for_times(self, tmp_path: Path) -> None:
        def edit(p: Any, record: dict[str, Any]) -> dict[str, Any]:
            record = on_nodes(p, record)
            record["outcome"]["numbers"] = {"flicker": 1.0 + p["seed"], "seconds_per_frame": 0.5}
            return record

        trial = Trial("start", ("cat",), ("waves",), {"init": ["noise", "content"], "seed": [0, 1, 2, 3, 4]}, ["init"])
        make(tmp_path, [trial], edit=edit)
        runs = frame(load(tmp_path))
        found = pairing.compare(runs, "init")
        (whole,) = found.contrasts
        assert set(whole.own) == {"flicker"}
        assert whole.own["flicker"].n == 5
        assert {pair.own["seconds_per_frame"] for pair in whole.pairs} == {(None, None)}
        (alone,) = pairing.compare(runs[runs["machine"] == found.machines[0]], "init").contrasts
        assert alone.own["seconds_per_frame"].n == 2

    def test_of_a_single_machine_are_what_they_were(self, tmp_path: Path) -> None:
        make(tmp_path, [Trial("start", ("cat",), ("waves",), {"init": ["noise", "content"], "seed": [0, 1]}, ["init"])])
        found = pairing.compare(frame(load(tmp_path)), "init")
        assert (len(found.machines), found.across) == (1, 0)
        assert found.contrasts[0].seconds is not None
        assert found.contrasts[0].seconds.n == 2


def test_each_machine_has_a_comparison_of_its_own(folder: Path) -> None:
    whole, *alone = comparisons(gather(load(folder), {}))
    assert whole.notes == (
        "These pairs were timed on 2 machines, whose times are never put together; each has a comparison of its own.",
        "1 pair has no times to compare: one run was made on another machine than the other.",
    )
    assert [quantity.name for quantity in whole.contrasts[0].quantities] == ["final loss"]
    assert [view.contrasts[0].title for view in alone] == [
        f"content against noise, on A processor, {node}" for node in ("a", "b")
    ]
    for view in alone:
        ((times, _),) = [view.contrasts[0].quantities[:2]]
        assert (times.name, times.spread.n) == ("time to the same loss", 2)
        assert view.contrasts[0].sentence[0].startswith("On A processor, ")
    anchors = [view.contrasts[0].anchor for view in (whole, *alone)]
    assert len(set(anchors)) == 3
    assert [view.contrasts[0].number for view in (whole, *alone)] == [0, 1, 2]


def test_findings_go_by_the_times_of_one_machine(folder: Path) -> None:
    pairs, runs = answers(load(folder))
    # On a: two seeds and one run of the fifth; on b as many pairs, and the other run of it.
    assert (pairs.measured, pairs.left) == (2, Left(untimed=3))
    assert pairs.groups[0].centre == pairs.groups[0].least == pairs.groups[0].most
    assert (runs.measured, runs.left) == (5, Left(untimed=5))
    assert {runs.groups[0].least, runs.groups[0].most} in ({1.0, 2.0}, {3.0, 6.0})


def test_rows_of_a_pair_page_have_ratios_within_a_machine_only(folder: Path) -> None:
    (experiment,) = gather(load(folder), {}).experiments
    told = {
        group.sides[0].run.parameters["seed"]: group.sides[1].time_ratio
        for group in groups(experiment.runs, along(experiment, "init"))
        if group.sides[0].run
    }
    assert {seed: ratio and float(ratio.value) for seed, ratio in told.items()} == {0: 2, 1: 2, 2: 2, 3: 2, 4: None}


def test_the_table_has_a_column_of_machines_where_there_are_several(folder: Path, tmp_path: Path) -> None:
    model = gather(load(folder), {})
    (column,) = [found for found in labels(model, rows(model)) if found.name == "machine"]
    assert set(column.values) == {"A processor, a", "A processor, b"}
    make(tmp_path / "other", [Trial("start", ("cat",), ("waves",), {"seed": [0, 1]})])
    alone = gather(load(tmp_path / "other"), {})
    assert "machine" not in [found.name for found in labels(alone, rows(alone))]


def test_nodes_are_told_apart_on_the_pages(folder: Path) -> None:
    results = load(folder)
    assert sorted(machine_names(results).values()) == ["A processor, a", "A processor, b"]
    assert [len(runs) for runs in machines(gather(results, {}))] == [5, 5]
    build(folder)
    about = (folder / "site" / "about.html").read_text()
    assert "A processor, a" in about
    assert "A processor, b" in about


def test_machines_that_are_called_the_same_are_numbered(tmp_path: Path) -> None:
    def edit(p: Any, record: dict[str, Any]) -> dict[str, Any]:
        record["environment"] = {**record["environment"], "torch": f"2.{p['seed']}"}
        return record

    make(tmp_path, [Trial("start", ("cat",), ("waves",), {"seed": [0, 1]})], edit=edit)
    assert sorted(machine_names(load(tmp_path)).values()) == ["A processor (1)", "A processor (2)"]


def test_what_does_not_change_how_fast_a_machine_is_makes_it_no_other(tmp_path: Path) -> None:
    def edit(p: Any, record: dict[str, Any]) -> dict[str, Any]:
        record["environment"] = {**record["environment"], "git": f"commit {p['seed']}", "python": f"3.11.{p['seed']}"}
        return record

    make(tmp_path, [Trial("start", ("cat",), ("waves",), {"init": ["noise", "content"], "seed": [0, 1]})], edit=edit)
    results = load(tmp_path)
    assert len(set(results.machines.values())) == 1
    assert results.main_machine in results.machines.values()
