"""What docs/gallery.md shows is what happens: its manifest, its templates, its commands, its workflow."""

import re
import shlex
from pathlib import Path

import pytest
import yaml
from jinja2 import Environment
from jinja2.nodes import Block

from bench import cli
from bench.manifest.schema import Manifest
from bench.report import about, colour, markdown, render
from bench.resources import templates_folder
from tests.bench.report import reading
from tests.bench.report.one_page import model_of, page
from tests.bench.report.synthetic_results import Trial, make

PAGE = (Path(__file__).parent.parent / "docs" / "gallery.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


def test_the_manifest_s_words_are_sound():
    shown = yaml.safe_load(blocks("yaml")[0])
    assert set(shown) < set(Manifest.model_fields)
    assert colour.accents(shown["accent"])
    elements = {
        str(e.tag) for e in reading.tree(f"<!DOCTYPE html><title>x</title>{markdown.rendered(shown['intro'])}").iter()
    }
    assert {"strong", "em", "a", "ul"} <= elements


def test_the_template_does_what_is_said_of_it(tmp_path):
    make(tmp_path / "results", [Trial("a", ("cat",), ("waves",))])
    (text,) = blocks("jinja")
    name = re.search(r"mine/(\S+)", text)[1]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name).write_text(text)
    env = render.environment(tmp_path / "mine")
    shown = page("about", about.about(model_of(tmp_path / "results")), env).decode()
    assert shown.index("How pictures were judged") < shown.index("<p>On one screen, at 1 run, done, by two of us.</p>")


def listed_blocks():
    rows = re.findall(r"^\| `([\w.]+\.j2)`.*? \| (.*) \|$", PAGE, flags=re.MULTILINE)
    return {template: re.findall(r"`(\w+)`", told) for template, told in rows}


@pytest.mark.parametrize("name", sorted(listed_blocks()))
def test_the_blocks_that_are_listed_are_those_there_are(name):
    parsed = Environment().parse((templates_folder() / name).read_text(encoding="utf-8"))
    there = [block.name for block in parsed.find_all(Block)]
    assert sorted(set(there) - {"title", "main"}) == sorted(set(listed_blocks()[name]) - {"title", "main"})


def test_templates_that_are_not_listed_have_no_blocks_of_their_own():
    own = {}
    for path in templates_folder().glob("*.html.j2"):
        there = {block.name for block in Environment().parse(path.read_text(encoding="utf-8")).find_all(Block)}
        if (there - {"title", "main"}) and path.name not in listed_blocks():
            own[path.name] = there
    assert own == {}


@pytest.mark.parametrize("command", [line for block in blocks("sh") for line in block.splitlines()])
def test_the_commands_are_ones_that_there_are(command):
    program, *arguments = shlex.split(command)
    assert program == "nst-bench"
    assert cli.parser().parse_args(arguments).command


def test_the_workflow_renders_and_publishes_the_same_folder():
    workflow = yaml.safe_load(next(block for block in blocks("yaml") if "deploy-pages" in block))
    steps = workflow["jobs"]["publish"]["steps"]
    (rendered,) = [step["run"] for step in steps if "nst-bench report" in step.get("run", "")]
    options = cli.parser().parse_args(shlex.split(rendered)[1:])
    (uploaded,) = [step["with"]["path"] for step in steps if "upload-pages-artifact" in step.get("uses", "")]
    assert str(options.out) == uploaded
    assert workflow["permissions"] == {"contents": "read", "pages": "write", "id-token": "write"}
    assert workflow[True]["push"]["paths"] == [f"{options.results[0]}/**"]  # YAML 1.1 reads "on" as true
