"""The layers of each backbone, what people call them, and how many positions they have; no torch here.

A *tap* is a layer read out; its canonical name is the first column. ``conv`` taps read before the ReLU (before the
batch norm too, where there is one), ``bn`` taps between the two, ``relu`` taps behind; a fire module (SqueezeNet) and
a residual block (ResNet) are read whole, behind their last ReLU.

===========  ============================  =======================  ============================================
backbones    canonical                     ordinal                  torchvision's name of the module
===========  ============================  =======================  ============================================
VGG, compact ``conv4_2``, ``relu4_2``      ``conv10``, ``relu10``   ``21``, ``22``, the position in ``features``
VGG with bn  ``conv4_2``, ``bn4_2``, ...   ``conv10``, ``bn10``     ``30``, ``31``
AlexNet      ``conv2``, ``relu2``          the same                 ``3``, ``4``
SqueezeNet   ``conv1``, ``fire2``, ...                              ``0``, ``3``
ResNet-50    ``conv1``, ``layer3_2``, ...                           ``layer3.1``; ``layer3`` is its last block
===========  ============================  =======================  ============================================

Block names are those of Simonyan & Zisserman 2015 and Gatys et al. 2016, ordinals those of the PyTorch tutorial and
the courses built on it. The VGG rows show VGG-19, the SqueezeNet row 1.0. torchvision counts blocks from 0.
"""

from nst.layers.families import PUBLISHED
from nst.layers.stack import Layer, Window
from nst.layers.topology import (
    BACKBONES,
    PADDINGS,
    POOLINGS,
    RESCALED,
    Topology,
    UnknownLayerError,
    UnsupportedError,
    topology,
)

__all__ = [
    "BACKBONES",
    "PADDINGS",
    "POOLINGS",
    "PUBLISHED",
    "RESCALED",
    "Layer",
    "Topology",
    "UnknownLayerError",
    "UnsupportedError",
    "Window",
    "topology",
]
