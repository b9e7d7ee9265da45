"""Records as tables, and runs paired up: whole tables, exact numbers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bench import results
from bench.errors import BenchError
from tests.bench.report.synthetic_results import Trial, failed, make


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
