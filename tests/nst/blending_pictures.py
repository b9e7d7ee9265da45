"""Pictures and masks that are blended pixel by pixel in a blink."""

import numpy as np
from PIL import Image

from nst import samples

SIDE = 12


def noise(height=SIDE, width=SIDE, channels=3, seed=0):
    return np.random.default_rng(seed).random((height, width, channels))


def flat(*values, height=SIDE, width=SIDE):
    return np.full((height, width, len(values)), values, dtype=np.float64)


def disc(side=SIDE, radius=0.4):
    y, x = (np.mgrid[:side, :side] + 0.5) / side - 0.5
    return np.hypot(y, x) < radius


def photograph(name, side=32):
    return np.asarray(Image.fromarray(samples.load(name)).resize((side, side), Image.Resampling.BOX))
