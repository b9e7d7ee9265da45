"""What moves between two frames, and what of a frame was already seen in the one before.

A flow points backwards: for each pixel of ``after`` it says where in ``before`` to look for it. That is what is needed
to move a picture along: every pixel of the moved one is looked up at one place.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nst.images import Bytes
from nst.video.errors import VideoError
from nst.video.needed import opencv

Flow = NDArray[np.float32]
"""(height, width, 2): for each pixel, columns to the right and rows down to where it was."""

Mask = NDArray[np.bool_]
"""(height, width)."""

_Picture = TypeVar("_Picture", NDArray[np.uint8], NDArray[np.float32])

#: DIS looks at patches of 8 x 8 in a pyramid: smaller frames are repeated at their edges up to this side.
_LEAST_SIDE = 32


def flow(before: Bytes, after: Bytes) -> Flow:
    """Where each pixel of ``after`` was in ``before``.

    By dense inverse search (Kroeger, Timofte, Dai & Van Gool, "Fast optical flow using dense inverse search", 2016,
    arXiv 1603.03590) with OpenCV's variational refinement, at full resolution. It needs no weights, and the same frames
    give the same flow on one machine; two equal frames give zero.

    Args:
        before, after: uint8 (height, width, 3) of one size.

    Returns:
        float32 (height, width, 2), in pixels: ``after[y, x]`` was at ``before[y + flow[y, x, 1], x + flow[y, x, 0]]``.

    Raises:
        VideoError: where the sizes differ, or OpenCV is not installed.
    """
    same_size(before, after)
    cv2 = opencv()
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(0)
    found: Flow = search.calc(_grey(cv2, after), _grey(cv2, before), None)
    return np.ascontiguousarray(found[: after.shape[0], : after.shape[1]])


def warp(picture: _Picture, flow: Flow) -> tuple[_Picture, Mask]:
    """A frame moved to where its parts are in the next one: bilinear, by a flow that points backwards.

    Args:
        picture: uint8 or float32, (height, width) or (height, width, channels), up to four channels: ``before``.
        flow: (height, width, 2), of :func:`flow`.

    Returns:
        The moved picture, of the same type; and which of its pixels came from inside, bool (height, width). Others
        repeat the edge.
    """
    height, width = flow.shape[:2]
    columns = np.arange(width, dtype=np.float32) + flow[..., 0]
    rows = np.arange(height, dtype=np.float32)[:, None] + flow[..., 1]
    cv2 = opencv()
    moved = cv2.remap(picture, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = (columns >= 0) & (columns <= width - 1) & (rows >= 0) & (rows <= height - 1)
    return moved.reshape(height, width, *picture.shape[2:]), inside


def visible(forward: Flow, backward: Flow) -> Mask:
    """Which pixels of ``after`` can be told from ``before``: neither uncovered just now, nor at the edge of a motion.

    Ruder, Dosovitskiy & Brox, "Artistic style transfer for videos", 2016, arXiv 1604.08610, section 4.2, after
    Sundaram, Brox & Keutzer 2010: what is followed back and then forward should come out where it began,
    ``|w~ + w^|^2 <= 0.01 (|w~|^2 + |w^|^2) + 0.5``, and the flow should be smooth there,
    ``|grad u^|^2 + |grad v^|^2 <= 0.01 |w^|^2 + 0.002``, with ``w^`` the backward flow and ``w~`` the forward flow
    looked up where it points to.

    Args:
        forward: ``flow(after, before)``, (height, width, 2).
        backward: ``flow(before, after)``, (height, width, 2).

    Returns:
        bool (height, width); pixels that come from outside ``before`` are not visible.
    """
    returned, inside = warp(forward, backward)
    length = (backward**2).sum(-1)
    uncovered = ((returned + backward) ** 2).sum(-1) > 0.01 * ((returned**2).sum(-1) + length) + 0.5
    edge = _steepness(backward) > 0.01 * length + 0.002
    return np.asarray(inside & ~uncovered & ~edge)


def same_size(before: Bytes, after: Bytes) -> None:
    """:class:`VideoError` unless both frames are of one size."""
    if before.shape != after.shape:
        raise VideoError(f"two frames of one size are compared, not {before.shape[:2]} and {after.shape[:2]}")


def _steepness(flow: Flow) -> NDArray[np.float32]:
    """Squared length of the gradients of both components, by central differences; (height, width)."""
    steps = [np.diff(np.pad(flow, _around(axis), mode="edge"), n=1, axis=axis) for axis in (0, 1)]
    down = (steps[0][1:] + steps[0][:-1]) / 2
    across = (steps[1][:, 1:] + steps[1][:, :-1]) / 2
    return np.asarray((down**2 + across**2).sum(-1), dtype=np.float32)


def _around(axis: int) -> list[tuple[int, int]]:
    return [(1, 1) if axis == other else (0, 0) for other in range(3)]


def _grey(cv2: Any, pixels: Bytes) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    grey: NDArray[np.uint8] = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    return np.pad(grey, [(0, max(0, _LEAST_SIDE - height)), (0, max(0, _LEAST_SIDE - width))], mode="edge")
