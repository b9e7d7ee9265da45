"""What carries the gradient: shares, their drawings, and the pages that show them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from bench.record import Outcome, Record
from bench.report import balance, build, shares, single
from bench.report.shares import Axis, Measure, measures
from bench.results import load
from tests.bench.report import imagined, reading
from tests.bench.report.synthetic_results import Trial, failed, make


def measure(**values: float | None) -> Measure:
    return Measure("pull at the start", "pull-start", values)


class TestShares:
    @pytest.mark.parametrize("values", [{"a": 3.0, "b": 1.0}, {"a": 1e-300, "b": 1e300, "c": 5.0}, {"a": 0.1}])
    def test_they_add_up_to_one(self, values: dict[str, float]) -> None:
        assert math.fsum(measure(**values).shares.values()) == pytest.approx(1, abs=1e-12)

    def test_they_are_each_term_over_all(self) -> None:
        assert measure(a=1.0, b=3.0, c=0.0).shares == {"a": 0.25, "b": 0.75, "c": 0}

    @pytest.mark.parametrize("values", [{"a": 1.0, "b": None}, {"a": 1.0, "b": math.inf}, {"a": 0.0, "b": 0.0}, {}])
    def test_of_what_is_not_known_or_nothing_there_are_none(self, values: dict[str, float | None]) -> None:
        assert measure(**values).shares == {}
        assert measure(**values).span is None

    def test_the_span_is_of_those_that_have_any(self) -> None:
        assert measure(a=2.0, b=500.0, c=0.0).span == pytest.approx(250)

    def test_terms_stand_as_in_the_objective_whichever_run_has_them(self) -> None:
        one = [Measure("", "", dict.fromkeys(("content.conv2_2", "style.conv1_1", "tv"), 1.0))]
        two = [Measure("", "", dict.fromkeys(("style.conv1_1", "style.conv2_1"), 1.0))]
        assert shares.terms([one, two]) == ("content.conv2_2", "style.conv1_1", "style.conv2_1", "tv")


class TestAxis:
    def test_it_is_linear_where_the_least_can_be_seen(self) -> None:
        axis = Axis.of([[measure(a=99.0, b=1.0)]])
        assert not axis.logarithmic
        assert [label.replace("\u202f", " ") for _, label in axis.ticks] == ["0 %", "25 %", "50 %", "75 %", "100 %"]
        assert (axis.at(0.0), axis.at(0.3), axis.at(1.0)) == (0, 0.3, 1)

    def test_it_is_logarithmic_where_shares_are_a_hundred_times_apart_in_any_run(self) -> None:
        axis = Axis.of([[measure(a=1.0, b=1.0)], [measure(a=1e5, b=3.0)]])
        assert axis == Axis(-5)
        assert (axis.at(1.0), axis.at(1e-1), axis.at(0.0)) == (1, pytest.approx(0.8), 0)
        assert axis.at(3e-5) > 0
        assert [label.replace("\u202f", " ") for _, label in axis.ticks] == [
            "0.001 %", "0.01 %", "0.1 %", "1 %", "10 %", "100 %",
        ]  # fmt: skip

    def test_it_ends_where_a_term_is_as_good_as_left_out(self) -> None:
        axis = Axis.of([[measure(a=1.0, b=1e-30)]])
        assert axis == Axis(-8)
        assert axis.at(1e-30) == 0


class TestDrawings:
    def test_bars_are_as_long_as_the_axis_says(self) -> None:
        found = [measure(a=1.0, b=3.0), Measure("pull at the end", "pull-end", {"a": 0.0, "b": 1.0})]
        drawn = shares.bars("A title", found, ("a", "b", "c"), Axis.of([found]))
        wide = drawn.right - drawn.left
        assert [row.label for row in drawn.rows] == ["a", "b", "c"]
        assert [[(width / wide, k) for _, width, _, k in row.bars] for row in drawn.rows] == [
            [(pytest.approx(0.25, abs=1e-4), 0)],
            [(pytest.approx(0.75, abs=1e-4), 0), (pytest.approx(1), 1)],
            [],
        ]
        tops = [y for row in drawn.rows for y, *_ in row.bars]
        assert tops == sorted(tops)
        assert max(tops) < drawn.bottom < drawn.height

    def test_a_drawing_says_its_shares_to_those_who_do_not_see_it(self) -> None:
        found = [measure(a=1.0, b=3.0), Measure("pull at the end", "pull-end", {"a": None, "b": 1.0})]
        drawn = shares.bars("A title", found, ("a", "b"), Axis.of([found]))
        assert drawn.title.replace("\u202f", " ") == (
            "A title: pull at the start: a 25.0 %, b 75.0 %; pull at the end: not known"
        )

    def test_a_stack_is_all_of_it_in_the_order_of_the_terms(self) -> None:
        parts = shares.stack(measure(b=1.0, a=3.0), ("a", "missing", "b")).parts
        assert [(x / shares.WIDTH, width / shares.WIDTH) for x, width, _ in parts] == [(0, 0.75), (0.75, 0.25)]
        assert [fill for *_, fill in parts] == [shares.fill(0), shares.fill(2)]

    def test_eight_terms_have_fills_of_their_own(self) -> None:
        assert len({shares.fill(number) for number in range(8)}) == 8


#: By the weights of the layers: raw sums, where the first layer is ignored, and balanced ones.
PULLS = {
    "sum": {"content.conv2_2": 3.0, "style.conv1_1": 0.001, "style.conv1_2": 6.999},
    "channels": {"content.conv2_2": 4.0, "style.conv1_1": 3.0, "style.conv1_2": 3.0},
}


def pulled(p: Any, record: dict[str, Any]) -> dict[str, Any]:
    """One run failed, of one nothing was asked, and one has a gradient that is no number."""
    if p["seed"] == 1:
        return failed(record)
    if p["seed"] != 2:
        record["outcome"]["pull"] = {
            "start": PULLS[p["style_layer_weights"]],
            "end": {**PULLS["channels"], **({"style.conv1_1": None} if p["seed"] == 3 else {})},
        }
    return record


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    varied = {"style_layer_weights": ["sum", "channels"], "seed": [0, 1, 2, 3]}
    trials = [
        Trial("weights", ("cat", "town"), ("waves",), varied),
        Trial("not asked", ("cat",), ("waves",), fixed={"seed": 2, "size": 48}),
        Trial("one", ("cat",), ("waves",)),
    ]
    make(folder, trials, edit=pulled)
    build(folder)
    return folder


def page(folder: Path, name: str) -> Any:
    return reading.tree((folder / "site" / name).read_text(encoding="utf-8"))


def run_with(folder: Path, **wanted: Any) -> Record:
    return next(
        record
        for record in load(folder).records.values()
        if all(record.parameters[name] == value for name, value in wanted.items())
    )


def section(root: Any, heading: str) -> Any:
    return next((e for e in root.iter("section") if e.attrib.get("aria-labelledby") == heading), None)


class TestTheRunsPage:
    def told(self, folder: Path, **wanted: Any) -> Any:
        return section(page(folder, f"runs/{run_with(folder, **wanted).id[:12]}.html"), "balance")

    def test_it_says_in_words_which_term_has_most_and_which_least(self, folder: Path) -> None:
        shown = [reading.text_of(e) for e in self.told(folder, style_layer_weights="sum", seed=0).iter("p")]
        assert shown[:2] == [
            "The largest share of the pull at the start is style.conv1_2's, 70.0 %; "
            "the smallest is style.conv1_1's, 0.0100 %, 7000 × less.",
            "The largest share of the pull at the end is content.conv2_2's, 40.0 %; "
            "the smallest is style.conv1_1's, 30.0 %, 1.33 × less.",
        ]

    def test_its_table_has_every_figure_of_the_record_with_its_share(self, folder: Path) -> None:
        record = run_with(folder, style_layer_weights="sum", seed=0)
        assert record.outcome is not None
        assert record.outcome.pull is not None
        (table,) = self.told(folder, style_layer_weights="sum", seed=0).iter("table")
        seen = [(kind, float(value)) for _, kind, value, _ in reading.figures(table)]
        for kind, values in (
            ("pull-start", record.outcome.pull.start),
            ("pull-end", record.outcome.pull.end),
            ("term-loss", record.outcome.terms),
        ):
            assert [value for name, value in seen if name == kind] == list(values.values())
            found = [value for name, value in seen if name == f"{kind}-share"]
            assert found == pytest.approx([value / math.fsum(values.values()) for value in values.values()])
            assert math.fsum(found) == pytest.approx(1)

    def test_where_a_gradient_is_no_number_there_are_no_shares_of_it_and_the_rest_is_told(self, folder: Path) -> None:
        told = self.told(folder, style_layer_weights="sum", seed=3)
        kinds = [kind for _, kind, _, _ in reading.figures(next(told.iter("table")))]
        assert (kinds.count("pull-end"), kinds.count("pull-end-share"), kinds.count("pull-start-share")) == (2, 0, 3)

    @pytest.mark.parametrize("seed", [1, 2])
    def test_a_run_that_failed_or_was_not_asked_has_nothing_of_it(self, folder: Path, seed: int) -> None:
        assert self.told(folder, seed=seed) is None

    def test_as_a_file_to_send_it_leads_nowhere_else(self, folder: Path, tmp_path: Path) -> None:
        record = run_with(folder, style_layer_weights="sum", seed=0)
        sent = reading.tree(single.write(folder, [record.id], tmp_path / "one.html").read_text(encoding="utf-8"))
        assert "What carries the gradient" in reading.text_of(sent)
        assert not list(section(sent, "balance").iter("a"))


class TestTheExperimentsPage:
    def test_it_is_reached_from_the_first_page_from_the_grid_and_from_each_run(self, folder: Path) -> None:
        for name, way in (
            ("index.html", "balance/e1-1.html"),
            ("grids/e1.html", "../balance/e1-1.html"),
            (f"runs/{run_with(folder, seed=0).id[:12]}.html", "../balance/e1-1.html"),
        ):
            assert way in set(reading.links(page(folder, name))), name
        assert reading.broken_links(folder / "site") == []

    def test_only_experiments_have_one_of_which_something_is_known(self, folder: Path) -> None:
        assert [e.name for e in load(folder).plan.experiments] == ["weights", "not asked", "one"]
        assert sorted(p.name for p in (folder / "site" / "balance").iterdir()) == ["e1-1.html", "e3-1.html"]
        assert not any("balance/" in way for way in reading.links(page(folder, "grids/e2.html")))

    def test_it_lays_the_runs_of_each_pair_beside_each_other(self, folder: Path) -> None:
        root = page(folder, "balance/e1-1.html")
        assert [reading.text_of(e) for e in root.iter("h2")] == ["cat × waves", "town × waves"]
        stacks = [e for e in root.iter() if e.attrib.get("class") == "phases stack"]
        assert len(stacks) == 2 * 4 * 3
        assert reading.text_of(stacks[0]) == (
            "pull at the start: content.conv2_2 30.0 %, style.conv1_1 0.0100 %, style.conv1_2 70.0 %"
        )
        assert "Of 8 runs more nothing is known" in reading.text_of(root)

    def test_all_its_drawings_have_one_axis(self, folder: Path) -> None:
        root = page(folder, "balance/e1-1.html")
        charts = [e for e in root.iter() if e.attrib.get("class") == "chart"]
        assert len(charts) == 2 * 4
        ticks = [e for chart in charts for e in chart.iter() if e.attrib.get("class") == "ticks"]
        assert [reading.text_of(e) for e in ticks] == ["0.001 %0.01 %0.1 %1 %10 %100 %"] * 8
        assert "Term by term, in powers of ten" in [reading.text_of(e) for e in root.iter("h3")]

    def test_pages_of_many_runs_follow_each_other_and_stay_below_three_thousand_nodes(self) -> None:
        pull = {"start": dict.fromkeys(TERMS, 1.0), "end": dict.fromkeys(TERMS, 2.0)}
        outcome = Outcome(
            width=1, height=1, evaluations=1, updates=0, picture_evaluation=0, start_loss=1, final_loss=1,
            terms=dict.fromkeys(TERMS, 1.0), out_of_gamut=0, pull=pull,
        )  # fmt: skip

        def known(fields: dict[str, Any]) -> dict[str, Any]:
            return {"record": Record.model_construct(outcome=outcome)}

        site = imagined.site([Trial("many", ("cat",), ("waves",), {"seed": list(range(60))})], known)
        made = balance.pages(site)
        views = [page.view() for page in made]
        assert sum(len(pair.runs) for view in views for pair in view.pairs) == 60
        assert [(view.before, view.after) for view in views[:2]] == [
            ("", "balance/e1-2.html"), ("balance/e1-1.html", "balance/e1-3.html"),
        ]  # fmt: skip
        counts = [imagined.nodes(imagined.rendered(page, site, made)) for page in made]
        assert max(counts) < 3000
        assert max(counts) > 1500


TERMS = ("content.conv4_2", *(f"style.conv{k}_1" for k in range(1, 6)), "tv")


def test_a_record_from_before_there_was_any_is_read_as_one_that_was_not_asked() -> None:
    outcome = {
        "width": 1, "height": 1, "evaluations": 1, "updates": 0, "picture_evaluation": 0, "start_loss": 1.0,
        "final_loss": 1.0, "terms": {"tv": 1.0}, "out_of_gamut": 0.0, "quality": {"structure": 0.5},
    }  # fmt: skip
    read = Outcome.model_validate(outcome)
    assert (read.pull, read.quality.colourfulness, measures(read)) == (None, None, ())
