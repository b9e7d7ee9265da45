import itertools

import pytest
import torch
from torch.nn import functional

from nst import backbones
from nst.arithmetic import exact
from nst.layers import BACKBONES, POOLINGS, UnknownLayerError, UnsupportedError, topology
from nst.objectives import ContentDistance, Objective, Term, evaluate
from nst.pixels import PIXELS
from nst.settings import Settings
from tests.nst import torchvisions

PICTURES = torch.rand(2, 3, 64, 66, generator=torch.Generator().manual_seed(0))
SMALL = PICTURES[:, :, :32, :32]


@pytest.fixture(scope="module")
def network():
    return backbones.build("vgg19", "random:0", width=0.125)


@pytest.fixture(scope="module", params=BACKBONES)
def narrow(request):
    return backbones.build(request.param, "random:0", width=0.125)


@pytest.fixture(scope="module")
def everything(narrow):
    """All that can be read of a backbone, in one pass."""
    return narrow(PICTURES, narrow.shape.taps)


def published(backbone):
    """torchvision's own network with random weights and batch statistics, in evaluation mode."""
    with torch.device("meta"):  # the classifiers of the VGGs would take long to fill
        part = torchvisions.build(backbone)
    part = part.to_empty(device="cpu").eval()
    generator = torch.Generator().manual_seed(7)
    for name, tensor in part.state_dict().items():
        if tensor.dim() == 4:
            tensor.normal_(0, (2 / tensor[0].numel()) ** 0.5, generator=generator)
        elif tensor.is_floating_point():
            positive = name.endswith(("weight", "var"))
            tensor.uniform_(0.5 if positive else -0.2, 1.5 if positive else 0.2, generator=generator)
        else:
            tensor.zero_()
    return part


@pytest.mark.parametrize("backbone", BACKBONES)
def test_every_layer_equals_torchvisions(backbone):
    reference, shape = published(backbone), topology(backbone)
    expected = {}
    for layer in shape.stack:  # copied at once: torchvision's ReLUs overwrite what they read
        reference.get_submodule(layer.key).register_forward_hook(
            lambda *args, name=layer.name: expected.update({name: args[2].clone()})
        )
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    normalised = (PICTURES[:1] - mean.view(1, 3, 1, 1)) / std.view(1, 3, 1, 1)
    with torch.no_grad():
        reference(normalised)
    state = {name: tensor for name, tensor in reference.state_dict().items() if not name.startswith("fc.")}
    found = backbones.Backbone(shape, "max", state)(PICTURES[:1], shape.layers)
    assert list(found) == list(expected)
    for name, features in found.items():
        assert (features - expected[name]).abs().max() <= 1e-5 * expected[name].abs().max(), name


def test_taps_before_a_relu_have_negatives_and_all_others_have_none(narrow, everything):
    for layer in narrow.shape.stack:
        if layer.kind in ("conv", "bn"):
            assert (everything[layer.name] < 0).any(), layer.name
        elif layer.kind != "pool":
            assert (everything[layer.name] >= 0).all(), layer.name


def test_a_relu_tap_is_the_layer_before_it_without_negatives(narrow, everything):
    stack = narrow.shape.stack
    pairs = [(a.name, b.name) for a, b in itertools.pairwise(stack) if b.kind == "relu"]
    assert pairs
    for before, relu in pairs:
        assert torch.equal(everything[relu], everything[before].clamp_min(0))


def test_reading_one_tap_gives_what_reading_all_gives(narrow, everything):
    for tap in narrow.shape.taps[::3]:
        assert torch.equal(narrow(PICTURES, [tap])[tap], everything[tap])


def test_random_features_are_finite_and_pictures_stay_apart(narrow, everything):
    deepest = narrow.shape.taps[-1]
    assert everything[deepest].isfinite().all()
    assert everything[deepest].std() > 0
    alone = narrow(PICTURES[1:], [deepest])[deepest]
    assert torch.allclose(alone, everything[deepest][1:], rtol=1e-4, atol=1e-4 * alone.abs().max().item())


def test_nothing_behind_the_deepest_tap_is_computed(narrow):
    ran = []
    handles = [m.register_forward_hook(lambda *_, i=i: ran.append(i)) for i, m in enumerate(narrow.features)]
    deepest = narrow.shape.taps[len(narrow.shape.taps) // 2]
    narrow(PICTURES, [deepest, "conv1_1" if "conv1_1" in narrow.shape.taps else "conv1"])
    for handle in handles:
        handle.remove()
    assert ran == list(range(narrow.shape.layers.index(deepest) + 1))


def test_weights_and_statistics_are_frozen_and_pictures_get_gradients(narrow):
    before = {name: tensor.clone() for name, tensor in narrow.state_dict().items()}
    assert not narrow.training
    assert not any(parameter.requires_grad for parameter in narrow.parameters())
    x = PICTURES.clone().requires_grad_()
    deepest = narrow.shape.taps[-1]
    narrow(x, [deepest])[deepest].sum().backward()
    assert x.grad is not None
    assert x.grad.flatten(1).abs().sum(1).min() > 0
    assert all(torch.equal(before[name], tensor) for name, tensor in narrow.state_dict().items())


def test_a_tap_that_does_not_exist_is_refused(network):
    with pytest.raises(UnknownLayerError, match=r"vgg19 has no layer 'conv9_1': expected .*did you mean conv5_1\?"):
        network(SMALL, ["relu1_1", "conv9_1"])


def quarters(features):
    """(..., 2h, 2w) -> (..., h, w, 4): the windows of a 2 x 2 pool."""
    return features.unfold(-2, 2, 2).unfold(-2, 2, 2).flatten(-2)


#: What becomes of the four numbers of a window.
POOLED = {
    "max": lambda windows: windows.amax(-1),
    "average": lambda windows: windows.mean(-1),
    "average-rescaled": lambda windows: 2 * windows.mean(-1),
    "l2-rescaled": lambda windows: 0.78 * windows.square().sum(-1).sqrt(),
}


@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_pool_of_a_vgg_is_what_its_name_says(pooling):
    chosen = backbones.build("vgg19", "random:0", width=0.125, pooling=pooling)
    found = chosen(PICTURES, ["relu1_2", "pool1", "conv2_1"])
    assert torch.allclose(found["pool1"], POOLED[pooling](quarters(found["relu1_2"])), atol=1e-6)
    assert torch.equal(chosen.features[5](found["pool1"]), found["conv2_1"])


@pytest.mark.parametrize("backbone", ["vgg19", "alexnet", "squeezenet1_0", "squeezenet1_1", "resnet50"])
def test_average_pools_keep_the_windows_and_count_no_edge(backbone):
    plain = backbones.build(backbone, "random:0", width=0.125)
    chosen = backbones.build(backbone, "random:0", width=0.125, pooling="average")
    pools = [i for i, layer in enumerate(plain.shape.stack) if layer.kind == "pool"]
    for i in pools:
        for side in range(3, 12):
            ones = torch.ones(1, 4, side, side + 3)
            assert torch.equal(chosen.features[i](ones), plain.features[i](ones))  # ones all over, as many


@pytest.mark.parametrize("pooling", POOLINGS)
def test_gradients_are_finite_where_a_window_holds_only_zeros(pooling):
    chosen = backbones.build("vgg11", "random:0", width=0.125, pooling=pooling)
    x = SMALL.clone().requires_grad_()
    taps = chosen(x, ["relu1_1", "relu2_1"])
    assert (quarters(taps["relu1_1"]).amax(-1) == 0).any()
    taps["relu2_1"].sum().backward()
    assert x.grad.isfinite().all()


def test_what_a_backbone_cannot_have_is_refused_before_weights_are_looked_for():
    with pytest.raises(UnsupportedError, match="pooling l2-rescaled"):
        backbones.build("alexnet", "nowhere.pth", pooling="l2-rescaled")
    with pytest.raises(UnsupportedError, match="padding replicate"):
        backbones.build("squeezenet1_1", "nowhere.pth", padding="replicate")


@pytest.mark.parametrize(("backbone", "tap"), [("vgg13_bn", "conv1_1"), ("alexnet", "conv1"), ("resnet50", "conv1")])
def test_replicate_padding_shows_the_first_convolution_no_edge(backbone, tap):
    grey = torch.full((1, 3, 32, 32), 0.3)
    options = {"width": 0.125, "pixels": "caffe"}
    zero = backbones.build(backbone, "random:0", **options)(grey, [tap])[tap]
    replicate = backbones.build(backbone, "random:0", **options, padding="replicate")(grey, [tap])[tap]
    assert replicate.shape == zero.shape
    assert torch.allclose(replicate, replicate[..., :1, :1].expand_as(replicate), rtol=1e-4, atol=1e-3)
    assert (zero[..., 0, :] - zero[..., 3, :]).abs().max() > 1


def test_replicate_padding_is_of_the_first_convolution_only():
    chosen = backbones.build("vgg11", "random:0", width=0.125, padding="replicate")
    found = chosen(SMALL, ["pool1", "conv2_1"])
    convolution = chosen.features[3]
    assert torch.equal(
        found["conv2_1"], functional.conv2d(found["pool1"], convolution.weight, convolution.bias, padding=1)
    )


#: What the first layer gets for red, green and blue in [0, 1].
SEEN = {
    "imagenet": lambda r, g, b: ((r - 0.485) / 0.229, (g - 0.456) / 0.224, (b - 0.406) / 0.225),
    "caffe": lambda r, g, b: (255 * b - 103.939, 255 * g - 116.779, 255 * r - 123.68),
    "caffe-256": lambda r, g, b: (256 * b - 103.939, 256 * g - 116.779, 256 * r - 123.68),
    "rgb255": lambda r, g, b: (255 * r - 123.675, 255 * g - 116.28, 255 * b - 103.53),
}


@pytest.mark.parametrize("pixels", PIXELS)
def test_the_first_layer_sees_pictures_on_the_scale_of_choice(pixels):
    chosen = backbones.build("vgg16", "random:0", width=0.125, pixels=pixels).double()
    pictures = SMALL.double()
    first = chosen.features[0]
    expected = functional.conv2d(torch.stack(SEEN[pixels](*pictures.unbind(1)), 1), first.weight, first.bias, padding=1)
    assert torch.allclose(chosen(pictures, ["conv1_1"])["conv1_1"], expected, rtol=1e-12, atol=1e-12)


def test_a_float64_network_has_the_constants_themselves():
    chosen = backbones.build("vgg11", "random:0", width=0.125)
    assert chosen.double().mean.flatten().tolist() == [0.485, 0.456, 0.406]
    assert chosen.deviation.flatten().tolist() == [0.229, 0.224, 0.225]
    assert chosen.to("cpu", torch.float32).mean.dtype == torch.float32
    assert chosen.to(torch.float64).mean.flatten().tolist() == [0.485, 0.456, 0.406]


@pytest.mark.parametrize("backbone", ["vgg19", "resnet50", "squeezenet1_1"])
def test_halved_layers_come_near_and_leave_the_exact_ones_as_they_are(backbone):
    exact = backbones.build(backbone, "random:1", width=1 / 8)
    fast = exact.halved()
    assert (fast.exact, exact.exact) == (exact, exact)
    first, *taps = exact.shape.taps[::4]
    near, true = fast(PICTURES, [first, *taps]), exact(PICTURES, [first, *taps])
    assert torch.allclose(near[first], true[first], rtol=1e-4, atol=1e-5)  # the first layer is not halved
    for tap in taps:
        assert near[tap].dtype == torch.float32
        error = (near[tap] - true[tap]).norm() / true[tap].norm()
        assert 1e-4 < error < 0.02, tap
    types = [{t.dtype for t in m.state_dict().values() if t.is_floating_point()} for m in fast.features]
    assert types[0] == {torch.float32}
    assert set().union(*types[1:]) == {torch.bfloat16}
    assert {tensor.dtype for tensor in exact.state_dict().values() if tensor.is_floating_point()} == {torch.float32}


def test_halved_layers_give_gradients_in_single_precision():
    fast = backbones.build("vgg19", "random:1", width=1 / 8).halved()
    picture = PICTURES.clone().requires_grad_()
    fast(picture, ["conv3_1"])["conv3_1"].square().sum().backward()
    exact = PICTURES.clone().requires_grad_()
    fast.exact(exact, ["conv3_1"])["conv3_1"].square().sum().backward()
    assert picture.grad.dtype == torch.float32
    assert torch.nn.functional.cosine_similarity(picture.grad.flatten(), exact.grad.flatten(), 0) > 0.99


def test_halved_layers_see_a_change_that_is_smaller_than_their_own_steps():
    fast = backbones.build("vgg19", "random:1", width=1 / 8).halved()
    picture = torch.full_like(SMALL, 0.7)
    changed = fast(picture * (1 + 2**-11), ["conv2_1"])["conv2_1"]
    assert not torch.equal(changed, fast(picture, ["conv2_1"])["conv2_1"])


def test_precisions_are_what_their_names_say():
    types = {
        name: {
            p.dtype
            for p in backbones.from_settings(
                Settings(weights="random:0", width=1 / 8, precision=name), "cpu"
            ).parameters()
        }
        for name in ("float32", "float64", "bfloat16")
    }
    assert types["bfloat16"] == {torch.bfloat16, torch.float32}
    assert all(types[name] == {getattr(torch, name)} for name in ("float32", "float64"))


def test_tf32_is_allowed_where_it_is_asked_for_and_only_while_evaluating(monkeypatch):
    seen = []

    def watched(network, pictures, taps):
        seen.append(torch.backends.cudnn.allow_tf32)
        return plainly(network, pictures, taps)

    plainly = backbones.Backbone.forward
    monkeypatch.setattr(backbones.Backbone, "forward", watched)
    with exact():
        for name in ("tf32", "float32"):
            settings = Settings(weights="random:0", width=1 / 16, precision=name)
            network = backbones.from_settings(settings, "cpu")
            term = Term("t", "conv1_1", 1.0, ContentDistance(torch.zeros(1), "mean"))
            evaluate(Objective(network, [term]), SMALL)
            assert torch.backends.cudnn.allow_tf32 is False
    assert seen == [True, False]


def test_a_relu_overwrites_nothing_that_is_read():
    network = backbones.build("vgg19", "random:1", width=1 / 8)
    taps = ["conv1_1", "relu1_2", "conv2_1", "relu2_1"]
    together = network(PICTURES, taps)
    assert all(torch.equal(together[tap], network(PICTURES, [tap])[tap]) for tap in taps)
    assert together["conv1_1"].min() < 0
