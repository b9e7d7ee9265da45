"""A river at sunset in small dots of pure colour, in the manner of Seurat and Signac.

No colour is mixed: each place is made of dots of several hues that blend in the eye, with specks of
the complementary between them. The dots lie in rows on the water and around the sun.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from nst.samples.canvas import (
    Bytes,
    Field,
    colour,
    finish,
    from_image,
    grid,
    inks,
    mix,
    noise,
    palette,
    ramp,
    sample,
    smooth,
)

_MAP = 320

_SKY = palette("3b4fa0 6f74c4 b98cc8 f0a8a0 f9c777 fbe39a")
_WATER = palette("f7d98a f0a878 b078b8 5a6ac0 2f5a9c 1f4478")
_FAR = palette("7a6cb8 8f86cc 6a8fc0")
_TREES = palette("1f4f4a 2f7a4c 6aa83f b8c444 2a3f7a 16304f")
_BANK = palette("d8c24a 8fb53f 4f9a4a e8a84a c87a3a")
# Pure pigments that a dot may be pulled towards.
_TUBES = palette("f5c518 ef7d1a d8352f c2307a 7a3fa8 3347b0 2b7fc4 2aa198 3f9a3f a8c83a fbf3d0 f2a6b0")


def _scene(rng: np.random.Generator) -> Field:
    """The colours that the dots approach, (_MAP, _MAP, 3)."""
    x, y = (np.array(np.broadcast_to(g, (_MAP, _MAP))) for g in grid(_MAP))
    horizon = rng.uniform(0.44, 0.50)
    sun_x, sun_y = rng.uniform(0.40, 0.66), horizon - rng.uniform(0.13, 0.17)
    away = np.sqrt((x - sun_x) ** 2 + (y - sun_y) ** 2)
    cloud = noise(rng, _MAP, (4, 12), 4)
    picture = ramp(_SKY, y / horizon * 0.9 + 0.16 * cloud)
    picture = mix(picture, colour("fff0a8"), 0.75 * smooth(0.34, 0.05, away))
    picture = mix(picture, colour("ff8f5a"), 0.55 * smooth(0.15, 0.55, cloud) * smooth(0.6, 0.1, away))
    picture = mix(picture, colour("fffbe0"), smooth(0.068, 0.060, away))

    crest = horizon - 0.03 - 0.035 * np.sin(x * 7 + rng.uniform(0, 6)) - 0.02 * noise(rng, _MAP, 6, 3)[:1]
    far = ramp(_FAR, 0.5 + 0.5 * noise(rng, _MAP, 9, 2))
    picture = mix(picture, far, smooth(-0.004, 0.004, y - crest))

    # Water mirrors the sky, darker, and the sun as a broken path of light.
    depth = (y - horizon) / (1 - horizon)
    ripple = np.sin(y * 150 + 4 * noise(rng, _MAP, 6, 2)) * 0.5 + noise(rng, _MAP, (7, 40), 2)
    water = ramp(_WATER, depth * 0.9 + 0.10 * ripple + 0.10)
    path = smooth(0.05 + 0.13 * np.clip(depth, 0, 1), 0.0, np.abs(x - sun_x)) * smooth(-0.1, 0.55, ripple + 0.2)
    water = mix(water, colour("ffd76a"), 0.95 * path)
    picture = mix(picture, water, smooth(-0.003, 0.003, y - horizon))

    # Poplars on the one bank with their mirror image, a meadow in the corner.
    left = rng.uniform() < 0.5
    for _ in range(6):
        tree_x = rng.uniform(0.02, 0.30)
        tree_x = tree_x if left else 1 - tree_x
        tall, wide = rng.uniform(0.20, 0.40), rng.uniform(0.026, 0.045)
        foot = horizon + 0.015
        ragged = 0.30 * noise(rng, _MAP, 26, 2)
        for sense, strength in ((1, 1.0), (-1, 0.55)):
            rise = (foot - y) * sense / tall
            span = wide * np.sqrt(np.clip(rise * (1.02 - rise) * 4, 0, 1)) * (1 + ragged)
            cover = smooth(0.006, -0.006, np.abs(x - tree_x) - span) * ((rise > 0) & (rise < 1))
            shade = (x - tree_x) / (wide + 1e-3) * (-0.28 if tree_x < sun_x else 0.28) + 0.42
            leaves = ramp(_TREES[::-1] if sense < 0 else _TREES, 1 - shade - 0.4 * noise(rng, _MAP, 30))
            picture = mix(picture, leaves, cover * strength)
    edge_x = x if left else 1 - x
    bank = 0.80 + 0.55 * edge_x**1.3 + 0.015 * noise(rng, _MAP, 14, 2)
    meadow = ramp(_BANK, 0.5 + 0.55 * noise(rng, _MAP, 16, 3))
    meadow = mix(meadow, colour("1f3f6a"), 0.55 * smooth(0.10, 0.0, y - bank))
    picture = mix(picture, meadow, smooth(-0.005, 0.005, y - bank))
    shore = smooth(0.012, 0.0, np.abs(y - horizon - 0.004)) * smooth(0.44, 0.30, edge_x)
    return mix(picture, colour("2f6a4a"), shore)


def draw(size: int, seed: int) -> Bytes:
    """The painting as (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    side = size * 2
    scene = _scene(rng)

    canvas = Image.new("RGB", (side, side), (236, 224, 196))
    brush = ImageDraw.Draw(canvas)
    for across, broad, pull in ((84, 0.0092, 0.25), (118, 0.0062, 0.42), (92, 0.0050, 0.62)):
        lattice = np.stack(np.meshgrid(np.arange(across), np.arange(across)), -1).reshape(-1, 2)
        at = (lattice + 0.5 + rng.uniform(-0.55, 0.55, lattice.shape)) / across
        at = at[rng.permutation(len(at))]
        aim = sample(scene, at[:, 0], at[:, 1]).astype(np.float64)
        # Each dot comes from a tube near the aim in hue, chosen by lot; some from the opposite side.
        gap = ((aim[:, None, :] - _TUBES[None]) ** 2).sum(-1) + rng.gumbel(0, 0.075, (len(at), len(_TUBES)))
        tube = _TUBES[gap.argmin(axis=1)]
        share = rng.uniform(0.4, 1.4, (len(at), 1)) * pull
        paint = aim + (tube - aim) * np.clip(share, 0, 1)
        opposite = rng.uniform(0, 1, len(at)) < 0.055
        # Near in lightness, opposite in hue: a dark speck in the sun would be a hole.
        light = aim[opposite].mean(axis=1, keepdims=True)
        paint[opposite] = light - (aim[opposite] - light) * 0.7
        paint = paint + rng.normal(0, 0.035, paint.shape)
        # Saturation up a little: what is mixed in the eye loses some.
        paint = paint.mean(axis=1, keepdims=True) + (paint - paint.mean(axis=1, keepdims=True)) * 1.22
        radius = broad * rng.uniform(0.72, 1.22, len(at)) * side
        flat = np.where(at[:, 1] > 0.5, 1.25, 1.05)  # dabs lie flatter on the water
        boxes = np.stack(
            [
                at[:, 0] * side - radius * flat,
                at[:, 1] * side - radius / flat,
                at[:, 0] * side + radius * flat,
                at[:, 1] * side + radius / flat,
            ],
            -1,
        ).tolist()
        rim = inks(paint - 0.07)
        for box, dab, dark in zip(boxes, inks(paint), rim, strict=True):
            brush.ellipse(box, fill=dark)
            box[2] -= 0.0012 * side
            box[3] -= 0.0014 * side
            brush.ellipse(box, fill=dab)
    picture = from_image(canvas, size)
    weave = noise(rng, size, (size / 3, size / 6)) + noise(rng, size, (size / 6, size / 3))
    return finish(picture + (0.010 * weave)[..., None], rng, 0.008)
