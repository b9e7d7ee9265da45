"""How colourful a picture is, told from its pixels alone. No torch here."""

from __future__ import annotations

import math

import numpy as np

from nst.images import Bytes
from nst.metrics.planes import check


def colourfulness(picture: Bytes, name: str = "picture") -> float:
    """Colourfulness M3 in 8-bit levels: 0 for a grey picture, 15 slightly, 45 averagely, 82 highly colourful.

    ``sqrt(sd(rg)^2 + sd(yb)^2) + 0.3 sqrt(mean(rg)^2 + mean(yb)^2)`` with the opponent colours rg = R - G and
    yb = (R + G) / 2 - B, mean and standard deviation over all pixels of sRGB values from 0 to 255 (Hasler &
    Suesstrunk 2003, "Measuring colourfulness in natural images", Human Vision and Electronic Imaging VIII, Proc. SPIE
    5007). They fitted the factor, and the words, to what 20 observers said of 84 photographs.

    What it cannot tell: whether the colours are the right ones (:func:`nst.metrics.colour_distance` does), and noise
    from colour: pixels of random colours score 139, more than nearly all that is drawn or photographed.

    Args:
        picture: uint8 (height, width, 3), sRGB, of any size.
        name: for the message.

    Raises:
        ValueError: when it is no such array.
    """
    check(picture, name)
    red, green, blue = (picture[..., channel].astype(np.int16) for channel in range(3))
    # Twice yb, so that all of it stays whole numbers.
    rg, twice_yb = red - green, red + green - 2 * blue
    spread = math.hypot(rg.std(dtype=np.float64), twice_yb.std(dtype=np.float64) / 2)
    mean = math.hypot(rg.mean(dtype=np.float64), twice_yb.mean(dtype=np.float64) / 2)
    return spread + 0.3 * mean
