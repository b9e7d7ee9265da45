"""A mountain landscape hatched in coloured pencils on warm paper, as in a traveller's sketchbook.

Tone is made by lines alone: the darker a place, the more layers of strokes cross there, each layer
in its own direction and pencil (indigo, sanguine, umber, green). The strokes follow the slopes and
the pressure swells and fades within each.
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
    mix,
    noise,
    points,
    relief,
    sample,
    smooth,
)

_MAP = 320
_PAPER = colour("f0e0c0")
_PENCILS = {
    "indigo": "22335f",
    "sanguine": "a8452c",
    "umber": "4a3226",
    "green": "3f6a4a",
    "ochre": "c98a2c",
    "blue": "3f76a8",
    "rose": "c4607a",
}


def _scene(rng: np.random.Generator) -> tuple[dict[str, Field], Field, list[Field]]:
    """How much each pencil is wanted at a place (0..1), the slope that strokes follow, the crests."""
    x, y = (np.array(np.broadcast_to(g, (_MAP, _MAP))) for g in grid(_MAP))
    want = {name: np.zeros((_MAP, _MAP), dtype=np.float32) for name in _PENCILS}
    slope = np.full((_MAP, _MAP), -0.12, dtype=np.float32)

    # Sky: light blue upwards, rose and ochre round a low sun, clouds left as bare paper.
    sun_x, sun_y, sun_r = rng.uniform(0.55, 0.78), rng.uniform(0.20, 0.27), 0.075
    away = np.sqrt((x - sun_x) ** 2 + (y - sun_y) ** 2)
    cloud = smooth(0.05, 0.55, noise(rng, _MAP, (3, 8), 4) - 0.25 + 0.3 * np.sin(y * 9))
    want["blue"] += (1.25 - 1.3 * y) * (1 - cloud) * smooth(0.12, 0.42, away)
    want["indigo"] += (0.85 - 1.9 * y) * (1 - 0.6 * cloud) * smooth(0.2, 0.6, away)
    want["ochre"] += 0.75 * smooth(0.42, 0.08, away)
    want["rose"] += 0.65 * smooth(0.16, 0.30, away) * smooth(0.62, 0.30, away) * smooth(0.05, 0.35, y)
    inside = away < sun_r
    for name in want:
        want[name][inside] = {"sanguine": 1.2, "ochre": 1.2}.get(name, 0.0)

    crests = []
    lines = np.linspace(0, 1, _MAP, dtype=np.float32)
    ranges = [(0.44, 0.15, 5), (0.57, 0.12, 6), (0.73, 0.07, 4)]
    for index, (base, high, peaks) in enumerate(ranges):
        # A range's crest: broken lines, sharp for the far ones, soft for the near hill.
        knots = rng.uniform(-1, 1, peaks + 3)
        knots[::2] = np.abs(knots[::2])
        knots[1::2] = -np.abs(knots[1::2])
        crest = base - high * np.interp(lines, np.linspace(-0.1, 1.1, peaks + 3), knots)
        crest = crest + 0.012 * (1.2 - 0.5 * index) * noise(rng, _MAP, 18, 3)[0]
        crests.append(np.stack([lines, crest], -1).astype(np.float32))
        below = y > crest[None, :]
        depth = np.clip((y - crest[None, :]) / 0.28, 0, 1)
        steep = np.gradient(crest, 1 / _MAP)[None, :]
        # Ridges run down from the crest; the side away from the sun is dark.
        fold = noise(rng, _MAP, (9, 5), 3) + 0.9 * np.sin((x * 1.0 + y * 0.55 * np.sign(steep)) * (26 - 5 * index))
        lit = np.sign(sun_x - x) * -steep * 0.5 + 0.55 * fold
        shadow = smooth(0.35, -0.45, lit) * (0.75, 0.95, 0.35)[index] * (1.05 - 0.45 * depth)
        snow = smooth(0.30, 0.10, depth + 0.12 * fold) * (index < 2)
        mist = 1 - 0.7 * smooth(0.35, 1.0, depth) * (index < 2)
        for name in want:
            want[name] = np.where(below, 0, want[name]).astype(np.float32)
        share = (
            {"indigo": 0.55, "blue": 0.95, "rose": 0.45, "ochre": 0.1},
            {"indigo": 1.0, "umber": 0.55, "blue": 0.45, "sanguine": 0.5, "green": 0.35},
            {"umber": 0.85, "green": 1.05, "sanguine": 0.55, "ochre": 0.75, "indigo": 0.45},
        )[index]
        for name, part in share.items():
            light = 0.34 if name in ("blue", "green", "ochre", "rose") else 0.04
            sides = (1 - shadow) * 0.8 if name in ("sanguine", "ochre", "rose") else shadow
            amount = part * (light + 1.5 * sides) * mist * (1 - 0.85 * snow * (1 - shadow))
            want[name] += np.where(below, amount, 0).astype(np.float32)
        slope = np.where(below, steep * 0.9 + 0.25 * fold, slope).astype(np.float32)

    # Spruces on the near hill: boughs that droop to either side of the stem, dark away from the sun.
    for tree_x in np.sort(rng.uniform(0, 1, 15)).tolist():
        near = rng.uniform(0, 1)
        foot = float(np.interp(tree_x, lines, crests[-1][:, 1])) + 0.03 + 0.17 * near
        tall = rng.uniform(0.10, 0.15) * (0.8 + 1.1 * near)
        rise = (foot - y) / tall
        tier = (rise * 7) % 1
        span = 0.20 * tall * np.clip(1 - rise, 0, 1) * (1.25 - 0.65 * tier)
        inside = (np.abs(x - tree_x) < span + 0.002) & (rise > -0.06) & (rise < 1)
        side = smooth(-0.5, 0.7, (x - tree_x) / (span + 0.004) * np.sign(tree_x - sun_x))
        for name in want:
            want[name][inside] *= 0.15
        want["green"] += np.where(inside, 0.95, 0).astype(np.float32)
        want["indigo"] += np.where(inside, 0.25 + 0.9 * side, 0).astype(np.float32)
        want["umber"] += np.where(inside, 0.7 * side, 0).astype(np.float32)
        slope = np.where(inside, np.sign(x - tree_x) * 0.9, slope).astype(np.float32)
    return want, slope, crests


def _layer(
    pen: ImageDraw.ImageDraw,
    rng: np.random.Generator,
    want: Field,
    slope: Field,
    turn: float,
    share: float,
    count: int,
    side: int,
) -> None:
    """One pencil's strokes: ``turn`` away from the slope, where ``want`` exceeds chance."""
    at = rng.uniform(0, 1, (count, 2))
    dense = sample(want, at[:, 0], at[:, 1])
    at = at[dense * share > rng.uniform(0.10, 1.0, count)]
    dense = sample(want, at[:, 0], at[:, 1])
    angle = np.arctan(sample(slope, at[:, 0], at[:, 1]) * 0.8) + turn + rng.normal(0, 0.06, len(at))
    half = rng.uniform(0.010, 0.026, len(at))
    bow = rng.normal(0.0, 0.08, len(at))
    # Six places on a shallow arc; the stroke ends where its tone ends.
    t = np.linspace(-1, 1, 6)
    bend = angle[:, None] + bow[:, None] * t
    path = at[:, None, :] + (half[:, None] * t)[..., None] * np.stack([np.cos(bend), np.sin(bend)], -1)
    inside = sample(want, path[..., 0], path[..., 1]) > 0.10
    press = (rng.uniform(95, 200, len(at)) * (0.55 + 0.45 * np.clip(dense, 0, 1))).astype(int).tolist()
    thick = max(1, round(side * 0.0014))
    broad = (rng.uniform(0, 1, len(at)) < 0.35).tolist()
    pixels = path * side
    for i in range(len(at)):
        keep = inside[i]
        run = pixels[i][keep]
        if len(run) > 2:
            pen.line(points(run), fill=press[i], width=thick + broad[i])
            # Pressure swells in the middle.
            pen.line(points(run[1:-1]), fill=min(235, press[i] + 45), width=thick)


def _outlines(pen: ImageDraw.ImageDraw, rng: np.random.Generator, crests: list[Field], side: int) -> None:
    """The crests drawn in searching lines: a few passes that miss one another, lifted now and then."""
    thick = max(1, round(side * 0.0013))
    for crest in crests:
        for _ in range(3):
            start = 0
            while start < len(crest) - 3:
                stop = start + int(rng.integers(12, 60))
                run = crest[start:stop] + rng.normal(0, 0.0016, 2)
                if len(run) > 2:
                    pen.line(points(run * side), fill=int(rng.integers(120, 230)), width=thick)
                start = stop + int(rng.integers(-6, 10))
                start = max(start, stop - 6)


def draw(size: int, seed: int) -> Bytes:
    """The drawing as (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    side = size * 2
    want, slope, crests = _scene(rng)
    tooth = noise(rng, size, size / 2.2) * 0.6 + noise(rng, size, size / 5) * 0.5
    fibre = noise(rng, size, (40, 110), 2) * 0.020 + noise(rng, size, 3, 3) * 0.030
    stain = smooth(0.35, 0.75, np.sqrt((grid(size)[0] - 0.5) ** 2 + (grid(size)[1] - 0.5) ** 2))
    sheet = _PAPER + (fibre + 0.02 * tooth)[..., None]
    picture = mix(sheet, colour("d9bd8c"), 0.45 * stain)

    turns = {"indigo": (0.75, -0.55, 1.3), "blue": (0.35, -0.9), "umber": (1.05, -0.75, 0.2)}
    for name in ("ochre", "rose", "blue", "green", "sanguine", "umber", "indigo"):
        layer = Image.new("L", (side, side), 0)
        pen = ImageDraw.Draw(layer)
        for step, turn in enumerate(turns.get(name, (0.55, -0.7))):
            # Crossing layers only where it is darker still.
            needed = np.clip(want[name] - 0.22 * step, 0, 1.4)
            _layer(pen, rng, needed, slope, turn, 1.7, 15000, side)
        if name == "indigo":
            _outlines(pen, rng, crests, side)
        lead = from_image(layer, size)
        # Pencil catches on the paper's tooth: the valleys stay bare.
        lead = lead * (0.35 + 0.65 * smooth(-1.0, 0.25, tooth + 1.2 * lead - 0.25))
        picture = mix(picture, picture * colour(_PENCILS[name]), 0.98 * lead)
    return finish(picture + (relief(tooth, 0.5) * 0.014)[..., None], rng, 0.010)
