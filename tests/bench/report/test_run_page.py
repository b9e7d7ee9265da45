"""The page of a run: what stands beside it, and how to make it again."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from bench.cli import parser
from bench.commands.shared import chosen_jobs, load_plan, silence
from bench.manifest import load as load_manifest
from bench.plan import Plan, make_plan
from bench.record import PlannedJob, StoredPlan
from bench.report import build, provenance
from bench.report.run_curve import MOST_ROWS
from bench.results import load
from bench.runner.todo import select
from bench.store import Store
from nst.recipes import RECIPES
from tests.bench.report import reading
from tests.bench.report.synthetic_results import Trial, failed, make

MANIFEST = """\
name: night
images:
  contents: {{cat: "sample:chelsea", "a: 'b' \\"c\\" é {{{{x}}}} #": "sample:camera"}}
  styles:
    waves: sample:seigaiha
    night: sample:swirls
    both: {{mix: {{waves: 3, night: 0.3333333333333333}}}}
    split:
      regions:
        - {{style: both, mask: "mask:left"}}
        - {{style: waves, mask: "mask:right", style_mask: "mask:top", weight: 2}}
defaults: {{weights: random, width: 0.25, size: 64, {defaults}}}
experiments:
  first: {{{first}}}
"""


@pytest.fixture
def planned(tmp_path: Path) -> Callable[..., Plan]:
    def plan(defaults: str = "evaluations: 5", first: str = "", name: str = "night.yaml") -> Plan:
        path = tmp_path / name
        path.write_text(MANIFEST.format(defaults=defaults, first=first), encoding="utf-8")
        return make_plan(load_manifest(path))

    return plan


def stored(plan: Plan, command: list[str]) -> StoredPlan:
    jobs = {
        job.id: PlannedJob(
            id=job.id, parameters=dict(job.parameters), inputs={r: i.picture for r, i in job.inputs.items()}
        )
        for job in plan.jobs.values()
    }
    return StoredPlan(
        name=plan.name, title="", intro="", manifest_path=str(plan.loaded.path), manifest_text="", manifest_sha256="",
        command=command, created="", experiments=plan.experiments, jobs=jobs,
    )  # fmt: skip


class TestTheCommandToMakeItAgain:
    @pytest.mark.parametrize(
        ("given", "shown"),
        [
            ("run night.yaml", "run night.yaml"),
            ("run sub/../night.yaml --jobs 2 --only first", "run sub/../night.yaml"),
            ("run --devices cpu --out 'my results' night.yaml --quiet", "run night.yaml --out 'my results'"),
            ("run --set size=32 night.yaml --set=seed=7 --out a --out b",
             "run night.yaml --set size=32 --set seed=7 --out b"),
            ("run {folder}/night.yaml --set 'style_layers=[conv1_1, conv2_1]'",
             "run night.yaml --set 'style_layers=[conv1_1, conv2_1]'"),
            ("run night", "run night"),
            ("python -c ...", "run night.yaml"),
        ],
    )  # fmt: skip
    def test_it_names_manifest_and_results_as_they_were_named(
        self, given: str, shown: str, planned: Callable[..., Plan], tmp_path: Path
    ) -> None:
        command = shlex.split(f"nst-bench {given.replace('{folder}', str(tmp_path))}")
        assert provenance.command(stored(planned(), command)) == f"nst-bench {shown} --only"

    def test_it_chooses_exactly_its_job(
        self, planned: Callable[..., Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        planned(first="grid: {init: [noise, content], seed: [0, 1]}")
        given = ["run", "night.yaml", "--set", "size=48"]
        plan = load_plan(parser().parse_args(given), silence)
        start = provenance.command(stored(plan, ["nst-bench", *given]))
        assert len(plan.jobs) == 2 * 4 * 4
        for id in list(plan.jobs)[::7]:
            options = parser().parse_args(shlex.split(f"{start} {id[:12]}")[1:])
            assert chosen_jobs(options, load_plan(options, silence)) == {id}

    def test_a_run_that_is_done_is_made_again_once_its_folder_is_gone(
        self, planned: Callable[..., Plan], tmp_path: Path
    ) -> None:
        folder = tmp_path / "results"
        folder.mkdir()
        plan = planned()
        id = next(iter(plan.jobs))
        job = folder / provenance.folder(id)
        made = tmp_path / "made"
        made.mkdir()
        make(made, [Trial("a", ("cat",), ("waves",))])
        source = next(made.glob("jobs/*/*"))
        shutil.copytree(source, job)
        record = (job / "record.json").read_text().replace(source.name, id)
        (job / "record.json").write_text(record)
        assert [one.id for one in select(plan, Store(folder), only={id}).jobs] == []
        shutil.rmtree(job)
        assert [one.id for one in select(plan, Store(folder), only={id}).jobs] == [id]


class TestTheManifestOfOneRun:
    def same(self, plan: Plan, tmp_path: Path) -> int:
        kept = stored(plan, [])
        for id, job in kept.jobs.items():
            path = tmp_path / "one.yaml"
            path.write_text(provenance.manifest(kept, job, id), encoding="utf-8")
            assert list(make_plan(load_manifest(path)).jobs) == [id], path.read_text()
        return len(kept.jobs)

    def test_it_makes_the_same_job_of_single_pictures_mixes_and_regions(
        self, planned: Callable[..., Plan], tmp_path: Path
    ) -> None:
        assert self.same(planned(), tmp_path) == 2 * 4

    @pytest.mark.parametrize("task", ["texture", "reconstruct"])
    def test_it_makes_the_same_job_of_every_task(self, task: str, planned: Callable[..., Plan], tmp_path: Path) -> None:
        assert self.same(planned(first=f"task: {task}"), tmp_path) > 1

    @pytest.mark.parametrize("recipe", RECIPES)
    def test_it_makes_the_same_job_under_every_recipe(
        self, recipe: str, planned: Callable[..., Plan], tmp_path: Path
    ) -> None:
        changes = "grid: {optimizer: [lbfgs, adam]}, pairs: [[cat, waves]]"
        assert self.same(planned(f"recipe: {recipe}", changes), tmp_path) == 2

    def test_its_words_are_text_whatever_they_are(self) -> None:
        assert [provenance.scalar(value) for value in (
            "plain_1.png", "no", "1e5", "a: b", 'say "x"', "\u2028", "", [1e-5, 3], None, True, -float("inf"), "#x", "~"
        )] == ["plain_1.png", '"no"', '"1e5"', '"a: b"', '"say \\"x\\""', '"\\U00002028"', '""', "[1e-05, 3]", "null",
               "true", "-.inf", '"#x"', '"~"']  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")

    def edit(p: Any, record: dict[str, Any]) -> dict[str, Any]:
        if p["seed"] == 6:
            record["environment"] = {**record["environment"], "cpu": "Another processor"}
        return failed(record) if p["seed"] == 5 and p["init"] == "content" else record

    make(
        folder,
        [Trial("start", ("cat",), ("waves",), {"init": ["noise", "content"], "seed": list(range(7))})],
        edit=edit,
    )
    build(folder)
    return folder


def page_of(folder: Path, **wanted: Any) -> Element:
    for job in load(folder).plan.jobs.values():
        if all(job.parameters[name] == value for name, value in wanted.items()):
            return reading.tree((folder / "site" / "runs" / f"{job.id[:12]}.html").read_text())
    raise LookupError(wanted)


def section(root: Element, heading: str) -> Element:
    return next(e for e in root.iter("section") if e.attrib.get("aria-labelledby") == heading)


def test_it_leads_side_by_side_to_the_runs_that_differ_in_one_thing(folder: Path) -> None:
    jobs = load(folder).plan.jobs
    by_id = {id[:12]: job.parameters for id, job in jobs.items()}
    root = page_of(folder, init="noise", seed=3)
    rows = [[reading.text_of(cell) for cell in row] for row in section(root, "beside").iter("div")]
    # Of seven seeds the one before and the one after are near.
    assert rows == [["init", "content"], ["seed", "2 · 4"]]
    for link in section(root, "beside").iter("a"):
        found = re.fullmatch(r"\.\./view\.html#run=([0-9a-f]{12})&run=([0-9a-f]{12})", link.attrib["href"])
        assert found
        own, other = (by_id[id] for id in found.groups())
        assert (own["init"], own["seed"]) == ("noise", 3)
        assert sum(own[name] != other[name] for name in own) == 1


def test_it_says_what_has_to_be_done_for_a_run_to_be_made_again(folder: Path) -> None:
    done, broken = page_of(folder, init="noise", seed=5), page_of(folder, init="content", seed=5)
    id = next(
        id
        for id, job in load(folder).plan.jobs.items()
        if (job.parameters["init"], job.parameters["seed"]) == ("noise", 5)
    )
    assert (
        "Results that hold this run already are left as they are: to make it once more, give another folder with --out, "
        f"or remove jobs/{id[:2]}/{id} from the results folder first." in reading.text_of(section(done, "again"))
    )
    assert "It is not done, so this makes it where the results lie." in reading.text_of(section(broken, "again"))


def test_the_facts_of_a_machine_stand_once_on_the_page_about_the_results(folder: Path) -> None:
    about = reading.tree((folder / "site" / "about.html").read_text())
    for seed, cpu in ((0, "A processor"), (6, "Another processor")):
        link = next(e for e in page_of(folder, seed=seed).iter("a") if "about.html#machine" in e.attrib["href"])
        assert reading.text_of(link) == f"{cpu}, torch 2.9.0, nst-bench 0.1.0"
        heading = next(e for e in about.iter() if e.attrib.get("id") == link.attrib["href"].partition("#")[2])
        assert cpu in reading.text_of(heading)
    assert not any("2.3.0" in path.read_text() for path in (folder / "site" / "runs").iterdir())


def test_the_table_of_a_curve_is_short_and_says_where_the_rest_is(folder: Path) -> None:
    root = page_of(folder, init="noise", seed=0)
    at = [int(e.attrib["data-evaluation"]) for e in root.iter("tr") if "data-evaluation" in e.attrib]
    assert (len(at), at[0], at[-1]) == (MOST_ROWS, 0, 39)
    assert "32 rows more in jobs/" in reading.text_of(section(root, "curve"))


def test_a_picture_is_shown_in_its_copies_and_leads_to_the_original(folder: Path) -> None:
    figure = next(e for e in page_of(folder, init="noise", seed=0).iter("figure") if e.attrib.get("class") == "large")
    image, link = next(figure.iter("img")), next(figure.iter("a"))
    assert image.attrib["src"].endswith(".webp")
    assert "srcset" in image.attrib
    assert link.attrib["href"] == figure.attrib["data-zoom"]
    assert link.attrib["href"].endswith(".png")
