"""``nst-bench check pytest-benchmark``: from files to exit code; figures of pytest-benchmark itself among them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench import cli
from bench.commands.check.micro import resolution
from tests.bench.check.micro.suites import content, jitter, measured

#: Measured by a clock that goes on by as much as it is told, so that no machine is too busy for it.
SUITE = """
import os
import pytest

now = 0.0

def clock():
    return now

def work(seconds=iter(range(1000))):
    global now
    now += float(os.environ["TAKES"]) * (1 + next(seconds) % 5 / 100)

@pytest.mark.benchmark(timer=clock)
def test_work(benchmark):
    benchmark.pedantic(work, rounds=48)
"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Three runs by pytest-benchmark, of which the last is slower by a quarter."""
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "test_suite.py").write_text(SUITE)
    for name, seconds in [("base", "0.1"), ("head", "0.101"), ("slow", "0.125")]:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--benchmark-json={name}.json"]
        done = subprocess.run(command, cwd=folder, env={"TAKES": seconds}, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*arguments):
    """Exit code, and what was written down."""
    code = cli.main(["check", "pytest-benchmark", *map(str, arguments), "--out", "out"])
    return code, json.loads(Path("out", "check.json").read_text("utf-8"))


def write(path, content):
    path.parent.mkdir(exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.fixture
def gram(here):
    """Files of one benchmark: equal, and slower by a quarter."""
    return [
        write(here / f"{name}.json", content(role, measured("gram", jitter(seconds, number)), minutes=number))
        for number, (name, role, seconds) in enumerate([("base", "base", 1e-4), ("head", "head", 1e-4), ("slow", "head", 1.25e-4)])
    ]  # fmt: skip


def test_runs_of_pytest_benchmark_that_are_equal_pass(recorded):
    code, found = check(recorded / "base.json", recorded / "head.json")
    (benchmark,) = found["benchmarks"]
    assert (code, benchmark["id"], benchmark["verdict"]) == (0, "test_suite.py::test_work", "no change")


def test_a_run_of_pytest_benchmark_that_is_slower_is_red(recorded):
    code, found = check(recorded / "base.json", recorded / "slow.json")
    (benchmark,) = found["benchmarks"]
    assert (code, benchmark["verdict"], benchmark["first"]["n"]) == (1, "regression", 16)
    assert benchmark["first"]["ratio"] == pytest.approx(1.25)
    assert found["sides"][0]["environment"]["cores"] >= 1


@pytest.mark.parametrize(("head", "code"), [(1, 0), (2, 1)])
def test_the_exit_code_is_that_of_the_verdict(gram, head, code):
    assert check(gram[0], gram[head])[0] == code


def test_defaults_are_those_of_the_gate_but_for_the_floor(gram):
    assert check(gram[0], gram[1])[1]["limits"] == {
        "alpha": 0.0125,
        "delta": 0.1,
        "floor": 3 * resolution([]),
        "pairs": 16,
        "rounds": 5,
    }


def test_limits_are_what_they_are_said_to_be(gram):
    code, found = check(*gram[::2], "--alpha", 0.05, "--delta", 0.5, "--floor", 0.001, "--pairs", 20)
    assert (code, found["limits"]) == (0, {"alpha": 0.05, "delta": 0.5, "floor": 0.001, "pairs": 20, "rounds": 5})
    assert found["command"] == [
        *("nst-bench", "check", "pytest-benchmark", str(gram[0]), str(gram[2]), "--alpha", "0.05", "--delta", "0.5"),
        *("--floor", "0.001", "--pairs", "20", "--out", "out"),
    ]


def test_the_floor_is_three_times_what_the_coarsest_clock_can_tell():
    fine, coarse = resolution(["perf_counter"]), resolution(["perf_counter", "process_time", "own_timer"])
    assert 0 < fine <= coarse < 1


def folders(here, names=("base", "head"), runs=8, seconds=(1e-4, 1.25e-4)):
    for role, name, time in zip(("base", "head"), names, seconds, strict=True):
        for number in range(runs):
            run = content(role, measured("gram", jitter(time, number, 5)), minutes=2 * number + (role == "head"))
            write(here / name / f"run-{number}.json", run)
    return [here / name for name in names]


def test_folders_are_compared_run_by_run(here):
    code, found = check(*folders(here))
    assert (code, found["limits"]["pairs"], len(found["benchmarks"][0]["pairs"])) == (1, 8, 8)


def test_other_files_in_folders_do_not_matter(here):
    base, head = folders(here, seconds=(1e-4, 1e-4))
    write(base / "notes.txt", "made in turns")
    assert check(base, head)[0] == 0


def test_how_many_runs_folders_hold_may_be_asked_for(here):
    code, found = check(*folders(here), "--pairs", 16)
    assert code == 3
    assert found["reasons"] == [f"8 runs in {here / 'base'}, 8 in {here / 'head'}, 16 pairs to compare"]


def test_a_missing_side_is_no_pass(gram, here):
    code, found = check("gone.json", gram[1])
    assert (code, found["reasons"]) == (3, ["gone.json: no such file or folder"])
    assert check(gram[0], "gone.json")[0] == check("gone.json", "gone")[0] == check(*folders(here)[:1], "gone")[0] == 3


@pytest.mark.parametrize("nothing", ["", "\n"])
def test_an_empty_file_is_no_pass(gram, here, nothing):
    """What a run that measured nothing leaves behind."""
    write(here / "head.json", nothing)
    code, found = check(*gram[:2])
    assert (code, found["reasons"]) == (3, [f"{here / 'head.json'} is empty: nothing was measured"])


def test_an_empty_folder_is_no_pass(here):
    base, head = folders(here)
    shutil.rmtree(head)
    head.mkdir()
    code, found = check(base, head)
    assert (code, found["reasons"]) == (3, [f"{head} holds no *.json"])


def test_a_file_against_itself_is_no_pass(gram):
    code, found = check(gram[0], gram[0])
    assert code == 3
    assert found["reasons"] == [f"{gram[0]} and {gram[0]} hold the same run: a copy says nothing new"]


def test_another_machine_is_refused_unless_it_is_allowed_and_then_never_blocks(gram, here):
    other = content("head", measured("gram", jitter(9e-4)))
    other["machine_info"] = other["machine_info"] | {"machine": "aarch64"}
    write(here / "head.json", other)
    code, found = check(*gram[:2])
    assert (code, found["benchmarks"]) == (3, [])
    code, found = check(*gram[:2], "--allow-different-machine")
    assert (code, found["benchmarks"][0]["verdict"]) == (3, "regression")


def said(capsys, *arguments):
    """Exit code and message of a check that could not begin."""
    code = cli.main(["check", "pytest-benchmark", *map(str, arguments), "--out", "out"])
    out, message = capsys.readouterr()
    assert out == ""
    return code, message.rstrip("\n")


def test_a_file_and_a_folder_are_no_two_sides(gram, here, capsys):
    base, _ = folders(here)
    assert said(capsys, base, gram[1]) == (2, f"{base} and {gram[1]}: expected two files or two folders")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("[]", "is not what pytest --benchmark-json writes: Input should be a valid dictionary"),
        ("{}", "is not what pytest --benchmark-json writes: machine_info: Field required"),
        ("[" * 100_000, "is not JSON: "),
    ],
)
def test_garbage_is_a_mistake_of_the_user(gram, here, capsys, text, message):
    write(here / "head.json", text)
    code, told = said(capsys, *gram[:2])
    assert code == 2
    assert told.startswith(f"{here / 'head.json'} {message}")


def test_a_benchmark_that_stands_in_a_file_twice_is_a_mistake(gram, here, capsys):
    twice = measured("gram", jitter(1e-4))
    write(here / "head.json", content("head", twice, twice))
    message = "tests/test_gram.py::test_gram stands in it twice"
    assert said(capsys, *gram[:2]) == (2, f"{here / 'head.json'} is not what pytest --benchmark-json writes: {message}")


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--alpha", "0.7", "--alpha 0.7: input should be less than 0.5"),
        ("--alpha", "0", "--alpha 0.0: input should be greater than 0"),
        ("--delta", "-1", "--delta -1.0: input should be greater than 0"),
        ("--floor", "inf", "--floor inf: input should be a finite number"),
        ("--pairs", "0", "--pairs 0: input should be greater than or equal to 1"),
    ],
)
def test_limits_that_make_no_sense_are_a_mistake(gram, capsys, option, value, message):
    assert said(capsys, *gram[:2], option, value) == (2, message)
