"""A night sky in thousands of short thick strokes along a whirling flow, in van Gogh's manner.

Stars stand as bright discs with rings of strokes around them, two great whirls roll into one
another, hills run along the bottom and a dark tree flames up at one side.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from nst.samples.canvas import (
    Bytes,
    Field,
    finish,
    from_image,
    grid,
    inks,
    jitter,
    noise,
    palette,
    points,
    ramp,
    relief,
    sample,
    smooth,
)

_MAP = 200  # side of the maps of flow and colour that the strokes look up
_STROKES = 8200

_SKY = palette("0a1238 12246a 1b3f9c 2c62b8 1a3580 4f93c9 8fc3d4 2450a0 d6dfb4 3b7cc0 14286e")
# From the disc outwards: gold, lemon and white stars.
_STARS = (
    palette("fff6c0 ffe27a ffc637 f39a24 f0c24a c8d690 7fb8c0 4a8cc0"),
    palette("fffde8 fff3a0 f7e25a e0d860 b8d68a 8cc4ac 5aa2c4 3f7fc0"),
    palette("ffffff f4f4d8 e4ecc0 f3e08a b4d8b8 8cc0cc 64a4cc 4480c0"),
)
_HILL = palette("0b1c3c 12365a 1e5a6a 2c7a6a 174a70 5a9a78")
_TREE = palette("0a0f18 14201c 22382a 3a4a28 0d1a2c 5a4a24")

Plan = tuple[Field, Field, Field, Field]


def _plan(rng: np.random.Generator) -> Plan:
    """Maps of the flow's x and y, of colour (3 values) and of the strokes' length."""
    x, y = grid(_MAP)
    x, y = np.broadcast_to(x, (_MAP, _MAP)), np.broadcast_to(y, (_MAP, _MAP))
    flip = rng.uniform() < 0.5

    # The sky drifts sideways in waves; whirls and stars add their own turning to it.
    u = 0.55 + 0.25 * noise(rng, _MAP, 3)
    v = 0.35 * np.sin(x * 9 + rng.uniform(0, 6)) + 0.35 * noise(rng, _MAP, 3)
    band = y * 4 + 0.5 * np.sin(x * 6 + y * 3) + 0.5 * noise(rng, _MAP, 4, 2)
    whirls = [(0.46, 0.36, 0.19, 1.0), (0.71, 0.47, 0.125, -1.0), (0.18, 0.60, 0.085, 1.0)]
    for cx, cy, r, sense in whirls:
        dx, dy = x - cx - rng.uniform(-0.04, 0.04), y - cy - rng.uniform(-0.03, 0.03)
        away = np.sqrt(dx * dx + dy * dy) + 1e-4
        pull = 2.6 * np.exp(-((away / r) ** 2))
        u = u - sense * pull * dy / away - 0.22 * pull * dx / away
        v = v + sense * pull * dx / away - 0.22 * pull * dy / away
        # Spiral arms: colour runs with the angle as it does with the radius.
        arms = np.arctan2(dy, dx) * sense / np.pi * 1.0 - away / r * 2.1
        near = smooth(1.5 * r, 0.6 * r, away)
        band = band * (1 - near) + arms * near
    colours = ramp(_SKY, band * 0.5 % 1)
    colours = colours * (0.80 + 0.35 * smooth(0.0, 0.7, y))[..., None]

    length = np.full((_MAP, _MAP), 1.0, dtype=np.float32)
    stars = [(0.85, 0.15, 0.062)]  # the moon
    tries = rng.uniform([0.05, 0.05], [0.97, 0.60], (200, 2))
    for cx, cy in tries.tolist():
        wide = rng.uniform(0.018, 0.034)
        clear = all(np.hypot(cx - sx, cy - sy) > 2.6 * (sr + wide) for sx, sy, sr in stars)
        if clear and all(np.hypot(cx - wx, cy - wy) > 0.8 * wr + wide for wx, wy, wr, _ in whirls):
            stars.append((cx, cy, wide))
        if len(stars) == 11:
            break
    for index, (cx, cy, r) in enumerate(stars):
        dx, dy = x - cx, y - cy
        away = np.sqrt(dx * dx + dy * dy) + 1e-4
        near = smooth(3.3 * r, 1.5 * r, away)
        u, v = u * (1 - near) - dy / away * near * 1.5, v * (1 - near) + dx / away * near * 1.5
        rings = away / (3.1 * r) + 0.07 * np.sin(away / r * 8)
        halo = smooth(3.3 * r, 1.9 * r, away)[..., None]
        colours = colours * (1 - halo) + ramp(_STARS[index % 3], rings) * halo
        length = length * (1 - 0.5 * near)

    # Hills, one range behind the other, strokes along their slopes.
    for low, high, wave in ((0.80, 0.05, 5.0), (0.87, 0.04, 8.0), (0.94, 0.03, 6.0)):
        phase = rng.uniform(0, 6)
        crest = low + high * np.sin(x * wave + phase) + 0.02 * np.sin(x * wave * 2.7 + phase)
        under = smooth(-0.006, 0.006, y - crest)
        slope = high * wave * np.cos(x * wave + phase) + 1.2 * (y - crest)
        u, v = u * (1 - under) + under, v * (1 - under) + slope * under
        tone = ((y - crest) * 7 + 0.3 * noise(rng, _MAP, 12) + rng.uniform(0, 0.5)) % 1
        colours = colours * (1 - under[..., None]) + ramp(_HILL, tone) * under[..., None]

    # Windows of a village between the hills.
    for wx, wy in rng.uniform([0.32, 0.845], [0.95, 0.90], (9, 2)).tolist():
        spot = smooth(0.011, 0.005, np.hypot(x - wx, y - wy))[..., None]
        colours = colours * (1 - spot) + _STARS[0][2] * spot

    # The tree: tongues of flame, leaning and narrowing upwards.
    foot = 0.14
    rise = (1.02 - y) / 0.86
    lean = foot + 0.02 * np.sin(y * 14) + 0.02 * rise
    half = 0.085 * np.clip(1 - rise, 0, 1) ** 0.7 * (1 + 0.22 * np.sin(y * 31 + x * 20))
    inside = smooth(0.006, -0.006, np.abs(x - lean) - half) * (rise < 1)
    sway = 0.5 * np.sin(y * 26 + x * 30) - (x - lean) * 3
    u, v = u * (1 - inside) + sway * inside, v * (1 - inside) - 1.6 * inside
    tone = np.abs(x - lean) / (half + 1e-3) * 0.6 + 0.4 * noise(rng, _MAP, 16)
    colours = colours * (1 - inside[..., None]) + ramp(_TREE, np.clip(tone, 0, 1)) * inside[..., None]

    if flip:
        u, v, colours, length = -u[:, ::-1], v[:, ::-1], colours[:, ::-1], length[:, ::-1]
    return u.astype(np.float32), v.astype(np.float32), colours.astype(np.float32), length


def _paths(u: Field, v: Field, start: NDArray[np.float64], reach: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 5, 2) places: each stroke follows the flow, its middle at its start."""
    halves = []
    for sense in (-1.0, 1.0):
        at = start.copy()
        half = [at.copy()]
        for _ in range(2):
            flow = np.stack([sample(u, at[:, 0], at[:, 1]), sample(v, at[:, 0], at[:, 1])], -1)
            flow = flow / (np.linalg.norm(flow, axis=1, keepdims=True) + 1e-6)
            at = at + sense * flow * reach[:, None] / 4
            half.append(at.copy())
        halves.append(half)
    back, forth = halves
    return np.stack([back[2], back[1], start, forth[1], forth[2]], axis=1)


def draw(size: int, seed: int) -> Bytes:
    """The painting as (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    side = size * 2
    u, v, colours, length = _plan(rng)

    # A jittered lattice in random order covers the canvas without the holes of pure chance.
    wide = int(np.sqrt(_STROKES))
    lattice = np.stack(np.meshgrid(np.arange(wide), np.arange(wide)), -1).reshape(-1, 2)
    start = (lattice + rng.uniform(0, 1, lattice.shape)) / wide * 1.04 - 0.02
    start = start[rng.permutation(len(start))]
    paint = sample(colours, start[:, 0], start[:, 1]).astype(np.float64)
    reach = sample(length, start[:, 0], start[:, 1]) * rng.uniform(0.028, 0.058, len(start))
    paths = _paths(u, v, start, reach) * side
    broad = (rng.uniform(0.0055, 0.0095, len(start)) * side).tolist()

    under = np.clip(colours * 0.55, 0, 1)
    canvas = Image.fromarray((under * 255).astype(np.uint8)).resize((side, side), Image.Resampling.BICUBIC)
    body = Image.new("L", (side, side), 60)
    brush, knife = ImageDraw.Draw(canvas), ImageDraw.Draw(body)
    main = inks(jitter(rng, paint, 0.055, 0.035))
    dark = inks(jitter(rng, paint * 0.72, 0.03, 0.03))
    light = inks(jitter(rng, paint * 0.86 + 0.16, 0.05, 0.03))
    height = rng.integers(110, 235, len(start)).tolist()
    # Two hairs beside the stroke's middle: the bristles' furrows.
    across = paths[:, 4] - paths[:, 0]
    across = np.stack([-across[:, 1], across[:, 0]], -1)
    across = across / (np.linalg.norm(across, axis=1, keepdims=True) + 1e-6) * (0.0022 * side)
    for i in range(len(start)):
        line, thick = points(paths[i]), max(2, round(broad[i]))
        hair = max(1, thick // 4)
        left, right = points(paths[i] + across[i]), points(paths[i] - across[i])
        brush.line(line, main[i], thick)
        brush.line(left, dark[i], hair)
        brush.line(right, light[i], hair)
        knife.line(line, height[i], thick)
        knife.line(left, height[i] - 60, hair)
        knife.line(right, min(255, height[i] + 30), hair)

    picture = from_image(canvas, size)
    lit = relief(from_image(body, size), 2.2)
    picture = picture + (lit * 0.13)[..., None]
    weave = noise(rng, size, size / 3.0)
    return finish(picture + (weave * 0.012)[..., None], rng, 0.008)
