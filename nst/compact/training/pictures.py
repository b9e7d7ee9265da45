"""The pictures that the compact network learns from, none of which needs a download.

Photographs of scikit-image and scikit-learn, the drawn styles of :mod:`nst.samples` from many seeds, and dead leaves
(Lee, Mumford & Huang 2001, "Occlusion models for natural images", International Journal of Computer Vision 41), which
have the edges, sizes and colour contrasts of natural scenes and no end. What the network is judged by is kept aside.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw

from nst import samples
from nst.images import Bytes
from nst.samples import photo_files

#: Never learned from: photographs to restyle,
HELD_CONTENTS = ("chelsea", "coffee", "rocket")
#: and styles, drawn and photographed.
HELD_STYLES = ("seigaiha", "swirls", "stained-glass", "hatching", "watercolour", "gravel", "hubble", "coins")

#: Files of scikit-image that are no samples.
_FILES = ("motorcycle_left.png", "moon.png", "color.png", "page.png")

#: Leaves of a picture of 512 pixels a side.
_LEAVES = 20_000

#: Longest side of a photograph: at more, a piece of 128 pixels shows little but blur.
_LONGEST = 720


def learned() -> list[str]:
    """Names of the samples that are learned from."""
    held = {*HELD_CONTENTS, *HELD_STYLES}
    return [name for name in (*samples.photographs(), *samples.styles()) if name not in held]


def photographs() -> list[Bytes]:
    """(H, W, 3) sRGB, at most 720 pixels a side.

    Raises:
        ImportError: without scikit-learn, two of whose photographs are among them.
        FileNotFoundError: without scikit-image's.
    """
    from sklearn.datasets import load_sample_images

    found = [samples.load(name) for name in learned() if name in samples.photographs()]
    found += [photo_files.read(file) for file in _FILES]
    found += [np.asarray(picture) for picture in load_sample_images().images]
    return [_shrunk(picture) for picture in found]


def drawings(seeds: int) -> Iterator[Bytes]:
    """(640, 640, 3) sRGB: every drawn style that is learned from, from as many seeds each."""
    for name in learned():
        if name in samples.styles():
            for seed in range(seeds):
                yield samples.draw(name, seed=seed)


def dead_leaves(count: int, seed: int, side: int = 512) -> Iterator[Bytes]:
    """(side, side, 3) sRGB: discs and slanted boxes that cover each other, their sizes by a power law.

    Colours of a picture are those of a palette of its own, as those of a painting are.
    """
    for i in range(count):
        rng = np.random.default_rng((seed, i))
        palette = rng.integers(0, 256, size=(int(rng.integers(3, 12)), 3))
        picture = Image.new("RGB", (side, side), tuple(int(v) for v in palette[0]))
        pencil = ImageDraw.Draw(picture)
        # Sizes by r^-3, as scenes have them whatever the scale, from 1.5 pixels to a third of the side; each falls
        # onto those before. So many cover all of a picture several times.
        low, high = 1.5, side / 3
        for radius in low / np.sqrt(1 - rng.random(_LEAVES * side**2 // 512**2) * (1 - (low / high) ** 2)):
            x, y = rng.random(2) * side
            base = palette[rng.integers(len(palette))]
            colour = tuple(int(v) for v in np.clip(base + rng.normal(0, 12, 3), 0, 255))
            if rng.random() < 0.5:
                pencil.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
            else:
                angle, slim = rng.random() * np.pi, rng.uniform(0.15, 1)
                along = radius * np.array([np.cos(angle), np.sin(angle)])
                across = slim * radius * np.array([-np.sin(angle), np.cos(angle)])
                corners = (along + across, along - across, -along - across, across - along)
                pencil.polygon([(x + c[0], y + c[1]) for c in corners], fill=colour)
        yield np.asarray(picture)


def _shrunk(picture: Bytes) -> Bytes:
    height, width = picture.shape[:2]
    scale = _LONGEST / max(height, width)
    if scale >= 1:
        return picture
    with Image.fromarray(picture) as whole:
        return np.asarray(whole.resize((round(width * scale), round(height * scale)), Image.Resampling.LANCZOS))
