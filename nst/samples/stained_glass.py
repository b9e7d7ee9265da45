"""A leaded window: the sun over hills and water in pieces of jewel-coloured glass.

Made as glaziers do: each piece is one colour with streaks and a gradient of its own, held by lead
that is broader along the drawing than between the pieces; a border of small panes frames it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nst.samples.canvas import Bytes, Field, colour, finish, grid, mix, noise, palette, smooth

_SUN = palette("fff6c8 ffe98a ffd23a ffb01a")
_RAYS = palette("ffc21a ff8a14 f2500f d81a1c c01048 9a1470 6a1f9e 3a27b4 1f3fc8 1468d0")
_HILLS = palette("0f7a3a 3aa33a 8ac22e 0a5c46 c8cf2a 147f63 2f8f52")
_WATER = palette("0a3aa8 0f5cc8 12a0c8 1cc8c0 0b2a86 4a2fb0 7ad8d0")
_EDGE = palette("b01030 e8a01c 12389a 0f8a5a 7a1a8a")

_REACH = 96  # sites are drawn for a lattice of so many squares each way

Flat = NDArray[np.float32]


def _pieces(
    u: Flat, v: Flat, rng: np.random.Generator, salt: int, wander: float, around: int = _REACH
) -> tuple[NDArray[np.int64], Flat, Flat, Flat]:
    """Voronoi cells of a unit lattice: cell number, distance to the edge, way to the site (2).

    The sites lie up to ``wander`` (0 to 0.5) from their squares' middles; columns repeat after
    ``around``, so that cells close up around a centre.
    """
    shift = 0.5 + rng.uniform(-wander, wander, (_REACH, _REACH, 2)).astype(np.float32)
    column, row = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
    fu, fv = u - column.astype(np.float32), v - row.astype(np.float32)

    def site(dx: int, dy: int) -> tuple[Flat, Flat, NDArray[np.int64]]:
        r, c = (row + dy) % _REACH, (column + dx) % around
        offset = shift[r, c]
        return offset[:, 0] + dx - fu, offset[:, 1] + dy - fv, r * _REACH + c

    first = np.full(u.shape, 99.0, dtype=np.float32)
    near_x, near_y, number = np.zeros_like(fu), np.zeros_like(fu), np.zeros(u.shape, dtype=np.int64)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            px, py, label = site(dx, dy)
            away = px * px + py * py
            closer = away < first
            first, number = np.where(closer, away, first), np.where(closer, label, number)
            near_x, near_y = np.where(closer, px, near_x), np.where(closer, py, near_y)
    # The nearest edge need not be shared with the second nearest site: ask every neighbour.
    edge = np.full(u.shape, 9.0, dtype=np.float32)
    for dy in (-2, -1, 0, 1, 2):
        for dx in (-2, -1, 0, 1, 2):
            if abs(dx) + abs(dy) == 4:
                continue
            px, py, label = site(dx, dy)
            apart = np.sqrt((px - near_x) ** 2 + (py - near_y) ** 2) + 1e-6
            gap = (px * px + py * py - first) / (2 * apart)
            edge = np.where(label == number, edge, np.minimum(edge, gap))
    return number + salt * _REACH * _REACH, edge, near_x, near_y


def draw(size: int, seed: int) -> Bytes:
    """The window as (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    gx, gy = grid(size)
    x, y = (np.array(np.broadcast_to(g, (size, size))) for g in (gx, gy))
    sun_x, sun_y, sun_r = rng.uniform(0.36, 0.64), rng.uniform(0.33, 0.42), 0.125
    dx, dy = x - sun_x, y - sun_y
    away = np.sqrt(dx * dx + dy * dy)
    angle = np.arctan2(dy, dx)

    def ridge(base: float, high: float, waves: float) -> Field:
        phase = rng.uniform(0, 6, 2)
        shape = np.sin(gx * waves + phase[0]) + 0.4 * np.sin(gx * waves * 2.3 + phase[1])
        return np.asarray(base + high * shape, dtype=np.float32)

    hills = [ridge(0.60, 0.055, 5.0), ridge(0.69, 0.045, 7.0)]
    shore = ridge(0.775, 0.018, 6.0)
    frame = 0.055
    inset = np.minimum(np.minimum(x, 1 - x), np.minimum(y, 1 - y))

    # Which part of the drawing a place belongs to, and how far it is from the drawing's lines.
    part = np.where(away < sun_r, 0, 1)
    contour = np.minimum(np.abs(away - sun_r), np.abs(away - 0.38 * sun_r))
    for index, crest in enumerate([*hills, shore]):
        gap = (y - crest) * 0.94
        below = gap > 0
        contour = np.where(below, np.minimum(np.where(part < 2 + index, 9, contour), gap), np.minimum(contour, -gap))
        part = np.where(below, 2 + index, part)
    outside = inset < frame
    contour = np.where(outside, frame - inset, np.minimum(contour, inset - frame))
    part = np.where(outside, 5, part)

    rows, edges = np.zeros((size, size), dtype=np.int64), np.zeros((size, size), np.float32)
    local = np.zeros((size, size, 2), dtype=np.float32)
    sectors = 26
    for index in range(6):
        inside = part == index
        around, wander = _REACH, 0.36
        px, py, pa, pr = x[inside], y[inside], angle[inside], away[inside]
        if index <= 1:
            # Rings around the sun: the rays' panes widen outwards, so the rings widen with them.
            around, wander = (16, 0.0) if index == 0 else (sectors, 0.36)
            grow = np.log(np.maximum(pr, 0.02) / sun_r)
            v = 21 + (pr / sun_r - 0.38) / 0.62 if index == 0 else grow * sectors / (2 * np.pi) * 0.75 + 20.3
            scale = np.maximum(pr, 0.02) * 2 * np.pi / around
            heart = (index == 0) & (pr < 0.38 * sun_r)  # the sun's heart is one pane
            u = np.where(heart, 0.5, pa / (2 * np.pi) * around + around)
            v, scale = np.where(heart, 20.5, v), np.where(heart, 1.0, scale)
        elif index == 4:
            u, v = px * 7.0 + 3 + 0.4 * np.sin(py * 40), py * 26.0
            scale = np.full(px.shape, 1 / 15)
        elif index == 5:
            u, v, wander = px * 16.0, py * 16.0, 0.10
            scale = np.full(px.shape, 1 / 16)
        else:
            # Fields that lean with their hill.
            u, v = (px + (0.5 if index == 2 else -0.5) * py) * 11, py * 17
            scale = np.full(px.shape, 1 / 13)
        number, edge, lx, ly = _pieces(u.astype(np.float32), v.astype(np.float32), rng, index, wander, around)
        rows[inside], edges[inside] = number, edge * scale.astype(np.float32)
        local[inside] = np.stack([lx, ly], -1)

    # One colour a pane: by its part and, in the sky, by its distance from the sun.
    _, cell = np.unique(rows, return_inverse=True)
    cell = cell.reshape(size, size)
    count = int(cell.max()) + 1
    weight = np.bincount(cell.ravel(), minlength=count)
    mean = [np.bincount(cell.ravel(), f.ravel(), count) / weight for f in (away, part.astype(np.float32), y)]
    chance, light = rng.uniform(0, 1, count), rng.normal(0, 1, count)
    sky_at = np.clip((mean[0] - sun_r) / 0.50 + light * 0.07, 0, 0.999)
    choices = [
        _SUN[np.minimum((mean[0] / sun_r * 4 + chance - 0.5).clip(0).astype(int), 3)],
        _RAYS[(sky_at * len(_RAYS)).astype(int)],
        _HILLS[(chance * len(_HILLS)).astype(int)],
        _HILLS[(chance * len(_HILLS)).astype(int)] * 0.8,
        _WATER[(chance * len(_WATER)).astype(int)],
        _EDGE[(chance * len(_EDGE)).astype(int)],
    ]
    panes = np.choose(np.round(mean[1]).astype(int)[:, None], choices).astype(np.float32)
    panes = np.clip(panes * (1 + 0.12 * light[:, None]), 0, 1).astype(np.float32)
    lean = rng.uniform(-1, 1, (count, 2)).astype(np.float32)

    glass = panes[cell]
    slope = (local * lean[cell]).sum(-1)
    streak = noise(rng, size, (7, 40), 3) * 0.7 + noise(rng, size, 24, 2) * 0.4
    seeds = smooth(0.75, 1.0, noise(rng, size, size / 5))
    glow = 1.04 + 0.42 * slope + 0.20 * streak * (1 + lean[cell][..., 0]) + 0.10 * seeds
    glow = glow + 0.30 * smooth(0.6, 0.0, away)
    glass = glass * glow[..., None]
    # Where light is strong the colour itself fades towards white.
    glass = mix(glass, np.ones(3, np.float32), np.clip((glow - 1.05) * 0.42, 0, 0.45))

    px = 1.0 / size
    distance = np.minimum(np.where(edges > 0, edges, 9), contour * 0.72)
    half = 0.0042
    # Soot and putty darken the glass beside the lead.
    glass = glass * (0.48 + 0.52 * smooth(half * 0.6, half + 0.013, distance))[..., None]
    lead = smooth(half + 0.8 * px, half - 0.8 * px, distance)
    round_off = np.clip(1 - distance / half, 0, 1)
    metal = colour("17181c") + (0.20 * smooth(0.45, 1.0, round_off) * (0.7 + 0.5 * streak))[..., None]
    return finish(mix(glass, metal, lead), rng, 0.012)
