"""The recipes, held to references written straight from their formulas.

The references share no code with the engine: they walk torchvision's own network in float64 and loop over layers
and channels.
"""

import numpy as np
import pytest
import torch
import torchvision
from torch.nn import functional as F

from nst import backbones, synthesis
from nst.objectives import Objective
from nst.recipes import RECIPES, layer_weights

SIZE = 32


def picture(seed):
    generator = np.random.default_rng(seed)
    return generator.random((SIZE, SIZE, 3)).astype(np.float32)


def reference_features(recipe, network, x, layers):
    """Walk torchvision's layers by hand, pooling as the recipe says, reading before each ReLU."""
    mean = torch.tensor([0.485, 0.456, 0.406], dtype=torch.float64).view(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225], dtype=torch.float64).view(1, 3, 1, 1)
    x = (x - mean) / std
    found, block, number = {}, 1, 0
    for module in network.features:
        if isinstance(module, torch.nn.Conv2d):
            number += 1
            x = F.conv2d(x, module.weight, module.bias, padding=1)
            found[f"conv{block}_{number}"] = x
        elif isinstance(module, torch.nn.ReLU):
            x = x.clamp_min(0)
        else:
            x = F.avg_pool2d(x, 2) if recipe.pooling == "average" else F.max_pool2d(x, 2)
            block, number = block + 1, 0
    return {name: found[name] for name in layers}


def style_loss(kind, features, target):
    n, m = features.shape[1], features.shape[2] * features.shape[3]
    f, a = features.reshape(n, m), target.reshape(n, m)
    g, b = torch.einsum("im,jm->ij", f, f), torch.einsum("im,jm->ij", a, a)
    if kind == "elements, mean":
        return ((g / (n * m) - b / (n * m)) ** 2).sum() / n**2
    if kind == "raw, sum":
        return ((g - b) ** 2).sum()
    if kind == "raw, mean":
        return ((g - b) ** 2).sum() / n**2
    return ((g - b) ** 2).sum() / (4 * n**2 * m**2)


#: Content factor, is content a mean, style factor by layer, style formula.
EXPECTED = {
    "cmu-16726": (1.0, True, [1e6] * 5, "elements, mean"),
    "cmu-16726-b": (1.0, True, [1e7] * 5, "elements, mean"),
    "naas-avgpool": (1e4, False, [0.2] * 5, "raw, sum"),
    "naas-vgg16": (1e-3, True, [1e7, 1e4, 1e4, 1e4, 1e4], "raw, mean"),
    "naas-adam": (1.0, True, [0.2e8] * 5, "quarter"),
    "untrained": (300.0, True, [1e6] * 5, "elements, mean"),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_loss_and_gradient_are_the_formula(name):
    recipe = RECIPES[name]
    content_factor, is_mean, style_factors, formula = EXPECTED[name]
    torch.manual_seed(3)
    network = getattr(torchvision.models, recipe.backbone)(weights=None).double().requires_grad_(False)
    content, style, start = (
        torch.tensor(picture(seed).transpose(2, 0, 1)[None], dtype=torch.float64) for seed in range(3)
    )
    layers = [*recipe.content_layers, *recipe.style_layers]

    x = start.clone().requires_grad_()
    own, wanted, drawn = (reference_features(recipe, network, p, layers) for p in (x, content, style))
    loss = torch.zeros((), dtype=torch.float64)
    for layer in recipe.content_layers:
        squares = (own[layer] - wanted[layer]) ** 2
        loss = loss + content_factor * (squares.mean() if is_mean else squares.sum())
    for layer, factor in zip(recipe.style_layers, style_factors, strict=True):
        loss = loss + factor * style_loss(formula, own[layer], drawn[layer])
    (gradient,) = torch.autograd.grad(loss, x)

    state = {k.removeprefix("features."): v for k, v in network.state_dict().items() if k.startswith("features.")}
    from nst.layers import topology

    engine = backbones.Backbone(topology(recipe.backbone), recipe.pooling, state).double()
    factors = layer_weights(recipe.style_layer_weights, len(recipe.style_layers))
    objective = Objective(
        engine,
        recipe.conventions,
        synthesis.content_terms(engine, content, recipe.content_layers, recipe.content_weight),
        synthesis.style_terms(
            engine,
            style,
            recipe.style_layers,
            tuple(recipe.style_weight * factor for factor in factors),
            recipe.conventions,
            height=SIZE,
            width=SIZE,
        ),
        recipe.tv_weight,
    )
    terms, own_gradient = synthesis.evaluate(objective, start)
    # The engine keeps ImageNet's means in float32, which is worth some 1e-8 here.
    assert terms.sum().item() == pytest.approx(loss.item(), rel=1e-6)
    assert ((own_gradient - gradient).norm() / gradient.norm()).item() < 1e-6


def test_every_recipe_is_held_to_a_reference():
    assert set(EXPECTED) == set(RECIPES)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda recipe: recipe.name)
def test_every_layer_of_a_recipe_exists_in_its_backbone(recipe):
    from nst.layers import topology

    for layer in (*recipe.content_layers, *recipe.style_layers):
        assert topology(recipe.backbone).resolve(layer) == layer


def test_parameters_are_those_of_the_sources():
    table = {
        name: (r.backbone, r.pooling, r.size, r.init, r.optimizer, r.learning_rate, r.evaluations)
        for name, r in RECIPES.items()
    }
    assert table == {
        "cmu-16726": ("vgg19", "max", 256, "noise", "lbfgs", 1.0, 300),
        "cmu-16726-b": ("vgg19", "max", 256, "noise", "lbfgs", 1.0, 300),
        "naas-avgpool": ("vgg19", "average", 256, "noise", "lbfgs", 1.0, 300),
        "naas-vgg16": ("vgg16", "max", 256, "noise", "lbfgs", 1.0, 400),
        "naas-adam": ("vgg19", "average", 224, "content", "adam", 0.2, 1200),
        "untrained": ("vgg19", "average", 256, "noise", "lbfgs", 1.0, 100),
    }


@pytest.mark.parametrize(
    ("weights", "expected"),
    [("sum", (1.0, 1.0)), ("average", (0.5, 0.5)), ((3.0, 4.0), (3.0, 4.0))],
)
def test_layer_weights(weights, expected):
    assert layer_weights(weights, 2) == expected


def test_layer_weights_of_another_length_are_refused():
    with pytest.raises(ValueError, match="style_layer_weights has 3 numbers for 2 style layers"):
        layer_weights((1.0, 2.0, 3.0), 2)
