"""``check compare`` from its arguments to its exit code; workers are made up, but for one whole comparison at the end."""

import json
import re
import signal
import sys
from pathlib import Path

import pytest

from bench import cli
from bench.check.paired import agreeing, session, sides
from bench.check.refusal import RefusedError
from bench.engines import Ended
from bench.errors import BenchError
from tests.bench.check.made_up import SELF, Workers, found, slower


def test_equal_sides_pass(check, capsys):
    assert check(*SELF) == 0
    told = capsys.readouterr()
    assert "none of 4 benchmarks is slower" in told.out
    assert re.search(
        rf"^base: {sys.executable}( \(\w+(\+changes)?\))?\nhead: this code.*, under {sys.executable}$", told.err, re.M
    )
    assert {one["verdict"] for one in found()["benchmarks"]} == {"no change"}
    assert found()["benchmarks"][0]["name"] == "main: one x left, init noise"
    assert {one["line"] for one in found()["benchmarks"]} == {7}


def test_a_slower_head_is_a_regression(check, capsys):
    assert check(*SELF, workers=slower(1.3)) == 1
    assert "all 4 benchmarks are slower" in capsys.readouterr().out


def test_a_head_that_does_less_is_not_faster(check):
    workers = slower(0.3)
    workers.work = {"head": 1}
    assert check(*SELF, workers=workers) == 3
    assert "the sides did not do the same: base: 3 evaluations" in found()["benchmarks"][0]["reason"]


def test_a_faster_head_passes(check):
    assert check(*SELF, workers=slower(0.7)) == 0
    assert {one["verdict"] for one in found()["benchmarks"]} == {"improvement"}


def test_noise_is_no_pass(check):
    assert check(*SELF, workers=Workers(lambda side, number: [0.5, 1.0, 1.7][number // 4 % 3] ** (side == "head"))) == 3


def test_a_crashed_side_is_no_pass(check, capsys):
    crash = Ended("", "crashed", {"failure": {"message": "SIGSEGV"}})
    assert check(*SELF, workers=Workers(lambda side, number: crash if (side, number) == ("head", 9) else 1.0)) == 3
    assert "head: crashed: SIGSEGV" in capsys.readouterr().out


def test_a_side_that_does_not_start_is_no_pass(check, capsys):
    broken = BenchError("cpu: no worker starts: No module named 'torch'")
    assert check(*SELF, workers=Workers(lambda side, number: broken)) == 3
    assert "it cannot pass: cpu: no worker starts: No module named 'torch'" in capsys.readouterr().out


@pytest.mark.parametrize("how", [lambda: KeyboardInterrupt(), lambda: signal.raise_signal(signal.SIGTERM)])
def test_an_interrupted_comparison_writes_down_what_there_is_and_is_no_pass(check, how):
    def takes(side, number):
        return (how() or 1.0) if number == 20 else 1.0

    assert check(*SELF, workers=Workers(takes)) == 3
    assert found()["reasons"] == ["interrupted after 4 of 7 pairs"]
    assert len(found()["benchmarks"][0]["pairs"]) == 5


@pytest.mark.parametrize("command", [SELF, ("exact", "MANIFEST"), ("record", "MANIFEST", "base.json")])
def test_interrupted_before_anything_was_measured(check, capsys, monkeypatch, command):
    def interrupt(*_):
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr("bench.manifest.load", interrupt)
    assert check(*command) == 3
    told = capsys.readouterr()
    assert "interrupted: nothing was decided" in told.out + told.err


def test_too_few_pairs_are_refused(check, capsys):
    assert check("compare", "MANIFEST", "--base", sys.executable, "--pairs", "6") == 3
    assert "6 pairs say nothing: at a level of 0.0125 7 are needed" in capsys.readouterr().out


def test_jobs_of_another_meaning_are_no_pass(check, monkeypatch):
    monkeypatch.setattr(session, "disagreements", lambda plan, *_: {next(iter(plan.jobs)): "another job there"})
    assert check(*SELF) == 3
    assert [one["verdict"] for one in found()["benchmarks"]] == ["inconclusive"] + ["no change"] * 3
    assert found()["benchmarks"][0]["reason"] == "another job there"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--delta", "0"), "--delta 0.0: input should be greater than 0"),
        (("--pairs", "1001"), "--pairs 1001: input should be less than or equal to 1000"),
        (("--allow-different-machine",), "--allow-different-machine: both sides run on this machine"),
        (("--alpha", "0.9"), "--alpha 0.9: input should be less than 0.5"),
        (("--rounds", "0"), "--rounds 0: input should be greater than or equal to 1"),
        (("--phase", "optimize"), "--phase optimize: expected one of decode, weights, targets"),
    ],
)
def test_wrong_options(check, capsys, arguments, message):
    assert check(*SELF, *arguments) == 2
    assert message in capsys.readouterr().err


def test_ten_is_not_ten_percent(check, capsys):
    with pytest.raises(SystemExit, match="2"):
        check(*SELF, "--delta", "10")
    assert "'10': expected a share below 1; did you mean 10%?" in capsys.readouterr().err


def test_two_names_of_one_side_are_noted(check, monkeypatch):
    monkeypatch.setattr(sides, "commit_of", lambda root: "1a2b3c4d5e6f")
    assert check(*SELF) == 0
    assert found()["notes"][0] == (
        "both sides are the same commit under the same interpreter: there is nothing to tell apart"
    )


def test_what_an_earlier_check_left_is_never_taken_for_this_one(check, monkeypatch):
    assert check(*SELF) == 0
    monkeypatch.setattr(session, "prepare", lambda *_: (_ for _ in ()).throw(RefusedError("no such side")))
    assert check(*SELF) == 3
    assert found()["reasons"] == ["no such side"]
    assert "no such side" in Path("results/check/compare-small/index.html").read_text()
    monkeypatch.setattr(session, "prepare", lambda *_: (_ for _ in ()).throw(BenchError("v9: no commit")))
    assert check(*SELF) == 2
    assert list(Path("results/check/compare-small").iterdir()) == []


def test_writing_is_not_interrupted(check, monkeypatch):
    from bench.check.outputs import publishing

    def write(*arguments):
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        return real(*arguments)

    real = publishing.write
    monkeypatch.setattr(publishing, "write", write)
    assert check(*SELF, workers=slower(1.3)) == 1
    assert 'failures="4"' in Path("results/check/compare-small/junit.xml").read_text()


def test_sides_that_contradict_each_other(check, capsys):
    with pytest.raises(SystemExit, match="2"):
        check(*SELF, "--self-test")
    with pytest.raises(SystemExit, match="2"):
        check("compare", "MANIFEST")
    assert check("compare", "MANIFEST", "--self-test", "--head", "HEAD") == 2
    assert check("compare", "MANIFEST", "--self-test", "0.9") == 2


def test_a_self_test_passes_where_the_slowdown_is_seen(check, capsys):
    workers = slower(1.25)
    assert check("compare", "MANIFEST", "--self-test", "--pairs", "7", workers=workers) == 0
    assert "self-test passed: 1.25 times the time was seen in every benchmark" in capsys.readouterr().out
    assert 'failures="0" errors="0"' in Path("results/check/compare-small/junit.xml").read_text()
    assert workers.commands["head"][2:] == ["-m", "bench.check.paired.slowed", "1.25"]
    assert check("compare", "MANIFEST", "--self-test", "2", "--pairs", "7", workers=workers) == 0
    assert workers.commands["head"][2:] == ["-m", "bench.check.paired.slowed", "2.0"]


def test_a_self_test_fails_where_it_is_not_seen(check, capsys):
    assert check("compare", "MANIFEST", "--self-test", "--pairs", "7") == 3
    assert "self-test failed: 1.25 times the time was not seen in main: one x left" in capsys.readouterr().out


@pytest.mark.slow
def test_a_whole_comparison_with_real_workers(small, capsys, monkeypatch, tmp_path):
    """Of this code with itself under a named interpreter; nine times as long is not what a machine makes up, and
    of ten pairs one may be as far off as it likes."""
    monkeypatch.setattr(session, "disagreements", agreeing.disagreements)
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # what else is timed on this machine is none of its business
    arguments = ("--pairs", "10", "--rounds", "3", "--delta", "800%", "--only", "one x left*", "--json")
    code = cli.main(
        ["check", "compare", small, "--base", sys.executable, *arguments, "--devices", "cpu", "--out", "out"]
    )
    told = json.loads(capsys.readouterr().out)
    assert (code, told["verdict"]) == (0, "no change"), told["data"]["benchmarks"]
    data = told["data"]
    assert data["sides"][0]["environment"]["torch"] == data["sides"][1]["environment"]["torch"]
    assert [[len(pair[side]) for pair in data["benchmarks"][0]["pairs"]] for side in ("base", "head")] == [[3] * 11] * 2
