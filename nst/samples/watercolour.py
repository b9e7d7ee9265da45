"""Anemones and leaves in watercolour on cold-pressed paper, painted wet in wet and wet on dry.

Washes are transparent and lie over one another; pigment runs to a wash's rim and dries there as a
dark line, gathers in the pits of the paper, is pushed back in cauliflowers where a drop falls in,
and is spattered from the brush.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nst.samples.canvas import Bytes, Field, colour, finish, mix, noise, palette, relief, smooth

_PAPER = colour("fbf6ea")
_WASHES = palette("8fc7d6 f3c6a0 b8d8b0 d9b8dc f6dc9a a8c4e8")
_PETALS = (
    palette("d81f4a b5123a ef5a6a"),
    palette("5a2f9c 3a2a86 8a5ac0"),
    palette("e8642a d8401f f59a4a"),
    palette("2a55b4 1f3f94 5a8ad8"),
    palette("c82a8a 981f74 e86ab4"),
)
_LEAVES = palette("2f6a3a 4a8a3a 1f5a52 7a9a34 2a4a3a")
_HEART = palette("1a1430 241a3a 2a1a2a")


def _mirrored(start: int, stop: int, size: int) -> NDArray[np.int64]:
    """Indices from start to stop on a field that is continued by its mirror image, without a seam."""
    index = np.arange(start, stop) % (2 * size)
    return np.where(index < size, index, 2 * size - 1 - index)


class _Sheet:
    """The paper with the light that comes back from it, and fields of chance to draw upon."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.size, self.rng = size, rng
        self.light: Field = np.broadcast_to(_PAPER, (size, size, 3)).astype(np.float32)
        # The paper's tooth counts pixels; a generator of its own keeps the painting the same at any size.
        grain = rng.spawn(1)[0]
        self.tooth = noise(grain, size, size / 3.4) * 0.6 + noise(grain, size, size / 8) * 0.6
        self.run = [noise(rng, size, cells, octaves) for cells, octaves in ((7, 4), (11, 4), (22, 3))]

    def wash(
        self,
        pigment: NDArray[np.floating],
        place: tuple[float, float],
        reach: tuple[float, float],
        turn: float,
        strength: float,
        wet: float = 0.03,
        ragged: float = 0.22,
        pointed: float = 0.0,
    ) -> None:
        """One wash: an oval of ``reach`` (length, breadth) about ``place``, turned by ``turn``.

        ``wet`` is the softness of its edge (0.03 dries hard, 0.6 runs out), ``ragged`` how far the
        water wanders, ``pointed`` narrows the far end to a leaf's tip.
        """
        size, rng = self.size, self.rng
        shift = (rng.uniform(0, 1, (3, 2)) * size).astype(int).tolist()
        bx, by, cauliflower = rng.uniform(-0.4, 0.4, 3).tolist()
        far = max(reach) * (1.2 + 1.9 * ragged)
        x0, x1 = (int(np.clip((place[0] + s * far) * size, 0, size)) for s in (-1, 1))
        y0, y1 = (int(np.clip((place[1] + s * far) * size, 0, size)) for s in (-1, 1))
        if x1 - x0 < 2 or y1 - y0 < 2:
            return
        spot = (slice(y0, y1), slice(x0, x1))
        # The same fields of chance serve every wash, each time shifted elsewhere.
        flow, drift, fine = (
            field[_mirrored(y0 + dy, y1 + dy, size)][:, _mirrored(x0 + dx, x1 + dx, size)]
            for field, (dy, dx) in zip(self.run, shift, strict=True)
        )
        x = ((np.arange(x0, x1) + 0.5) / size - place[0]).astype(np.float32)[None, :]
        y = ((np.arange(y0, y1) + 0.5) / size - place[1]).astype(np.float32)[:, None]
        c, s = np.float32(np.cos(turn)), np.float32(np.sin(turn))
        u, v = (x * c + y * s) / reach[0], (y * c - x * s) / reach[1]
        v = v * (1 + pointed * np.clip(u, -0.6, 1) ** 2 * 2)
        depth = 1 - np.sqrt(u * u + v * v) + ragged * (0.7 * flow + 0.5 * drift) + 0.05 * fine
        cover = smooth(-wet * 0.2, wet, depth)
        rim = np.exp(-((depth / (wet * 0.9 + 0.015)) ** 2)) * (depth > -0.02) * max(0.0, 1 - wet * 3)
        # A drop of clean water pushes the pigment before it.
        drop = np.sqrt((u - bx) ** 2 + (v - by) ** 2) - 0.34 + 0.28 * drift + 0.10 * fine
        bloom = np.exp(-((drop / 0.05) ** 2)) * 0.5 - 0.45 * smooth(0.0, -0.2, drop)
        amount = 0.66 + 0.40 * flow + 0.22 * u + bloom * (cauliflower < 0.04)
        amount = cover * np.clip(amount, 0.12, 1.6) + 0.75 * rim
        amount = amount * (1 + 0.24 * self.tooth[spot]) * strength
        # Transparent: what a pigment lets through falls with the power of its amount.
        through = np.clip(np.asarray(pigment, dtype=np.float32), 0.02, 0.99)
        self.light[spot] *= np.exp(np.log(through) * np.clip(amount, 0, 3)[..., None])

    def lift(self, x: float, y: float, reach: float) -> None:
        """Paint sponged off round a place, so that what comes next stays clear."""
        lines = (np.arange(self.size, dtype=np.float32) + 0.5) / self.size
        away = np.sqrt((lines[None, :] - x) ** 2 + (lines[:, None] - y) ** 2) + 0.03 * self.run[1]
        self.light = mix(self.light, _PAPER, 0.80 * smooth(reach * 1.05, reach * 0.75, away))


def _flower(sheet: _Sheet, rng: np.random.Generator, x: float, y: float, reach: float) -> None:
    colours = _PETALS[rng.integers(len(_PETALS))]
    first = rng.uniform(0, 6)
    sheet.lift(x, y, reach * 1.02)
    for ring, count in ((1.0, 7), (0.72, 5)):
        for petal in range(count):
            turn = first + ring * 3 + petal * 2 * np.pi / count + rng.normal(0, 0.10)
            out = reach * 0.52 * ring
            place = (x + out * np.cos(turn), y + out * 0.86 * np.sin(turn))
            size = (reach * 0.56 * ring * rng.uniform(0.9, 1.15), reach * 0.40 * ring * rng.uniform(0.85, 1.1))
            pigment = colours[rng.integers(len(colours))]
            sheet.wash(pigment, place, size, turn, rng.uniform(0.45, 0.75), wet=rng.choice([0.03, 0.05, 0.12]))
    sheet.wash(colours[1] * 0.5, (x, y), (reach * 0.34, reach * 0.32), 0.0, 0.55, wet=0.5)
    sheet.wash(_HEART[rng.integers(3)], (x, y), (reach * 0.15, reach * 0.14), 0.0, 1.1, wet=0.06, ragged=0.12)
    for turn in rng.uniform(0, 2 * np.pi, 26):
        out = reach * rng.uniform(0.19, 0.30)
        place = (x + out * np.cos(turn), y + out * 0.9 * np.sin(turn))
        sheet.wash(_HEART[0], place, (0.0048, 0.0036), turn, 1.0, wet=0.2, ragged=0.1)


def draw(size: int, seed: int) -> Bytes:
    """The painting as (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    sheet = _Sheet(size, rng)
    for _ in range(9):  # the ground, wet in wet
        place = tuple(rng.uniform(0, 1, 2).tolist())
        broad = (rng.uniform(0.25, 0.42), rng.uniform(0.16, 0.30))
        wet = float(rng.choice([0.7, 0.5, 0.10]))
        sheet.wash(_WASHES[rng.integers(len(_WASHES))], place, broad, rng.uniform(0, 3), 0.75, wet, ragged=0.35)

    spots: list[tuple[float, float, float]] = []
    for x, y in rng.uniform(0.06, 0.94, (400, 2)).tolist():
        reach = float(rng.choice([0.17, 0.14, 0.105, 0.075])) * rng.uniform(0.92, 1.08)
        if all(np.hypot(x - a, y - b) > 0.90 * (reach + r) for a, b, r in spots):
            spots.append((x, y, reach))
        if len(spots) == 15:
            break
    for x, y, reach in spots:
        for _ in range(5):
            turn = rng.uniform(0, 2 * np.pi)
            out = reach * rng.uniform(1.05, 1.3)
            place = (x + out * np.cos(turn), y + out * np.sin(turn))
            long = reach * rng.uniform(0.45, 0.70)
            pigment = _LEAVES[rng.integers(len(_LEAVES))]
            sheet.wash(pigment, place, (long, long * 0.30), turn, rng.uniform(0.45, 0.85), 0.04, 0.14, 1.0)
    for x, y, reach in sorted(spots, key=lambda spot: spot[2]):
        _flower(sheet, rng, x, y, reach)
    for x, y in rng.uniform(0, 1, (110, 2)).tolist():  # spatter
        pigment = _PETALS[rng.integers(len(_PETALS))][0] if rng.uniform() < 0.6 else _LEAVES[rng.integers(5)]
        drop = 0.0022 + 0.006 * rng.uniform() ** 4
        sheet.wash(pigment, (x, y), (drop, drop * rng.uniform(0.7, 1)), 0.0, 0.8, 0.15, 0.1)

    pits = relief(sheet.tooth, 0.9)
    picture = sheet.light * (1 + 0.035 * pits)[..., None]
    # White gouache: a few lights set back at the end.
    lights = smooth(0.93, 1.15, sheet.run[2] + 0.5 * sheet.run[0]) * 0.35
    return finish(mix(picture, _PAPER, lights), rng, 0.008)
