import pytest
import torch

from nst import backbones

PICTURES = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def network():
    return backbones.build("vgg19", "random:0", width=0.125)


def test_a_convolution_tap_has_negatives_and_a_relu_tap_has_none(network):
    found = network(PICTURES, ["conv3_1", "relu3_1", "conv1_1", "relu1_1"])
    for block in ("1_1", "3_1"):
        assert (found[f"conv{block}"] < 0).any()
        assert torch.equal(found[f"relu{block}"], found[f"conv{block}"].clamp_min(0))


def test_nothing_behind_the_deepest_tap_is_computed(network):
    ran = []
    handles = [m.register_forward_hook(lambda *_, i=i: ran.append(i)) for i, m in enumerate(network.features)]
    network(PICTURES, ["conv2_1"])
    for handle in handles:
        handle.remove()
    assert ran == list(range(6))


def test_weights_are_frozen_and_pictures_get_gradients(network):
    assert not any(parameter.requires_grad for parameter in network.parameters())
    x = PICTURES.clone().requires_grad_()
    network(x, ["relu2_2"])["relu2_2"].sum().backward()
    assert x.grad is not None
    assert x.grad.abs().sum() > 0


def test_average_pooling_averages(network):
    other = backbones.build("vgg19", "random:0", width=0.125, pooling="average")
    taps = other(PICTURES, ["relu1_2", "conv2_1"])
    pooled = torch.nn.functional.avg_pool2d(taps["relu1_2"], 2)
    assert torch.allclose(other.features[5](pooled), taps["conv2_1"], atol=1e-6)
    assert not torch.allclose(network(PICTURES, ["conv2_1"])["conv2_1"], taps["conv2_1"], atol=1e-3)


def test_it_equals_torchvisions_network():
    import torchvision

    torch.manual_seed(0)
    published = torchvision.models.vgg16(weights=None).features
    mine = backbones.Backbone(backbones.topology("vgg16"), "max", published.state_dict())
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    normalised = (PICTURES - mean.view(1, 3, 1, 1)) / std.view(1, 3, 1, 1)
    with torch.no_grad():
        expected = published[:24](normalised.clone())
    assert torch.allclose(mine(PICTURES, ["conv5_1"])["conv5_1"], published[24](expected), atol=1e-6)
