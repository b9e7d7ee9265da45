"""What the documents say is what the code does: README commands, options, keys, exit codes, examples."""

import argparse
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from bench import cli, docs
from bench.errors import Exit
from bench.manifest import find, load
from bench.manifest.image_schema import Address, Folder, Frames, Glob, Images, Mix, Region, Regions, Samples
from bench.manifest.parameters import NAMES
from bench.manifest.schema import Experiment, Manifest, Override
from bench.plan import make_plan
from bench.record import GpuState, Memory, Quality, Record, Timing
from bench.runs import RunReport
from bench.worker.timing import CONTRACT, PHASES
from nst.diagnosis import VERDICTS
from nst.masks import SHAPES

ROOT = Path(__file__).parent.parent


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text(name), flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", docs.PAGES)
def test_generated_pages_are_fresh(name):
    assert text(f"docs/{name}") == docs.renewed(name), "run: python -m bench.docs"
    assert docs.PAGES[name]() in text(f"docs/{name}")


def options(parser=None, name=""):
    """Of commands, and of their commands: ``("check exact", "--update")``."""
    found = []
    for action in (parser or cli.parser())._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command, below in action.choices.items():
                found += options(below, f"{name} {command}".strip())
        elif name:
            found += [(name, option) for option in action.option_strings if option.startswith("--")]
    return [(command, option) for command, option in found if option != "--help"]


@pytest.mark.parametrize(("command", "option"), options())
def test_every_option_is_documented_under_its_command(command, option):
    page = text("docs/check.md" if command.startswith("check") else "docs/commands.md")
    sections = re.split(r"^## ", page, flags=re.MULTILINE)
    (section,) = [s for s in sections if s.startswith(f"nst-bench {command}")]
    assert option in section


def test_every_exit_code_is_documented():
    listed = re.findall(r"^\| (\d+) \|", text("docs/commands.md"), flags=re.MULTILINE)
    assert sorted(map(int, listed)) == sorted(Exit)


def test_every_manifest_key_is_documented():
    page = text("docs/manifest.md")
    keys = {*Manifest.model_fields, *Experiment.model_fields, *NAMES} - {"images"}
    assert [key for key in sorted(keys) if f"| `{key}` |" not in page] == []
    assert "`images.contents`, `images.styles`" in page
    entries = (Mix, Regions, Region, Address, Glob, Folder, Samples, Override)
    made_of = {key for entry in entries for key in entry.model_fields}
    assert [key for key in sorted(made_of) if f"`{key}`" not in page and f"{key}: " not in page] == []
    assert [shape for shape in SHAPES if f"`{shape}`" not in page] == []


def test_the_styles_that_the_manifest_page_shows_are_sound():
    (shown,) = (block for block in blocks("docs/manifest.md", "yaml") if "regions:" in block)
    styles = Images.model_validate(yaml.safe_load(shown)["images"]).styles
    assert [type(style) for style in styles.values()] == [str, str, Mix, Regions]


def test_the_sets_that_the_manifest_page_shows_are_sound():
    shown, moving = (block for block in blocks("docs/manifest.md", "yaml") if "url:" in block)
    images = Images.model_validate(yaml.safe_load(shown)["images"])
    assert [type(entry) for entry in images.contents.values()] == [str, Address, Glob, Folder, Samples]
    assert [type(entry) for entry in images.styles.values()] == [Samples]
    clips = Images.model_validate(yaml.safe_load(moving)["images"]).clips
    assert [type(entry) for entry in clips.values()] == [str, str, Frames, Address]


SHOWN = [block for block in blocks("docs/manifest.md", "yaml") if "experiments:" in block]


@pytest.mark.parametrize("block", SHOWN, ids=lambda block: block.splitlines()[2].strip(" :"))
def test_the_experiments_that_the_manifest_page_shows_make_as_many_jobs_as_they_say(tmp_path, block):
    head = (
        "name: shown\nimages: {contents: {cat: sample:cat}, styles: {waves: sample:seigaiha, night: sample:swirls}}\n"
    )
    (tmp_path / "shown.yaml").write_text(f"{head}defaults: {{weights: random, recipe: untrained}}\n{block}")
    plan = make_plan(load(tmp_path / "shown.yaml"))
    assert plan.warnings == []
    assert f"# {len(plan.jobs) // 2} jobs for each pair" in block


def section(name, heading):
    (found,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text(name), flags=re.MULTILINE | re.DOTALL)
    return found


def test_every_field_of_a_record_is_documented_and_nothing_else():
    own = set(Record.model_fields) - {"schema_version", "name", "algorithm", "started", "finished"}
    listed = re.findall(r"^\| `(\w+)` \|", section("docs/results.md", "record.json"), flags=re.MULTILINE)
    assert sorted(listed) == sorted(own)


def test_every_field_of_a_run_is_documented_and_nothing_else():
    own = set(RunReport.model_fields) - {"schema_version", "id", "ended"}
    assert sorted(listed("Runs")) == sorted(own)


def test_every_verdict_and_every_figure_of_quality_is_documented():
    listed = re.findall(r"^\| `([\w-]+)` \|", section("docs/results.md", "Diagnosis"), flags=re.MULTILINE)
    assert listed == list(VERDICTS)
    assert [name for name in Quality.model_fields if f"`{name}`" not in section("docs/results.md", "Quality")] == []


def listed(heading):
    """Names in the first column of a section's tables, in order."""
    rows = re.findall(r"^\| (`.*?`) \|", section("docs/results.md", heading), flags=re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`(\w+)`", row)]


def test_every_phase_and_every_field_of_a_timing_is_documented_and_nothing_else():
    fields = [name for name in Timing.model_fields if name not in PHASES]
    assert sorted(listed(f"The timing contract `{CONTRACT}`")) == sorted([*PHASES, *fields, *GpuState.model_fields])
    assert set(PHASES) < set(Timing.model_fields)


def test_every_field_of_memory_is_documented():
    page = section("docs/results.md", "record.json")
    assert [name for name in Memory.model_fields if f"`{name}`" not in page] == []


def test_every_fact_of_a_machine_is_documented_and_nothing_else(monkeypatch):
    """Those of a GPU by a fake one."""
    from bench.machine import environment, gpu
    from tests.bench.machine.nvml import h100, properties

    described = {"name": "", "major": 9, "minor": 0, "total_memory": 1, "multi_processor_count": 1}
    monkeypatch.setattr("torch.cuda.get_device_properties", lambda _: SimpleNamespace(**described))
    monkeypatch.setattr(gpu, "find", lambda _: gpu.match(h100(), properties()))
    of_a_cluster = ["node"]  # which its engine adds
    assert sorted(listed("Environment")) == sorted([*environment.describe("cuda:0"), *of_a_cluster])


def test_the_readmes_manifest_is_sound_and_makes_as_many_jobs_as_it_says(tmp_path):
    from nst import images, samples

    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "town.jpg").write_bytes(images.encode_png(samples.load("coffee")))
    (manifest,) = blocks("README.md", "yaml")
    (tmp_path / "first-light.yaml").write_text(manifest)
    plan = make_plan(load(tmp_path / "first-light.yaml"))
    assert f"shows the {len(plan.jobs)} jobs" in text("README.md")


def test_the_readmes_python_runs_and_lowers_the_loss(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (code,) = blocks("README.md", "python")
    names = {}
    exec(code, names)
    losses = names["result"].curve["total"]
    assert losses.iloc[-1] < 0.5 * losses.iloc[0]
    assert [path.read_bytes()[:4] for path in tmp_path.iterdir()] == [b"\x89PNG"]


def test_the_readmes_commands_are_these():
    """The commands that .ci/run and tests/test_package.py carry out; change them together. Those of the gate and of questions parse."""
    first, asked, clips, gate, tests = blocks("README.md", "sh")
    assert first == "pip install . && nst-bench run quickstart\n"
    assert tests == 'pip install -e ".[test]" && pytest -n auto\n'
    installed, told = clips.split(" && ")
    assert installed == "pip install '.[video]'"
    assert find(cli.parser().parse_args(told.split()[1:]).manifest).is_file()
    for line in gate.splitlines():
        assert cli.parser().parse_args(line.partition("#")[0].split()[1:]).manifest == "perf"
    run, answers = [cli.parser().parse_args(line.partition("#")[0].split()[1:]) for line in asked.splitlines()]
    assert make_plan(load(find(run.manifest))).name == Path(*answers.results).name


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md"))])
def test_links_between_documents_lead_somewhere(name):
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text(name)):
        if "://" not in target:
            assert ((ROOT / name).parent / target).exists(), target


def test_every_module_has_its_place_in_the_architecture_page():
    page = text("docs/architecture.md")
    tops = [p for folder in ("nst", "bench") for p in (ROOT / folder).iterdir()]
    names = [p.name for p in tops if p.suffix == ".py"] + [f"{p.name}/" for p in tops if (p / "__init__.py").is_file()]
    assert [name for name in names if not name.startswith("__") and f"  {name} " not in page] == []


@pytest.mark.parametrize(
    "room",
    [
        "check",
        "commands",
        "engines",
        "findings",
        "inputs",
        "machine",
        "manifest",
        "plan",
        "prediction",
        "pairing",
        "progress",
        "report",
        "runner",
        "store",
        "worker",
    ],
)
def test_every_module_of_a_room_has_its_place_in_the_architecture_page(room):
    (shown,) = re.findall(rf"^  {room}/ .*\n((?:    .*\n)*)", text("docs/architecture.md"), flags=re.MULTILINE)
    listed = re.findall(r"^    (\S+\.py) ", shown, flags=re.MULTILINE)
    there = [p.name for p in (ROOT / "bench" / room).glob("*.py") if not p.name.startswith("__")]
    assert sorted(listed) == (sorted(there) if room != "commands" else [])
