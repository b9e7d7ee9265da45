"""A sun over a rolling sea in small stone tiles, as Roman and Byzantine floors were laid.

The tiles follow the forms (andamento): rings around the sun, rows that echo each wave. Every tile is
cut by hand, so its corners, its tilt to the light and its colour are its own; grout shows between.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from nst.samples.canvas import Bytes, finish, from_image, inks, jitter, noise, palette, points, ramp

_TILE = 0.0205  # side of a tile, grout included

_SUN = palette("fff2c0 ffd96a f7b52c ec8a1c d9541c")
_SKY = palette("f6d9a0 f0b878 e88a66 c85f72 8a4f8a 4a4a8c 2a4a8a 1f6a9c")
_WAVES = (
    palette("0f4f6a 1a7a8c 35a3a3 8fd0bf"),
    palette("123a70 1f5fa0 3a8ac0 a5d5d8"),
    palette("0d2a5c 17479a 2a7ab8 c9e6da"),
    palette("0a1f48 12366f 1f5f94 f2efd8"),
)
_FOAM = palette("f7f1dc")[0]
_GOLD = palette("d8a83a")[0]
_RIM = palette("8a1f2e")[0]
_GROUT = (74, 66, 60)

Quads = NDArray[np.float64]


def _row(line: Quads, depth: float, rng: np.random.Generator) -> Quads:
    """(N, 4, 2) tiles cut along a line of (M, 2) places, each ``depth`` deep."""
    step = np.diff(line, axis=0)
    along = np.concatenate([[0], np.cumsum(np.hypot(step[:, 0], step[:, 1]))])
    count = max(3, round(float(along[-1]) / _TILE))
    # Joints uneven as cut stones are, and the first one anywhere, so that rows do not align.
    joints = np.arange(count + 1) + rng.uniform(-0.14, 0.14, count + 1)
    joints[-1] = joints[0] + count
    at = (joints + rng.uniform(0, 1)) / count * along[-1] % along[-1]
    gap = _TILE * 0.085
    place = [np.interp((at[:-1] + gap) % along[-1], along, line[:, k]) for k in (0, 1)]
    until = [np.interp((at[1:] - gap) % along[-1], along, line[:, k]) for k in (0, 1)]
    start, end = np.stack(place, -1), np.stack(until, -1)
    run = end - start
    keep = np.hypot(run[:, 0], run[:, 1]) < 2 * _TILE  # not the one that spans the line's two ends
    start, end, run = start[keep], end[keep], run[keep]
    normal = np.stack([-run[:, 1], run[:, 0]], -1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    half = normal * (depth / 2 - gap)
    return np.stack([start - half, end - half, end + half, start + half], axis=1)


def _disc(rng: np.random.Generator, cx: float, cy: float, first: float, last: float) -> list[Quads]:
    """Rings of tiles around a centre."""
    turn = np.linspace(0, 2 * np.pi, 400)
    rings = np.arange(first, last, _TILE)
    return [_row(np.stack([cx + r * np.cos(turn), cy + r * np.sin(turn)], -1), _TILE, rng) for r in rings]


class _Floor:
    """The bed of grout with the tiles laid so far."""

    def __init__(self, side: int, rng: np.random.Generator) -> None:
        self.side, self.rng = side, rng
        self.image = Image.new("RGB", (side, side), _GROUT)
        self.pen = ImageDraw.Draw(self.image)

    def lay(self, tiles: Quads, colours: NDArray[np.floating], light: float = 0.06) -> None:
        rng = self.rng
        corners = (tiles + rng.normal(0, _TILE * 0.045, tiles.shape)) * self.side
        base = jitter(rng, colours, light, 0.022)
        # Each stone leans its own way: one edge catches the light, the opposite lies in shade.
        lean = rng.normal(0.07, 0.05, (len(tiles), 1))
        face, bright, dark = inks(base), inks(base + lean + 0.05), inks(base - lean - 0.06)
        edge = max(1, round(_TILE * 0.10 * self.side))
        centre = corners.mean(axis=1)
        on_sheet = ((centre > -30) & (centre < self.side + 30)).all(axis=1)
        for i in np.flatnonzero(on_sheet).tolist():
            flat = points(corners[i])
            self.pen.polygon(flat, fill=face[i])
            # Which two of the four sides face the upper left decides where the light falls.
            mid = centre[i]
            for k in range(4):
                a, b = corners[i, k], corners[i, (k + 1) % 4]
                out = (a + b) / 2 - mid
                tone = bright[i] if out[0] + out[1] < 0 else dark[i]
                self.pen.line([a[0], a[1], b[0], b[1]], fill=tone, width=edge)

    def bed(self, outline: Quads) -> None:
        """Grout over what lies beneath a new form."""
        self.pen.polygon(points(outline * self.side), fill=_GROUT)


def draw(size: int, seed: int) -> Bytes:
    """The floor as (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    floor = _Floor(size * 2, rng)
    cx, cy, radius = rng.uniform(0.30, 0.70), rng.uniform(0.29, 0.37), 0.135

    # Sky: rings around the sun; rays widen and lighten every other stretch of a ring.
    rays = 16
    turn0 = rng.uniform(0, 6)
    for tiles in _disc(rng, cx, cy, radius + 2.5 * _TILE, 1.05):
        mid = tiles.mean(axis=1)
        away, angle = np.hypot(mid[:, 0] - cx, mid[:, 1] - cy), np.arctan2(mid[:, 1] - cy, mid[:, 0] - cx)
        wavy = angle * rays + turn0 + 2.0 * np.sin(away * 14)
        tone = (away - radius) * 1.25 + 0.12 * np.sign(np.sin(wavy)) + rng.normal(0, 0.035, len(away))
        paint = ramp(_SKY, tone)
        gold = (rng.uniform(0, 1, len(away)) < 0.05)[:, None]
        floor.lay(tiles, np.where(gold, _GOLD, paint))
    turn = np.linspace(0, 2 * np.pi, 200)
    rim = radius + 2.15 * _TILE
    floor.bed(np.stack([cx + rim * np.cos(turn), cy + rim * np.sin(turn)], -1))
    for tiles in _disc(rng, cx, cy, _TILE * 0.55, radius + 2.1 * _TILE):
        mid = tiles.mean(axis=1)
        away, angle = np.hypot(mid[:, 0] - cx, mid[:, 1] - cy), np.arctan2(mid[:, 1] - cy, mid[:, 0] - cx)
        flame = 0.13 * np.sin(angle * 12 + away * 50)
        paint = ramp(_SUN, away / (radius + 2 * _TILE) + flame)
        if away.mean() > radius + 1.1 * _TILE:  # a dark ring holds the sun together
            paint = np.broadcast_to(_RIM, (len(tiles), 3))
        floor.lay(tiles, paint, 0.04)

    # Waves, the farthest first; each lies on the one behind and its rows echo its crest.
    across = np.linspace(-0.15, 1.15, 260)
    for index, colours in enumerate(_WAVES):
        base = 0.565 + 0.105 * index
        phase, waves = rng.uniform(0, 6), 7.5 - 0.7 * index
        swing = waves * across + phase
        # Leaning crests: points are pushed forward where the wave is high.
        crest = 0.040 + 0.008 * index
        px = across + crest * 0.9 * np.cos(swing)
        py = base - crest * np.sin(swing) - 0.3 * crest * np.sin(2 * swing + 1)
        floor.bed(np.concatenate([np.stack([px, py - _TILE * 0.55], -1), [[1.3, 1.3], [-0.3, 1.3]]]))
        for row in range(13):
            flat = np.exp(-row * 0.10)  # deeper rows forget the crest little by little
            line = np.stack([across + (px - across) * flat, base + (py - base) * flat + row * _TILE * 1.0], -1)
            tiles = _row(line, _TILE, rng)
            if row == 0:
                worn = rng.uniform(0, 0.12, (len(tiles), 1)).astype(np.float32)
                paint = np.broadcast_to(_FOAM, (len(tiles), 3)) - worn
            else:
                mid = tiles.mean(axis=1)
                tone = 0.95 - row * 0.17 + 0.30 * np.sin(mid[:, 0] * 21 + row * 0.9 + phase)
                paint = ramp(colours, tone + rng.normal(0, 0.06, len(mid)))
            gold = (rng.uniform(0, 1, len(tiles)) < 0.025)[:, None]
            floor.lay(tiles, np.where(gold, _GOLD, paint))

    picture = from_image(floor.image, size)
    # Stone is never one colour: clouds within the tiles, pits and dust over all.
    stone = 0.05 * noise(rng, size, 60, 3) + 0.03 * noise(rng, size, 3, 2)
    return finish(picture * (1 + stone[..., None]), rng, 0.016)
