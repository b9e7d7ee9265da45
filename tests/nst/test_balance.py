"""How strongly each term pulls at a picture, against gradients worked out in other ways."""

import pytest
import torch

from nst import problems
from nst.balance import pull
from nst.objectives import Objective, Prior, Term
from nst.problems import StylePart
from nst.variation import mean_squares
from tests.nst.small import network, noise, settings, tensor


def objective(**changes):
    """Content, two layers of style and total variation, in float64."""
    chosen = settings(
        content_layers=("conv2_2",), content_weight=2.0, style_layers=("conv1_1", "conv3_1"), tv_weight=3.0, **changes
    )
    own = network(double=True)
    return problems.objective(own, chosen, 32, 32, content=noise(2), styles=[StylePart(noise(3))])


def picture(white=1.0):
    return white * tensor(noise(4)).double()


def test_each_term_pulls_by_the_norm_of_its_own_gradient():
    """All terms of one pass, each differentiated by itself."""
    whole, variable = objective(), picture().requires_grad_(True)
    terms = whole(variable)[:, 0]
    gradients = [torch.autograd.grad(term, variable, retain_graph=True)[0] for term in terms]
    by_hand = {
        name: gradient.square().sum().sqrt().item() for name, gradient in zip(whole.names, gradients, strict=True)
    }
    assert list(pull(whole, picture())) == ["content.conv2_2", "style.conv1_1", "style.conv3_1", "tv"]
    assert pull(whole, picture()) == pytest.approx(by_hand, rel=1e-9)
    assert min(by_hand.values()) > 0


def test_it_is_the_slope_of_the_term_where_that_is_steepest():
    """A finite difference along the gradient's own direction, of one term of the whole."""
    whole, row = objective(), 1
    variable = picture().requires_grad_(True)
    (gradient,) = torch.autograd.grad(whole(variable)[row, 0], variable)
    step = 1e-5 * gradient / gradient.norm()
    slope = (whole(picture() + step) - whole(picture() - step))[row, 0].item() / 2e-5
    assert pull(whole, picture())["style.conv1_1"] == pytest.approx(slope, rel=1e-6)


def test_it_grows_as_the_weight_does():
    light, heavy = (pull(objective(style_weight=weight), picture()) for weight in (1.0, 1e4))
    assert heavy["style.conv1_1"] == pytest.approx(1e4 * light["style.conv1_1"], rel=1e-9)
    assert heavy["content.conv2_2"] == light["content.conv2_2"]


def test_it_is_per_white_whatever_white_is_to_the_optimiser():
    terms = objective().terms
    plain = pull(Objective(network(double=True), terms), picture())
    in_bytes = pull(Objective(network(double=True), terms, pixel_range=255.0), picture(255.0))
    assert in_bytes == pytest.approx(plain, rel=1e-9)


def test_terms_of_one_name_pull_together():
    """Two regions of a layer are one term: opposite pulls cancel in it as they do in the descent."""

    def linear(weight):
        return Term("both", "conv1_1", weight, lambda features: features.flatten(1).sum(1))

    own = network(double=True)
    one = pull(Objective(own, [linear(5.0)]), picture())["both"]
    assert pull(Objective(own, [linear(5.0), linear(-3.0)]), picture())["both"] == pytest.approx(0.4 * one, rel=1e-9)


def test_what_is_met_does_not_pull():
    own = network(double=True)
    met = problems.objective(own, settings(), 32, 32, content=noise(4), styles=[])
    assert pull(met, tensor(noise(4)).double()) == {"content.conv2_2": 0}


def test_roughness_is_measured_on_the_picture_itself():
    whole = objective()
    alone = Objective(network(), [], [Prior("tv", 3.0, mean_squares)])
    assert pull(alone, picture()) == {"tv": pull(whole, picture())["tv"]}


def test_each_term_goes_no_deeper_into_the_network_than_its_layer():
    """And what it leaves behind is freed before the next: no more memory than one evaluation takes."""
    whole, reached = objective(), []
    places = {layer: place for place, layer in enumerate(whole.backbone.features)}
    hooks = [layer.register_forward_hook(lambda one, *_: reached.append(places[one])) for layer in places]
    pull(whole, picture())
    for hook in hooks:
        hook.remove()
    starts = [k for k, place in enumerate(reached) if place == 0]
    deepest = [reached[end - 1] for end in [*starts[1:], len(reached)]]
    assert deepest == [whole.backbone.shape.index(f"conv{name}") for name in ("2_2", "1_1", "3_1")]


def test_the_picture_and_the_network_are_left_as_they_were():
    given = picture()
    pull(objective(), given)
    assert not given.requires_grad
    assert torch.equal(given, picture())


def test_a_pull_that_is_no_number_is_no_number():
    assert not torch.tensor(pull(objective(), picture() * torch.nan)["style.conv1_1"]).isfinite()
