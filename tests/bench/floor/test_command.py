"""``nst-bench floor`` as people use it."""

import json

import pytest

from bench.cli import main
from bench.floor import asking
from bench.floor.model import Floor

SMALL = ["--set", "width=0.0625", "--set", "history=2", "--seconds", "0.01", "--device", "cpu"]


@pytest.fixture(scope="module")
def said():
    """Of a real measurement, as JSON."""
    from contextlib import redirect_stdout
    from io import StringIO

    with redirect_stdout(StringIO()) as out:
        assert main(["floor", "--size", "32", *SMALL, "--json"]) == 0
    return out.getvalue()


def test_json_has_all_figures_and_what_was_asked(said):
    floor = Floor.model_validate_json(said)
    assert json.loads(said)["schema_version"] == 1
    assert (floor.asked.width, floor.asked.height, floor.asked.recipe) == (32, 32, "gatys-paper")
    assert floor.asked.parameters["history"] == 2
    assert floor.deepest == "conv5_1"
    assert floor.machine


def test_text_says_what_the_figures_are(said, monkeypatch, capsys):
    floor = Floor.model_validate_json(said)
    monkeypatch.setattr(asking, "ask", lambda asked, variables: floor)
    assert main(["floor", "--size", "32", *SMALL]) == 0
    text = capsys.readouterr().out
    assert "vgg19 to conv5_1, 32 x 32 pixels, recipe gatys-paper, lbfgs, history 2, float32" in text
    assert f"our step takes {floor.ratio:.3f} times the bare network" in text
    assert f"of {floor.rounds} rounds" in text
    assert f"{floor.memory.peak / floor.memory.paper:.2f} times what it cannot do without" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--size", "8"], "--size: 8: expected a whole number of pixels from 16 to 16384"),
        (["--backbone", "vgg99"], "--backbone: 'vgg99': expected one of"),
        (["--recipe", "gaty"], "did you mean gatys-paper?"),
        (["--set", "style_layers=[conv9_9]"], "vgg19 has no layer 'conv9_9'"),
        (["--set", "sizes=3"], "--set sizes=3: unknown"),
        (["--seconds", "0"], "--seconds 0: expected more than 0"),
        (["--devices", "tpu"], "expected auto, cpu, cuda"),
    ],
)
def test_what_makes_no_sense_is_told_before_anything_is_measured(options, message, capsys, monkeypatch):
    monkeypatch.setattr(asking, "ask", lambda *_: pytest.fail("measured"))
    assert main(["floor", *options]) == 2
    assert message in capsys.readouterr().err


def test_a_picture_too_small_for_a_layer_is_told(capsys):
    assert main(["floor", "--size", "16", "--set", "style_layers=[conv5_1]", "--backbone", "resnet50", *SMALL]) == 2
    assert "conv5_1" in capsys.readouterr().err


def test_a_process_that_ends_without_figures_is_told(monkeypatch, capsys):
    monkeypatch.setattr(asking, "worker_environment", lambda own, variables: {**own, "PYTHONHOME": "/nonexistent"})
    assert main(["floor", "--size", "32", *SMALL]) == 2
    assert "the measuring ended with code" in capsys.readouterr().err
