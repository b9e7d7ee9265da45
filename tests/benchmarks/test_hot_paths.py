"""Times of the paths that every run takes: ``pytest tests/benchmarks --benchmark-only``. They gate nothing here."""

import numpy as np
import pytest
import torch

from bench.manifest import load
from bench.plan import make_plan
from bench.runner import Interrupt, run
from bench.store import Store
from nst import backbones, problems, statistics
from nst.objectives import evaluate
from nst.optimizers import LBFGS
from nst.problems import StylePart
from nst.recipes import RECIPES
from tests.bench.small import SMALL, FakeEngine, Heard

SIDE = 64


@pytest.fixture(scope="module")
def objective():
    settings = RECIPES["untrained"].settings
    network = backbones.build("vgg19", "random:0", width=0.25, pooling=settings.pooling)
    picture = np.random.default_rng(0).random((SIDE, SIDE, 3), dtype=np.float32)
    return problems.objective(network, settings, SIDE, SIDE, content=picture, styles=[StylePart(picture)])


def test_evaluation(benchmark, objective):
    terms, gradient = benchmark(evaluate, objective, torch.rand(1, 3, SIDE, SIDE))
    assert (terms.shape, gradient.shape) == ((6, 1), (1, 3, SIDE, SIDE))


@pytest.mark.parametrize("history", [10, 100])
def test_lbfgs_update(benchmark, history):
    optimizer, generator = LBFGS(history=history), torch.Generator().manual_seed(0)
    x, scale = torch.rand(1, 3, 256, 256, generator=generator), 1 + torch.rand(1, 3, 256, 256, generator=generator)
    for _ in range(history + 2):
        optimizer.step(x, torch.ones(1), scale * x)
    benchmark(lambda: optimizer.step(x, torch.ones(1), scale * x))
    assert x.isfinite().all()


def test_gram(benchmark):
    features = torch.rand(1, 64, 256, 256)
    assert benchmark(statistics.gram, features, "elements").shape == (1, 64, 64)


@pytest.fixture
def thousand(manifest):
    weights = ", ".join(str(n) for n in range(1, 251))
    text = SMALL.replace("grid: {", "grid: {style_weight: [" + weights + "], ")
    return load(manifest(text))


def test_planning_a_thousand_jobs(benchmark, thousand):
    assert len(benchmark(make_plan, thousand).jobs) == 1000


def test_finding_what_is_done_among_a_thousand_records(benchmark, thousand, tmp_path, monkeypatch):
    monkeypatch.setattr("os.fsync", lambda _: None)
    plan, store = make_plan(thousand), Store(tmp_path / "results")
    run(plan, store, FakeEngine(), Heard(), Interrupt())
    assert len(benchmark(store.finished, plan.jobs)) == 1000
