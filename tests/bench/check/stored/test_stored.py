"""Baselines: written and read again, what counts of them, and what is said of a file that is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from bench.check.stored.baseline import Baseline, Samples, moment, read, write
from bench.errors import BenchError, Exit

WAVES = Samples(id="3f9a", name="start: cat x waves", samples=[[9.0, 9.0], [1.0, 1.2, 1.1], [1.4]])


def baseline(**given: object) -> Baseline:
    return Baseline.model_validate(
        {"title": "perf", "taken": "2026-03-01T10:00:00Z", "fingerprint": {"cpu": "A"}, "benchmarks": [WAVES], **given}
    )


def refused(path: Path) -> str:
    with pytest.raises(BenchError) as error:
        read(path)
    assert error.value.exit_code is Exit.INCONCLUSIVE
    return str(error.value)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    given = baseline(commit="1a2b3c4d5e6f", committed="2026-02-28T09:00:00+01:00")
    write(tmp_path / "deep" / "perf.json", given)
    assert read(tmp_path / "deep" / "perf.json") == given


def test_a_worker_counts_with_the_median_of_its_rounds_and_the_first_does_not() -> None:
    assert WAVES.counted == (1.1, 1.4)


def test_a_worker_whose_times_must_not_be_compared_or_that_has_none_does_not_count() -> None:
    samples = [[9.0], [1.0], [2.0], []]
    assert Samples(id="a", name="a", samples=samples, invalid=["", "", "shared", ""]).counted == (1.0,)


def test_reasons_are_one_for_each_worker() -> None:
    with pytest.raises(ValidationError, match="1 reasons for 2 workers"):
        Samples(id="a", name="a", samples=[[1.0], [1.0]], invalid=[""])


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_a_time_is_a_number_above_nothing(seconds: float) -> None:
    with pytest.raises(ValidationError):
        Samples(id="a", name="a", samples=[[seconds]])


def test_a_history_goes_by_commits_where_their_time_is_known() -> None:
    assert baseline().at == moment("2026-03-01T10:00:00+00:00")
    assert baseline(committed="2026-02-28T09:00:00+01:00").at == moment("2026-02-28T08:00:00")


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="yesterday"):
        baseline(taken="yesterday")


def test_there_is_no_such_file(tmp_path: Path) -> None:
    path = tmp_path / "perf.json"
    assert refused(path) == f"{path}: no such baseline: nst-bench check record MANIFEST makes one"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "does not read as a Baseline: title: Field required"),
        (
            "[1",
            "does not read as a Baseline: the whole file: Invalid JSON: EOF while parsing a list at line 1 column 2",
        ),
        (
            json.dumps({**baseline().model_dump(), "schema_version": 2, "more": 1}),
            "was written by a newer nst-bench (schema 2, this one reads 1): update it",
        ),
        (
            json.dumps({**baseline().model_dump(), "taken": "yesterday"}),
            "does not read as a Baseline: taken: Value error, Invalid isoformat string: 'yesterday'",
        ),
    ],
)
def test_a_file_that_is_no_baseline_is_told(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "perf.json"
    path.write_text(text)
    assert refused(path) == f"{path}: {told}"


def test_a_folder_is_no_baseline(tmp_path: Path) -> None:
    assert refused(tmp_path) == f"{tmp_path}: is no plain file"
