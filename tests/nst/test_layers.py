import contextlib
import subprocess
import sys

import pytest
import torch

from nst.layers import BACKBONES, POOLINGS, UnknownLayerError, UnsupportedError, topology
from tests.nst import torchvisions


def published(backbone):
    """torchvision's network without weights or arithmetic: only shapes pass through it."""
    with torch.device("meta"):
        return torchvisions.build(backbone).eval()


def seen_positions(network, own, side):
    """Positions (h, w) and channels of every layer of torchvision's network, as far as torch itself gets."""
    found = {}
    modules = {layer.name: network.get_submodule(layer.key) for layer in own.stack}
    handles = [
        module.register_forward_hook(lambda *args, name=name: found.update({name: tuple(args[2].shape)}))
        for name, module in modules.items()
    ]
    with contextlib.suppress(RuntimeError):  # a picture too small for the rest
        network(torch.empty(1, 3, *side, device="meta"))
    for handle in handles:
        handle.remove()
    return found


@pytest.mark.parametrize(
    ("backbone", "given", "canonical"),
    [
        ("vgg19", "conv4_2", "conv4_2"),
        ("vgg19", "relu4_2", "relu4_2"),
        ("vgg19", "conv10", "conv4_2"),
        ("vgg19", "conv_10", "conv4_2"),
        ("vgg19", "relu10", "relu4_2"),
        ("vgg19", "21", "conv4_2"),
        ("vgg19", 22, "relu4_2"),
        ("vgg19", 28, "conv5_1"),
        ("vgg16", "conv10", "conv4_3"),
        ("vgg16", 17, "conv4_1"),
        ("vgg16", "conv13", "conv5_3"),
        ("vgg11", 11, "conv4_1"),
        ("vgg13", "conv8", "conv4_2"),
        ("vgg19_bn", 30, "conv4_2"),
        ("vgg19_bn", 31, "bn4_2"),
        ("vgg19_bn", 32, "relu4_2"),
        ("vgg19_bn", "bn10", "bn4_2"),
        ("vgg19_bn", "bn4_2", "bn4_2"),
        ("alexnet", "conv5", "conv5"),
        ("alexnet", "relu_2", "relu2"),
        ("alexnet", 4, "relu2"),
        ("squeezenet1_0", "fire2", "fire2"),
        ("squeezenet1_0", 3, "fire2"),
        ("squeezenet1_1", 12, "fire9"),
        ("squeezenet1_1", 1, "relu1"),
        ("resnet50", "conv1", "conv1"),
        ("resnet50", "relu", "relu1"),
        ("resnet50", "layer3_2", "layer3_2"),
        ("resnet50", "layer3.1", "layer3_2"),
        ("resnet50", "layer3", "layer3_6"),
    ],
)
def test_the_dialects_name_the_same_layer(backbone, given, canonical):
    assert topology(backbone).resolve(given) == canonical
    assert topology(backbone).knows(given)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_a_canonical_name_means_itself(backbone):
    own = topology(backbone)
    assert [own.resolve(tap) for tap in own.taps] == list(own.taps)
    assert set(own.layers) - set(own.taps) == {name for name in own.layers if name.startswith("pool")}


@pytest.mark.parametrize(
    ("backbone", "given"),
    [
        *(("vgg19", given) for given in ("conv6_1", "conv17", "conv0", "37", "4", "pool1", "relu4_5", "", "conv")),
        ("vgg19", "bn4_2"),
        ("vgg19_bn", 6),
        ("alexnet", "conv6"),
        ("alexnet", 2),
        ("squeezenet1_1", "fire10"),
        ("squeezenet1_1", "fire1"),
        ("squeezenet1_1", "conv2"),
        ("resnet50", "layer3.6"),
        ("resnet50", "maxpool"),
        ("resnet50", 0),
    ],
)
def test_a_layer_that_does_not_exist_is_refused(backbone, given):
    with pytest.raises(UnknownLayerError, match=f"^{backbone} has no layer '{given}': expected "):
        topology(backbone).resolve(given)


@pytest.mark.parametrize(
    ("backbone", "given", "message"),
    [
        (
            "vgg19",
            "conv4_22",
            "vgg19 has no layer 'conv4_22': expected conv1_1 to conv5_4 (or relu...), conv1 to conv16, "
            "or a torchvision index of a convolution or ReLU below 36; did you mean conv4_2?",
        ),
        (
            "vgg11_bn",
            "conv9",
            "vgg11_bn has no layer 'conv9': expected conv1_1 to conv5_2 (or bn..., relu...), conv1 to conv8, "
            "or a torchvision index of a convolution, batch norm or ReLU below 28; did you mean conv5_2?",
        ),
        (
            "alexnet",
            "conv4_2",
            "alexnet has no layer 'conv4_2': expected conv1 to conv5 (or relu...), "
            "or a torchvision index of a convolution or ReLU below 12; did you mean conv4?",
        ),
        (
            "squeezenet1_1",
            "fier4",
            "squeezenet1_1 has no layer 'fier4': expected conv1, relu1, fire2 to fire9, "
            "or a torchvision index of a convolution, ReLU or fire module below 13; did you mean fire4?",
        ),
        (
            "resnet50",
            "layer3_7",
            "resnet50 has no layer 'layer3_7': expected conv1, bn1, relu1, layer1_1 to layer4_3, "
            "or torchvision's layer1.0 to layer4.2; did you mean layer3_6?",
        ),
    ],
)
def test_the_message_names_what_was_expected_and_the_nearest_layer(backbone, given, message):
    with pytest.raises(UnknownLayerError) as caught:
        topology(backbone).resolve(given)
    assert str(caught.value) == message


@pytest.mark.parametrize("backbone", BACKBONES)
def test_the_modules_and_their_tensors_are_torchvisions(backbone):
    own, network = topology(backbone), published(backbone)
    kinds = {
        "Conv2d": "conv",
        "BatchNorm2d": "bn",
        "ReLU": "relu",
        "MaxPool2d": "pool",
        "Fire": "fire",
        "Bottleneck": "layer",
    }
    for layer in own.stack:
        assert layer.name.startswith(kinds[type(network.get_submodule(layer.key)).__name__])
    state = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    ignored = {name for name in state if name.endswith("num_batches_tracked") or name.startswith("fc.")}
    assert own.tensors == {name: shape for name, shape in state.items() if name not in ignored}


@pytest.mark.parametrize("backbone", BACKBONES)
def test_positions_and_channels_are_those_of_torchvisions_network(backbone):
    own, network = topology(backbone), published(backbone)
    for height, width in ((64, 64), (63, 65), (67, 97), (71, 90), (224, 131)):
        for layer, shape in seen_positions(network, own, (height, width)).items():
            assert (own.channels(layer), *own.positions(layer, height, width)) == shape[1:], layer
    assert len(seen_positions(network, own, (224, 224))) == len(own.layers)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_the_smallest_picture_is_the_smallest_that_torch_takes(backbone):
    own, network = topology(backbone), published(backbone)
    for side in range(1, own.smallest(own.layers[-1]) + 1):
        reached = seen_positions(network, own, (side, side))
        assert list(reached) == [layer for layer in own.layers if own.smallest(layer) <= side]
    assert len(reached) == len(own.layers)


def test_a_picture_that_is_too_small_has_no_positions():
    assert topology("alexnet").smallest("conv4") == 31
    assert topology("alexnet").positions("conv4", 31, 96) == (1, 5)
    assert topology("alexnet").positions("conv4", 30, 96) == (0, 5)


def test_width_scales_every_layer_and_keeps_the_names():
    narrow = topology("vgg19", 0.25)
    assert narrow.layers == topology("vgg19").layers
    assert [narrow.channels(name) for name in ("conv1_1", "pool1", "conv3_4", "relu5_4")] == [16, 16, 64, 128]
    assert [topology("resnet50", 0.25).channels(name) for name in ("relu1", "layer1_1", "layer4_3")] == [16, 64, 512]
    assert [topology("squeezenet1_0", 0.5).channels(name) for name in ("conv1", "fire2", "fire9")] == [48, 64, 256]


@pytest.mark.parametrize("backbone", BACKBONES)
def test_four_channels_remain_at_any_width(backbone):
    tensors = topology(backbone, 1 / 64).tensors.values()
    assert min(shape[0] for shape in tensors) == 4


@pytest.mark.parametrize(
    ("backbone", "layers", "strides"),
    [
        ("vgg19", ("conv1_2", "conv2_1", "relu5_4"), [1, 2, 16]),
        ("alexnet", ("conv1", "conv2", "relu5"), [4, 8, 16]),
        ("squeezenet1_1", ("conv1", "fire2", "fire9"), [2, 4, 16]),
        ("resnet50", ("relu1", "layer1_3", "layer4_3"), [2, 4, 32]),
    ],
)
def test_strides_multiply_up_to_a_layer(backbone, layers, strides):
    assert [topology(backbone).stride(layer) for layer in layers] == strides


@pytest.mark.parametrize(
    ("backbone", "chosen", "message"),
    [
        (
            "alexnet",
            {"pooling": "average-rescaled"},
            "pooling average-rescaled: its factor 2 is for the 2 x 2 pools of the VGG backbones, "
            "and alexnet pools 3 x 3: use max or average",
        ),
        (
            "resnet50",
            {"pooling": "l2-rescaled"},
            "pooling l2-rescaled: its factor 0.78 is for the 2 x 2 pools of the VGG backbones, "
            "and resnet50 pools 3 x 3: use max or average",
        ),
        (
            "squeezenet1_0",
            {"padding": "replicate"},
            "padding replicate: the first convolution of squeezenet1_0 does not pad at all: leave padding at zero",
        ),
        (
            "vgg19",
            {"pooling": "avg"},
            "pooling is 'avg': expected one of max, average, average-rescaled, l2-rescaled",
        ),
        ("vgg19", {"padding": "reflect"}, "padding is 'reflect': expected one of zero, replicate"),
    ],
)
def test_a_pooling_or_padding_that_a_backbone_cannot_have_is_refused(backbone, chosen, message):
    with pytest.raises(UnsupportedError) as caught:
        topology(backbone).check(**chosen)
    assert str(caught.value) == message


def test_every_vgg_takes_every_pooling_and_padding():
    for backbone in BACKBONES:
        if backbone.startswith(("vgg", "compact")):
            for pooling in POOLINGS:
                topology(backbone).check(pooling=pooling, padding="replicate")


def test_an_unknown_backbone_is_a_key_error():
    with pytest.raises(KeyError, match="vgg12"):
        topology("vgg12")


def test_layers_and_pixels_are_known_without_torch():
    code = (
        "import sys, nst.layers, nst.pixels; nst.layers.topology('resnet50').tensors; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
