"""The recipes, held to references written straight from their sources (tests/nst/references.py)."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
import torchvision

from nst import backbones, problems, synthesis
from nst.layers import topology
from nst.pixels import PIXELS
from nst.problems import StylePart
from nst.recipes import RECIPES
from nst.resolution import layer_weights
from tests.nst.references import REFERENCES, trajectory

SIZE = 32
EVALUATIONS = 10


def picture(seed):
    return np.random.default_rng(seed).random((SIZE, SIZE, 3)).astype(np.float32)


#: Channels of the blocks: a quarter of the published width, which changes no formula and is sixteen times as fast.
CHANNELS = (16, 32, 64, 128, 128)
DEPTHS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4), "compact": (2, 2, 4, 4, 4)}


def narrow_network(name):
    """torchvision's own network at a quarter of its width, in float64."""
    torch.manual_seed(3)
    plan = [c for n, depth in zip(CHANNELS, DEPTHS[name], strict=True) for c in (*[n] * depth, "M")]
    features = torchvision.models.vgg.make_layers(plan)
    return torchvision.models.VGG(features, init_weights=False).double().requires_grad_(False)


class Recorder:
    """Passes steps on to an optimiser and keeps the gradients it is shown."""

    def __init__(self, optimizer):
        self.optimizer, self.gradients = optimizer, []

    def step(self, pictures, losses, gradients, active=None):
        self.gradients.append(gradients.clone())
        self.optimizer.step(pictures, losses, gradients, active)

    @property
    def updates(self):
        return self.optimizer.updates


@pytest.mark.parametrize("name", REFERENCES)
def test_the_first_ten_evaluations_are_the_sources(name):
    settings = RECIPES[name].settings
    network = narrow_network(settings.backbone)
    content, style, start = (torch.from_numpy(picture(s).transpose(2, 0, 1))[None].double() for s in range(3))
    losses, gradients = trajectory(name, network, content, style, start, EVALUATIONS)

    state = {k.removeprefix("features."): v for k, v in network.state_dict().items() if k.startswith("features.")}
    engine = backbones.Backbone(
        topology(settings.backbone if settings.backbone != "compact" else "vgg19", 0.25),
        settings.pooling,
        state,
        pixels=PIXELS[settings.pixels],
        padding=settings.padding,
    ).double()
    objective = problems.objective(engine, settings, SIZE, SIZE, content=picture(0), styles=[StylePart(picture(1))])
    recorder = Recorder(synthesis.make_optimizer(settings))
    # One evaluation more than is compared: the last is followed by no step, and may be of an average.
    result = synthesis.synthesize(
        objective, start * settings.pixel_range, recorder, EVALUATIONS + 1, clamp=settings.clamp == "update"
    )
    own = result.curve[:EVALUATIONS].sum(axis=1)[:, 0]
    assert own == pytest.approx(np.array(losses), rel=1e-6)
    for mine, theirs in zip(recorder.gradients[:EVALUATIONS], gradients, strict=True):
        assert ((mine - theirs).norm() / theirs.norm()).item() < 1e-6


def test_every_recipe_is_held_to_a_reference():
    assert set(REFERENCES) == set(RECIPES)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda recipe: recipe.name)
def test_every_layer_of_a_recipe_exists_in_its_backbone(recipe):
    for layer in (*recipe.settings.content_layers, *recipe.settings.style_layers):
        assert topology(recipe.settings.backbone).resolve(layer) == layer


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda recipe: recipe.name)
def test_every_recipe_says_its_formula_and_source(recipe):
    assert re.search(r"\(F - P\)\^2 at (conv|relu)\d_\d", recipe.formula)
    assert len(recipe.source) > 20
    assert not recipe.source.endswith(".")


def test_parameters_are_those_of_the_sources():
    def row(s):
        return s.backbone, s.pooling, s.pixels, s.size, s.init, s.optimizer, s.learning_rate, s.evaluations

    assert {name: row(r.settings) for name, r in RECIPES.items()} == {
        "cmu-16726": ("vgg19", "max", "imagenet", 256, "noise", "lbfgs", 1.0, 300),
        "cmu-16726-b": ("vgg19", "max", "imagenet", 256, "noise", "lbfgs", 1.0, 300),
        "naas-avgpool": ("vgg19", "average", "imagenet", 256, "noise", "lbfgs", 1.0, 300),
        "naas-vgg16": ("vgg16", "max", "imagenet", 256, "noise", "lbfgs", 1.0, 400),
        "naas-adam": ("vgg19", "average", "imagenet", 224, "content", "adam", 0.2, 1200),
        "untrained": ("vgg19", "average", "imagenet", 256, "noise", "lbfgs", 1.0, 100),
        "compact": ("compact", "average", "imagenet", 256, "content", "lbfgs", 1.0, 150),
        "gatys-paper": ("vgg19", "average", "caffe", 512, "noise", "lbfgs", 1.0, 2000),
        "neural-style": ("vgg19", "max", "caffe-256", 512, "noise", "lbfgs", 1.0, 1000),
        "neural-style-pt": ("vgg19", "max", "caffe", 512, "noise", "lbfgs", 1.0, 1000),
        "pytorch-tutorial": ("vgg19", "max", "imagenet", 512, "content", "lbfgs", 1.0, 320),
        "gordicaleksa": ("vgg19", "max", "rgb255", 400, "content", "lbfgs", 1.0, 1000),
        "crowsonkb": ("vgg19", "max", "imagenet", 512, "content", "adam", 0.02, 500),
    }


@pytest.mark.parametrize(
    ("name", "centre", "spread"),
    [
        # deviation or half-width over black to white, about the colour the network sees as zero, or about mid-grey
        ("neural-style", (123.68 / 256, 116.779 / 256, 103.939 / 256), 0.001 / 256),
        ("neural-style-pt", (123.68 / 255, 116.779 / 255, 103.939 / 255), 0.001 / 255),
        ("gatys-paper", (123.68 / 255, 116.779 / 255, 103.939 / 255), 1 / 255),
        ("gordicaleksa", (0.485, 0.456, 0.406), 90 / 255),
        ("pytorch-tutorial", (0.0, 0.0, 0.0), 1.0),
        ("crowsonkb", (0.5 + 0.5 / 255,) * 3, 0.5 / 255 / 3**0.5),
        ("cmu-16726", (0.5, 0.5, 0.5), 0.5 / 3**0.5),
    ],
)
def test_noise_is_what_the_source_draws(name, centre, spread):
    settings = replace(RECIPES[name].settings, init="noise")
    drawn = problems.start(settings, 200, 200, seed=1).double()
    assert drawn.std(dim=(0, 2, 3)).tolist() == pytest.approx([spread] * 3, rel=0.03)
    assert drawn.mean(dim=(0, 2, 3)).tolist() == pytest.approx(centre, abs=spread / 30 + 1e-6)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [("sum", (1.0, 1.0)), ("average", (0.5, 0.5)), ("channels", (1 / 64**2, 1 / 128**2)), ((3.0, 4.0), (3.0, 4.0))],
)
def test_layer_weights(weights, expected):
    assert layer_weights(weights, (64, 128)) == expected


@pytest.mark.parametrize(
    ("name", "weights", "remedy"),
    [
        ("neural-style", "imagenet", "set weights to a file of them, such as vgg19-d01eb7cb.pth"),
        ("cmu-16726", "random:0", "set weights: imagenet"),
        ("untrained", "imagenet", "set weights: random, or choose another recipe"),
        ("untrained", "packaged", "set weights: random, or choose another recipe"),
        ("compact", "random:0", "set backbone: compact, or choose another recipe"),
    ],
)
def test_a_recipe_on_weights_it_was_not_made_for_is_warned_of_with_a_remedy(name, weights, remedy):
    warning = RECIPES[name].mismatch(weights, RECIPES[name].settings.pixels)
    assert warning.startswith(f"recipe {name} was made for ")
    assert remedy in warning


@pytest.mark.parametrize(
    ("name", "weights"),
    [("neural-style", "own.pth"), ("cmu-16726", "imagenet"), ("untrained", "random:3"), ("compact", "packaged")],
)
def test_weights_that_suit_or_cannot_be_judged_get_no_warning(name, weights):
    assert RECIPES[name].mismatch(weights, RECIPES[name].settings.pixels) is None


def test_who_changes_what_the_network_sees_has_followed_the_warning():
    assert RECIPES["neural-style"].mismatch("imagenet", "caffe-256") is not None
    assert RECIPES["neural-style"].mismatch("imagenet", "imagenet") is None
