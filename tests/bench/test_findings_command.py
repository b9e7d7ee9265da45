"""``nst-bench findings``: questions, what documents say, what the runs say."""

import json
import os
import subprocess
import sys

import pytest

from bench.cli import main
from tests.bench.report.synthetic_results import Trial, make

START = {"along": "init", "start": {"init": "noise"}, "end": {"init": "content"}}
FINDINGS = [
    {
        "question": "Does the start change how long it takes?", "document": "cmu-16726-b", "trained": True,
        "said": "335 s from noise, 337 s from the content", "figure": "seconds", **START, "change": "same",
        "within": 0.1,
    },
    {"question": "Is all kept?", "said": "it is", "figure": "structure", "at_least": 0.9, "learned": True},
]  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    trial = Trial(
        "start", ("cat",), ("waves",), {"init": ["noise", "content"]}, findings=FINDINGS, open={"noise": "uniform"},
        fixed={"weights": "random:0"},
    )  # fmt: skip
    make(tmp_path / "a", [trial, Trial("plain", ("cat",), ("waves",))], left_open={"optimiser": "L-BFGS"})
    return str(tmp_path / "a")


def test_every_question_gets_its_answer_in_figures(folder, capsys):
    assert main(["findings", folder]) == 0
    assert (
        capsys.readouterr().out
        == """\
left open by the documents, and chosen here: optimiser: L-BFGS

start
  Does the start change how long it takes?
    cmu-16726-b: 335 s from noise, 337 s from the content
    = agrees. The time is the same within 10 % in 1 of 1 pair: 492 ms with noise, 497 ms with content; ratio 1.01 ×. \
With random weights, where the document's were trained on ImageNet.
  Is all kept?
    cmu-16726: it is
    ? cannot tell with these weights. The structure kept is at least 0.9 in 0 of 2 runs: median 0.625 (0.500 to 0.750). \
This rests on weights trained on ImageNet; these are random.
  left open by the document, and chosen here: noise: uniform
"""
    )


def test_programs_get_every_figure_in_full(folder, capsys):
    assert main(["findings", folder, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["name"], told["open"]) == (1, "start-and-size", {"optimiser": "L-BFGS"})
    assert list(told["experiments"]) == ["start"]
    first, second = told["experiments"]["start"]["findings"]
    assert (first["answer"], first["of"], first["showing"], first["measured"]) == ("agrees", "pairs", 1, 1)
    assert first["left_out"] == {"untimed": 0, "missing": 0, "without": 0, "waiting": 0}
    assert [group["centre"] for group in first["groups"]] == pytest.approx([40 * 0.0123, 40 * 0.0123 * 1.01])
    assert first["ratio"]["centre"] == pytest.approx(1.01)
    assert (second["answer"], second["random_weights"], second["looked_at"]) == ("cannot tell", 2, 2)


def test_several_folders_answer_as_one(folder, tmp_path, capsys):
    make(tmp_path / "b", [Trial("start", ("town",), ("waves",), {"init": ["noise", "content"]}, findings=FINDINGS)])
    assert main(["findings", folder, str(tmp_path / "b")]) == 0
    out = capsys.readouterr().out
    assert out.count("Does the start change how long it takes?") == 1
    assert "in 2 of 2 pairs" in out
    assert "2 of these 4 runs with random weights, where the document's were trained on ImageNet." in out


def test_without_findings_that_is_what_is_said(tmp_path, capsys):
    make(tmp_path, [Trial("plain", ("cat",), ("waves",))])
    assert main(["findings", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "The manifest names no findings of documents.\n"


def test_a_folder_without_results_is_named(tmp_path, capsys):
    assert main(["findings", str(tmp_path / "x")]) == 2
    assert capsys.readouterr().err == (
        f"{tmp_path / 'x'}: no such folder; expected a results folder, as `nst-bench run` leaves it\n"
    )


def test_a_folder_that_does_not_ask_has_no_part_in_the_answer(folder, tmp_path, capsys):
    """Its runs belong to an experiment of the same name, of a manifest that says nothing of the question."""
    make(tmp_path / "b", [Trial("start", ("cat", "town"), ("waves",), {"init": ["noise", "content"]},
                                fixed={"weights": "random:0", "size": 32})])  # fmt: skip
    answers = []
    for folders in ([folder], [folder, str(tmp_path / "b")]):
        assert main(["findings", *folders, "--json"]) == 0
        (told,) = json.loads(capsys.readouterr().out)["experiments"].values()
        answers.append(
            [
                (
                    one["of"],
                    one["measured"],
                    one["showing"],
                    [(group["centre"], group["runs"]) for group in one["groups"]],
                )
                for one in told["findings"]
            ]
        )
    assert answers[0] == answers[1]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_signs_that_an_encoding_lacks_end_nothing(folder, encoding):
    told = subprocess.run(
        [sys.executable, "-m", "bench", "findings", folder],
        capture_output=True, check=True, env={**os.environ, "PYTHONIOENCODING": encoding},
    )  # fmt: skip
    assert "ratio 1.01" in told.stdout.decode(encoding)
    assert told.stderr == b""
