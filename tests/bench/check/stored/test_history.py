"""Baselines over commits: apart by machine, in order, with the steps of each series; and the command that tells them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench import cli
from bench.check.stored import baseline as stored
from bench.check.stored import history
from bench.check.stored.history import Found
from tests.bench.check.imagined import baselines


def slower_later(name: str, k: int) -> float:
    return 1.25 if name == "start" and k >= 6 else 1.0


def written(folder: Path, found: list[Found]) -> Path:
    for one in found:
        stored.write(folder / one.path, one.baseline)
    return folder


def test_a_step_tells_its_commit_the_one_before_and_both_levels() -> None:
    (machine,) = history.of(baselines(12, slower_later)).machines
    start, size = machine.series
    (step,) = start.steps
    assert (step.index, step.commit, step.previous, step.at) == (
        6,
        f"{6:012x}",
        f"{5:012x}",
        "2026-03-07T12:00:00.000Z",
    )
    assert (step.before, step.after, step.ratio) == pytest.approx((1.5, 1.875, 1.25), rel=0.02)
    assert size.steps == []


def test_files_stand_in_the_order_of_their_commits_whatever_their_names() -> None:
    (machine,) = history.of(baselines(5)[::-1]).machines
    assert [point.commit for point in machine.series[0].points] == [f"{k:012x}" for k in range(5)]


def test_a_commit_that_was_measured_later_stands_where_it_was_made() -> None:
    given = baselines(3)
    late = given[0].baseline.model_copy(update={"taken": "2027-01-01T00:00:00Z", "committed": "2026-03-01T12:00:00Z"})
    (machine,) = history.of([*given[1:], Found(Path("late.json"), late)]).machines
    assert [point.file for point in machine.series[0].points] == ["late.json", "1.json", "2.json"]


def test_machines_are_told_apart_by_their_fingerprint_and_named_by_what_they_differ_in() -> None:
    given = [
        *baselines(2, fingerprint={"cpu": "A processor", "torch": "2.8.0"}),
        *baselines(3, fingerprint={"torch": "2.9.0", "cpu": "A processor"}),
        *baselines(1, fingerprint={"cpu": "Another"}),
    ]
    found = history.of(given)
    assert [(machine.title, len(machine.series[0].points)) for machine in found.machines] == [
        ("A processor, torch 2.8.0", 2),
        ("A processor, torch 2.9.0", 3),
        ("Another", 1),
    ]


def test_sizes_in_a_title_are_in_gibibytes_and_what_is_not_known_is_said() -> None:
    given = [
        *baselines(1, fingerprint={"cpu": "A processor", "ram_bytes": 8, "cpu_limit": 2.0}),
        *baselines(1, fingerprint={"cpu": "A processor", "ram_bytes": 16, "cpu_limit": None}),
    ]
    assert [machine.title for machine in history.of(given).machines] == [
        "A processor, ram 8 GiB, cpu limit 2.0",
        "A processor, ram 16 GiB, cpu limit unknown",
    ]


def test_the_order_of_a_fingerprint_s_facts_does_not_matter() -> None:
    given = [*baselines(1, fingerprint={"a": 1, "b": 2}), *baselines(1, fingerprint={"b": 2, "a": 1})]
    assert len(history.of(given).machines) == 1


def test_a_point_is_the_median_of_the_workers_that_count_with_their_quartiles() -> None:
    (one,) = baselines(1)
    times = [9.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    samples = [stored.Samples(id="a", name="a", samples=[[t] for t in times], invalid=["", "", "", "", "", "shared"])]
    (machine,) = history.of([Found(one.path, one.baseline.model_copy(update={"benchmarks": samples}))]).machines
    (point,) = machine.series[0].points
    assert (point.seconds, point.low, point.high, point.workers) == (2.5, 1.75, 3.25, 4)


def test_phases_of_a_benchmark_are_series_of_their_own() -> None:
    (one,) = baselines(1)
    several = [
        stored.Samples(id="a", name="start", phase=phase, samples=[[1.0], [1.0]]) for phase in ("optimise", "save")
    ]
    (machine,) = history.of([Found(one.path, one.baseline.model_copy(update={"benchmarks": several}))]).machines
    assert [series.name for series in machine.series] == ["start (optimise)", "start (save)"]


def test_times_of_another_contract_are_no_step() -> None:
    found = []
    for k, one in enumerate(baselines(12)):
        work = f"8 evaluations, timed by wall/{1 if k < 6 else 2}"
        samples = stored.Samples(id="a", name="start", work=work, samples=[[1.0 if k < 6 else 2.0]] * 4)
        found.append(Found(one.path, one.baseline.model_copy(update={"benchmarks": [samples]})))
    (machine,) = history.of(found).machines
    assert [(series.name, len(series.points), series.steps) for series in machine.series] == [
        (f"start (8 evaluations, timed by wall/{contract})", 6, []) for contract in (1, 2)
    ]


def test_of_a_folder_what_is_no_baseline_is_left_out_and_told(tmp_path: Path) -> None:
    folder = written(tmp_path / "history", baselines(3))
    (folder / "deep").mkdir()
    (folder / "deep" / "notes.json").write_text("{}")
    found = history.read([folder, folder / "0.json"])
    assert found.files == 3
    assert found.left_out == [f"{folder}/deep/notes.json: does not read as a Baseline: title: Field required"]


def test_of_the_committed_history_every_file_counts() -> None:
    folder = Path(__file__).parents[4] / "results/baselines/history"
    found = history.read([folder])
    assert (found.files, found.left_out) == (len(list(folder.glob("*.json"))), [])
    assert found.files >= 10
    (machine,) = found.machines
    assert [len(series.points) for series in machine.series] == [found.files] * 5


class TestCommand:
    def test_it_prints_the_steps_and_writes_the_page(self, tmp_path: Path, capsys: Any) -> None:
        folder = written(tmp_path / "history", baselines(12, slower_later))
        assert cli.main(["check", "history", str(folder), "--out", str(tmp_path / "page")]) == 0
        told = capsys.readouterr()
        assert told.out.splitlines() == [
            "A processor",
            "  since         day         before   after  ratio  benchmark",
            "  000000000006  2026-03-07  1.50 s  1.87 s   1.25  start",
            "",
            "1 step in 2 benchmarks over 12 files: the latest made start 1.25 times as long, at 000000000006",
            f"{tmp_path}/page/index.html",
        ]
        assert told.err == ""
        assert "1 step in 2 benchmarks" in (tmp_path / "page" / "index.html").read_text()

    def test_a_history_without_a_step_says_so(self, tmp_path: Path, capsys: Any) -> None:
        folder = written(tmp_path / "history", baselines(8))
        page = tmp_path / "times.html"
        assert cli.main(["check", "history", str(folder), "--out", str(page)]) == 0
        assert capsys.readouterr().out == f"No step in 2 benchmarks over 8 files\n{page}\n"

    def test_as_json_it_is_the_whole_history(self, tmp_path: Path, capsys: Any) -> None:
        folder = written(tmp_path / "history", baselines(12, slower_later))
        assert cli.main(["check", "history", str(folder), "--json", "--out", str(tmp_path)]) == 0
        told = capsys.readouterr()
        assert json.loads(told.out) == history.read([folder]).model_dump()
        assert told.err == f"{tmp_path}/index.html\n"

    def test_a_named_file_that_is_no_baseline_is_refused(self, tmp_path: Path, capsys: Any) -> None:
        (tmp_path / "a.json").write_text("{}")
        assert cli.main(["check", "history", str(tmp_path / "a.json")]) == 3
        assert capsys.readouterr().err == f"{tmp_path}/a.json: does not read as a Baseline: title: Field required\n"

    def test_a_folder_without_a_baseline_ends_with_nothing(self, tmp_path: Path, capsys: Any) -> None:
        assert cli.main(["check", "history", str(tmp_path)]) == 3
        assert capsys.readouterr().err == (
            f"no file holds anything: {tmp_path} has no *.json; nst-bench check record makes baselines\n"
        )

    def test_a_baseline_without_a_time_that_counts_holds_nothing(self, tmp_path: Path, capsys: Any) -> None:
        (one,) = baselines(1)
        empty = one.baseline.model_copy(update={"benchmarks": []})
        stored.write(tmp_path / "a.json", empty)
        assert cli.main(["check", "history", str(tmp_path)]) == 3
        assert capsys.readouterr().err == (
            f"no file holds anything: {tmp_path}/a.json: holds no time that may be compared\n"
        )

    def test_a_page_that_cannot_be_written_is_told(self, tmp_path: Path, capsys: Any) -> None:
        folder = written(tmp_path / "history", baselines(1))
        (tmp_path / "file").write_text("")
        assert cli.main(["check", "history", str(folder), "--out", str(tmp_path / "file")]) == 2
        assert capsys.readouterr().err == (
            f"{tmp_path}/file/index.html: cannot be written: File exists; name another place with --out\n"
        )
