"""Gradient-domain fusion pixel by pixel, as the sources say it, dense and slow."""

import numpy as np

AROUND = ((-1, 0), (1, 0), (0, -1), (0, 1))


def larger(a, b):
    """Of source's and target's difference, in each channel, the one with the larger magnitude."""
    return np.where(np.abs(b) > np.abs(a), b, a)


def published(source, inside, target, *, mixed=False):
    """Perez, Gangnet & Blake (2003), equations 7, 11 and 13; all arrays of one size, some pixel not inside."""
    return _solved(source, inside, target, mixed, across=True)


def write_up(source, inside, target, *, mixed=False):
    """The course write-up naas-adam: differences count between pixels of the mask alone; beyond, the target's value.

    It has 4 on the diagonal and says nothing of the picture's border. Here the neighbours that exist are counted.
    """
    return _solved(source, inside, target, mixed, across=False)


def _solved(source, inside, target, mixed, across):
    pixels = [(y, x) for y in range(inside.shape[0]) for x in range(inside.shape[1]) if inside[y, x]]
    number = {pixel: e for e, pixel in enumerate(pixels)}
    a, b = np.zeros((len(pixels), len(pixels))), np.zeros((len(pixels), source.shape[2]))
    for e, (y, x) in enumerate(pixels):
        for down, right in AROUND:
            near = y + down, x + right
            if not (0 <= near[0] < inside.shape[0] and 0 <= near[1] < inside.shape[1]):
                continue
            a[e, e] += 1
            if near in number:
                a[e, number[near]] = -1
            else:
                b[e] += target[near]
            if near in number or across:
                difference = source[y, x] - source[near]
                b[e] += larger(difference, target[y, x] - target[near]) if mixed else difference
    result = target.copy()
    for pixel, value in zip(pixels, np.linalg.solve(a, b), strict=True):
        result[pixel] = value
    return result


def laid(source, inside, target, offset):
    """Source and mask as large as the target, the source's edge pixels repeated as far as that goes."""
    column, row = offset
    height, width = target.shape[:2]
    far, cover = np.empty(target.shape), np.zeros((height, width), dtype=bool)
    for y in range(height):
        for x in range(width):
            near = min(max(y - row, 0), inside.shape[0] - 1), min(max(x - column, 0), inside.shape[1] - 1)
            far[y, x] = source[near]
            cover[y, x] = inside[near] and near == (y - row, x - column)
    return far, cover
