"""A field of poppies in thick oil paint, laid on with a broad brush and a palette knife.

Every stroke is a bundle of bristle tracks, each with a colour and a height of its own, so that light
from the upper left catches the ridges; paint is dragged from the sky's long sweeps down to short
dabs for the flowers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from nst.samples.canvas import Bytes, finish, from_image, inks, noise, palette, ramp, relief

_SKY = palette("1d4e9e 2f74c0 5aa3d8 9ccbe0 d8e4d8 f6d9b0")
_CLOUD = palette("fdf6e6 f3dcd0 d9c6dc")
_HILLS = palette("3a4f9a 4f6fb0 5f9aa8 7aae8a")
_FIELD = palette("c9b83a 8fae35 5f9a3c 35803f 1f6040 143f3a")
_POPPY = palette("ff5a2a ef2f1f d81828 b01030 ff8a4a")
_BLOOMS = palette("f7e9f0 e86a9a f9d23a 8a5ac8 4a6ae0 ffffff")

Places = NDArray[np.float64]


class _Canvas:
    """Colour and height of the paint so far."""

    def __init__(self, side: int, rng: np.random.Generator) -> None:
        self.side, self.rng = side, rng
        self.paint = Image.new("RGB", (side, side), (150, 110, 70))
        self.body = Image.new("L", (side, side), 90)
        self.brush, self.knife = ImageDraw.Draw(self.paint), ImageDraw.Draw(self.body)

    def strokes(
        self,
        at: Places,
        colours: NDArray[np.floating],
        angle: Places,
        length: float,
        breadth: float,
        bristles: int = 13,
        mixing: float = 0.05,
    ) -> None:
        """Strokes at (N, 2) places, each ``length`` long and ``breadth`` broad, in the order given."""
        rng, count = self.rng, len(at)
        t = np.linspace(-0.5, 0.5, 5)
        size = rng.uniform(0.7, 1.25, count)
        bow = rng.normal(0, 0.35, count)
        bend = angle[:, None] + bow[:, None] * t
        spine = np.stack([np.cos(bend), np.sin(bend)], -1) * (t * length)[None, :, None] * size[:, None, None]
        spine = (at[:, None, :] + spine) * self.side
        side_on = np.stack([-np.sin(angle), np.cos(angle)], -1)[:, None, :]
        # The two ends of the brush carry different colours, and every bristle its own streak.
        ends = rng.normal(0, mixing, (2, count, 1, 3))
        row = np.linspace(-0.5, 0.5, bristles)
        streak = rng.normal(0, mixing * 0.9, (count, bristles, 1)) + rng.normal(0, mixing * 0.35, (count, bristles, 3))
        blend = ends[0] + (ends[1] - ends[0]) * (row[None, :, None] + 0.5)
        shade = inks((colours[:, None, :] + blend + streak).reshape(-1, 3))
        # Paint is pushed to the brush's rims: a ridge at either side.
        height = 105 + 95 * np.abs(row * 2) ** 3 + rng.normal(0, 26, (count, bristles)) + rng.normal(0, 14, (count, 1))
        level = np.clip(height, 5, 250).astype(int).tolist()
        pitch = breadth * self.side / bristles
        thick = max(1, round(pitch * 1.6))
        ragged = rng.uniform(-0.09, 0.09, (count, bristles, 2, 1)) * length * self.side
        along = np.stack([np.cos(angle), np.sin(angle)], -1)
        for i in range(count):
            for k in range(bristles):
                track = spine[i] + side_on[i] * (row[k] * breadth * self.side * size[i])
                track[0] += along[i] * ragged[i, k, 0]
                track[-1] += along[i] * ragged[i, k, 1]
                flat = track.ravel().tolist()
                self.brush.line(flat, shade[i * bristles + k], thick)
                self.knife.line(flat, level[i][k], thick)


def _spread(rng: np.random.Generator, across: int, top: float, bottom: float, down: int) -> Places:
    """Places on a jittered lattice between two heights, from the top downwards."""
    gx, gy = np.meshgrid(np.arange(across), np.arange(down))
    at = np.stack([gx, gy], -1).reshape(-1, 2) + rng.uniform(-0.6, 0.6, (across * down, 2)) + 0.5
    return np.asarray(at * [1.06 / across, (bottom - top) / down] + [-0.03, top])


def draw(size: int, seed: int) -> Bytes:
    """The painting as (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    canvas = _Canvas(size * 2, rng)
    horizon = rng.uniform(0.36, 0.42)
    phase = rng.uniform(0, 6, 6)

    at = _spread(rng, 17, -0.03, horizon + 0.03, 20)
    at = at[rng.permutation(len(at))]
    tone = at[:, 1] / horizon * 0.85 + 0.10 * np.sin(at[:, 0] * 7 + phase[0]) + rng.normal(0, 0.05, len(at))
    tilt = 0.25 * np.sin(at[:, 0] * 5 + at[:, 1] * 9 + phase[1]) - 0.15
    canvas.strokes(at, ramp(_SKY, tone), tilt, 0.15, 0.042)
    for _ in range(5):  # clouds: heaps of round strokes, lit above, mauve below
        cx, cy, reach = rng.uniform(0, 1), rng.uniform(0.05, horizon * 0.72), rng.uniform(0.06, 0.13)
        at = np.clip(rng.normal(0, 0.8, (40, 2)), -1.3, 1.3) * [reach, reach * 0.34] + [cx, cy]
        at = at[np.argsort(-at[:, 1])]
        lit = (at[:, 1] - cy) / (reach * 0.6) * 0.6 + 0.45
        # Strokes run over the heap's round back.
        over = np.clip((at[:, 0] - cx) / reach, -1.2, 1.2) * 0.65 + rng.normal(0, 0.25, len(at))
        canvas.strokes(at, ramp(_CLOUD, lit), over, 0.055, 0.026, 10, 0.035)

    for index in range(2):  # hills
        across = rng.permutation(np.linspace(-0.02, 1.02, 24))
        crest = horizon - 0.035 + 0.03 * index - 0.028 * np.sin(across * (5 + 2 * index) + phase[2 + index])
        for drop in (0.0, 0.025):
            colours = ramp(_HILLS, 0.15 + 0.45 * index + rng.uniform(0, 0.35, len(across)))
            slope = -0.028 * 5 * np.cos(across * 5 + phase[2 + index])
            canvas.strokes(np.stack([across, crest + drop], -1), colours, slope, 0.09, 0.034)

    # The field: long level strokes far off, broad upright ones near by, swept as by wind.
    at = _spread(rng, 24, horizon + 0.015, 1.06, 27)
    near = (at[:, 1] - horizon) / (1 - horizon)
    furrow = np.sin((at[:, 0] - 0.5) / (0.25 + near) * 9 + phase[4])
    tone = 0.10 + near * 0.55 + 0.20 * furrow + rng.normal(0, 0.12, len(at))
    lean = -np.pi / 2 * np.clip(near * 1.5, 0, 0.85) - 0.2 + 0.35 * np.sin(at[:, 0] * 6 + near * 5 + phase[5])
    canvas.strokes(at, ramp(_FIELD, tone), lean, 0.105, 0.034, mixing=0.06)

    # Flowers: drifts that thicken towards the viewer; small dabs far off, open blooms near.
    spots = np.sort(rng.uniform(0, 1, 300) ** 0.85)
    for lower, upper, scale in ((0.0, 0.25, 0.35), (0.25, 0.5, 0.6), (0.5, 0.78, 0.95), (0.78, 1.01, 1.35)):
        depth = spots[(spots >= lower) & (spots < upper)]
        x = rng.uniform(-0.02, 1.02, len(depth))
        drift = np.sin(x * 8 + depth * 4 + phase[3]) + rng.normal(0, 0.55, len(depth)) > -0.35
        x, depth = x[drift], depth[drift]
        y = horizon + 0.03 + depth * (1.0 - horizon)
        kind = rng.uniform(0, 1, len(x))
        red = _POPPY[rng.integers(0, len(_POPPY), len(x))]
        other = _BLOOMS[rng.integers(0, len(_BLOOMS), len(x))]
        main = np.where((kind < 0.72)[:, None], red, other)
        middle = np.stack([x, y], -1)
        # Petals round the middle, dark ones first, each a short stroke pulled outwards.
        first = rng.uniform(0, 2 * np.pi, len(x))
        for petal in range(6):
            turn = first + petal * 2.4  # the golden angle's cousin: no two neighbours in a row
            out = np.stack([np.cos(turn), np.sin(turn) * 0.8], -1) * (0.0135 - 0.0014 * petal) * scale
            tone = main + (0.07 * petal - 0.24) + 0.10 * (out[:, 1:] < 0)
            canvas.strokes(middle + out, tone, turn + 1.4, 0.026 * scale, 0.019 * scale, 8, 0.05)
        if scale > 0.5:
            soot, turn = np.full((len(x), 3), 0.09), rng.uniform(0, 3, len(x))
            canvas.strokes(middle, soot, turn, 0.010 * scale, 0.008 * scale, 4)

    picture = from_image(canvas.paint, size)
    height = from_image(canvas.body, size)
    shine = relief(height, 3.4)
    gloss = 0.10 * np.clip(shine, 0, 1)[..., None] ** 2
    weave = noise(rng, size, size / 2.8)[..., None] * 0.012
    return finish(picture * (1 + 0.24 * shine[..., None]) + gloss + weave, rng, 0.008)
