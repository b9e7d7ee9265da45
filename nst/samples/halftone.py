"""A pop-art burst as cheap comics were printed: four rotated dot screens, slightly out of register.

The tones of cyan, magenta, yellow and black become dots of growing size on their classic angles; a
separate black plate carries the bold outlines. The sheet is yellowed pulp paper.
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
    noise,
    points,
    shrink,
    smooth,
)

_DOTS = 66  # screen dots on the picture's side
_ANGLES = {"c": 15.0, "m": 75.0, "y": 0.0, "k": 45.0}
_INKS = {"c": "00a0d8", "m": "e3127e", "y": "ffe000", "k": "1a1618"}
_PAPER = colour("f6ecd2")


def _burst(rng: np.random.Generator, cx: float, cy: float, inner: float, outer: float, tips: int) -> Field:
    """(2 * tips, 2) corners of an explosion's star, tips of uneven length."""
    turn = np.linspace(0, 2 * np.pi, 2 * tips, endpoint=False) + rng.uniform(0, 6)
    turn = turn + rng.normal(0, 0.25 / tips, turn.shape)
    reach = np.where(np.arange(2 * tips) % 2 == 0, outer, inner) * rng.uniform(0.86, 1.16, turn.shape)
    return np.stack([cx + reach * np.cos(turn), cy + reach * np.sin(turn)], -1).astype(np.float32)


def _bolt(cx: float, cy: float, tall: float, lean: float) -> Field:
    """(7, 2) corners of a lightning flash."""
    shape = np.array([[0.1, -1], [-0.42, 0.10], [-0.06, 0.06], [-0.26, 1], [0.44, -0.20], [0.08, -0.14], [0.5, -1]])
    shape[:, 0] += lean * shape[:, 1]
    return (shape * tall + [cx, cy]).astype(np.float32)


def _screen(tone: Field, x: Field, y: Field, degrees: float, shift: tuple[float, float]) -> Field:
    """Coverage 0..1 of a dot screen that prints ``tone``."""
    turn = np.deg2rad(degrees)
    c, s = np.float32(np.cos(turn) * _DOTS * 2 * np.pi), np.float32(np.sin(turn) * _DOTS * 2 * np.pi)
    u, v = (x + shift[0]) * c + (y + shift[1]) * s, (y + shift[1]) * c - (x + shift[0]) * s
    spot = 0.25 * (np.cos(u) + np.cos(v)) + 0.5
    # The arc sine turns the spot function's steps into equal areas of ink.
    even = np.arcsin(np.sqrt(spot)) * (2 / np.pi)
    # A dot's edge is about one pixel soft; full tone closes the last gaps.
    sharp = max(2.0, x.shape[1] / _DOTS * 0.36)
    return np.asarray(np.clip((even - 1 + tone) * sharp + 0.5 * tone, 0, 1), dtype=np.float32)


def draw(size: int, seed: int) -> Bytes:
    """The print as (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    side = size * 2
    x, y = grid(side)

    plates = {name: Image.new("L", (side, side), 0) for name in "cmy"}
    line = Image.new("L", (side, side), 0)
    pens = {name: ImageDraw.Draw(plate) for name, plate in plates.items()}
    black = ImageDraw.Draw(line)
    pen = max(2, round(side * 0.0085))

    def fill(shape: Field, c: float, m: float, yel: float, outline: int = 0) -> None:
        flat = points(shape * side)
        for name, tone in (("c", c), ("m", m), ("y", yel)):
            pens[name].polygon(flat, fill=round(tone * 255))
        black.polygon(flat, fill=0)
        if outline:
            black.line(points(np.concatenate([shape, shape[:2]]) * side), fill=255, width=outline, joint="curve")

    def disc(cx: float, cy: float, r: float, c: float, m: float, yel: float, outline: int = 0) -> None:
        turn = np.linspace(0, 2 * np.pi, 90, endpoint=False)
        fill(np.stack([cx + r * np.cos(turn), cy + r * np.sin(turn)], -1).astype(np.float32), c, m, yel, outline)

    cx, cy = rng.uniform(0.42, 0.58), rng.uniform(0.42, 0.54)
    # Rays to the rim, in turn sky blue, pale and pink.
    rays = 30
    edges = np.linspace(0, 2 * np.pi, rays + 1) + rng.uniform(0, 1)
    schemes = [(0.85, 0.12, 0.0), (0.12, 0.0, 0.12), (0.05, 0.62, 0.0), (0.0, 0.05, 0.75), (0.7, 0.75, 0.0)]
    order = [0, 1, 2, 1, 0, 3, 4, 1, 2, 3]
    for i in range(rays):
        a, b = edges[i], edges[i + 1]
        corner = [[cx, cy], [cx + 1.6 * np.cos(a), cy + 1.6 * np.sin(a)], [cx + 1.6 * np.cos(b), cy + 1.6 * np.sin(b)]]
        fill(np.array(corner, dtype=np.float32), *schemes[order[i % len(order)]])
    # Clouds of the blast: overlapping discs with a common outline.
    puffs = [(cx + 0.37 * np.cos(t), cy + 0.35 * np.sin(t), rng.uniform(0.075, 0.12)) for t in edges[:-1:2]]
    for px, py, pr in puffs:
        disc(px, py, pr, 0.0, 0.0, 0.0, outline=pen * 2)
    for px, py, pr in puffs:
        disc(px, py, pr, 0.45, 0.08, 0.0)
    for px, py, pr in puffs:
        disc(px + 0.045 * (cx - px) / 0.37, py + 0.045 * (cy - py) / 0.35, pr * 0.84, 0.13, 0.0, 0.06)
    fill(_burst(rng, cx, cy, 0.29, 0.43, 17), 0.0, 0.98, 0.95, pen)
    fill(_burst(rng, cx, cy, 0.235, 0.35, 15), 0.0, 0.42, 1.0, pen)
    fill(_burst(rng, cx, cy, 0.18, 0.27, 13), 0.0, 0.02, 0.95, pen)
    fill(_burst(rng, cx, cy, 0.11, 0.17, 12), 0.0, 0.0, 0.12, pen)
    fill(_bolt(cx, cy, 0.27, -0.25), 0.92, 0.72, 0.0, pen)
    fill(_bolt(cx - 0.018, cy - 0.014, 0.25, -0.25), 0.62, 0.0, 0.05, pen // 2)
    for bx, by, br in ((0.13, 0.14, 0.085), (0.87, 0.83, 0.105), (0.89, 0.12, 0.06), (0.11, 0.88, 0.07)):
        fill(_burst(rng, bx, by, br * 0.62, br * 1.15, 11), 0.0, 0.9, 0.2, pen)
        fill(_burst(rng, bx, by, br * 0.32, br * 0.72, 9), 0.0, 0.0, 1.0, pen // 2)
    # Speed lines from the rim inwards, thin wedges of solid black.
    for turn in rng.uniform(0, 2 * np.pi, 46):
        near, thin = rng.uniform(0.52, 0.62), rng.uniform(0.004, 0.011)
        tip = [cx + near * np.cos(turn), cy + near * np.sin(turn)]
        wedge = [[cx + 1.5 * np.cos(turn + s * thin), cy + 1.5 * np.sin(turn + s * thin)] for s in (-1, 1)]
        black.polygon(points(np.array([tip, *wedge]) * side), fill=255)

    # Tones swell and fade over the sheet, so that the dots do too.
    away = np.sqrt((x - cx) ** 2 + (y - cy) ** 2)
    ring = np.cos(away * 26 - 1.0)
    swell = {"c": 0.72 + 0.55 * away, "m": 0.98 - 0.12 * ring, "y": 1.0 - 0.25 * away}
    shade = 0.34 * smooth(0.30, 0.75, away) * (0.4 + 0.6 * smooth(0.2, 1.0, y + 0.2 * x))
    picture = np.broadcast_to(_PAPER, (side, side, 3)) + 0.035 * noise(rng, side, (90, 60), 2)[..., None]
    picture = picture - 0.04 * np.abs(noise(rng, side, 5, 2))[..., None]
    wear = noise(rng, side, 12, 3)
    for name in "ymck":
        if name == "k":
            tone = shade
            shift = (0.0, 0.0)
        else:
            tone = np.asarray(plates[name], dtype=np.float32) / 255 * swell[name]
            shift = tuple(rng.uniform(-0.003, 0.003, 2).tolist())
        dots = _screen(np.clip(tone, 0, 1), x, y, _ANGLES[name], shift)
        dots *= np.clip(0.93 + 0.10 * wear, 0, 1)
        picture = picture * (1 - dots[..., None] * (1 - colour(_INKS[name])))
    solid = from_image(line, side) * np.clip(0.97 + 0.05 * wear, 0, 1)
    picture = picture * (1 - solid[..., None] * (1 - colour("181418")))
    return finish(shrink(picture, size), rng, 0.012)
