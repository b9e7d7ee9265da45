"""Times of the paths that every run takes: ``pytest tests/benchmarks --benchmark-only``. They gate nothing here."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from nst import backbones, images, problems, statistics
from nst.objectives import evaluate
from nst.optimizers import LBFGS
from nst.problems import StylePart
from nst.recipes import RECIPES

SIDE = 64


@pytest.fixture(scope="module", params=["float32", "bfloat16"])
def problem(request):
    """The default recipe for untrained networks, on a quarter of the channels."""
    settings = replace(RECIPES["untrained"].settings, weights="random:0", width=0.25, precision=request.param)
    network = backbones.from_settings(settings, "cpu")
    content, style = np.random.default_rng(0).random((2, SIDE, SIDE, 3), dtype=np.float32)
    return problems.objective(network, settings, SIDE, SIDE, content=content, styles=[StylePart(style)])


def test_evaluation(benchmark, problem):
    terms, gradient = benchmark(evaluate, problem, torch.rand(1, 3, SIDE, SIDE))
    assert (terms.shape, gradient.shape) == ((6, 1), (1, 3, SIDE, SIDE))


def test_step(benchmark, problem):
    """An evaluation and the optimiser's update, its history full."""
    optimizer, pictures = LBFGS(history=10), torch.rand(1, 3, SIDE, SIDE)

    def step():
        terms, gradient = evaluate(problem, pictures)
        optimizer.step(pictures, terms.sum(0), gradient)

    for _ in range(12):
        step()
    benchmark(step)
    assert pictures.isfinite().all()


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


def test_gram_gradient(benchmark):
    features = torch.rand(1, 64, 256, 256, requires_grad=True)
    value = statistics.gram(features, "elements").sum()
    (gradient,) = benchmark(lambda: torch.autograd.grad(value, features, retain_graph=True))
    assert gradient.stride() == features.stride()


def test_reading_a_picture(benchmark):
    """From the bytes of a file to a picture at the size of a run."""
    data = images.encode_png(np.random.default_rng(0).integers(0, 256, (512, 768, 3), dtype=np.uint8))
    picture = benchmark(lambda: images.fit(images.open_picture(data, "noise.png").pixels, 256, 384))
    assert picture.shape == (256, 384, 3)


def test_writing_a_picture(benchmark):
    picture = np.random.default_rng(0).random((256, 256, 3), dtype=np.float32)
    assert benchmark(lambda: images.encode_png(images.to_bytes(picture))).startswith(b"\x89PNG")


def test_wasserstein_distance(benchmark):
    features = torch.rand(1, 256, 64, 64, requires_grad=True)
    distance = statistics.WassersteinDistance.to([statistics.StyleFeatures(torch.rand(1, 256, 64, 64))])
    (gradient,) = benchmark(lambda: torch.autograd.grad(distance(features).sum(), features))
    assert gradient.isfinite().all()
