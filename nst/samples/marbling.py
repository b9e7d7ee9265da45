"""Marbled paper (ebru): drops of floating ink, drawn out with a stylus and a comb.

The paper is made as the craft makes it. Each drop pushes the ink already there aside, keeping its
area; a stylus pulled through the bath drags the ink along, less with the distance; combs cross the
bath; and a sheet is laid on it. The outlines of the drops are moved, so every edge stays crisp.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from nst.samples.canvas import Bytes, finish, from_image, ink, noise, palette, points

_BATHS = (
    palette("12294f 1f5f8b 8c1c2b d9772b f0e6cc 2f7f78 e3b34a 0d1526 c9483a"),
    palette("16324a 2b7a6f c9483a f3e4c0 d9a23a 6a1f3d 9fc4b0 10182a 2f4f9a"),
    palette("3a1548 b03060 f0a63a f6ead0 1f6a8a 7ab8a8 d8502c 151028 2a3f8f"),
)

Outlines = NDArray[np.float64]


def _drops(rng: np.random.Generator, count: int, corners: int) -> Outlines:
    """(count, corners, 2) outlines after all drops have fallen, the first one at the bottom."""
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    circle = np.stack([np.cos(turn), np.sin(turn)], -1)
    rings = np.zeros((count, corners, 2))
    for index in range(count):
        # First broad pools over the whole bath, then smaller drops, last a fine sprinkling.
        share = index / count
        reach = rng.uniform(0.08, 0.14) * (1 - 0.60 * share)
        if index % 3 == 0 or share > 0.85:
            reach *= 0.45
        centre = rng.uniform(-0.08, 1.08, 2)
        if index:
            offset = rings[:index] - centre
            away = (offset**2).sum(-1, keepdims=True)
            rings[:index] = centre + offset * np.sqrt(1 + reach**2 / np.maximum(away, 1e-9))
        rings[index] = centre + circle * reach
    return rings


def _stylus(rings: Outlines, place: float, angle: float, pull: float, blunt: float) -> None:
    """One straight pull along ``angle`` at distance ``place`` from the bath's middle."""
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    away = np.abs((rings - 0.5) @ across - place)
    rings += (pull * blunt / (away + blunt))[..., None] * along


def _comb(rings: Outlines, angle: float, teeth: float, pull: float, phase: float, sharp: float) -> None:
    """A comb of ``teeth`` per side drawn along ``angle``: arches between the teeth's tracks."""
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    at = (rings - 0.5) @ across * teeth + phase
    away = np.abs(at - np.round(at))  # 0 in a track, 0.5 between two
    rings += (pull * np.exp(-away * sharp))[..., None] * along


def _swirl(rings: Outlines, centre: NDArray[np.float64], reach: float, turn: float) -> None:
    """Ink turned around a place, less with the distance."""
    offset = rings - centre
    away = np.sqrt((offset**2).sum(-1))
    angle = turn * np.exp(-((away / reach) ** 2))
    c, s = np.cos(angle), np.sin(angle)
    rings[...] = centre + np.stack(
        [offset[..., 0] * c - offset[..., 1] * s, offset[..., 0] * s + offset[..., 1] * c], -1
    )


def draw(size: int, seed: int) -> Bytes:
    """The sheet as (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    side = size * 2
    inks = _BATHS[seed % len(_BATHS)]
    rings = _drops(rng, 210, 460)

    # To and fro with the stylus, then the fine comb across, then curls by hand.
    for index, place in enumerate(np.linspace(-0.62, 0.62, 10)):
        _stylus(rings, place + rng.normal(0, 0.01), 0.0, 0.34 if index % 2 else -0.34, 0.030)
    tilt = rng.normal(0, 0.05)
    _comb(rings, np.pi / 2 + tilt, 13.0, -0.085, rng.uniform(0, 1), 5.0)
    wave = rings[..., 1].copy()
    rings[..., 0] += 0.030 * np.sin(wave * 9 + rng.uniform(0, 6))
    curls = rng.permutation(np.array([(0.2, 0.24), (0.72, 0.2), (0.46, 0.53), (0.2, 0.82), (0.8, 0.77)]))
    for index, centre in enumerate(curls[:4]):
        sense = 1 if index % 2 else -1
        _swirl(rings, centre + rng.normal(0, 0.03, 2), rng.uniform(0.09, 0.15), sense * rng.uniform(2.0, 3.4))

    bath = Image.new("RGB", (side, side), ink(inks[4]))
    pen = ImageDraw.Draw(bath)
    pick = rng.permutation(np.arange(len(rings)) % len(inks))
    fresh = inks[pick] + rng.normal(0, 0.02, (len(rings), 3))
    hair = max(1, round(side * 0.0012))
    for ring, paint in zip(rings * side, fresh, strict=True):
        flat = points(ring)
        pen.polygon(flat, fill=ink(paint))
        # Gall makes the ink draw back at its edge: a darker rim.
        pen.line(flat + flat[:2], fill=ink(paint * 0.72), width=hair)

    picture = from_image(bath, size)
    # Pigment gathers in clouds, the sheet has a laid texture, and bubbles leave pinholes.
    cloud = noise(rng, size, 14, 4) * 0.055 + noise(rng, size, size / 4) * 0.028
    laid = noise(rng, size, (6, size / 4)) * 0.012
    return finish(picture * (1 + (cloud + laid)[..., None]), rng, 0.014)
