"""What a network sees of a picture in [0, 1]: the pixel scale its weights were trained for; no torch here.

Weights learned on one scale and fed another still give pictures, but other ones: the scale belongs to the recipe.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class PixelScale:
    """(picture x scale - mean) / deviation, with the channels in the network's order."""

    order: Literal["rgb", "bgr"]
    scale: float
    """The network's units for 1, full brightness."""
    mean: Colour
    """In the network's order and units."""
    deviation: Colour = (1.0, 1.0, 1.0)
    """In the network's order and units."""

    @property
    def mean_colour(self) -> Colour:
        """The colour that becomes zero, as RGB in [0, 1]."""
        red, green, blue = (value / self.scale for value in self.mean)
        return (red, green, blue) if self.order == "rgb" else (blue, green, red)


#: Mean of ImageNet's pixels, blue first, as Caffe's networks subtract it (Simonyan & Zisserman 2015).
_CAFFE_MEAN = (103.939, 116.779, 123.68)

PIXELS = {
    # torchvision's documentation of its weights; the PyTorch tutorial, crowsonkb/style-transfer-pytorch
    "imagenet": PixelScale("rgb", 1.0, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    # ProGamerGov/neural-style-pt, for weights converted from Caffe
    "caffe": PixelScale("bgr", 255.0, _CAFFE_MEAN),
    # jcjohnson/neural-style, which takes 256 for 255
    "caffe-256": PixelScale("bgr", 256.0, _CAFFE_MEAN),
    # gordicaleksa/pytorch-neural-style-transfer: ImageNet's means in 0 to 255, nothing divided, torchvision's weights
    "rgb255": PixelScale("rgb", 255.0, (123.675, 116.28, 103.53)),
}
