"""What docs/check.md shows is what happens: its commands, its workflow, its tables."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from bench import cli
from bench.check import rule
from bench.check.model import Limits
from bench.errors import Exit
from bench.worker.timing import PHASES

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "check.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


def section(head):
    return re.split(r"^## ", PAGE, flags=re.MULTILINE)[
        [part.partition("\n")[0] for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)].index(head)
    ]


def workflow():
    (found,) = [loaded for text in blocks("yaml") if "jobs" in (loaded := yaml.safe_load(text))]
    return found


def commands() -> list[str]:
    """Every ``nst-bench check`` of the page, of shell blocks and of the workflow's steps."""
    listed = []
    steps = [step["run"] for job in workflow()["jobs"].values() for step in job["steps"] if "run" in step]
    for line in "\n".join([*blocks("sh"), *steps]).splitlines():
        found = line.partition("#")[0].strip()
        if found.startswith("nst-bench"):
            listed.append(re.sub(r"\$\{\{.*?\}\}", "main", found))
    return listed


@pytest.mark.parametrize("command", commands())
def test_every_command_is_one_that_there_is(command):
    options = cli.parser().parse_args(shlex.split(command)[1:])
    assert callable(options.command)


def test_the_workflow_is_one():
    found = workflow()
    assert found[True] == "pull_request", "on: is a word for true in YAML 1.1"
    assert set(found) == {"name", True, "permissions", "jobs"}
    (job,) = found["jobs"].values()
    assert set(job) == {"runs-on", "timeout-minutes", "steps"}
    for step in job["steps"]:
        assert ("uses" in step) is not ("run" in step)
        assert set(step) <= {"name", "uses", "with", "run", "if"}
        if "uses" in step:
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"])
    assert job["steps"][0]["with"] == {"fetch-depth": 0}, "the base's commit has to be there"
    checks = [step["run"] for step in job["steps"] if "nst-bench check" in step.get("run", "")]
    assert [shlex.split(command)[2] for command in checks] == ["exact", "compare", "compare"]
    outs = [shlex.split(command) for command in checks[1:]]
    assert len({words[words.index("--out") + 1] for words in outs}) == 2, "one must not overwrite the other's pages"


def test_the_table_of_levels_is_the_rule_s():
    rows = re.findall(r"^\| (\d+) \| (\d+) \| (0\.\d+) \|$", section("The rule"), flags=re.MULTILINE)
    assert len(rows) == 5
    for n, k, level in rows:
        assert rule.place(int(n), Limits().alpha) == int(k)
        assert f"{rule.level(int(n), int(k)):.4f}" == level
    assert f"Fewer than {rule.fewest(Limits().alpha)} say nothing at {Limits().alpha}" in section("The rule")


def test_exit_codes_are_the_four_of_a_gate():
    codes = re.findall(r"^\| (\d) \|", section("Exit codes of the gate"), flags=re.MULTILINE)
    assert [int(code) for code in codes] == [Exit.FINE, Exit.REGRESSION, Exit.USAGE, Exit.INCONCLUSIVE]


def test_defaults_and_phases_are_named():
    page, limits = section("nst-bench check compare MANIFEST"), Limits()
    assert f"`{limits.delta:.0%}` (the default)" in page
    assert f"({limits.alpha})" in page
    assert f"({limits.floor:g})" in page
    assert f"how many pairs ({limits.pairs})" in page
    assert f"({limits.rounds}), in turns with the other side's; the round in the middle by its ratio counts" in page
    assert ", ".join(f"`{phase}`" for phase in PHASES) in page


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)h][^)]*)\)", PAGE))
def test_links_lead_somewhere(link):
    path, _, anchor = link.partition("#")
    text = PAGE if not path else (ROOT / "docs" / path).read_text(encoding="utf-8")
    heads = {
        re.sub(r"[^\w -]", "", head).strip().lower().replace(" ", "-") for head in re.findall(r"^#+ (.*)$", text, re.M)
    }
    assert not anchor or anchor in heads
