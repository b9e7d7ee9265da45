"""The backbones as torchvision builds them."""

import torchvision
from torch import nn

#: Channels of the convolutions of the compact network, in order; torchvision has builders for any such list.
COMPACT = [32, 32, "M", 32, 32, "M", 64, 64, 64, 64, "M", 128, 128, 128, 128, "M", 128, 128, 128, 128, "M"]


def build(backbone: str) -> nn.Module:
    """Without weights; of a classifier, the part that has the features."""
    if backbone == "compact":
        return torchvision.models.vgg.make_layers(COMPACT)
    model = torchvision.models.get_model(backbone, weights=None)
    return getattr(model, "features", model)
