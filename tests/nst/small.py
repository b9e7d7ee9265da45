"""Pictures, networks and settings small enough to run in a blink."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch

from nst import backbones
from nst.recipes import RECIPES

SIDE = 32


def noise(seed, height=SIDE, width=SIDE):
    """float32 (height, width, 3) in [0, 1]."""
    return np.random.default_rng(seed).random((height, width, 3)).astype(np.float32)


def stored(seed, height=SIDE, width=SIDE):
    """uint8 (height, width, 3): blocks of random colours, which have colour and structure at any size."""
    blocks = np.random.default_rng(seed).integers(0, 256, (-(-height // 8), -(-width // 8), 3), dtype=np.uint8)
    return blocks.repeat(8, axis=0).repeat(8, axis=1)[:height, :width]


def plain(*colour, height=SIDE, width=SIDE):
    """uint8 (height, width, 3) about one colour, with a little grain."""
    grain = np.random.default_rng(0).integers(-12, 13, (height, width, 3))
    return np.clip(np.array(colour) + grain, 0, 255).astype(np.uint8)


def tensor(picture):
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))[None]


@lru_cache
def network(backbone="vgg16", width=0.125, double=False, pixels="imagenet"):
    built = backbones.build(backbone, "random:1", width=width, pooling="average", pixels=pixels)
    return built.double() if double else built


def settings(recipe="untrained", **changes):
    """Settings of a recipe, for the small network and pictures."""
    few = {
        "backbone": "vgg16",
        "weights": "random:1",
        "width": 0.125,
        "size": SIDE,
        "style_layers": ("conv1_1", "conv2_1", "conv3_1"),
        "evaluations": 8,
    }
    return replace(RECIPES[recipe].settings, **{**few, **changes})
