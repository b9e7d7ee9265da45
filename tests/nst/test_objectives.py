import pytest
import torch

from nst import backbones, objectives, synthesis
from nst.objectives import Objective
from nst.recipes import Conventions

CMU = Conventions(gram_divisor="elements", style_reduction="mean", content_reduction="mean")


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize(("divisor", "factor"), [("none", 1), ("positions", 1 / 20), ("elements", 1 / 60)])
def test_gram_matrices_by_divisor(divisor, factor):
    features = random(2, 3, 4, 5)
    for i in range(2):
        flat = features[i].reshape(3, 20)
        expected = factor * torch.stack([torch.stack([(a * b).sum() for b in flat]) for a in flat])
        assert torch.allclose(objectives.gram(features, divisor)[i], expected)


def test_pictures_of_a_batch_do_not_share_a_loss():
    """No mean over the batch and no Gram across pictures: each value is what the picture has alone."""
    features, target = random(3, 4, 6, 6), random(1, 4, 6, 6, seed=1)
    gram_target = objectives.gram(target, "elements")
    for function in (
        lambda f: objectives.content_distance(f, target, "mean"),
        lambda f: objectives.style_distance(f, gram_target, CMU),
        objectives.total_variation,
    ):
        together = function(features)
        alone = torch.cat([function(features[i : i + 1]) for i in range(3)])
        assert torch.allclose(together, alone)


def test_total_variation_of_known_pictures():
    flat = torch.full((1, 3, 5, 5), 0.7)
    ramp = torch.arange(5.0).view(1, 1, 1, 5).expand(1, 3, 5, 5)
    assert objectives.total_variation(flat).tolist() == [0]
    assert objectives.total_variation(ramp).tolist() == [1]
    assert objectives.total_variation(ramp.transpose(2, 3)).tolist() == [1]


def test_an_undivided_gram_target_is_scaled_to_the_picture_it_is_for():
    small = random(1, 3, 4, 4)
    tiled = small.repeat(1, 1, 2, 2)  # the same statistics on four times the positions
    assert torch.allclose(objectives.style_target(small, 64, "none"), objectives.gram(tiled, "none"))
    assert torch.allclose(objectives.style_target(small, 64, "elements"), objectives.gram(tiled, "elements"))


def test_the_objective_names_its_terms_in_order_and_they_add_up():
    network = backbones.build("vgg16", "random:1", width=0.125)
    picture = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(2))
    objective = Objective(
        network,
        CMU,
        synthesis.content_terms(network, picture, ("conv2_2",), 2.0),
        synthesis.style_terms(network, picture, ("conv1_1", "conv3_1"), (3.0, 4.0), CMU, height=32, width=32),
        tv_weight=5.0,
    )
    assert objective.names == ("content.conv2_2", "style.conv1_1", "style.conv3_1", "tv")
    terms = objective(picture)
    assert terms.shape == (4, 1)
    assert terms[:3].flatten().tolist() == pytest.approx([0, 0, 0], abs=1e-6)  # against its own targets
    assert terms[3, 0] == 5 * objectives.total_variation(picture)[0]
