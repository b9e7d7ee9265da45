"""Seigaiha, "blue sea and waves": the Japanese pattern of overlapping scales, as a woodblock print.

Each scale is a fan of concentric rings. A low sun colours part of the sea vermilion, the indigo is
wiped lighter towards the bottom (bokashi), the blocks print a little beside one another, and the
wood's grain and the rubbing pad show in the ink.
"""

from __future__ import annotations

import numpy as np

from nst.samples.canvas import Bytes, Field, colour, finish, grid, mix, noise, palette, ramp, shrink, smooth

_ACROSS = 5.5  # scales side by side

_SEA = palette("0e2147 14315f 1c4a80 2f6f9f 5fa3b8 9cc9c6")
_GLOW = palette("7e1f1c b5352a d4573a e58a55 efb878")
_PAPER = colour("f1e6cc")


def _scales(x: Field, y: Field, radius: float) -> tuple[Field, Field, Field]:
    """For each place: distance from its scale's centre in radii, and that centre's x and y."""
    row_height = radius / 2
    base = np.floor(y / row_height)
    shape = np.broadcast_shapes(x.shape, y.shape)
    far = np.full(shape, 9.0, dtype=np.float32)
    centre_x = np.zeros(shape, dtype=np.float32)
    centre_y = np.zeros(shape, dtype=np.float32)
    # From the front row (lowest centre) to the back: the first scale that covers a place is seen.
    for step in (2, 1, 0, -1):
        row = base + step
        cy = row * row_height
        shift = (row % 2) * radius
        cx = np.round((x - shift) / (2 * radius)) * (2 * radius) + shift
        away = np.sqrt((x - cx) ** 2 + (y - cy) ** 2) / radius
        new = (far > 1) & (away <= 1)
        far[new], centre_x[new], centre_y[new] = away[new], cx[new], cy[new]
    return far, centre_x, centre_y


def _chance(cx: Field, cy: Field, salt: float) -> Field:
    """A number 0..1 for each scale, the same all over it."""
    # A hash of the centre instead of a table: the scales have no running number.
    turned = np.sin(cx * 127.1 + cy * 311.7 + salt) * 437.585
    return np.asarray(turned - np.floor(turned), dtype=np.float32)


def _rings(far: Field, count: Field, share: float, soft: float) -> Field:
    """Coverage 0..1 of the printed rings in a scale of ``count`` rings."""
    phase = (1 - far) * count
    inside = phase - np.floor(phase)
    edge = soft * count
    return np.asarray(np.clip((share - np.abs(inside - 0.5) * 2) / edge * 0.5 + 0.5, 0, 1), dtype=np.float32)


def draw(size: int, seed: int) -> Bytes:
    """The print as (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    side = size * 2
    x, y = grid(side)
    radius = 0.5 / _ACROSS

    # The knife wavers: every carved line leaves the compass by a hair.
    waver_x, waver_y = (noise(rng, side, 34, 2) * 0.0016 for _ in range(2))
    drift = rng.uniform(0, 1, 2).astype(np.float32) * np.float32(2 * radius)
    salt = float(rng.uniform(0, 6))
    far, cx, cy = _scales(x + waver_x + drift[0], y + waver_y + drift[1], radius)
    pick, tone = _chance(cx, cy, salt), _chance(cx, cy, salt + 2.4)

    # Three cuts of scale: five even rings, broad rings, and a dark one with fine lines.
    soft = 1.6 / (side * radius)
    count = np.where(pick < 0.62, 5.0, np.where(pick < 0.84, 3.0, 8.0)).astype(np.float32)
    printed = _rings(far, count, 0.66, soft)
    # The outermost line of each scale stays paper, which is what holds the pattern together.
    printed *= smooth(0.985, 0.985 - 2 * soft - 0.012, far)
    # The eye of the fan is cut full on some, hollow on others.
    eye = smooth(0.17, 0.17 - soft, far)
    printed = shrink(mix(printed, np.where(tone > 0.45, 1, 0).astype(np.float32), eye), size)
    # Only the carved edges need the finer grid; colours change where paper lies between.
    far, cx, cy, pick, tone = (field[::2, ::2] for field in (far, cx, cy, pick, tone))

    sun_x, sun_y = 0.36 + rng.uniform(-0.04, 0.34), 0.40 + rng.uniform(-0.08, 0.08)
    from_sun = np.sqrt((cx - drift[0] - sun_x) ** 2 + (cy - drift[1] - 0.25 * radius - sun_y) ** 2)
    in_sun = from_sun < 0.25

    # Bokashi: dark at the top, wiped out downwards; each scale is shaded a little on its own.
    depth = (cy - drift[1]) * 0.72 + (tone - 0.5) * 0.30 + (1 - far) * 0.22 + 0.02
    sea = ramp(_SEA, depth)
    glow = ramp(_GLOW, 0.2 + from_sun * 1.5 + (tone - 0.5) * 0.4 + (1 - far) * 0.25)
    block = np.where(in_sun[..., None], glow, sea)

    # Baren marks and wood grain: ink lies unevenly, along the wood and in the mottle of the pad.
    wood = noise(rng, size, (5, 190), 2, 0.7)
    wood_line = np.abs(noise(rng, size, (3, 46)))
    mottle = noise(rng, size, 9, 3)
    salt_grain = noise(rng, size, size / 1.6)
    lay = 0.91 + 0.10 * wood + 0.12 * mottle - 0.10 * smooth(0.16, 0.0, wood_line)
    lay -= 0.50 * smooth(0.62, 1.05, salt_grain + 0.45 * mottle + 0.25 * wood)
    cover = printed * np.clip(lay, 0, 1)

    fibre = noise(rng, size, (120, 30), 2) * 0.020 + noise(rng, size, 4, 2) * 0.018
    paper = _PAPER + fibre[..., None]
    # A pale second block under the key block, printed beside its place.
    off = max(1, round(size * 0.0026))
    wash = np.roll(smooth(1.0, 0.90, far) * (0.5 + 0.5 * mottle), (off, off), (0, 1))
    tint = np.where(in_sun[..., None], colour("f4c98b"), mix(colour("b9d8cf"), colour("e9d9b0"), depth))
    ground = mix(paper, paper * tint, wash * 0.75)

    # Ink stains paper rather than lying on it: multiplied where thin, opaque where thick.
    stain = mix(block, block * (0.55 + 0.45 * ground), 0.5)
    picture = mix(ground, stain, cover)
    # Gold dust on a few waves, as on printed kimono silk.
    gold = smooth(0.45, 0.75, noise(rng, size, size / 3)) * smooth(0.78, 0.80, pick) * printed
    return finish(mix(picture, colour("d9b25f"), gold * 0.8), rng, 0.014)
