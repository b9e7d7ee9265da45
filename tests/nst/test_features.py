"""What filters respond to, held against a convolution by hand."""

import numpy as np
import pytest
from scipy.signal import correlate

from nst.features import Response, responses
from nst.pixels import PIXELS
from tests.nst.small import network, noise


def test_a_convolution_responds_before_its_relu():
    backbone, picture = network(double=True), noise(0, 12, 10)
    (found,) = responses(backbone, picture, ["conv1_1"], 2)
    seen = (picture.astype(np.float64) - PIXELS["imagenet"].mean) / PIXELS["imagenet"].deviation
    convolution = backbone.features[0]
    padded = np.pad(seen, ((1, 1), (1, 1), (0, 0)))
    for number in range(2):
        kernel = convolution.weight[number].numpy().transpose(1, 2, 0)
        expected = correlate(padded, kernel, mode="valid")[..., 0] + convolution.bias[number].item()
        assert np.allclose(found.maps[number], expected, atol=1e-5)
    assert found.maps.min() < 0


def test_layers_come_in_the_order_asked_each_with_its_first_filters():
    picture = noise(1, 16, 24)
    few = responses(network(), picture, ["conv3_1", "relu1_1"], 3)
    assert [(one.layer, one.maps.shape) for one in few] == [("conv3_1", (3, 4, 6)), ("relu1_1", (3, 16, 24))]
    all_of_them = responses(network(), picture, ["relu1_1"], 1000)[0].maps
    assert all_of_them.shape[0] == network().shape.channels("relu1_1")
    assert np.array_equal(all_of_them[:3], few[1].maps)


def test_figures_of_a_layer():
    found = Response("conv1_1", np.array([[[1.0, -5.0]], [[0.0, 2.0]]], dtype=np.float32))
    assert found.positive == pytest.approx(0.5)
    assert found.largest == 5.0
