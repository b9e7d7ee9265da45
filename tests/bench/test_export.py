"""``nst-bench export``: every run, evaluation and frame, in full, for pandas and others."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from bench import results
from bench.cli import main
from bench.commands import export as command
from bench.export import TABLES
from tests.bench.report.synthetic_results import Trial, failed, losses, make
from tests.bench.report.synthetic_videos import COUNT, flicker, make_videos


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two runs from noise and content, of a label that tables have to quote."""
    make(tmp_path / "a", [Trial("start", ('a "cat", sitting',), ("waves",), {"init": ["noise", "content"]})])
    return tmp_path / "a"


def exported(capsys: pytest.CaptureFixture[str], *arguments: object) -> pd.DataFrame:
    assert main(["export", *map(str, arguments)]) == 0
    return pd.read_csv(io.StringIO(capsys.readouterr().out))


def test_the_command_offers_the_tables_that_there_are() -> None:
    assert tuple(TABLES) == command.TABLES


def test_every_run_is_a_row_with_what_it_was_asked_and_what_came_of_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = exported(capsys, folder)
    expected = results.frame(results.load(folder))
    assert list(table.columns) == list(expected.columns)
    assert list(table["id"]) == list(expected["id"])
    assert list(table["content"]) == ['a "cat", sitting'] * 2
    assert list(table["init"]) == ["noise", "content"]
    assert list(table["loss"]) == list(expected["loss"])  # to the bit
    assert list(table["timing_valid"]) == [True, True]
    assert [json.loads(layers) for layers in table["style_layers"]] == [["conv1_1", "conv1_2"]] * 2


def test_as_json_it_is_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    frame = results.frame(results.load(folder))
    assert [list(row) for row in told] == [list(frame.columns)] * 2
    assert [row["loss"] for row in told] == list(frame["loss"])
    assert told[0]["style_layers"] == ["conv1_1", "conv1_2"]
    assert told[0]["line_search"] is None


def test_what_failed_or_was_not_measured_is_a_row_with_gaps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(tmp_path, [Trial("first", ("cat",), ("waves",), {"seed": [0, 1]})],
         edit=lambda p, record: failed(record) if p["seed"] else record)  # fmt: skip
    table = exported(capsys, tmp_path)
    assert list(table["status"]) == ["done", "failed"]
    assert list(table["loss"].isna()) == [False, True]


def test_every_evaluation_is_a_row_of_the_curves(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = results.load(folder).plan
    table = exported(capsys, folder, "--table", "curves")
    assert list(table.columns[:5]) == ["id", "evaluation", "seconds", "size", "total"]
    for id, job in plan.jobs.items():
        own = table[table["id"] == id]
        assert list(own["evaluation"]) == list(range(40))
        assert list(own["total"]) == pytest.approx(list(losses(job.parameters)))


def test_every_frame_is_a_row_of_the_frames(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = make_videos(tmp_path)
    table = exported(capsys, tmp_path, "--table", "frames")
    assert list(table["id"]) == [id for id in plan.jobs for _ in range(COUNT)]
    for id, job in plan.jobs.items():
        told = [None if pd.isna(value) else value for value in table[table["id"] == id]["flicker"]]
        assert told == [flicker(str(job.parameters["frames"]), number) for number in range(1, COUNT + 1)]
    # Only one of the modes has a temporal loss.
    assert table["temporal"].isna().sum() == COUNT
    assert exported(capsys, tmp_path, "--table", "curves").empty


def test_without_videos_there_is_a_head_and_no_row(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = exported(capsys, folder, "--table", "frames")
    assert list(table.columns) == [
        "id", "frame", "time", "evaluations", "loss", "seconds", "flicker", "visible", "cut",
    ]  # fmt: skip
    assert main(["export", str(folder), "--table", "frames", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_of_several_folders_the_rows_say_which_one_they_are_of(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path / "b", [Trial("start", ('a "cat", sitting',), ("waves",), {"init": ["noise"]})])
    (known,) = results.load(tmp_path / "b").plan.jobs
    table = exported(capsys, folder, tmp_path / "b")
    assert [(row.folder, row.init) for row in table.itertuples()] == [("a", "noise"), ("a", "content"), ("b", "noise")]
    assert table["id"][0] == table["id"][2] == known
    long = exported(capsys, folder, tmp_path / "b", "--table", "curves")
    assert list(long["folder"]) == ["a"] * 80 + ["b"] * 40
    assert set(long[long["folder"] == "b"]["id"]) == {known}


def test_a_curve_that_cannot_be_read_is_named_and_the_others_are_there(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torn, whole = results.load(folder).plan.jobs
    (folder / "jobs" / torn[:2] / torn / "curve.csv").write_text("evaluation,seconds\n0,1\n")
    assert main(["export", str(folder), "--table", "curves"]) == 0
    said = capsys.readouterr()
    assert said.err == f"warning: run {torn}: curve.csv: has no column size, total\n"
    assert {row["id"] for row in csv.DictReader(io.StringIO(said.out))} == {whole}


@pytest.mark.parametrize("name", ["t.csv", "deep/down/t.CSV", "t.json"])
def test_a_file_gets_what_its_ending_says(
    folder: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    assert main(["export", str(folder), "--output", str(path)]) == 0
    assert capsys.readouterr().out == f"2 rows: {path}\n"
    read = pd.read_json if name.endswith("json") else pd.read_csv
    assert list(read(path)["init"]) == ["noise", "content"]
    assert [found.name for found in path.parent.glob("*t.*")] == [path.name]  # nothing half-written beside it


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            ["--output", "t.xlsx"],
            "t.xlsx: a table is written as .csv or .json: choose one of them as the file's ending",
        ),
        (["--output", "jobs.csv"], "jobs.csv: a folder: name a file"),
        (["--output", "t.csv", "--json"], "t.csv: --json does not go with a file that ends in .csv"),
    ],
)
def test_an_ending_that_says_something_else_is_refused(
    folder: Path, more: list[str], told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    Path("jobs.csv").mkdir()
    assert main(["export", str(folder), *more]) == 2
    assert capsys.readouterr().err == told + "\n"
    assert not list(folder.glob("t.*"))


def test_what_it_writes_is_utf_8_whatever_the_terminal_s_encoding_is(tmp_path: Path) -> None:
    make(tmp_path, [Trial("start", ("猫",), ("waves",))])
    told = subprocess.run(
        [sys.executable, "-m", "bench", "export", str(tmp_path)],
        capture_output=True, check=True, env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert list(pd.read_csv(io.BytesIO(told.stdout))["content"]) == ["猫"]


@pytest.mark.parametrize("command", ["export", "report", "findings"])
def test_jobs_of_another_manifest_in_the_folder_are_said_to_be_left_out(
    folder: Path, tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    other = make(tmp_path / "b", [Trial("start", ("town",), ("waves",), {"init": ["noise", "content"]})])
    shared = dict.fromkeys(list(results.load(folder).plan.jobs)[:1], next(iter(other.jobs.values())))
    (folder / "plans").mkdir()
    earlier = other.model_copy(update={"name": "before", "manifest_path": "m/b.yaml", "jobs": other.jobs | shared})
    (folder / "plans" / "before.json").write_text(earlier.model_dump_json())
    assert main([command, str(folder)]) == 0
    assert capsys.readouterr().err == (
        f"warning: {folder}: without 2 jobs of the manifest before, which ran here before start-and-size; "
        f"to have those: nst-bench run m/b.yaml --out {folder}\n"
    )
