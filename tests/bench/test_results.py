"""Records as tables, and runs paired up: whole tables, exact numbers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bench import pairing, results
from bench.errors import BenchError
from tests.bench.report.synthetic_results import Trial, failed, make, seconds


def folder_with(tmp_path: Path, *trials: Trial, **options: Any) -> results.Results:
    make(tmp_path, trials, **options)
    return results.load(tmp_path)


def one(
    tmp_path: Path, *, contents: tuple[str, ...] = ("cat",), styles: tuple[str, ...] = ("waves",), **options: Any
) -> Any:
    """Runs of one experiment, and its curves."""
    keys = ("grid", "compare", "fixed", "task")
    trial = Trial("first", contents, styles, **{k: options.pop(k) for k in keys if k in options})
    found = folder_with(tmp_path, trial, **options)
    return results.frame(found), lambda id: results.curve(found, id)


class TestLoad:
    def test_a_missing_folder_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(BenchError, match=re.escape(f"{tmp_path}/x: no such folder; expected a results folder")):
            results.load(tmp_path / "x")

    def test_a_folder_without_a_plan_is_no_results_folder(self, tmp_path: Path) -> None:
        with pytest.raises(BenchError, match=re.escape(f"{tmp_path}: no plan.json in it")) as caught:
            results.load(tmp_path)
        assert caught.value.exit_code == 2

    def test_a_plan_of_a_newer_version_asks_for_an_update(self, tmp_path: Path) -> None:
        make(tmp_path, [Trial("first")])
        path = tmp_path / "plan.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "schema_version": 2, "surprise": 1}))
        with pytest.raises(BenchError) as caught:
            results.load(tmp_path)
        assert str(caught.value) == (
            f"{path} written by a newer version of nst-bench (schema 2, this one reads 1); update nst-bench to read it"
        )

    def test_a_torn_record_is_a_problem_and_the_rest_is_read(self, tmp_path: Path) -> None:
        plan = make(tmp_path, [Trial("first")])
        torn, swapped, *rest = plan.jobs
        (tmp_path / "jobs" / torn[:2] / torn / "record.json").write_text('{"id": "abc')
        record = tmp_path / "jobs" / swapped[:2] / swapped / "record.json"
        record.write_text(record.read_text().replace(f'"id": "{swapped}"', '"id": "someone-else"'))
        found = results.load(tmp_path)
        assert set(found.records) == set(rest)
        assert dict(found.problems) == {
            torn: "record.json is not JSON: Unterminated string starting at: line 1 column 8 (char 7)",
            swapped: "record.json describes the job someone-else, not the one its folder is named after",
        }
        assert list(results.frame(found)["status"]) == ["unreadable", "unreadable", "done", "done"]

    def test_a_job_folder_without_a_record_is_a_problem(self, tmp_path: Path) -> None:
        plan = make(tmp_path, [Trial("first", ("cat",), ("waves",))])
        (id,) = plan.jobs
        (tmp_path / "jobs" / id[:2] / id / "record.json").unlink()
        assert results.load(tmp_path).problems == ((id, "record.json is missing"),)


class TestFrame:
    def test_one_row_per_planned_job_with_parameters_and_what_was_measured(self, tmp_path: Path) -> None:
        def edit(p: Any, record: dict[str, Any]) -> dict[str, Any] | None:
            return {("noise", 0): record, ("noise", 1): failed(record), ("content", 0): None}.get(
                (p["init"], p["seed"]), record
            )

        runs, _ = one(tmp_path, grid={"init": ["noise", "content"], "seed": [0, 1]}, edit=edit)
        table = runs[["content", "style", "init", "seed", "status", "diagnosis", "loss", "seconds", "peak_bytes"]]
        assert table.values.tolist() == [
            ["cat", "waves", "noise", 0, "done", "converged", 9000 * 40**-1.1 + 3, 40 * 0.0123, 123456789],
            ["cat", "waves", "noise", 1, "failed", None, None, None, None],
            ["cat", "waves", "content", 0, "not run", None, None, None, None],
            ["cat", "waves", "content", 1, "done", "converged", pytest.approx(2000 * 40**-1.1 * 1.01 + 3, rel=1e-15),
             40 * 0.0123 * 1.01, 123456789],
        ]  # fmt: skip

    def test_lists_become_tuples_so_that_they_can_be_grouped_by(self, tmp_path: Path) -> None:
        runs, _ = one(tmp_path, grid={"content_layers": [["conv1_1"], ["conv2_1", "conv2_2"]]})
        assert list(runs["content_layers"]) == [("conv1_1",), ("conv2_1", "conv2_2")]

    def test_a_job_that_two_experiments_share_has_a_row_in_each(self, tmp_path: Path) -> None:
        runs = results.frame(folder_with(tmp_path, Trial("first"), Trial("second", ("cat",), ("waves",))))
        assert list(runs["experiment"]) == ["first"] * 4 + ["second"]
        assert runs["id"].nunique() == 4


class TestCurve:
    def test_every_number_of_the_file_is_kept(self, tmp_path: Path) -> None:
        runs, curve = one(tmp_path)
        table = curve(runs["id"][0])
        assert list(table.columns) == [
            "evaluation",
            "seconds",
            "size",
            "total",
            "content.conv2_2",
            "style.conv1_1",
            "style.conv1_2",
        ]
        assert len(table) == 40
        assert table["total"].iloc[-1] == runs["loss"][0]
        assert table["seconds"].iloc[-1] == runs["seconds"][0]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("evaluation,total\n0,1\n", "curve.csv: has no column seconds, size"),
            ("evaluation,seconds,size,total\n", "curve.csv: has no rows"),
            ("evaluation,seconds,size,total\n0,1,64,x\n", "curve.csv: could not convert string to float: 'x'"),
            ("evaluation,seconds,size,total\n0,1,nan,2\n", "curve.csv: "),
            ("", "curve.csv: No columns to parse from file"),
            (None, "curve.csv is missing"),
        ],
    )
    def test_a_broken_one_says_what_is_wrong(self, tmp_path: Path, text: str | None, message: str) -> None:
        found = folder_with(tmp_path, Trial("first", ("cat",), ("waves",)))
        (id,) = found.plan.jobs
        path = found.folders[id] / "curve.csv"
        path.unlink() if text is None else path.write_text(text)
        with pytest.raises(ValueError, match=re.escape(message)):
            results.curve(found, id)

    def test_a_loss_that_is_not_finite_stays_one(self, tmp_path: Path) -> None:
        found = folder_with(tmp_path, Trial("first", ("cat",), ("waves",)))
        (id,) = found.plan.jobs
        (found.folders[id] / "curve.csv").write_text("evaluation,seconds,size,total\n0,0.1,64,5\n1,0.2,64,nan\n")
        assert results.curve(found, id)["total"].isna().tolist() == [False, True]


class TestCompare:
    def test_runs_are_matched_on_everything_else(self, tmp_path: Path) -> None:
        runs, curve = one(
            tmp_path, contents=("cat", "town"), grid={"init": ["noise", "content"], "size": [32, 64], "seed": [0, 1]}
        )
        found = pairing.compare(runs, "init", curve)
        (contrast,) = found.contrasts
        assert (contrast.a, contrast.b, len(contrast.pairs), contrast.unmatched) == ("noise", "content", 8, ())
        by_id = runs.set_index("id")
        for pair in contrast.pairs:
            a, b = by_id.loc[pair.a], by_id.loc[pair.b]
            columns = [name for name in runs.columns if name not in results.MEASURED]
            same = [name for name in columns if name not in ("id", "init")]
            assert (a["init"], b["init"]) == ("noise", "content")
            assert [a[n] for n in same] == [b[n] for n in same]
            assert (pair.loss_a, pair.loss_b, pair.seconds_a, pair.seconds_b) == (
                a["loss"],
                b["loss"],
                a["seconds"],
                b["seconds"],
            )

    def test_ratios_differences_and_wins_are_medians_over_pairs(self, tmp_path: Path) -> None:
        def edit(p: Any, record: dict[str, Any]) -> dict[str, Any]:
            # Ratios of time 1, 2, 3, 4 and of loss 0.5, 1, 1.5, 2 by seed.
            k = p["seed"] + 1 if p["init"] == "content" else 1
            record["timing"]["optimise"] = 10.0 * k
            record["outcome"]["final_loss"] = 4.0 * k / 2 if p["init"] == "content" else 4.0
            return record

        runs, _ = one(tmp_path, grid={"init": ["noise", "content"], "seed": [0, 1, 2, 3]}, edit=edit)
        (contrast,) = pairing.compare(runs, "init").contrasts
        assert contrast.seconds == pairing.Spread(
            n=4, median=2.5, lower=1.75, upper=3.25, least=1.0, most=4.0, difference=15.0, below=0, above=3
        )
        assert contrast.loss == pairing.Spread(
            n=4, median=1.25, lower=0.875, upper=1.625, least=0.5, most=2.0, difference=1.0, below=1, above=2
        )
        assert (contrast.reach, contrast.reach_pairs) == (None, 0)

    def test_time_to_the_same_loss_is_read_off_the_curves(self, tmp_path: Path) -> None:
        runs, curve = one(tmp_path, grid={"init": ["noise", "content"]})
        (contrast,) = pairing.compare(runs, "init", curve).contrasts
        (pair,) = contrast.pairs
        first = next(k for k in range(40) if 2000 * (k + 1.0) ** -1.1 + 3 <= 9000 * 40.0**-1.1 + 3)
        took = seconds({"evaluations": 40, "coarse_sizes": [], "size": 64, "init": "content"})
        assert pair.reach_a == pytest.approx(40 * 0.0123)
        assert pair.reach_b == pytest.approx(took * (first + 1) / 40)
        assert contrast.reach is not None
        assert contrast.reach.median == pair.reach_ratio

    def test_a_loss_that_is_never_reached_has_no_time(self, tmp_path: Path) -> None:
        runs, curve = one(tmp_path, grid={"init": ["content", "noise"]})
        (contrast,) = pairing.compare(runs, "init", curve).contrasts
        assert (contrast.pairs[0].reach_b, contrast.reach, contrast.reach_pairs) == (None, None, 1)

    @pytest.mark.parametrize(
        ("axis", "values", "comparable"),
        [("init", ["noise", "content"], True), ("seed", [0, 1], True), ("evaluations", [20, 40], True),
         ("line_search", ["none", "strong-wolfe"], True), ("coarse_sizes", [[], [32]], True),
         ("size", [32, 64], False), ("style_weight", [1.0, 2.0], False), ("pooling", ["max", "average"], False)],
    )  # fmt: skip
    def test_losses_are_compared_only_where_the_objective_is_the_same(
        self, tmp_path: Path, axis: str, values: list[Any], comparable: bool
    ) -> None:
        runs, curve = one(tmp_path, grid={axis: values})
        found = pairing.compare(runs, axis, curve)
        assert found.losses_comparable is comparable
        assert (found.contrasts[0].loss is not None) is comparable
        assert (found.contrasts[0].reach_pairs == 1) is comparable
        assert found.contrasts[0].seconds is not None

    def test_every_further_value_is_compared_with_the_first(self, tmp_path: Path) -> None:
        runs, _ = one(tmp_path, grid={"size": [32, 48, 64]})
        found = pairing.compare(runs, "size", values=[48, 32, 64])
        assert [(c.a, c.b) for c in found.contrasts] == [(48, 32), (48, 64)]

    def test_runs_without_a_partner_are_listed_with_the_reason(self, tmp_path: Path) -> None:
        def edit(p: Any, record: dict[str, Any]) -> dict[str, Any] | None:
            if p["init"] == "content":
                return {0: failed(record), 1: None}.get(p["seed"], record)
            return record

        runs, _ = one(tmp_path, grid={"init": ["noise", "content"], "seed": [0, 1, 2]}, edit=edit)
        alone = runs[~((runs["init"] == "noise") & (runs["seed"] == 2))]
        (contrast,) = pairing.compare(alone, "init").contrasts
        by_id = runs.set_index("id")
        told = sorted((by_id.loc[u.id, "init"], by_id.loc[u.id, "seed"], u.reason) for u in contrast.unmatched)
        assert contrast.pairs == ()
        assert told == [
            ("content", 0, "its own status is failed"),
            ("content", 1, "its own status is not run"),
            ("content", 2, "the plan has no run to pair it with"),
            ("noise", 0, "its partner's status is failed"),
            ("noise", 1, "its partner's status is not run"),
        ]

    def test_a_time_that_is_not_valid_makes_no_ratio(self, tmp_path: Path) -> None:
        def edit(p: Any, record: dict[str, Any]) -> dict[str, Any]:
            if p["seed"] == 1 and p["init"] == "content":
                record["timing"] |= {"valid": False, "invalid_reason": "another job shared the device"}
            return record

        runs, curve = one(tmp_path, grid={"init": ["noise", "content"], "seed": [0, 1]}, edit=edit)
        (contrast,) = pairing.compare(runs, "init", curve).contrasts
        assert [pair.seconds_ratio is None for pair in contrast.pairs] == [False, True]
        assert (contrast.seconds and contrast.seconds.n, contrast.loss and contrast.loss.n, contrast.reach_pairs) == (
            1,
            2,
            1,
        )

    def test_what_the_manifest_changes_in_step_with_the_axis_does_not_part_the_pairs(self, tmp_path: Path) -> None:
        small, large = ({"size": n, "evaluations": e} for n, e in ((32, 10), (64, 20)))
        found = folder_with(
            tmp_path, Trial("x", fixed=small, grid={"size": [32]}), Trial("x", fixed=large, grid={"size": [64]})
        )
        comparison = pairing.compare(results.frame(found), "size")
        assert comparison.in_step == ("evaluations",)
        assert len(comparison.contrasts[0].pairs) == 4

    def test_one_value_compares_with_nothing(self, tmp_path: Path) -> None:
        runs, _ = one(tmp_path, grid={"size": [32]})
        assert pairing.compare(runs, "size").contrasts == ()


def test_the_first_time_at_or_below_a_loss() -> None:
    table = pd.DataFrame({"seconds": [1.0, 2.0, 3.0], "size": [64] * 3, "total": [9.0, float("nan"), 4.0]})
    assert [pairing.seconds_to(table, loss) for loss in (9.0, 5.0, 4.0, 3.9)] == [1.0, 3.0, 3.0, None]


def test_a_loss_at_a_smaller_size_is_no_such_time() -> None:
    table = pd.DataFrame({"seconds": [1.0, 2.0, 3.0], "size": [32, 64, 64], "total": [0.5, 9.0, 4.0]})
    assert [pairing.seconds_to(table, loss) for loss in (9.0, 4.0, 1.0)] == [2.0, 3.0, None]
