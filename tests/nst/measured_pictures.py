"""Pictures to measure: samples made small, noise and one colour, and what spoils them."""

from functools import cache

import numpy as np
from PIL import Image, ImageFilter

from nst import images, samples


def small(picture, side=96):
    return images.to_bytes(images.resize(picture, side, "long"))


@cache
def sample(name="chelsea", side=96):
    return small(samples.load(name), side)


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def flat(*rgb, height=40, width=48):
    return np.full((height, width, 3), rgb, dtype=np.uint8)


def blurred(picture, radius):
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(radius)))


def noisy(picture, deviation):
    added = np.random.default_rng(0).normal(0, deviation, picture.shape)
    return np.clip(picture + added, 0, 255).round().astype(np.uint8)


def grey(picture):
    return picture @ np.array([0.299, 0.587, 0.114]) / 255
