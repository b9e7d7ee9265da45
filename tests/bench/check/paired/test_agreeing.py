"""A side must make the very same jobs, or its times are of something else."""

import subprocess
from pathlib import Path

import pytest

from bench.check.model import Side
from bench.check.paired.agreeing import compare, disagreements
from bench.check.paired.sides import Code
from bench.check.refusal import RefusedError
from bench.manifest import load
from bench.plan import make_plan
from tests.bench.small import SMALL


@pytest.fixture
def plan(manifest):
    return make_plan(load(manifest(SMALL)))


def listed(plan):
    return [{"id": job.id, "parameters": dict(job.parameters)} for job in plan.jobs.values()]


def test_the_same_jobs(plan):
    assert compare(plan, listed(plan), "the base (v1)") == {}
    assert compare(plan, listed(plan)[::-1], "the base (v1)") == {}


def test_another_value_is_named(plan):
    theirs = listed(plan)
    first = theirs[0]
    del first["parameters"]["history"]
    theirs[0] = {"id": "0" * 64, "parameters": first["parameters"] | {"size": 64}}
    id = next(iter(plan.jobs))
    assert compare(plan, theirs, "the base (v1)") == {
        id: "the base (v1) makes another job of it: history is unknown there, 100 here; size is 64 there, 32 here"
    }


def test_another_meaning_of_the_same_values(plan):
    theirs = listed(plan)
    theirs[0] = theirs[0] | {"id": "0" * 64}
    assert list(compare(plan, theirs, "the base (v1)").values()) == [
        "the base (v1) makes another job of it: the same parameters, but other weights or pictures, or results of "
        "another meaning (algorithm)"
    ]


def test_a_job_that_is_not_there(plan):
    assert list(compare(plan, listed(plan)[1:], "the base (v1)").values()) == [
        f"the base (v1) makes another job of it: it is none of its {len(plan.jobs) - 1}"
    ]


class Ran:
    def __init__(self, code=0, stdout="", stderr="", raises=None):
        self.returncode, self.stdout, self.stderr, self.raises = code, stdout, stderr, raises

    def __call__(self, command, **_):
        self.command = command
        if self.raises:
            raise self.raises
        return self


def asked(monkeypatch, plan, ran):
    monkeypatch.setattr(subprocess, "run", ran)
    code = Code(Side(role="base", given="v1"), "/elsewhere/python", Path("/scratch/base"))
    return disagreements(plan, code, Path("/m.yaml"), ["size=32"])


def test_the_side_itself_is_asked(monkeypatch, plan):
    import json

    ran = Ran(stdout=json.dumps({"jobs": listed(plan)}))
    assert asked(monkeypatch, plan, ran) == {}
    assert ran.command == [
        *("/elsewhere/python", "-P", "-m", "bench", "plan", "/m.yaml", "--json", "--no-measure", "--devices", "cpu"),
        *("--out", "/scratch/base/nowhere", "--set", "size=32"),
    ]


@pytest.mark.parametrize(
    ("ran", "message"),
    [
        (Ran(2, stderr="m.yaml:3:1: x\nm.yaml:4:1: y\n"), "cannot plan /m.yaml: m.yaml:3:1: x\nm.yaml:4:1: y"),
        (
            Ran(1, stderr="Traceback\n  ...\nModuleNotFoundError: No module named 'torch'\n"),
            "cannot plan /m.yaml: Modul",
        ),
        (Ran(1), "cannot plan /m.yaml: it said nothing"),
        (Ran(stdout="hello"), "answered with something that is no plan: 'hello'"),
        (Ran(raises=subprocess.TimeoutExpired("python", 1)), "planning the manifest took more than 300 s"),
        (Ran(raises=OSError(8, "Exec format error")), "/elsewhere/python cannot be started: Exec format error"),
    ],
)
def test_a_side_that_gives_no_plan_cannot_be_measured(monkeypatch, plan, ran, message):
    with pytest.raises(RefusedError) as error:
        asked(monkeypatch, plan, ran)
    assert str(error.value).removeprefix("the base (v1)").lstrip(": ").startswith(message)
    assert error.value.exit_code == 3
