"""Several results folders as one: nothing is mixed up, every job meets itself."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bench import merging, pairing, results
from bench.errors import BenchError
from bench.report.comparisons import comparisons
from bench.report.model import gather, sources
from bench.report.table import csv_bytes
from bench.results import Results
from tests.bench.report.synthetic_results import Trial, failed, make

TRIAL = Trial("start", ("cat",), ("waves", "stars"), {"init": ["noise", "content"]}, ["init"])


def slower(factor: float) -> Callable[[Any, dict[str, Any]], dict[str, Any]]:
    def edit(p: Mapping[str, Any], record: dict[str, Any]) -> dict[str, Any]:
        record["timing"]["optimise"] *= factor
        record["environment"] = {**record["environment"], "cpu": f"{factor} times as slow"}
        record["run"] = "20260102T030405-7"
        return record

    return edit


def report(folder: Path, apart: float) -> None:
    """What happened in a folder: one run, by the same name in each, as containers have the same process ids."""
    told = {"id": "20260102T030405-7", "name": "x", "command": ["nst-bench"], "started": "2026-01-02T03:04:05Z"}
    (folder / "runs").mkdir()
    slots = {"cpu": {"before": 1.0, "after": 1.0 + apart}}
    (folder / "runs" / f"{told['id']}.json").write_text(json.dumps({**told, "steadiness": slots}))


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """The same plan on two machines; the second takes half as long again."""
    one, other = tmp_path / "desk", tmp_path / "rack"
    for folder, factor in ((one, 1.0), (other, 1.5)):
        make(folder, [TRIAL], edit=slower(factor))
        report(folder, factor - 1)
    return one, other


def test_one_folder_is_left_as_it_is(two: tuple[Path, Path]) -> None:
    alone = results.load(two[0])
    assert merging.merged([alone]) is alone


def test_every_job_is_paired_with_itself(two: tuple[Path, Path]) -> None:
    both = merging.load(two)
    found = pairing.compare(results.frame(both), "folder")
    (contrast,) = found.contrasts
    assert (contrast.a, contrast.b, len(contrast.pairs), contrast.unmatched) == ("desk", "rack", 4, ())
    assert (found.in_step, found.losses_comparable) == ((), True)
    for pair in contrast.pairs:
        assert both.job_id(pair.a) == both.job_id(pair.b)
        assert (both.folders[pair.a].parents[2], both.folders[pair.b].parents[2]) == two
    assert contrast.seconds is not None
    assert (contrast.seconds.median, contrast.seconds.losses) == (pytest.approx(1.5), 4)


def test_the_folder_is_the_first_comparison_of_its_experiment_and_parts_the_others(two: tuple[Path, Path]) -> None:
    both = merging.load(two)
    (experiment,) = both.plan.experiments
    assert experiment.axes == {"folder": ["desk", "rack"], "init": ["noise", "content"]}
    assert experiment.compare == ["folder", "init"]
    model = gather(both, {})
    folder, init, *alone = comparisons(model)
    assert (folder.axis, init.axis) == ("folder", "init")
    assert folder.found.contrasts[0].seconds.median == 1.5  # it is machines that are compared here
    assert [quantity.name for quantity in init.contrasts[0].quantities] == ["final loss"]
    assert init.notes[0] == (
        "These pairs were timed on 2 machines, whose times are never put together; each has a comparison of its own."
    )
    assert [view.contrasts[0].title for view in alone] == [
        "content against noise, on 1.0 times as slow",
        "content against noise, on 1.5 times as slow",
    ]
    assert [view.found.contrasts[0].seconds.median for view in alone] == pytest.approx([1.01, 1.01])
    assert [view.found.contrasts[0].seconds.n for view in alone] == [2, 2]
    (contrast,) = pairing.compare(results.frame(both), "init").contrasts
    assert len(contrast.pairs) == 4
    assert all(both.folders[pair.a].parents[2] == both.folders[pair.b].parents[2] for pair in contrast.pairs)
    text = "".join(part if isinstance(part, str) else part.text for part in comparisons(model)[0].finding)
    assert text.startswith("Folder rack reached the final loss of desk in 100\u202f% of its time (median of 4 pairs, ")


def test_everything_is_read_from_its_own_folder(two: tuple[Path, Path]) -> None:
    one, other = map(results.load, two)
    both = merging.load(two)
    assert len(both.plan.jobs) == len(both.records) == len(both.folders) == 8
    for key, record in both.records.items():
        own = one if both.folders[key].is_relative_to(two[0]) else other
        before = own.records[both.job_id(key)]
        assert record.timing == before.timing
        assert record.environment == before.environment
        assert record.parameters == {**before.parameters, "folder": own.folder.name}
        assert both.plan.jobs[key].parameters["folder"] == own.folder.name
        assert both.unsteadiness(key) == pytest.approx(0.0 if own is one else 0.5)
        assert results.curve(both, key).equals(results.curve(own, both.job_id(key)))


def test_pages_and_tables_name_a_job_by_its_own_id(two: tuple[Path, Path]) -> None:
    both = merging.load(two)
    rows = list(csv.DictReader(csv_bytes(gather(both, {})).decode().splitlines()))
    assert sorted(row["id"] for row in rows) == sorted([*results.load(two[0]).plan.jobs] * 2)
    assert [row["folder"] for row in rows] == ["desk"] * 4 + ["rack"] * 4


def test_inputs_are_found_where_there_is_a_copy(two: tuple[Path, Path]) -> None:
    (gone, *kept) = sorted((two[0] / "inputs").iterdir())
    gone.unlink()
    shown = {s.path for key, s in sources(merging.load(two)).items() if key.startswith("input:")}
    assert shown == {two[1] / "inputs" / gone.name, *kept}


def test_pictures_are_those_of_their_folders(two: tuple[Path, Path]) -> None:
    Image.new("RGB", (8, 8), "teal").save(next((two[1] / "jobs").glob("*/*/image.png")))
    found = sources(merging.load(two))
    pictures = {source.path.read_bytes() for key, source in found.items() if not key.startswith("input:")}
    assert len([key for key in found if not key.startswith("input:")]) == 8
    assert len(pictures) == 5


def test_how_much_repeats_agree_is_told_of_each_folder_s_own(tmp_path: Path) -> None:
    folders = tmp_path / "a", tmp_path / "b"
    for folder, structure in zip(folders, (0.5, 0.75), strict=True):
        make(folder, [Trial("x", ("cat",), ("waves",), {"seed": [0, 1]})])
        records = results.load(folder).records
        images = [record.files["image.png"] for record in records.values()]
        one = {"jobs": list(records), "images": images, "structure": structure, "difference": 1.0, "pairs": 1}
        (folder / "agreement.json").write_text(json.dumps([one]))
    both = merging.load(folders)
    assert {key: one.structure for key, one in both.agreement.items()} == {
        key: 0.5 if path.is_relative_to(folders[0]) else 0.75 for key, path in both.folders.items()
    }
    for key, one in both.agreement.items():
        assert key in one.jobs
        assert set(one.jobs) <= set(both.records)


def test_experiments_are_united_by_name_and_task(tmp_path: Path) -> None:
    make(tmp_path / "a", [Trial("start", grid={"size": [32, 64]}, compare=["size"]), Trial("alone")])
    make(tmp_path / "b", [Trial("start", grid={"size": [64, 96], "seed": [0, 1]}, compare=["seed", "size"])])
    make(tmp_path / "c", [Trial("start", ("cat",), (), task="reconstruct")])
    both = merging.load([tmp_path / name for name in "abc"])
    assert [(e.name, e.task, e.axes, e.compare) for e in both.plan.experiments] == [
        (
            "start (a, b)",
            "transfer",
            {"folder": ["a", "b"], "size": [32, 64, 96], "seed": [0, 1]},
            ["folder", "size", "seed"],
        ),
        ("alone", "transfer", {}, []),
        ("start (c)", "reconstruct", {}, []),
    ]
    (contrast,) = pairing.compare(_rows(both, "start (a, b)"), "folder").contrasts
    assert (len(contrast.pairs), len(contrast.unmatched)) == (4, 4 + 12)


def test_zips_of_the_same_parameters_become_one_with_every_step(tmp_path: Path) -> None:
    depth = {"content_layers": [["conv2_2"], ["conv4_2"]], "content_weight": [1.0, 10.0]}
    more = {"content_layers": [["conv4_2"], ["conv5_2"]], "content_weight": [10.0, 100.0]}
    make(tmp_path / "a", [Trial("deep", ("cat",), ("waves",), zips={"depth": depth}, compare=["depth"])])
    make(tmp_path / "b", [Trial("deep", ("cat",), ("waves",), zips={"depth": more}, compare=["depth"])])
    make(tmp_path / "c", [Trial("deep", ("cat",), ("waves",), zips={"depth": {"seed": [0, 1]}}, compare=["depth"])])
    both = merging.load([tmp_path / name for name in "abc"])
    assert [(e.name, e.zips) for e in both.plan.experiments] == [
        (
            "deep (a, b)",
            {
                "depth": {
                    "content_layers": [["conv2_2"], ["conv4_2"], ["conv5_2"]],
                    "content_weight": [1.0, 10.0, 100.0],
                }
            },
        ),
        ("deep (c)", {"depth": {"seed": [0, 1]}}),
    ]
    labels = [[str(step.label) for step in e.axes["depth"]] for e in gather(both, {}).experiments]
    assert labels == [["conv2_2 / 1", "conv4_2 / 10", "conv5_2 / 100"], ["0", "1"]]


def test_what_cannot_be_read_is_named_with_its_folder(two: tuple[Path, Path]) -> None:
    torn = next((two[1] / "jobs").glob("*/*/record.json"))
    torn.write_text("{")
    both = merging.load(two)
    ((key, message),) = both.problems
    assert (both.job_id(key), message[:31]) == (torn.parent.name, "rack: record.json is not JSON: ")
    assert results.frame(both).set_index("id").loc[key, "status"] == "unreadable"


def test_a_job_that_failed_here_and_went_well_there_has_no_partner(tmp_path: Path) -> None:
    make(tmp_path / "a", [TRIAL], edit=lambda p, r: failed(r, "oom") if p["init"] == "noise" else r)
    make(tmp_path / "b", [TRIAL])
    (contrast,) = pairing.compare(results.frame(merging.load([tmp_path / "a", tmp_path / "b"])), "folder").contrasts
    assert (len(contrast.pairs), {u.reason for u in contrast.unmatched}) == (
        2,
        {"its own status is oom", "its partner's status is oom"},
    )


class TestTitle:
    def test_it_is_the_plans_where_they_agree(self, two: tuple[Path, Path]) -> None:
        plan = merging.load(two).plan
        first = results.load(two[0]).plan
        assert (plan.name, plan.title, plan.intro) == (first.name, first.title, first.intro)
        assert (plan.manifest_text, plan.manifest_sha256) == (first.manifest_text, first.manifest_sha256)

    def test_else_it_is_their_names_and_every_manifest_is_kept(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            make(tmp_path / name, [TRIAL], title=name, manifest=f"name: {name}\n", warnings=[name, "both"])
            path = tmp_path / name / "plan.json"
            path.write_text(json.dumps(json.loads(path.read_text()) | {"name": f"plan-{name}", "intro": name}))
        both = merging.load([tmp_path / "a", tmp_path / "b"])
        assert (both.plan.name, both.plan.title, both.plan.intro) == ("plan-a + plan-b", "plan-a + plan-b", "a\n\nb")
        assert both.plan.manifest_text == ("# a: start-and-size.yaml\nname: a\n\n# b: start-and-size.yaml\nname: b\n")
        assert both.plan.warnings == ["a", "both", "b"]
        assert [(part.label, part.folder, part.plan.manifest_text) for part in both.parts] == [
            ("a", tmp_path / "a", "name: a\n"),
            ("b", tmp_path / "b", "name: b\n"),
        ]


class TestLabels:
    @pytest.mark.parametrize(
        ("folders", "labels"),
        [
            (["desk", "rack"], ("desk", "rack")),
            (["desk/night", "rack/night"], ("desk/night", "rack/night")),
            (["a/x/night", "b/x/night", "day"], ("a/x/night", "b/x/night", "day")),
            (["night", "rack/night"], ("{}/night", "rack/night")),
        ],
    )
    def test_they_are_names_with_the_parents_it_takes(
        self, tmp_path: Path, folders: list[str], labels: tuple[str, ...]
    ) -> None:
        expected = tuple(label.format(tmp_path.name) for label in labels)
        assert merging.names([tmp_path / folder for folder in folders]) == expected

    def test_a_folder_given_twice_is_an_error(self, two: tuple[Path, Path]) -> None:
        again = two[1] / ".." / "desk"
        with pytest.raises(BenchError, match=re.escape(f"{again}: given twice; name each results folder once")):
            merging.load([*two, again])

    def test_they_can_be_chosen(self, two: tuple[Path, Path]) -> None:
        both = merging.load(two, labels=["A", "B"])
        assert both.plan.experiments[0].axes["folder"] == ["A", "B"]

    @pytest.mark.parametrize("labels", [["A"], ["A", "A"]])
    def test_labels_that_do_not_tell_folders_apart_are_refused(self, two: tuple[Path, Path], labels: list[str]) -> None:
        with pytest.raises(ValueError, match="2 folders need as many labels, each another: A"):
            merging.load(two, labels=labels)


def test_a_folder_that_cannot_be_loaded_is_named(two: tuple[Path, Path]) -> None:
    (two[1] / "plan.json").unlink()
    with pytest.raises(BenchError, match=re.escape(f"{two[1]}: no plan.json in it")):
        merging.load(two)


def _rows(of: Results, experiment: str) -> Any:
    rows = results.frame(of)
    return rows[rows["experiment"] == experiment]
