"""Where a new shot begins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nst.images import Bytes
from nst.video.motion import same_size, warp
from nst.video.needed import opencv

_Grey = NDArray[np.float32]

#: Frames are compared with their longer side at this many pixels, which is what it takes to recognise a place, and
#: the shorter at so many at the least.
_SIDE, _LEAST = 160, 32
#: Below it nothing of the frame before is found again. Between photographs of different things it is below 0.3, and
#: above 0.5 in pans, zooms, noise and flashes (tests/nst/video/test_shots.py).
_FOUND_AGAIN = 0.4
#: From here on it is the same as a whole, however little detail there is to find again. Between photographs of
#: different things it is below 0.7, and below 0.85 where they are blurred by a tenth of the frame.
_SAME = 0.9
#: Of so much of the frame, at the least, that can be said.
_ENOUGH = 0.5
#: A frame that differs by less than so many levels from its mean shows nothing.
_NOTHING = 1.0


def cut(before: Bytes, after: Bytes) -> bool:
    """Whether ``after`` begins a new shot: too little of it is found again in ``before``.

    Both are brought to one brightness and contrast everywhere, so that flashes and fades do not count. Then ``before``
    is moved onto ``after``, first as a whole by phase correlation, so that pans do not count however fast, then part by
    part by optical flow. What counts is how alike they are then: a correlation in small windows, weighted by contrast;
    or, for what is soft and has no detail, one of the frame as a whole.
    A frame that shows nothing (black, white) is a shot of its own: nothing in it could be carried on.

    Args:
        before, after: uint8 (height, width, 3) of one size.

    Raises:
        VideoError: where the sizes differ, or OpenCV is not installed.
    """
    same_size(before, after)
    cv2 = opencv()
    one, other = _small(cv2, before), _small(cv2, after)
    empty = [float(grey.std()) < _NOTHING for grey in (one, other)]
    if any(empty):
        return not all(empty)
    return not any(
        _alike(cv2, moved, other, counts) >= _FOUND_AGAIN or _as_a_whole(moved, other, counts) >= _SAME
        for moved, counts in _onto(cv2, one, other)
    )


def _small(cv2: Any, pixels: Bytes) -> _Grey:
    height, width = pixels.shape[:2]
    factor = _SIDE / max(height, width)
    size = (max(_LEAST, round(width * factor)), max(_LEAST, round(height * factor)))
    grey = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY).astype(np.float32)
    small: _Grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
    return small


def _onto(cv2: Any, before: _Grey, after: _Grey) -> Iterator[tuple[_Grey, NDArray[np.bool_]]]:
    """``before`` moved onto ``after``, with what of it comes from inside: not at all, as a whole, part by part."""
    yield before, np.ones(before.shape, np.bool_)
    evened = [_evened(cv2, grey) for grey in (before, after)]
    for start in (_shift(cv2, *evened), None):
        search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        flow = search.calc(evened[1], evened[0], start)
        yield warp(before, flow)


def _evened(cv2: Any, grey: _Grey) -> NDArray[np.uint8]:
    """Mid-grey on average and of one contrast everywhere."""
    mean, variance = _local(cv2, grey, 8.0)
    even: NDArray[np.uint8] = np.clip((grey - mean) / (np.sqrt(variance) + 2) * 40 + 128, 0, 255).astype(np.uint8)
    return even


def _shift(cv2: Any, before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How the frame moved as a whole, at every pixel."""
    window = cv2.createHanningWindow(before.shape[::-1], cv2.CV_32F)
    shift, _ = cv2.phaseCorrelate(after.astype(np.float32), before.astype(np.float32), window)
    return np.broadcast_to(np.float32(shift), (*before.shape, 2)).copy()


def _alike(cv2: Any, moved: _Grey, after: _Grey, counts: NDArray[np.bool_]) -> float:
    """Correlation of the two in small windows, weighted by contrast; 0 where nothing counts."""
    sigma, noise = 3.0, 4.0  # pixels, squared levels
    (mean, variance), (other_mean, other_variance) = (_local(cv2, grey, sigma) for grey in (moved, after))
    together = cv2.GaussianBlur((moved - mean) * (after - other_mean), (0, 0), sigma)
    correlation = together / np.sqrt((variance + noise) * (other_variance + noise))
    weight = np.sqrt(other_variance) * counts
    total = float(weight.sum())
    return float((correlation * weight).sum()) / total if total > 0 else 0.0


def _as_a_whole(moved: _Grey, after: _Grey, counts: NDArray[np.bool_]) -> float:
    """Correlation of all that counts; 0 where that is little, or one of them shows nothing."""
    one, other = moved[counts], after[counts]
    if counts.mean() < _ENOUGH or not (one.std() > 0 and other.std() > 0):
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _local(cv2: Any, grey: _Grey, sigma: float) -> tuple[_Grey, _Grey]:
    """Mean and variance around every pixel."""
    mean = cv2.GaussianBlur(grey, (0, 0), sigma)
    return mean, cv2.GaussianBlur((grey - mean) ** 2, (0, 0), sigma)
