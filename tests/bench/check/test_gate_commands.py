"""The commands from their arguments to their exit codes; workers are made up, but for one whole comparison at the end."""

import json
import re
import signal
import sys
from pathlib import Path

import pytest

from bench import cli
from bench.check.paired import agreeing, session, sides
from bench.check.refusal import RefusedError
from bench.engines import Ended, Order
from bench.errors import BenchError
from tests.bench.small import SMALL

ENVIRONMENT = {"cpu": "a cpu", "threads": 2, "torch": "2.15.0", "device": "cpu", "device_name": "a cpu"}


class Workers:
    """In place of local workers: ends orders at once, with times by side.

    ``takes``: from a side and the number of its order, both jobs counted, to seconds, an Ended, or what it raises.
    """

    def __init__(self, takes=lambda side, number: 1.0, environment=ENVIRONMENT):
        self.takes, self.environment = takes, environment
        self.work = {}
        """Evaluations by side, where they are not those asked for."""
        self.commands = {}

    def __call__(self, places, log, *, program, home):
        self.commands[home.name] = program
        return _Engine(home.name, self)


class _Engine:
    slots = ("cpu",)

    def __init__(self, side, workers):
        self.side, self.workers, self.given, self.count = side, workers, None, 0

    def submit(self, order, slot):
        self.given = order

    def next_event(self, timeout):
        order, self.given = self.given, None
        if not isinstance(order, Order):
            return Ended(order.id, "done")
        found = self.workers.takes(self.side, self.count)
        self.count += 1
        if isinstance(found, BaseException):
            raise found
        if isinstance(found, Ended):
            return found
        timing = {"optimise": found, "targets": 0.0, "valid": True, "reused": [], "contract": "wall/1"}
        outcome = {"evaluations": self.workers.work.get(self.side, 3), "updates": 2, "final_loss": 1.0}
        return Ended(order.id, "done", {"timing": timing, "outcome": outcome}, self.workers.environment)

    def stop(self, slot):
        pass

    def close(self):
        pass


@pytest.fixture
def small(manifest, tmp_path, monkeypatch):
    """A manifest of four jobs, and a folder to stand in, with a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NST_CACHE_DIR", str(tmp_path / "cache"))
    return str(manifest(SMALL))


@pytest.fixture
def check(small, monkeypatch):
    """Runs a check with made-up workers; its exit code."""

    def run(*arguments, workers=None):
        monkeypatch.setattr(session, "LocalEngine", workers or Workers())
        monkeypatch.setattr("bench.check.paired.meter.PAUSE", 0.0)
        arguments = [small if argument == "MANIFEST" else argument for argument in arguments]
        return cli.main(["check", *arguments, "--devices", "cpu"])

    return run


def found(folder="results/check/compare-small"):
    return json.loads(Path(folder, "check.json").read_text())


def slower(factor):
    return Workers(lambda side, number: factor if side == "head" else 1.0)


SELF = ("compare", "MANIFEST", "--base", sys.executable, "--pairs", "7", "--rounds", "1")


@pytest.fixture(autouse=True)
def agreed(monkeypatch):
    """Sides that are asked for their plan agree; what they say else is tested where it is asked."""
    monkeypatch.setattr(session, "disagreements", lambda *_: {})
    monkeypatch.setattr(sides, "commit_of", lambda root: "1a2b3c4d5e6f+changes")


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
    assert workers.commands["base"][2:] == ["-m", "bench.worker"]
    assert check("compare", "MANIFEST", "--self-test", "2", "--pairs", "7", workers=workers) == 0
    assert workers.commands["head"][2:] == ["-m", "bench.check.paired.slowed", "2.0"]


def test_a_self_test_fails_where_it_is_not_seen(check, capsys):
    assert check("compare", "MANIFEST", "--self-test", "--pairs", "7") == 3
    assert "self-test failed: 1.25 times the time was not seen in main: one x left" in capsys.readouterr().out


# -- baselines -----------------------------------------------------------------------------------


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


# -- calibration ---------------------------------------------------------------------------------


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


# -- for real ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_whole_comparison_with_real_workers(small, capsys, monkeypatch, tmp_path):
    """Of this code with itself under a named interpreter; a difference of 300 % is not what a machine makes up."""
    monkeypatch.setattr(session, "disagreements", agreeing.disagreements)
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # what else is timed on this machine is none of its business
    arguments = ("--pairs", "7", "--rounds", "1", "--delta", "300%", "--only", "one x left*", "--json")
    code = cli.main(
        ["check", "compare", small, "--base", sys.executable, *arguments, "--devices", "cpu", "--out", "out"]
    )
    told = json.loads(capsys.readouterr().out)
    assert (code, told["verdict"]) == (0, "no change")
    data = told["data"]
    assert data["sides"][0]["environment"]["torch"] == data["sides"][1]["environment"]["torch"]
    assert [[len(pair[side]) for pair in data["benchmarks"][0]["pairs"]] for side in ("base", "head")] == [[1] * 8] * 2
