"""``check calibrate``, and comparisons on a machine that was calibrated; workers are made up."""

import pytest

from bench.engines import Ended
from tests.bench.check.made_up import ENVIRONMENT, SELF, Workers, found, slower


def wobbling(size):
    return Workers(lambda side, number: 1 + size * (number // 4 % 5 - 2) * (side == "head"))


def test_a_gate_that_is_finer_than_the_machine_refuses_to_block(check, capsys):
    assert check("calibrate", "MANIFEST", "--rounds", "1", "--comparisons", "1", workers=wobbling(0.04)) == 0
    assert "this machine can tell 10%" in capsys.readouterr().out
    assert check(*SELF, "--delta", "5%", workers=slower(1.3)) == 3
    assert found()["benchmarks"][0]["reason"].startswith(
        "found slower twice, but 5% is finer than this machine can tell: equal code was up to"
    )
    assert {one["verdict"] for one in found()["benchmarks"]} == {"inconclusive"}
    assert check(*SELF, workers=slower(1.3)) == 1
    assert check(*SELF, "--delta", "5%") == 0, "equal code is still shown to be equal"


def test_a_machine_that_is_too_noisy_is_told(check, capsys):
    assert check("calibrate", "MANIFEST", "--rounds", "1", "--comparisons", "1", workers=wobbling(0.2)) == 3
    assert "this machine cannot tell 10%" in capsys.readouterr().out


def test_a_calibration_may_be_given_as_a_file(check, capsys):
    arguments = ("calibrate", "MANIFEST", "--rounds", "1", "--comparisons", "1", "--out", "cal")
    assert check(*arguments, workers=wobbling(0.04)) == 0
    finer = (*SELF, "--delta", "5%", "--calibration", "cal/calibration.json")
    assert check(*finer, workers=slower(1.3)) == 3
    other = Workers(lambda side, number: 1.3 if side == "head" else 1.0, ENVIRONMENT | {"threads": 4})
    assert check(*finer, workers=other) == 1
    assert found()["notes"] == [
        "the calibration is another machine's, and says nothing of this one: threads: 2 there, 4 here"
    ]
    unmeasured = Workers(lambda side, number: pytest.fail("measured"))
    assert check(*SELF, "--calibration", "none.json", workers=unmeasured) == 2
    assert "none.json: no calibration that can be read" in capsys.readouterr().err


def test_slowdowns_that_are_seen_are_counted(check, capsys, tmp_path):
    arguments = ("calibrate", "MANIFEST", "--rounds", "1", "--comparisons", "2", "--slowdown", "1.25")
    assert check(*arguments, workers=slower(1.25)) == 0
    assert "1.25 times the time was called a regression in 2 of 2 comparisons" in capsys.readouterr().out
    assert not (tmp_path / "cache").exists(), "what was slowed down says nothing of the machine"


def test_a_calibration_of_some_jobs_adds_to_what_is_known_of_others(check):
    one = ("--rounds", "1", "--comparisons", "1")
    assert check("calibrate", "MANIFEST", *one, workers=wobbling(0.04)) == 0
    assert check("calibrate", "MANIFEST", *one, "--only", "one x left*", workers=wobbling(0.001)) == 0
    assert check(*SELF, "--delta", "5%", workers=slower(1.3)) == 1, "the others still cannot be told"
    verdicts = [one["verdict"] for one in found()["benchmarks"]]
    assert sorted(verdicts) == ["inconclusive"] * 2 + ["regression"] * 2


def test_what_is_not_calibrated_is_named(check):
    assert check("calibrate", "MANIFEST", "--rounds", "1", "--only", "one x left, init noise") == 0
    assert check(*SELF, "--only", "one x left*") == 0
    assert found()["notes"] == [
        "what this machine can tell apart is not known of main: one x left, init content: nst-bench check calibrate "
        "finds out"
    ]


def test_a_calibration_that_is_wrong_about_equal_code_or_broke_is_none(check, capsys, tmp_path):
    one = ("calibrate", "MANIFEST", "--rounds", "1", "--comparisons", "1")
    assert check(*one, workers=slower(1.2)) == 3
    assert "equal code was called slower" in capsys.readouterr().out
    crash = Ended("", "crashed", {"failure": {"message": "SIGSEGV"}})
    assert check(*one, workers=Workers(lambda side, number: crash if number == 40 else 1.0)) == 3
    assert "crashed: SIGSEGV" in capsys.readouterr().out
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("wrong", [("--comparisons", "0"), ("--slowdown", "0.9")])
def test_wrong_numbers(check, wrong):
    assert check("calibrate", "MANIFEST", *wrong) == 2
