"""Pictures that move."""

import numpy as np


def drawn(index, width=40, height=32):
    """Something smooth that moves to the left, a pixel a frame."""
    x, y = np.meshgrid(np.arange(width) + index, np.arange(height))
    waves = [np.sin(x / 3 + k) * np.cos(y / 4 - k) for k in range(3)]
    return np.rint(127.5 + 110 * np.stack(waves, axis=2)).astype(np.uint8)
