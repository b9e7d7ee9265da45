import pytest

from nst.pixels import PIXELS

#: Mean colours as the sources state them, in parts of full brightness, red first.
STATED = {
    "imagenet": (0.485, 0.456, 0.406),
    "caffe": (0.48501961, 0.45795686, 0.40760392),  # leongatys/PytorchNeuralStyleTransfer
    "caffe-256": (123.68 / 256, 116.779 / 256, 103.939 / 256),
    "rgb255": (0.485, 0.456, 0.406),
}


@pytest.mark.parametrize("name", PIXELS)
def test_the_mean_colour_is_told_as_rgb_in_0_to_1(name):
    assert PIXELS[name].mean_colour == pytest.approx(STATED[name], abs=1e-8)
