"""Batik: cotton dyed bath after bath through wax that was drawn on with a small copper pen.

Four-petalled kawung ovals and eight-pointed flowers stand on a trellis between bands of slanting
waves (parang); rows of dots (isen) fill the forms; the dye has crept through the cracks of the wax.
"""

from __future__ import annotations

import numpy as np

from nst.samples.canvas import Bytes, Field, colour, finish, grid, mix, noise, palette, smooth

_CELLS = 4.0  # kawung crosses on the picture's side
_SOGA = palette("5a2413 7a3418 94481c b8722c")
_INDIGO = palette("0d1733 142a5c 1f4488 2f6aa8")
_CREAM = colour("f3e2bd")
_GOLD = colour("dba33c")
_RED = colour("a8281f")


def _crackle(rng: np.random.Generator, side: int) -> Field:
    """The cracks of the wax, 0..1: thin wandering veins, denser where the cloth was folded."""
    total = np.zeros((side, side), dtype=np.float32)
    folds = smooth(-0.5, 0.8, noise(rng, side, 4, 2))
    for cells, thin in ((4, 0.013), (7, 0.020), (12, 0.032), (20, 0.045)):
        field = noise(rng, side, cells, 4, 0.55)
        total = np.maximum(total, smooth(thin * 1.7, thin * 0.3, np.abs(field)) * (0.45 + 0.55 * folds))
    return total


def _dots(u: Field, v: Field, pitch: float, radius: float, soft: float) -> Field:
    """Coverage of a lattice of round dots, every other row set off by half."""
    row = np.floor(v / pitch)
    du = u / pitch + 0.5 * (row % 2)
    du = du - np.floor(du) - 0.5
    dv = v / pitch - row - 0.5
    return smooth(radius + soft, radius - soft, np.sqrt(du * du + dv * dv) * pitch)


def draw(size: int, seed: int) -> Bytes:
    """The cloth as (size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    side = size  # every edge below is soft by about a pixel, which spares the supersampling
    gx, gy = grid(side)
    # A hand-drawn line wanders, and the cloth hangs a little askew.
    x = gx + noise(rng, side, 7, 2) * 0.006 + noise(rng, side, 50) * 0.0010
    y = gy + noise(rng, side, 7, 2) * 0.006 + noise(rng, side, 50) * 0.0010
    soft = 0.62 / side * _CELLS * 1.43

    # Diagonal bands divide the cloth: broad ones of kawung, narrow ones of parang.
    slant = (x + y) * 0.70711 + rng.uniform(0, 0.4)
    period = 0.50
    band = slant / period - np.floor(slant / period)
    narrow = band > 0.70
    border = np.minimum(np.abs(band - 0.70), np.minimum(band, 1 - band)) * period

    turn = (x - y) * 0.70711 + 3.0
    u, v = slant * _CELLS * 1.43, turn * _CELLS * 1.43
    cu, cv = u - np.floor(u) - 0.5, v - np.floor(v) - 0.5
    which = (np.floor(u) + np.floor(v)) % 2

    # Kawung: four ovals on the diagonals of a square, pointing at its middle.
    a, b = (np.abs(cu) + np.abs(cv)) * 0.70711, np.abs(np.abs(cu) - np.abs(cv)) * 0.70711
    oval = np.sqrt(((a - 0.335) / 0.285) ** 2 + (b / 0.165) ** 2)
    heart = np.sqrt(((a - 0.335) / 0.185) ** 2 + (b / 0.088) ** 2)
    seed_dot = np.sqrt((np.abs(a - 0.335) - 0.075) ** 2 + b**2)
    away = np.sqrt(cu * cu + cv * cv)
    angle = np.arctan2(cv, cu)
    star = away - 0.105 - 0.035 * np.cos(angle * 8)
    # The corners of the squares carry small flowers.
    du, dv = np.abs(cu) - 0.5, np.abs(cv) - 0.5
    corner = np.sqrt(du * du + dv * dv)
    bloom = corner - 0.13 - 0.045 * np.cos(np.arctan2(dv, du) * 8)

    wash = noise(rng, side, 5, 4)
    fine = noise(rng, side, 40, 3)
    depth = np.clip(0.45 + 0.40 * wash + 0.14 * fine, 0, 1)
    soga = mix(_SOGA[0], _SOGA[2], depth)
    indigo = mix(_INDIGO[0], _INDIGO[2], depth)
    checked = (which > 0.5).astype(np.float32)
    picture = mix(indigo, soga, checked)

    cream = _CREAM * (1 + 0.05 * wash + 0.03 * fine)[..., None]
    light_blue = mix(_INDIGO[2], _INDIGO[3], depth) * 1.15

    isen = _dots(u, v, 0.085, 0.017, soft)
    picture = mix(picture, cream, isen * smooth(1.22, 1.30, oval) * smooth(0.02, 0.04, star) * 0.9)
    picture = mix(picture, cream, smooth(1.0 + soft * 4, 1.0 - soft * 4, oval))
    inner = mix(mix(_GOLD, _SOGA[3], depth), light_blue, checked)
    picture = mix(picture, inner, smooth(0.80, 0.76, oval))
    picture = mix(picture, mix(soga, indigo, checked), smooth(1.04, 0.98, heart))
    picture = mix(picture, cream, smooth(0.030 + soft, 0.030 - soft, seed_dot))
    picture = mix(picture, cream, smooth(soft, -soft, star))
    picture = mix(picture, _RED, smooth(soft, -soft, star + 0.030))
    picture = mix(picture, _GOLD, smooth(soft, -soft, away - 0.035))
    picture = mix(picture, cream, smooth(soft, -soft, bloom))
    picture = mix(picture, mix(_RED, _SOGA[1], depth), smooth(soft, -soft, bloom + 0.028))
    picture = mix(picture, _GOLD, smooth(soft, -soft, corner - 0.055))
    picture = mix(picture, indigo, smooth(soft, -soft, corner - 0.022))

    # Parang: leaning S-shaped blades along the narrow band, in cream, gold and brown.
    place = (band - 0.85) / 0.15  # -1..1 across the band
    blade = turn * 9.0 + 0.42 * np.sin(place * 2.4) + 0.30 * place
    beat = blade - np.floor(blade)
    ground = mix(_INDIGO[0], _INDIGO[1], depth)
    lines = np.abs(beat - 0.5) - 0.30 * np.clip(1.08 - place**2, 0, 1)
    strip = mix(ground, cream, smooth(0.02, -0.02, lines))
    strip = mix(strip, mix(_SOGA[1], _SOGA[3], depth), smooth(0.02, -0.02, lines + 0.075))
    strip = mix(strip, _GOLD, smooth(0.02, -0.02, lines + 0.19))
    pips = np.sqrt((np.minimum(beat, 1 - beat) * 0.11) ** 2 + ((np.abs(place) - 0.70) * 0.075) ** 2)
    strip = mix(strip, cream, smooth(0.0085, 0.0065, pips))
    picture = np.where(narrow[..., None], strip, picture)
    edge = smooth(0.0125, 0.0110, border)
    picture = mix(picture, cream, edge)
    picture = mix(picture, mix(_SOGA[0], _SOGA[1], depth), smooth(0.0085, 0.0070, border))
    beads = _dots(slant, turn, 0.0135, 0.0036, 1.0 / side)
    picture = mix(picture, cream, beads * smooth(0.0062, 0.0050, border))

    # Dye in the cracks: dark on the waxed light parts, hardly seen on the dark ones.
    cracks = _crackle(rng, side)
    light = picture.mean(axis=-1)
    picture = mix(picture, picture * np.array([0.34, 0.27, 0.34], np.float32), cracks * (0.45 + 0.55 * light))
    # Where wax was thin, dye has come through in clouds.
    leak = smooth(0.35, 1.0, noise(rng, side, 10, 4)) * 0.30 * light
    picture = mix(picture, picture * np.array([0.78, 0.62, 0.48], np.float32), leak)
    cloth = noise(rng, size, (size / 2, size / 9)) + noise(rng, size, (size / 9, size / 2))
    return finish(picture * (1 + 0.030 * cloth[..., None]), rng, 0.010)
