"""Times of the paths that every run takes: ``pytest tests/benchmarks --benchmark-only``. They gate nothing here."""

import hashlib
import itertools
import shutil

import numpy as np
import pytest
import torch

from bench.manifest import load
from bench.plan import make_plan
from bench.store import Store, verified
from nst import backbones, problems, statistics
from nst.objectives import evaluate
from nst.optimizers import LBFGS
from nst.problems import StylePart
from nst.recipes import RECIPES
from tests.bench.small import SMALL
from tests.bench.store.test_store import record

SIDE = 64


@pytest.fixture(scope="module")
def problem():
    """The default recipe for untrained networks, on a quarter of the channels."""
    settings = RECIPES["untrained"].settings
    network = backbones.build(settings.backbone, "random:0", width=0.25, pooling=settings.pooling)
    content, style = np.random.default_rng(0).random((2, SIDE, SIDE, 3), dtype=np.float32)
    return problems.objective(network, settings, SIDE, SIDE, content=content, styles=[StylePart(style)])


def test_evaluation(benchmark, problem):
    terms, gradient = benchmark(evaluate, problem, torch.rand(1, 3, SIDE, SIDE))
    assert (terms.shape, gradient.shape) == ((6, 1), (1, 3, SIDE, SIDE))


@pytest.mark.parametrize("history", [10, 100])
def test_lbfgs_update(benchmark, history):
    optimizer, generator = LBFGS(history=history), torch.Generator().manual_seed(0)
    x, scale = torch.rand(1, 3, 256, 256, generator=generator), 1 + torch.rand(1, 3, 256, 256, generator=generator)
    for _ in range(history + 2):
        optimizer.step(x, torch.ones(1), scale * x)
    benchmark(lambda: optimizer.step(x, torch.ones(1), scale * x))
    assert x.isfinite().all()


@pytest.mark.parametrize("guided", [False, True])
def test_gram(benchmark, guided):
    features = torch.rand(1, 64, 256, 256)
    guide = statistics.as_guide(torch.rand(1, 1, 256, 256)) if guided else None
    assert benchmark(statistics.gram, features, "elements", guide).shape == (1, 64, 64)


def test_wasserstein_distance(benchmark):
    features = torch.rand(1, 256, 64, 64, requires_grad=True)
    distance = statistics.WassersteinDistance.to([statistics.StyleFeatures(torch.rand(1, 256, 64, 64))])
    (gradient,) = benchmark(lambda: torch.autograd.grad(distance(features).sum(), features))
    assert gradient.isfinite().all()


@pytest.fixture
def thousand(manifest):
    weights = ", ".join(str(n) for n in range(1, 251))
    text = SMALL.replace("grid: {", "grid: {style_weight: [" + weights + "], ")
    return load(manifest(text))


def test_planning_a_thousand_jobs(benchmark, thousand):
    assert len(benchmark(make_plan, thousand).jobs) == 1000


@pytest.mark.parametrize(
    ("lines", "settings"),
    [
        ("grid: {style_weight: [HUNDRED], content_weight: [HUNDRED], init: [noise]}", 10_000),
        ("grid: {style_weight: [HUNDRED]}\n    repeats: 100", 10_000),
        (
            "grid: {style_weight: [HUNDRED], init: [noise, content]}\n"
            "    zip: {depth: {content_layers: [conv1_1, conv2_1], content_weight: [1, 2]}}\n"
            "    repeats: 30\n    exclude: [{init: content, seed: [0, 1, 2, 3, 4]}]\n"
            "    override: [{when: {content_layers: conv3}, set: {evaluations: 7}}]",
            11_000,
        ),
    ],
    ids=["settings", "repeats", "rules"],
)
def test_planning_ten_thousand_settings(benchmark, manifest, lines, settings):
    hundred = ", ".join(str(n) for n in range(1, 101))
    text = SMALL[: SMALL.index("    grid:")] + f"    pairs: [[one, left]]\n    {lines}\n".replace("HUNDRED", hundred)
    assert len(benchmark(make_plan, load(manifest(text))).jobs) == settings


@pytest.fixture(scope="module")
def thousand_results(tmp_path_factory):
    """A thousand jobs with a picture of 150 kB and a curve of 20 kB each, the lock held."""
    store = Store(tmp_path_factory.mktemp("thousand"))
    store.acquire()
    picture, curve = np.random.default_rng(0).bytes(150_000), b"0," * 10_000
    sizes = {"image.png": picture, "curve.csv": curve}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda _: None)  # not what is measured, and slow on some disks
        for number in range(1000):
            publish(store, f"{number:064x}", {name: data + number.to_bytes(2, "big") for name, data in sizes.items()})
    yield store
    store.release()
    shutil.rmtree(store.root)


def publish(store, id, files):
    folder = store.scratch(id)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    store.publish(folder, record(id=id, files=hashes))


def test_first_look_at_a_thousand_results(benchmark, thousand_results):
    """Every file is read, as after a copy to another disk."""
    store = thousand_results

    def forget():
        (store.root / verified.FILE).unlink(missing_ok=True)

    scan = benchmark.pedantic(store.scan, setup=forget, rounds=3)
    assert (len(scan.done), scan.hashed) == (1000, 2000)


def test_later_looks_at_a_thousand_results(benchmark, thousand_results):
    store = thousand_results
    store.scan()
    scan = benchmark(store.scan)
    assert (len(scan.done), scan.hashed) == (1000, 0)


def test_publishing_a_result(benchmark, tmp_path):
    """With its syncs: a picture of 150 kB and a curve of 20 kB."""
    store, number = Store(tmp_path / "results"), itertools.count()
    picture, curve = np.random.default_rng(0).bytes(150_000), b"0," * 10_000
    benchmark.pedantic(
        lambda: publish(store, f"{next(number):064x}", {"image.png": picture, "curve.csv": curve}), rounds=50
    )
    assert len(store.look().done) == 50
