"""Colours of videos: to sRGB as it is shown, and back.

Videos hold brightness and two differences of colour. Which brightness (ITU-R BT.601, BT.709 or BT.2020), and whether
it goes from 0 to 255 or from 16 to 235, stands in the file, or has to be guessed as players do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from nst.images import Bytes
from nst.video.base import Source
from nst.video.needed import pyav

if TYPE_CHECKING:
    from av import VideoFrame

#: ISO/IEC 23091-2: matrix coefficients as files number them -> PyAV's names.
_MATRICES = {1: "ITU709", 4: "FCC", 5: "ITU601", 6: "ITU601", 7: "SMPTE240M", 9: "BT2020", 10: "BT2020"}
_UNSAID = 2
_RGB = 0
#: Transfer characteristics of pictures brighter than a screen's white.
_HDR = {16: "PQ", 18: "HLG"}
BT709 = 1
LIMITED, FULL = 1, 2


def read_as(frame: VideoFrame, source: Source) -> Callable[[], Bytes]:
    """What gives a decoded frame's pixels, uint8 (height, width, 3), lying as they are stored; notes what it does."""
    has_alpha = any(component.is_alpha for component in frame.format.components)
    deepest = max(component.bits for component in frame.format.components)
    if deepest > 8:
        source.note(f"{deepest} bits a channel, read as 8")
    if frame.color_trc in _HDR:
        source.note(f"high dynamic range ({_HDR[frame.color_trc]}), read without tone mapping: colours look dull")
    matrix = _matrix(frame, source)
    if not has_alpha:
        return lambda: converted(frame, "rgb24", matrix)
    source.alpha = True
    source.note("transparent parts are shown on white")
    return lambda: on_white(converted(frame, "rgba", matrix))


def on_white(picture: Bytes) -> Bytes:
    """A picture (height, width, 4), colours not multiplied by alpha, laid on white: (height, width, 3)."""
    colours, alpha = picture[..., :3].astype(np.uint16), picture[..., 3:].astype(np.uint16)
    laid: Bytes = ((colours * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    return laid


def to_yuv(pixels: Bytes) -> VideoFrame:
    """Pixels uint8 (height, width, 3), sRGB, as a frame in 4:2:0, BT.709, 16 to 235, and marked as that."""
    av = pyav()
    frame: VideoFrame = av.VideoFrame.from_ndarray(pixels, "rgb24").reformat(
        format="yuv420p",
        dst_colorspace="ITU709",
        src_color_range="JPEG",
        dst_color_range="MPEG",
        interpolation=_exact(),
        threads=1,
    )
    mark(frame)
    return frame


def mark(target: Any) -> None:
    """Say of a frame, or of an encoder, that its colours are those of :func:`to_yuv`."""
    target.colorspace = target.color_primaries = target.color_trc = BT709
    target.color_range = LIMITED


def _matrix(frame: VideoFrame, source: Source) -> str | None:
    if frame.format.is_rgb or frame.colorspace == _RGB or frame.format.name.startswith(("gray", "pal", "mono")):
        return None
    if frame.colorspace != _UNSAID:
        return _MATRICES.get(frame.colorspace)
    # As mpv and Chromium do: what has the size of television is taken for television.
    high = frame.width >= 1280 or frame.height > 576
    name = "709" if high else "601"
    source.note(f"it does not say how its colours are meant: read by BT.{name}, as is usual at its size")
    return f"ITU{name}"


def converted(frame: VideoFrame, form: str, matrix: str | None) -> Bytes:
    """A frame as ``rgb24`` or ``rgba``, by PyAV's matrix of that name; None where its values are RGB or grey."""
    told = frame.reformat(format=form, src_colorspace=matrix, dst_color_range="JPEG", interpolation=_exact(), threads=1)
    return np.asarray(told.to_ndarray(), dtype=np.uint8)


def _exact() -> int:
    """Chroma at full resolution, exact rounding, the same on every processor."""
    from av.video.reformatter import Interpolation as By

    return int(By.BICUBIC | By.ACCURATE_RND | By.FULL_CHR_H_INT | By.FULL_CHR_H_INP | By.BITEXACT)
