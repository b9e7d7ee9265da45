"""How much a clip flickers: what changes from frame to frame although nothing there does."""

from __future__ import annotations

import numpy as np

from nst.images import Bytes
from nst.video.motion import Flow, Mask, same_size, warp


def flicker(before: Bytes, after: Bytes, flow: Flow, visible: Mask) -> float:
    """The root mean square difference between a frame and the one before it, moved along; 0 where nothing else changes.

    It is the root of the temporal loss of Ruder, Dosovitskiy & Brox 2016 (arXiv 1604.08610, section 4.2) over what is
    visible. The square weighs a few jumps more than a slight drift everywhere, as the eye does.

    Args:
        before, after: uint8 (height, width, 3): two neighbours of a stylised clip, say.
        flow: (height, width, 2): how the scene moves. Of the source, which knows; not of the frames at hand.
        visible: bool (height, width): which pixels of ``after`` count, of :func:`nst.video.visible`.

    Returns:
        8-bit levels, 0 to 255, over visible pixels and channels; NaN where no pixel is visible.

    Raises:
        VideoError: where the sizes differ, or OpenCV is not installed.
    """
    same_size(before, after)
    moved, inside = warp(before.astype(np.float32), flow)
    counts = visible & inside
    if not counts.any():
        return float("nan")
    difference = (after.astype(np.float32) - moved)[counts]
    return float(np.sqrt(np.mean(np.square(difference), dtype=np.float64)))
