import pytest

from nst.layers import UnknownLayerError, topology


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
    ],
)
def test_three_dialects_name_the_same_layer(backbone, given, canonical):
    assert topology(backbone).resolve(given) == canonical


@pytest.mark.parametrize("given", ["conv6_1", "conv17", "conv0", "37", "4", "pool1", "relu4_5", "", "conv"])
def test_a_layer_that_does_not_exist_is_refused(given):
    with pytest.raises(UnknownLayerError):
        topology("vgg19").resolve(given)


def test_the_message_names_what_was_expected_and_the_nearest_layer():
    with pytest.raises(UnknownLayerError) as caught:
        topology("vgg19").resolve("conv4_22")
    assert str(caught.value) == (
        "vgg19 has no layer 'conv4_22': expected conv1_1 to conv5_4 (or relu...), conv1 to conv16, "
        "or a torchvision index of a convolution or ReLU below 36; did you mean conv4_2?"
    )


@pytest.mark.parametrize("backbone", ["vgg16", "vgg19"])
def test_the_numbering_is_torchvisions(backbone):
    import torchvision
    from torch import nn

    kinds = {nn.Conv2d: "conv", nn.ReLU: "relu", nn.MaxPool2d: "pool"}
    features = getattr(torchvision.models, backbone)(weights=None).features
    own = topology(backbone)
    assert [kinds[type(module)] for module in features] == [name[:4] for name in own.layers]
    for name, module in zip(own.layers, features, strict=True):
        if name.startswith("conv"):
            assert module.out_channels == own.channels(name)


def test_width_scales_every_layer_and_keeps_the_names():
    narrow = topology("vgg19", 0.25)
    assert narrow.layers == topology("vgg19").layers
    assert [narrow.channels(name) for name in ("conv1_1", "conv3_4", "conv5_4")] == [16, 64, 128]


def test_stride_counts_the_pools_before_a_layer():
    assert [topology("vgg19").stride(name) for name in ("conv1_2", "conv2_1", "relu5_4")] == [1, 2, 16]
