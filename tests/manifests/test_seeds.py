"""The manifests of the write-ups: each can be planned as it is, and runs when it is made small; docs/seeds.md lists them."""

import html
import json
import re
from pathlib import Path

import pytest

from bench.engines.local import LocalEngine
from bench.findings.answers import answers
from bench.machine import devices
from bench.manifest import find, load, shipped
from bench.plan import make_plan
from bench.progress import Quiet
from bench.report import build
from bench.results import load as load_results
from bench.runner import session
from bench.store import Store
from nst.recipes import RECIPES
from tests.manifests.reduced import reduced

ROOT = Path(__file__).parent.parent.parent
NAMES = [name for name in shipped() if name.startswith("seeds/") and name != "seeds/all"]
DOCUMENTS = ("cmu-16726", "cmu-16726-b", "naas-avgpool", "naas-vgg16", "naas-adam")


@pytest.fixture(scope="module")
def plans():
    return {name: make_plan(load(find(name))) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_it_is_planned_as_the_write_ups_ran_it(plans, name):
    plan = plans[name]
    assert f"seeds/{plan.name}" == name
    assert [warning for warning in plan.warnings if "made for torchvision's ImageNet weights" not in warning] == []
    pictures = [given.picture for job in plan.jobs.values() for given in job.inputs.values()]
    files = {part.source for picture in pictures for part in picture.parts or (picture,)}
    assert [source for source in sorted(files) if not source.startswith("sample:")] == []
    assert {job.parameters["weights"] for job in plan.jobs.values()} <= {"random:0", "random:1", "random:2", None}


def test_every_write_up_is_asked_about(plans):
    asked = {f.document for plan in plans.values() for experiment in plan.experiments for f in experiment.findings}
    assert asked == set(DOCUMENTS) <= set(RECIPES)


def test_all_of_them_are_in_one(plans):
    whole = make_plan(load(find("seeds/all")))
    assert {experiment.name.partition(": ")[0] for experiment in whole.experiments} == {n[6:] for n in NAMES}
    assert whole.jobs.keys() == {id for plan in plans.values() for id in plan.jobs}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """All of them at 33 to 48 pixels, a sixteenth of the width and 3 to 7 evaluations: the folder of their results."""
    folder = tmp_path_factory.mktemp("seeds")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))  # so that other runs on this machine do not make times invalid
        plan = make_plan(reduced(load(find("seeds/all"))))
        store = Store(folder / "results")
        store.acquire(["nst-bench"])
        try:
            engine = LocalEngine(devices.find("cpu"), folder / "worker.log")
            choices = session.Choices(command=["nst-bench", "run", "seeds/all"], measure=False)
            summary = session.carry_out(plan, store, engine, choices, lambda predicted: Quiet(), print).summary
        finally:
            store.release()
    assert summary.exit_code == 0, summary.sentence("records")
    build([store.root])
    return store.root


@pytest.mark.parametrize("name", NAMES)
def test_every_question_of_it_gets_an_answer(ran, plans, name):
    results = load_results(ran)
    found = [answer for answer in answers(results) if answer.experiment.startswith(f"{name[6:]}: ")]
    assert [answer.finding.question for answer in found if answer.word == "not run"] == []
    asked = [finding.question for experiment in plans[name].experiments for finding in experiment.findings]
    assert [answer.finding.question for answer in found] == asked != []


def test_the_site_shows_every_question(ran):
    pages = "".join(path.read_text(encoding="utf-8") for path in (ran / "site").rglob("*.html"))
    stored = json.loads((ran / "plan.json").read_text(encoding="utf-8"))
    questions = {f["question"] for experiment in stored["experiments"] for f in experiment["findings"]}
    assert [question for question in sorted(questions) if html.escape(question) not in pages] == []


PAGE = (ROOT / "docs" / "seeds.md").read_text(encoding="utf-8")


def test_the_documentation_names_every_row_its_write_ups_and_its_manifest(plans):
    rows = re.findall(r"^\| (S[0-9]+(?:, S[0-9]+)?) \| ([^|]+) \| `seeds/([\w-]+)` \|", PAGE, flags=re.MULTILINE)
    assert sorted(f"seeds/{name}" for _, _, name in rows) == NAMES
    numbers = [number for row, _, _ in rows for number in row.split(", ")]
    assert numbers == [f"S{i}" for i in range(1, 18)]
    for _, documents, name in rows:
        asked = {f.document for experiment in plans[f"seeds/{name}"].experiments for f in experiment.findings}
        assert [one for one in DOCUMENTS if one in asked] == documents.split(", "), name


@pytest.mark.parametrize("name", NAMES)
def test_the_documentation_says_what_was_found_in_full(plans, name):
    """An answer to every question, and the seconds that it took."""
    (cells,) = re.findall(rf"^\| S[^|]+\|[^|]+\| `{name}` \|[^|]+\|([^|]+)\|([^|]+)\|$", PAGE, flags=re.MULTILINE)
    found, seconds = (cell.strip() for cell in cells)
    assert re.fullmatch(r"[0-9]+ [=≠?](, [0-9]+ [=≠?])*", found), found
    asked = [finding for experiment in plans[name].experiments for finding in experiment.findings]
    assert sum(int(number) for number in re.findall("[0-9]+", found)) == len(asked)
    assert re.fullmatch(r"[0-9,]+", seconds), seconds


@pytest.mark.parametrize("name", NAMES)
def test_the_documentation_says_where_every_experiment_comes_from(plans, name):
    listed = set(re.findall(rf"`{name[6:]}: ([^`]+)`", PAGE))
    assert listed == {experiment.name for experiment in plans[name].experiments}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_write_up_has_its_list_of_experiments(plans, document):
    (section,) = re.findall(rf"^## {document}\n(.*?)(?=^## |\Z)", PAGE, flags=re.MULTILINE | re.DOTALL)
    asked = {
        f"`{plan.name}: {experiment.name}`"
        for plan in plans.values()
        for experiment in plan.experiments
        if any(finding.document == document for finding in experiment.findings)
    }
    assert [text for text in sorted(asked) if text not in section] == []
