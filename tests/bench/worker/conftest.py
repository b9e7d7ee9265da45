"""What real jobs need that are carried out in the process of the tests."""

import csv
import tempfile

import pytest

from bench.inputs.stored import store_input
from bench.manifest import load
from bench.plan import make_plan
from bench.store import Store
from bench.worker.execution import execute
from bench.worker.warm import Warm
from tests.bench.small import SMALL


@pytest.fixture
def own_temporary_folder(tmp_path, monkeypatch):
    """What is timed elsewhere on this machine is no business of these tests."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def carry_out(manifest, tmp_path, own_temporary_folder):
    """Carries out a job of a manifest: the job, what came of it, its curve, and the folder with its files."""

    def run(text=SMALL, number=0, on_progress=lambda _: None, **given):
        job = list(make_plan(load(manifest(text))).jobs.values())[number]
        store = Store(tmp_path / "results")
        inputs = {role: store_input(store, given) for role, given in job.inputs.items()}
        folder = store.scratch(job.id)
        weights = str(job.parameters["weights"])
        given = {"device": "cpu", "on_progress": on_progress, "warm": Warm("cpu"), **given}
        result = execute(job.parameters, inputs, weights, folder, **given)
        with (folder / "curve.csv").open() as file:
            curve = list(csv.DictReader(file))
        return job, result, curve, folder

    return run
