"""``check record`` and ``check compare --baseline`` from their arguments to their exit codes; workers are made up."""

import json
import sys
from pathlib import Path

import pytest

from bench.check.paired import session
from bench.engines import Ended
from tests.bench.check.made_up import ENVIRONMENT, Workers, found, slower


def record(check, workers=None):
    return check("record", "MANIFEST", "base.json", "--pairs", "7", "--rounds", "1", workers=workers)


AGAINST = ("compare", "MANIFEST", "--baseline", "base.json")


def test_times_of_then_and_now(check, capsys):
    assert record(check) == 0
    assert capsys.readouterr().out == "base.json\n"
    assert check(*AGAINST) == 0
    assert found()["limits"]["pairs"] == 7, "as many as the baseline has"
    assert found()["notes"][0].startswith("the baseline is of 20")
    assert check(*AGAINST, workers=slower(1.3)) == 1


def test_another_machine_is_refused_unless_allowed_and_then_for_information(check, capsys):
    assert record(check) == 0
    other = Workers(lambda side, number: 1.3, ENVIRONMENT | {"torch": "2.16.0"})
    assert check(*AGAINST, workers=other) == 3
    assert capsys.readouterr().out.splitlines()[-1] == (
        "it cannot pass: the baseline is another machine's: torch: 2.15.0 there, 2.16.0 here. "
        "--allow-different-machine compares all the same, for information"
    )
    assert check(*AGAINST, "--allow-different-machine", workers=other) == 3
    assert found()["informational"] == "the baseline is another machine's: torch: 2.15.0 there, 2.16.0 here"
    assert {one["verdict"] for one in found()["benchmarks"]} == {"regression"}


def test_a_missing_baseline_and_one_of_another_manifest(check, capsys):
    assert check("compare", "MANIFEST", "--baseline", "none.json") == 3
    assert "none.json: no such baseline: nst-bench check record MANIFEST makes one" in capsys.readouterr().out
    assert found()["reasons"][0].startswith("none.json: no such baseline")
    assert 'errors="1"' in Path("results/check/compare-small/junit.xml").read_text()
    assert record(check) == 0
    assert check(*AGAINST, "--set", "size=40") == 3
    assert "has none of these jobs: the manifest has changed since" in capsys.readouterr().out


def test_a_job_that_the_baseline_does_not_have_is_no_pass(check):
    assert check("record", "MANIFEST", "base.json", "--pairs", "7", "--only", "one x left*") == 0
    assert check(*AGAINST) == 3
    assert sorted({one["reason"] for one in found()["benchmarks"]}) == [
        "",
        "the baseline has nothing of it: it is new, or another phase was recorded",
    ]


@pytest.mark.parametrize(
    "wrong", [KeyboardInterrupt(), Ended("", "oom", {"failure": {"message": "out of memory"}})], ids=["stop", "oom"]
)
def test_what_is_not_whole_is_not_recorded(check, tmp_path, wrong):
    assert record(check, Workers(lambda side, number: wrong if number == 20 else 1.0)) == 3
    assert not (tmp_path / "base.json").exists()


def test_an_interrupted_comparison_with_a_baseline_is_no_pass(check):
    assert record(check) == 0
    assert check(*AGAINST, workers=Workers(lambda side, number: KeyboardInterrupt() if number == 20 else 1.0)) == 3
    assert found()["reasons"] == ["interrupted after 4 of 7 workers"]
    assert [len(one["pairs"]) for one in found()["benchmarks"]] == [5] * 4
    assert {one["reason"] for one in found()["benchmarks"]} == {"not all workers were measured"}


def test_a_regression_against_a_baseline_is_found_twice_or_not_at_all(check):
    assert record(check) == 0
    once = Workers(lambda side, number: 1.3 if number < 8 * 4 else 1.0)
    assert check(*AGAINST, workers=once) == 3
    assert {one["reason"] for one in found()["benchmarks"]} == {"found slower, but 7 fresh pairs did not confirm it"}


def test_a_job_that_is_no_more_is_no_pass(check):
    assert record(check) == 0
    assert check(*AGAINST, "--only", "one x left*") == 0, "those that were asked for are"
    text = json.loads(Path("base.json").read_text())
    text["benchmarks"].append(text["benchmarks"][0] | {"id": "0" * 64, "name": "gone: cat x waves"})
    Path("base.json").write_text(json.dumps(text))
    assert check(*AGAINST) == 3
    assert found()["benchmarks"][-1]["reason"] == ("it is in the baseline, but the manifest makes no such job any more")


def test_a_baseline_with_a_benchmark_twice_is_none(check, capsys):
    assert record(check) == 0
    text = json.loads(Path("base.json").read_text())
    text["benchmarks"].append(text["benchmarks"][0])
    Path("base.json").write_text(json.dumps(text))
    assert check(*AGAINST) == 3
    assert "is in it twice" in capsys.readouterr().out


def test_work_that_is_not_the_same_any_more_is_no_pass(check):
    assert record(check) == 0
    workers = Workers(lambda side, number: 0.3)
    workers.work = {"head": 1}
    assert check(*AGAINST, workers=workers) == 3
    assert "it is not the same work any more: 3 evaluations" in found()["benchmarks"][0]["reason"]


def test_a_head_that_makes_other_jobs_is_no_pass_against_a_baseline(check, monkeypatch):
    assert record(check) == 0
    monkeypatch.setattr(session, "disagreements", lambda plan, *_: dict.fromkeys(plan.jobs, "another job there"))
    assert check(*AGAINST, "--head", sys.executable) == 3
    assert {one["reason"] for one in found()["benchmarks"]} == {"another job there"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--pairs", "6"), "6 workers could never be compared with: at least 7 are needed"),
        (("--phase", "restarts"), "no job has a phase restarts that takes any time: nothing was recorded"),
        (("--only", "nothing*"), "--only nothing*"),
    ],
)
def test_what_can_never_be_compared_with_is_not_recorded(check, capsys, tmp_path, arguments, message):
    assert check("record", "MANIFEST", "base.json", *arguments) in (2, 3)
    assert message in capsys.readouterr().err
    assert not (tmp_path / "base.json").exists()


def test_where_a_baseline_cannot_be_written_is_known_before_anything_is_measured(check, capsys, tmp_path):
    (tmp_path / "file").write_text("")
    workers = Workers(lambda side, number: pytest.fail("measured"))
    assert check("record", "MANIFEST", "file/base.json", workers=workers) == 2
    assert "cannot be written" in capsys.readouterr().err
