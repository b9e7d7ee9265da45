"""What every check leaves behind: on its streams, in its folder, and as its exit code."""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench.check.model import Limits, Verdict
from bench.check.outputs import output_folder, output_options, publish
from bench.check.outputs.junit import junit
from bench.check.outputs.summary import markdown
from bench.errors import BenchError, Exit
from tests.bench.check.reports import FINE, NOTHING, SLOWER

DATA = Limits(pairs=7)
ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return Path("results", "check", "perf")


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (FINE, Exit.FINE),
        (SLOWER, Exit.REGRESSION),
        (NOTHING, Exit.INCONCLUSIVE),
        (replace(FINE, verdict=Verdict.IMPROVEMENT), Exit.FINE),
    ],
)
def test_the_exit_code_is_the_verdicts_and_all_files_are_there(folder, report, code):
    assert publish(report, DATA, folder, environment={}) is code
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert files == {
        "check.json": b'{\n "alpha": 0.0125,\n "delta": 0.1,\n "floor": 0.02,\n "pairs": 7,\n "rounds": 5\n}\n',
        "junit.xml": junit(report),
        "summary.md": markdown(report).encode(),
    }


def test_people_read_a_table_on_standard_output(folder, capsys):
    publish(FINE, DATA, folder, environment={})
    assert tuple(capsys.readouterr()) == (
        "exact perf\n"
        "\n"
        "benchmark          verdict      base    head  ratio\n"
        "adam: cat x waves  no change  1.00 s  1.01 s   1.01\n"
        "\n"
        "written  results/check/perf\n"
        "\n"
        "none of 1 counters moved\n",
        "",
    )


def test_programs_read_json_and_people_standard_error(folder, capsys):
    publish(replace(FINE, rows=(replace(FINE.rows[0], seconds=float("nan")),)), DATA, folder, as_json=True, environment={"GITHUB_ACTIONS": "true"})  # fmt: skip
    out, err = capsys.readouterr()
    assert json.loads(out) == {
        "verdict": "no change",
        "exit_code": 0,
        "sentence": "none of 1 counters moved",
        "title": "exact perf",
        "columns": ["base", "head", "ratio"],
        "rows": [
            {
                "name": "adam: cat x waves",
                "verdict": "no change",
                "cells": ["1.00 s", "1.01 s", "1.01"],
                "message": "as long",
                "weight": 0.0,
                "place": None,
                "group": "adam",
                "seconds": None,
            }
        ],
        "reasons": [],
        "notes": [],
        "facts": [["written", "results/check/perf"]],
        "next_step": "",
        "data": {"alpha": 0.0125, "delta": 0.1, "floor": 0.02, "pairs": 7, "rounds": 5},
    }
    assert err.startswith("exact perf\n\nbenchmark ")


def test_a_page_goes_along(folder, capsys):
    publish(FINE, DATA, folder, page="<!doctype html>é", environment={})
    assert (folder / "index.html").read_text("utf-8") == "<!doctype html>é"
    assert "\nwritten  results/check/perf/index.html\n" in capsys.readouterr().out


def test_on_github_annotations_follow_the_table_and_the_step_gets_its_summary(folder, capsys, tmp_path):
    summary = tmp_path / "step.md"
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(tmp_path), "GITHUB_STEP_SUMMARY": str(summary)}
    assert publish(NOTHING, DATA, folder, environment=environment) is Exit.INCONCLUSIVE
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "nothing was measured; it cannot pass: interrupted",
        "::warning title=compare perf%3A main against this code::interrupted",
    ]
    assert summary.read_text() == markdown(NOTHING)


def test_a_step_summary_that_cannot_be_written_changes_no_verdict(folder, capsys, tmp_path):
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path)}
    assert publish(FINE, DATA, folder, environment=environment) is Exit.FINE
    assert capsys.readouterr().err == f"warning: the step's summary, {tmp_path}: cannot be written: Is a directory\n"


def test_a_folder_that_cannot_be_made_is_an_error_after_all_was_shown(folder, capsys):
    Path("results").write_text("a file")
    with pytest.raises(BenchError) as error:
        publish(SLOWER, DATA, folder, environment={})
    path = "results/check/perf/check.json"
    assert str(error.value) == f"{path}: cannot be written: Not a directory; name another folder with --out"
    out = capsys.readouterr().out
    assert "regression    start: cat x waves" in out
    assert "written" not in out


PROGRAM = """
import sys
from pathlib import Path
from bench.check.outputs import publish
from tests.bench.check.reports import NOTHING
from tests.bench.check.test_publish import DATA
code = publish(NOTHING, DATA, Path(sys.argv[1]), as_json=True, environment={})
print(flush=True)  # as the command line does when a command has ended
sys.exit(code)
"""


def test_a_reader_that_goes_away_changes_no_verdict(tmp_path):
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait() == Exit.INCONCLUSIVE
    assert "Broken" not in errors


def test_a_log_that_cannot_hold_all_characters_gets_escapes(tmp_path):
    program = PROGRAM.replace("(NOTHING", "(__import__('dataclasses').replace(NOTHING, sentence='夜')").replace("as_json=True, ", "")  # fmt: skip
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, env=environment, capture_output=True)  # fmt: skip
    assert done.returncode == Exit.INCONCLUSIVE
    assert b"\n\\u591c\n" in done.stdout


def test_the_options_of_every_check():
    parser = argparse.ArgumentParser(parents=[output_options()])
    assert vars(parser.parse_args([])) == {"out": None, "json": False, "folder": None, "publishes": True}
    given = vars(parser.parse_args(["--out", "there", "--json"]))
    assert (given["out"], given["json"]) == (Path("there"), True)


@pytest.mark.parametrize(("name", "made"), [("compare-perf", "compare-perf"), ("a/b: c ", "a-b-c"), ("..", "check")])
def test_a_check_has_a_folder_of_its_own(folder, name, made):
    options = output_options().parse_args([])
    assert output_folder(options, name) == folder.parent / made
    assert (folder.parent / made).is_dir()


def test_a_folder_that_cannot_be_made_is_known_before_anything_is_measured(folder):
    Path("file").write_text("")
    options = output_options().parse_args(["--out", "file/below"])
    with pytest.raises(BenchError) as error:
        output_folder(options, "perf")
    assert str(error.value) == "file/below: cannot be written: Not a directory; name another folder with --out"


def test_parsers_are_built_without_anything_heavy():
    code = "import sys, bench.check.outputs; sys.exit(bool({'pydantic', 'rich', 'torch'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
