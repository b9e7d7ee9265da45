"""Video files, read by FFmpeg through PyAV."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nst.images import Bytes
from nst.video.base import Source, Taken
from nst.video.colour import read_as
from nst.video.errors import Broken, VideoError
from nst.video.needed import pyav

if TYPE_CHECKING:
    from av import VideoFrame

#: What may be opened. Playlists are not among it: they name other files, and addresses.
_FORMATS = "mov,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,nut,mxf,ivf,yuv4mpegpipe,mp3,wav,flac,aac"
_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": _FORMATS}
#: Decoders that see transparency where FFmpeg's own leave it out.
_SEEING_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
#: What files say of their length is not exact: they are short if they end so much before it.
_SHORT_SECONDS, _SHORT_FRAMES = 0.25, 3


def open_video(path: Path) -> Any:
    """The file as a container of PyAV's; :class:`VideoError` in words where it is none."""
    av = pyav()
    try:
        # Named as a file, so that no name is taken for an address.
        return av.open(f"file:{path}", options=_OPTIONS, metadata_errors="replace")
    except av.error.FFmpegError as error:
        raise VideoError(f"{path}: not a video that FFmpeg can open, or not a whole one: {_reason(error)}") from error


def codec_name(stream: Any) -> str | None:
    """What a stream is in, whichever decoder reads it; None where FFmpeg here has no decoder for it."""
    context = stream.codec_context
    return None if context is None else str(context.codec.canonical_name)


def source(path: Path) -> Source:
    """The moving picture in a video file, about to be read.

    Raises:
        VideoError: where it is no video, has no picture that moves, or no decoder is there for it.
    """
    container = open_video(path)
    try:
        stream = _moving(container, path)
        decoder = _decoder(stream, path)
    except BaseException:
        container.close()
        raise
    clock = stream.time_base or Fraction(1, 1000)
    found = Source(
        name=str(path),
        taken=lambda: _Reading(found, container, stream, decoder, clock).taken(),
        codec=codec_name(stream) or "",
        tick=clock,
        rates=tuple(Fraction(r) for r in (stream.average_rate, stream.guessed_rate, stream.base_rate) if r),
        expected=_expected(container, stream),
    )
    if container.streams.audio:
        found.sound = codec_name(container.streams.audio[0]) or "unknown"
    if len(container.streams.video) > 1:
        found.note(f"{len(container.streams.video)} moving pictures in one file: the first is read")
    return found


def _moving(container: Any, path: Path) -> Any:
    """The first stream that is a video, and not the picture on a record's sleeve."""
    av = pyav()
    sleeve = av.stream.Disposition.attached_pic
    for stream in container.streams.video:
        if not stream.disposition & sleeve:
            return stream
    what = "only sound" if container.streams.audio else "no video"
    raise VideoError(f"{path}: has {what} in it: a clip needs a moving picture")


def _decoder(stream: Any, path: Path) -> Any:
    """What decodes the stream, with one thread."""
    av = pyav()
    context = stream.codec_context
    if context is None:
        raise VideoError(f"{path}: FFmpeg here has no decoder for its video: convert it to H.264 or VP9")
    name = _SEEING_ALPHA.get(context.name)
    if name and stream.metadata.get("alpha_mode") == "1":
        with suppress(ValueError):  # a build without libvpx shows it opaque
            context = av.CodecContext.create(name, "r")
    context.thread_count = 1
    # Without this, damaged frames are patched up and given as if they were whole, and all after them.
    context.options = {"err_detect": "explode"}
    return context


def _expected(container: Any, stream: Any) -> int:
    if _indexed(container):
        return len(stream.index_entries)
    if stream.frames:
        return int(stream.frames)
    seconds = _claimed_seconds(container, stream)
    return round(seconds * float(stream.average_rate)) if stream.average_rate else 0


def _indexed(container: Any) -> bool:
    """Whether the file begins or ends with a list of all its frames: those of MP4's kind."""
    return "mp4" in container.format.name


def _claimed_seconds(container: Any, stream: Any) -> float:
    """How long the pictures last as the file has it; 0 where it says nothing of them alone."""
    if stream.duration:
        return float(stream.duration * stream.time_base)
    tagged = re.fullmatch(r"(\d+):(\d+):(\d+\.?\d*)", stream.metadata.get("DURATION", ""))  # Matroska
    before = float(max(0, stream.start_time or 0) * stream.time_base)
    if tagged:
        return int(tagged[1]) * 3600 + int(tagged[2]) * 60 + float(tagged[3]) - before
    return (container.duration or 0) / 1_000_000 - before if len(container.streams) == 1 else 0.0


@dataclass
class _Reading:
    """A video on its way from packets to frames."""

    source: Source
    container: Any
    stream: Any
    decoder: Any
    clock: Fraction
    packets: int = 0
    end: Fraction | None = None
    turned: tuple[int, Callable[[Bytes], Bytes]] | None = None

    def taken(self) -> Iterator[Taken]:
        with self.container:
            for frame in self._frames():
                yield self._frame(frame)
            self._check_whole()

    def _frames(self) -> Iterator[VideoFrame]:
        """All that can be decoded; then, where that is not all, :class:`Broken`."""
        try:
            for packet in self.container.demux(self.stream):
                if packet.is_corrupt:
                    raise Broken("it ends, or is damaged, in the middle of a frame")
                self.packets += packet.size > 0
                yield from self._decoded(packet)
        except (Broken, pyav().error.FFmpegError) as error:
            yield from self._rest()
            raise Broken(_reason(error)) from error

    def _decoded(self, packet: Any) -> list[VideoFrame]:
        """The frames that a packet brings to an end."""
        try:
            found = self.decoder.decode(packet)
        except pyav().error.FFmpegError:
            if self.end is not None:
                raise
            # Recordings may begin between two whole frames.
            self.source.note("what comes before its first whole frame is left out")
            return []
        if any(frame.is_corrupt for frame in found):
            raise Broken("the frame is damaged")
        return list(found)

    def _rest(self) -> list[VideoFrame]:
        """What the decoder still holds when no more can be read, as far as it follows on from what came before.

        Frames wait there for those that are shown before them; where one of these is lost, they come too early.
        """
        with suppress(pyav().error.FFmpegError):
            return list(takewhile(self._follows, self.decoder.decode(None)))
        return []

    def _follows(self, frame: VideoFrame) -> bool:
        if frame.is_corrupt:
            return False
        if frame.pts is None or self.end is None:
            return True
        start, half = frame.pts * self.clock, frame.duration * self.clock / 2
        follows = not half or start <= self.end + half
        self.end = max(self.end, start + 2 * half)
        return follows

    def _frame(self, frame: VideoFrame) -> Taken:
        start = None if frame.pts is None else frame.pts * self.clock
        duration = frame.duration * self.clock if frame.duration else None
        if start is not None:
            self.end = max(self.end or start, start + (duration or 0))
        # Of the first frame alone: one that was asked for its side data is held until the next sweep for cycles.
        self.turned = self.turned or _turned(frame)
        turn, upright = self.turned
        convert = read_as(frame, self.source)
        size = (frame.width, frame.height)
        self._same_size(size if turn % 180 == 0 else size[::-1])
        self._describe(frame, turn)
        return Taken(start, duration, lambda: upright(convert()))

    def _same_size(self, size: tuple[int, int]) -> None:
        first = (self.source.width, self.source.height)
        if first == (0, 0):
            self.source.width, self.source.height = size
        elif size != first:
            raise Broken(f"from here on it is {size[0]} × {size[1]} pixels, and was {first[0]} × {first[1]}")

    def _describe(self, frame: VideoFrame, turn: int) -> None:
        found = self.source
        found.pixel_format, found.rotation = frame.format.name, turn
        if frame.interlaced_frame:
            found.note("interlaced: both halves of a frame are shown together")
        aspect = Fraction(self.stream.sample_aspect_ratio or 1)
        if aspect not in (0, 1):
            found.pixel_aspect = aspect if turn % 180 == 0 else 1 / aspect
            found.note(f"pixels {found.pixel_aspect} as wide as high: frames are given as stored")

    def _check_whole(self) -> None:
        """Files cut off at their end are not always told by FFmpeg: some just end before they say they do."""
        if _indexed(self.container):
            whole = self.packets >= self.source.expected
        else:
            origin = (self.stream.start_time or 0) * self.clock
            missing = _claimed_seconds(self.container, self.stream) - float((self.end or 0) - origin)
            whole = missing <= max(_SHORT_SECONDS, _SHORT_FRAMES / float(self.stream.average_rate or 25))
        if not whole:
            raise Broken("the file ends there")


def _turned(frame: VideoFrame) -> tuple[int, Callable[[Bytes], Bytes]]:
    """Degrees clockwise that the frame's display matrix turns by, and what does so; mirrors as well."""
    data: Any = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return 0, lambda pixels: pixels
    # Rows of three, in fixed point: x' = a x + c y, y' = b x + d y (ISO/IEC 14496-12, 8.3.2).
    a, b, _, c, d = struct.unpack("<5i", bytes(data)[:20])
    lying = abs(b) + abs(c) > abs(a) + abs(d)
    across, down = (c, b) if lying else (a, d)

    def upright(pixels: Bytes) -> Bytes:
        turned = pixels.swapaxes(0, 1) if lying else pixels
        return np.ascontiguousarray(turned[:: -1 if down < 0 else 1, :: -1 if across < 0 else 1])

    if lying:
        return (270 if down < 0 else 90), upright
    return (180 if down < 0 else 0), upright


def _reason(error: Exception) -> str:
    """What FFmpeg says of it, without number and address."""
    return str(getattr(error, "strerror", None) or error)
