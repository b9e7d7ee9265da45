"""A still life with a guitar, taken apart into planes, in the manner of Braque, Picasso and Gris.

Straight-edged planes overlap; each is shaded from one edge and open at the other, so that one passes
into the next. Between them lie quotations of the real thing: strings, a sound hole, curves of a
body, painted wood grain, staves of a song. Everything is laid on with short visible dabs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from nst.samples.canvas import (
    Bytes,
    Field,
    colour,
    finish,
    from_image,
    grid,
    inks,
    jitter,
    mix,
    noise,
    palette,
    points,
    relief,
    sample,
    smooth,
)

_QUIET = palette("6f6a55 8a7a58 5a6a6a a08a5c 46504e 7d8478 94724a")
_BRIGHT = palette("e8d3a0 d49a45 b5562c 2f6f86 1f3f66 f2e8cc 8f3a24 4f8f86 c9b07a 20242c e0b04a")
_LINE = colour("1b1714")


def _plane(rng: np.random.Generator, centre: NDArray[np.float64], reach: float) -> NDArray[np.float64]:
    """(3..5, 2) corners of a plane: mostly along two slants, as everything in the picture is."""
    slant = rng.choice([0.32, -0.42, 1.22, 1.57, 0.78]) + rng.normal(0, 0.07)
    long, short = reach * rng.uniform(0.8, 1.5), reach * rng.uniform(0.3, 0.8)
    box = np.array([[-long, -short], [long, -short], [long, short], [-long, short]])
    box += rng.normal(0, 0.22 * reach, box.shape)
    if rng.uniform() < 0.35:
        box = np.delete(box, rng.integers(4), axis=0)
    c, s = np.cos(slant), np.sin(slant)
    return np.asarray(centre + box @ np.array([[c, s], [-s, c]]))


class _Picture:
    """The paint so far, and a second sheet for what is drawn in line."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.paint: Field = np.empty((size, size, 3), dtype=np.float32)
        self.lines = Image.new("L", (size * 2, size * 2), 0)
        self.pen = ImageDraw.Draw(self.lines)

    def cover(self, corners: NDArray[np.float64], paint: Field, edge: int, fade: float, strength: float) -> None:
        """A plane in ``paint``, full at one ``edge`` and gone ``fade`` (of the side) away from it."""
        size = self.size
        low = np.clip(np.floor(corners.min(0) * size).astype(int) - 1, 0, size)
        high = np.clip(np.ceil(corners.max(0) * size).astype(int) + 1, 0, size)
        wide, tall = (high - low).tolist()
        if wide < 2 or tall < 2:
            return
        mask = Image.new("L", (wide * 3, tall * 3), 0)
        ImageDraw.Draw(mask).polygon(points((corners * size - low) * 3), fill=255)
        inside = np.asarray(mask.reduce(3), dtype=np.float32) / 255
        a, b = corners[edge], corners[(edge + 1) % len(corners)]
        normal = np.array([a[1] - b[1], b[0] - a[0]]) / (np.hypot(*(b - a)) + 1e-9)
        x = ((np.arange(wide) + low[0] + 0.5) / size).astype(np.float32)[None, :]
        y = ((np.arange(tall) + low[1] + 0.5) / size).astype(np.float32)[:, None]
        away = np.abs((x - a[0]) * normal[0] + (y - a[1]) * normal[1])
        share = inside * strength * (0.10 + 0.90 * smooth(fade, 0.0, away))
        spot = (slice(low[1], high[1]), slice(low[0], high[0]))
        self.paint[spot] = mix(self.paint[spot], paint, share)

    def line(self, places: NDArray[np.float64], weight: float, tone: int) -> None:
        """A drawn line; ``weight`` is its breadth as a share of the side."""
        width = max(1, round(weight * self.size * 2))
        self.pen.line(points(places * self.size * 2), fill=tone, width=width, joint="curve")


def _arc(x: float, y: float, radius: float, start: float, stop: float) -> NDArray[np.float64]:
    turn = np.linspace(start, stop, 40)
    return np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], -1)


def _guitar(picture: _Picture, rng: np.random.Generator) -> None:
    """Parts of a guitar, each seen from a side of its own."""
    lean = np.array([0.30, -0.95])
    across = np.array([0.95, 0.30])
    middle = np.array([0.47, 0.58]) + rng.normal(0, 0.02, 2)

    def at(along: float, aside: float) -> NDArray[np.float64]:
        return np.asarray(middle + lean * along + across * aside)

    def quad(low: float, high: float, left: float, right: float) -> NDArray[np.float64]:
        return np.array([at(low, left), at(low, right), at(high, right), at(high, left)])

    honey, dark, cream = colour("c98a3c"), colour("2a1d16"), colour("f0e2bc")
    # The body in two halves that do not meet: one lit and slid down, one in shade.
    s = np.linspace(0, 1, 40)
    bout = np.sqrt(np.sin(np.pi * np.clip(s, 0, 1)) + 1e-9) * (1.12 - 0.34 * s)
    bout = 0.205 * bout * (1 - 0.34 * np.exp(-(((s - 0.60) / 0.13) ** 2)))
    for sense, slide, paint, ridge in ((1, -0.02, honey, cream), (-1, 0.03, colour("9a4a24"), colour("2f6f86"))):
        half = np.array([at(-0.31 + slide + 0.50 * k, sense * (w + 0.012)) for k, w in zip(s, bout, strict=True)])
        picture.cover(half, dark, len(half) - 1, 9.0, 0.85)
        picture.cover(half, paint, len(half) - 1, 0.42, 1.0)
        inner = half[8:22] - across * (sense * 0.035)
        picture.cover(np.concatenate([inner, [at(-0.05, sense * 0.04)]]), ridge, 3, 0.16, 0.75)
        picture.line(half, 0.0050, 235)
        picture.line(half + across * (sense * 0.010), 0.0016, 150)
    picture.cover(quad(-0.10, 0.48, -0.035, 0.045), dark, 0, 0.9, 0.92)
    picture.cover(quad(0.40, 0.53, -0.055, 0.065), honey, 2, 0.2, 1.0)
    x, y = at(-0.02, 0.012)
    disc = _arc(x, y, 0.062, 0, 2 * np.pi)
    picture.cover(disc, dark, 0, 9.0, 0.95)
    picture.cover(_arc(x - 0.03, y + 0.02, 0.062, -0.4, 2.4), cream, 0, 0.14, 0.85)
    for radius in (0.070, 0.078):
        picture.line(_arc(x, y, radius, -0.6, 4.4), 0.0016, 210)
    bridge = quad(-0.215, -0.19, -0.085, 0.10)
    picture.cover(bridge, dark, 0, 9.0, 0.95)
    for aside in np.linspace(-0.026, 0.036, 6):
        string = np.array([at(-0.20, aside * 1.25), at(0.50, aside * 0.9)])
        picture.line(string + rng.normal(0, 0.001, 2), 0.0011, 120)
    for fret in np.geomspace(0.10, 0.46, 9):
        picture.line(np.array([at(fret, -0.034), at(fret, 0.044)]), 0.0018, 200)


def draw(size: int, seed: int) -> Bytes:
    """The painting as (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    x, y = grid(size)
    picture = _Picture(size)
    ground = noise(rng, size, 3, 3)
    picture.paint = mix(colour("54584e"), colour("a58f62"), np.clip(0.5 + 0.5 * ground, 0, 1))

    def planes(count: int, spread: float, reach: tuple[float, float], bright: float, inked: float) -> None:
        for _ in range(count):
            centre = np.array([0.5, 0.52]) + np.clip(rng.normal(0, spread, 2), -0.62, 0.62) * [1, 1.1]
            corners = _plane(rng, centre, rng.uniform(*reach))
            pool = _BRIGHT if rng.uniform() < bright else _QUIET
            paint = pool[rng.integers(len(pool))] + rng.normal(0, 0.02, 3).astype(np.float32)
            edge = int(rng.integers(len(corners)))
            picture.cover(corners, paint, edge, rng.uniform(0.10, 0.32), rng.uniform(0.75, 1.0))
            # Dark falls in beside the edge of the plane in front: the planes stand off one another.
            if rng.uniform() < 0.5:
                beside = corners + rng.normal(0, 0.012, 2)
                picture.cover(beside, _LINE, (edge + 1) % len(corners), 0.05, 0.50)
            if rng.uniform() < inked:
                open_line = np.roll(corners, -edge, axis=0)[: rng.integers(2, len(corners) + 1)]
                picture.line(open_line, rng.uniform(0.0016, 0.0042), int(rng.integers(150, 245)))

    planes(46, 0.36, (0.12, 0.26), 0.35, 0.30)
    planes(52, 0.25, (0.07, 0.17), 0.72, 0.35)

    # Painted wood grain and a sheet of music, as if pasted on.
    grain = np.sin((x * 0.95 + y * 0.3) * 260 + 14 * noise(rng, size, (5, 2), 2))
    wood = mix(colour("8a5a2c"), colour("c9924e"), smooth(-0.95, -0.2, grain + 0.5 * noise(rng, size, (60, 9), 2)))
    corner = rng.uniform(-0.03, 0.03, 2)
    board = np.array([[0.66, 0.55], [0.93, 0.47], [0.97, 0.83], [0.72, 0.88]]) + corner
    mask = Image.new("L", (size, size), 0)
    ImageDraw.Draw(mask).polygon(points(board * size), fill=235)
    picture.paint = mix(picture.paint, wood, np.asarray(mask, dtype=np.float32) / 255)
    sheet = np.array([[0.08, 0.66], [0.33, 0.60], [0.40, 0.86], [0.14, 0.93]]) + rng.uniform(-0.02, 0.02, 2)
    picture.cover(sheet, colour("f3ead0"), 1, 0.9, 0.95)
    for stave in (0.22, 0.52, 0.80):
        for step in range(5):
            t = stave + 0.026 * step
            ends = np.array([sheet[0] + (sheet[3] - sheet[0]) * t, sheet[1] + (sheet[2] - sheet[1]) * t])
            picture.line(ends[0] + (ends[1] - ends[0]) * np.array([[0.08], [0.93]]), 0.0011, 190)
        for along in np.sort(rng.uniform(0.15, 0.88, 6)):
            t = stave + rng.uniform(0, 0.10)
            head = sheet[0] + (sheet[3] - sheet[0]) * t + (sheet[1] - sheet[0]) * along
            picture.line(head + np.array([[0, 0], [0.007, -0.002]]), 0.0085, 225)
            picture.line(head + np.array([[0.007, -0.002], [0, -0.040]]), 0.0014, 215)

    planes(14, 0.26, (0.04, 0.10), 0.80, 0.4)
    _guitar(picture, rng)
    planes(13, 0.27, (0.03, 0.075), 0.9, 0.6)

    # Short dabs side by side, level in some places and slanting in others.
    side = size * 2
    sheet_of_paint = Image.fromarray((np.clip(picture.paint, 0, 1) * 255).astype(np.uint8))
    canvas = sheet_of_paint.resize((side, side), Image.Resampling.BICUBIC)
    body = Image.new("L", (side, side), 120)
    brush, ridge = ImageDraw.Draw(canvas), ImageDraw.Draw(body)
    at = rng.uniform(-0.01, 1.01, (15000, 2))
    where = noise(rng, 64, 5, 2)
    slant = np.where(sample(where, at[:, 0], at[:, 1]) > 0.12, 0.05, -0.7) + rng.normal(0, 0.12, len(at))
    half = np.stack([np.cos(slant), np.sin(slant)], -1) * rng.uniform(0.004, 0.009, (len(at), 1))
    ends = np.concatenate([at - half, at + half], axis=1) * side
    dabs = inks(jitter(rng, sample(picture.paint, at[:, 0], at[:, 1]), 0.050, 0.016))
    rise = rng.integers(70, 200, len(at)).tolist()
    thick = max(2, round(side * 0.0056))
    for flat, dab, level in zip(ends.tolist(), dabs, rise, strict=True):
        brush.line(flat, dab, thick)
        ridge.line(flat, level, thick)
    painted = from_image(canvas, size) + (0.05 * relief(from_image(body, size), 2.5))[..., None]
    painted = painted * (1.04 + 0.05 * noise(rng, size, 9, 3))[..., None]
    # The corners fall back, as in the ovals that these painters liked.
    painted = painted * (1 - 0.42 * smooth(0.42, 0.78, np.sqrt((x - 0.5) ** 2 + (y - 0.52) ** 2)))[..., None]
    drawn = from_image(picture.lines, size) * (0.86 + 0.25 * noise(rng, size, size / 4))
    return finish(mix(painted, _LINE, np.clip(drawn, 0, 1)), rng, 0.012)
