"""Parameters in step on the pages: one picker, one axis, and pairs that differ in nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench import pairing, results
from bench.pairing import Step
from bench.report import build
from bench.report.columns import parameters
from bench.report.comparisons import ComparisonView, comparisons
from bench.report.gallery import gallery
from bench.report.groups import along, groups
from bench.report.model import Experiment, Model, gather
from bench.report.pairs import addresses
from bench.report.pairs import pages as pair_pages
from bench.report.site import Site
from tests.bench.report import reading
from tests.bench.report.synthetic_results import Trial, make

DEPTH = {"content_layers": [["conv2_2"], ["conv4_2"]], "content_weight": [1.0, 10.0]}


def model_of(folder: Path, trial: Trial) -> Model:
    make(folder, [trial])
    return gather(results.load(folder), {})


def one(folder: Path, **options: Any) -> tuple[Model, Experiment]:
    model = model_of(folder, Trial("deep", ("cat",), ("waves", "stars"), **options))
    return model, model.experiments[0]


def settings(model: Model, view: ComparisonView) -> set[str]:
    """What the pairs of the first contrast are told apart by."""
    return {view.experiment.settings(model.runs[pair.a], view.step) for pair in view.contrasts[0].found.pairs}


def test_a_zip_is_one_picker_with_a_short_label_for_each_step(tmp_path: Path) -> None:
    model, experiment = one(tmp_path, grid={"init": ["noise", "content"]}, zips={"depth": DEPTH})
    (wall,) = gallery(model, (), {("deep", run.id): "x" for run in experiment.runs}).walls
    assert [(picker.name, picker.options) for picker in wall.pickers] == [
        ("init", ("noise", "content")),
        ("depth", ("conv2_2 / 1", "conv4_2 / 10")),
    ]
    assert wall.shown == "noise · depth conv2_2 / 1"
    for row in wall.rows:
        for cell in row.cells:
            assert cell.run is not None
            assert (cell.run.parameters["init"], cell.run.parameters["content_weight"]) == ("noise", 1.0)


def test_steps_that_repeat_a_value_are_steps_all_the_same(tmp_path: Path) -> None:
    zipped = {"size": [64, 32, 64], "evaluations": [4, 4, 8]}
    _, experiment = one(tmp_path, zips={"pace": zipped})
    assert [step.label for step in experiment.axes["pace"]] == ["64\u202fpx / 4", "32\u202fpx / 4", "64\u202fpx / 8"]
    assert (list(experiment.axes), experiment.in_step) == (["pace"], ())
    assert experiment.varying == ("size", "evaluations")


def test_labels_that_would_be_the_same_have_their_number(tmp_path: Path) -> None:
    long = [[f"conv{n}_1" for n in (1, 2, 3, 4)] + [last] for last in ("conv5_1", "conv5_2")]
    _, experiment = one(tmp_path, zips={"far": {"style_layers": long, "seed": [0, 0]}})
    assert [step.label for step in experiment.axes["far"]] == [
        "1: conv1_1, conv2_1, conv3_1, co…",
        "2: conv1_1, conv2_1, conv3_1, co…",
    ]


def test_a_zip_compared_pairs_what_differs_in_its_parameters_alone(tmp_path: Path) -> None:
    model, _ = one(tmp_path, grid={"init": ["noise", "content"]}, zips={"depth": DEPTH}, compare=["depth"])
    rows = results.frame(model.results)
    found = pairing.compare(rows, "depth", zipped=list(DEPTH))
    (contrast,) = found.contrasts
    first, second = (Step(tuple(DEPTH), step) for step in ((("conv2_2",), 1.0), (("conv4_2",), 10.0)))
    assert (contrast.a, contrast.b, contrast.unmatched) == (first, second, ())
    assert (found.parameters, found.in_step, found.losses_comparable) == (tuple(DEPTH), (), False)
    assert len(contrast.pairs) == 4
    for pair in contrast.pairs:
        a, b = (model.runs[id] for id in (pair.a, pair.b))
        assert {n for n in a.parameters if a.parameters[n] != b.parameters[n]} == set(DEPTH)
        assert (a.content, a.style) == (b.content, b.style)
    (view,) = comparisons(model)
    assert [c.title for c in view.contrasts] == ["conv4_2 / 10 against conv2_2 / 1"]
    assert view.notes == (
        "content_layers and content_weight change together along depth.",
        "Losses are not compared: when content_layers and content_weight change, the loss is another function, and a "
        "lower number does not mean a better picture.",
    )
    assert settings(model, view) == {"noise", "content"}
    assert "".join(map(str, view.finding[:1])) == "Depth conv4_2 / 10"


def test_losses_are_compared_along_a_zip_that_leaves_the_objective_alone(tmp_path: Path) -> None:
    zipped = {"init": ["noise", "content"], "evaluations": [4, 8]}
    model, _ = one(tmp_path, zips={"start": zipped}, compare=["start"])
    found = pairing.compare(results.frame(model.results), "start", zipped=list(zipped))
    assert found.losses_comparable
    assert found.contrasts[0].loss is not None


def test_one_parameter_of_a_zip_is_compared_with_the_others_in_step(tmp_path: Path) -> None:
    model, _ = one(tmp_path, grid={"init": ["noise", "content"]}, zips={"depth": DEPTH}, compare=["content_layers"])
    (view,) = comparisons(model)
    assert view.notes[0] == "content_weight changes in step with content_layers."
    assert [len(contrast.found.pairs) for contrast in view.contrasts] == [4]
    assert settings(model, view) == {"noise", "content"}


def test_what_an_override_changes_with_a_step_is_said_to_change_with_it(tmp_path: Path) -> None:
    model, _ = one(
        tmp_path,
        zips={"depth": DEPTH},
        compare=["depth"],
        override=lambda p: {"evaluations": 8} if p["content_weight"] == 10 else {},
    )
    (view,) = comparisons(model)
    assert view.notes[1] == "evaluations changes in step with depth."
    assert len(view.contrasts[0].found.pairs) == 2


def test_runs_that_an_override_sets_apart_are_no_pair(tmp_path: Path) -> None:
    model, _ = one(
        tmp_path,
        grid={"init": ["noise", "content"]},
        zips={"depth": DEPTH},
        compare=["depth"],
        override=lambda p: {"evaluations": 8} if (p["content_weight"], p["init"]) == (10, "noise") else {},
    )
    (view,) = comparisons(model)
    assert settings(model, view) == {"content"}
    assert {lonely.reason for lonely in view.contrasts[0].found.unmatched} == {"the plan has no run to pair it with"}


def test_what_is_excluded_leaves_a_place_without_a_run(tmp_path: Path) -> None:
    model, experiment = one(
        tmp_path,
        grid={"init": ["noise", "content"]},
        zips={"depth": DEPTH},
        override=lambda p: None if (p["content_weight"], p["init"]) == (1, "noise") else {},
    )
    assert [step.label for step in experiment.axes["depth"]] == ["conv2_2 / 1", "conv4_2 / 10"]
    (wall,) = gallery(model, (), {("deep", run.id): "x" for run in experiment.runs}).walls
    assert [(cell.run, cell.page) for cell in wall.rows[0].cells] == [(None, "x"), (None, "x")]


def test_rows_of_a_pair_page_go_along_the_zip(tmp_path: Path) -> None:
    model, experiment = one(tmp_path, grid={"init": ["noise", "content"]}, zips={"depth": DEPTH}, compare=["depth"])
    waves = [run for run in experiment.runs if run.style and run.style.label == "waves"]
    found = groups(waves, along(experiment, "depth"))
    assert [(group.settings, [side.value for side in group.sides]) for group in found] == [
        ("noise", ["conv2_2 / 1", "conv4_2 / 10"]),
        ("content", ["conv2_2 / 1", "conv4_2 / 10"]),
    ]
    page = pair_pages(Site(model, comparisons(model), addresses(model)))[0].view()
    assert [legend.label for legend in page.legend] == [
        "noise · depth conv2_2 / 1",
        "noise · depth conv4_2 / 10",
        "content · depth conv2_2 / 1",
        "content · depth conv4_2 / 10",
    ]
    assert [(legend.colour, legend.dash) for legend in page.legend] == [(0, 0), (1, 0), (0, 1), (1, 1)]


def test_tables_have_a_column_for_each_parameter(tmp_path: Path) -> None:
    model, _ = one(tmp_path, zips={"depth": DEPTH})
    assert parameters(model) == tuple(DEPTH)


@pytest.mark.parametrize("name", ["depth", "loss", "status", "id", "<b>&\"'", "x" * 200])
def test_a_zip_may_have_any_name(tmp_path: Path, name: str) -> None:
    make(tmp_path, [Trial("deep", ("cat",), ("waves",), zips={name: DEPTH}, compare=[name])])
    assert build(tmp_path).problems == ()
    for text in reading.pages(tmp_path / "site").values():
        reading.tree(text)
    assert reading.broken_links(tmp_path / "site") == []


def test_pages_of_a_plan_that_knows_no_zips_are_as_they_were(tmp_path: Path) -> None:
    plan = make(tmp_path, [Trial("first", grid={"init": ["noise", "content"]}, compare=["init"])])
    build(tmp_path)
    before = reading.pages(tmp_path / "site")
    text = plan.model_dump_json(exclude={"experiments": {"__all__": {"zips"}}})
    assert "zips" not in text
    (tmp_path / "plan.json").write_text(text, encoding="utf-8")
    build(tmp_path)
    assert reading.pages(tmp_path / "site") == before
