"""What parameters say of a job's figures, against real jobs of every task at 32 pixels."""

import tempfile
from types import SimpleNamespace

import numpy as np
import pytest

from bench.findings import having
from bench.findings.figures import FIGURES, Run, find
from bench.inputs.stored import store_input
from bench.manifest import load
from bench.plan import make_plan
from bench.record import PRIORS
from bench.store import Store
from bench.tasks import TASKS
from bench.worker.execution import execute
from bench.worker.warm import Warm
from nst import images
from nst.settings import group
from tests.bench.worker.video.drawn import drawn

MANIFEST = """\
name: had
images:
  contents: {one: one.png}
  styles: {left: left.png}
  clips: {walk: frames}
defaults: {weights: random, width: 0.0625, size: 32, evaluations: 2, tv_weight: 0.5,
  gamut_weight: 2, balance: %s,
  feature_layers: [conv1_1, relu2_1], feature_filters: 2}
experiments:
  only: {task: %s}
"""


@pytest.fixture
def ended(manifest, folder, tmp_path, monkeypatch):
    """The parameters of a task's job, and the run as a record has it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    pixels = images.read(folder / "left.png")
    alpha = np.full(pixels.shape[:2], 255, np.uint8)
    alpha[:4] = 0
    (folder / "left.png").write_bytes(images.encode_png(pixels, alpha))
    (folder / "frames").mkdir()
    for k in range(2):
        (folder / "frames" / f"{k}.png").write_bytes(images.encode_png(drawn(k)))

    def make(task, balance="true"):
        (job,) = make_plan(load(manifest(MANIFEST % (balance, task)))).jobs.values()
        store = Store(tmp_path / "results")
        inputs = {role: store_input(store, given) for role, given in job.inputs.items()}
        weights = str(job.parameters["weights"] or "none")
        result = execute(
            job.parameters,
            inputs,
            weights,
            store.scratch(job.id),
            device="cpu",
            on_progress=lambda _: None,
            warm=Warm("cpu"),
        )
        return job.parameters, Run(
            SimpleNamespace(
                status="done",
                outcome=result.outcome,
                diagnosis=result.diagnosis,
                timing=result.timing,
                memory=result.memory,
            )
        )

    return make


@pytest.mark.parametrize("task", TASKS)
def test_a_job_has_the_figures_that_it_was_said_to_have(ended, task):
    parameters, run = ended(task)
    told = {name for name, figure in FIGURES.items() if not figure.why_not(parameters)}
    had = {name for name, figure in FIGURES.items() if figure.get(run) is not None}
    of_several = {"agreement", "seconds_to_loss"}
    nothing_else = set() if TASKS[task].optimises else {"updates", "attempts"}  # 0, as of what was never tried
    assert told - of_several == had - nothing_else


@pytest.mark.parametrize("task", TASKS)
def test_and_of_families_those_names(ended, task):
    parameters, run = ended(task)
    assert list(run.record.outcome.numbers) == having.numbers(parameters)
    optimises = TASKS[task].optimises
    assert list(run.record.outcome.terms) == (having.terms(parameters) if optimises else [])
    names = [f"{family}.{name}" for family in ("terms", "pull") for name in having.terms(parameters)]
    assert all((find(name).get(run) is not None) is optimises for name in names)
    assert all((find(name).why_not(parameters) == "") is optimises for name in names)


def test_without_being_asked_for_there_is_no_balance(ended):
    parameters, run = ended("texture", balance="false")
    assert find("pull.tv").get(run) is None
    assert find("pull.tv").why_not(parameters) == "balance is false"


def test_terms_of_no_layer_go_by_the_settings_that_weigh_them():
    """The list for pages, which know no network, and that of the settings."""
    names = (*group("variation"), *group("video"))
    assert tuple(name.removesuffix("_weight") for name in names if name.endswith("_weight")) == PRIORS
