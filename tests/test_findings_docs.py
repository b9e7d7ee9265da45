"""What docs/findings.md shows is what happens."""

import json
import re
from pathlib import Path

import pytest

from bench.cli import main
from bench.findings.figures import FAMILIES, FIGURES
from bench.findings.rule import word
from bench.manifest import load
from bench.manifest.finding_schema import FORMS, Finding, expect_keys
from bench.plan import make_plan
from bench.report.asked import MARKS
from tests.bench.report.synthetic_results import Trial, make

PAGE = (Path(__file__).parent.parent / "docs" / "findings.md").read_text(encoding="utf-8")


def test_the_manifest_that_is_shown_asks_what_it_says(folder):
    (shown,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    head = "name: shown\nimages: {contents: {one: one.png}, styles: {left: left.png}}\n"
    (folder / "shown.yaml").write_text(f"{head}defaults: {{weights: random, width: 0.0625}}\n{shown}")
    plan = make_plan(load(folder / "shown.yaml"))
    (start, rebuilt) = plan.experiments
    assert [(one.along, one.at_least, one.than, one.learned) for one in start.findings] == [
        ("init", None, None, False), (None, 0.9, None, True), (None, None, "rebuilt", False)
    ]  # fmt: skip
    assert (start.open, rebuilt.findings) == ({"noise": "uniform", "evaluations": "300"}, [])


@pytest.mark.parametrize("key", [*Finding.model_fields, *(key for tag in FORMS for key in expect_keys(tag))])
def test_every_key_is_explained(key):
    assert f"`{key}`" in PAGE


def test_every_figure_is_explained_and_nothing_else():
    rows = re.findall(r"^\| (`.*?) \|", PAGE.partition("## Figures")[2].partition("## ")[0], flags=re.MULTILINE)
    listed = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    assert sorted(listed) == sorted([*FIGURES, *(f"{family}.<name>" for family in FAMILIES)])


def test_the_rule_is_the_one_that_is_written():
    answers = dict(
        re.findall(r"^\| (agrees|disagrees|cannot tell|not run|not measured) \| (.) \|", PAGE, flags=re.MULTILINE)
    )
    assert answers == MARKS
    assert [word(showing, 5) for showing in range(6)] == [
        "disagrees", "disagrees", "cannot tell", "cannot tell", "agrees", "agrees"
    ]  # fmt: skip


def test_every_field_that_programs_get_is_explained(tmp_path, capsys):
    along = {"along": "init", "start": {"init": "noise"}, "end": {"init": "content"}}
    finding = {"figure": "structure", **along, "change": "higher"}
    make(tmp_path, [Trial("first", ("cat",), grid={"init": ["noise", "content"]}, findings=[finding])])
    assert main(["findings", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (one,) = told["experiments"]["first"]["findings"]
    own = {*told, *told["experiments"]["first"], *one, *one["left_out"], "centre", "least", "most", "runs"}
    assert {"centre", "least", "most"} == set(one["ratio"])
    assert [name for name in sorted(own) if f"`{name}`" not in PAGE] == []
