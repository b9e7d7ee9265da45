"""Clips written as browsers play them: H.264 in mp4, VP9 in webm."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import numpy as np

from nst.images import Bytes
from nst.video.colour import mark, to_yuv
from nst.video.errors import VideoError
from nst.video.needed import pyav
from nst.video.sound import Sound

Quality = Literal["small", "good", "best"]


@dataclass(frozen=True)
class _Format:
    """How a kind of file is written."""

    kind: str
    encoder: str
    shown: str
    """Its codec's name for people."""
    constant: dict[Quality, int]
    """The encoder's own scale of constant quality."""
    options: dict[str, str]
    file_options: dict[str, str]
    even: bool
    """Whether width and height must be."""


# bf 0: frames are stored in the order in which they are shown, so that the first one's time is that of the file.
# bitexact: no date, no random numbers, so that the same frames give the same bytes.
_H264 = _Format(
    "mp4",
    "libx264",
    "H.264",
    {"small": 28, "good": 18, "best": 10},
    {"preset": "medium", "profile": "high", "bf": "0"},
    {"fflags": "+bitexact", "movflags": "+faststart"},
    True,
)
_VP9 = _Format(
    "webm",
    "libvpx-vp9",
    "VP9",
    {"small": 38, "good": 24, "best": 10},
    {"b": "0", "deadline": "good", "cpu-used": "2", "row-mt": "0"},
    {"fflags": "+bitexact"},
    False,
)
FORMATS = {".mp4": _H264, ".webm": _VP9}

#: Time stamps are kept in this many parts of a second, which every usual rate divides, and milliseconds do.
_CLOCK = 90_000
_LONGEST_CLOCK = 2**31 - 1
#: A frame can be jumped to this many seconds apart.
_JUMPS = 2


class Writer:
    """A clip that is being written; the file appears under its name when the ``with`` block ends, whole, or never.

    ::

        with Writer(Path("result.mp4"), 640, 360, rate=Fraction(25), sound=Path("clip.mov")) as writer:
            for frame in frames(Path("clip.mov")):
                writer.add(frame.pixels, frame.seconds, frame.duration)
        writer.notes

    The same frames give the same bytes with the same FFmpeg.
    """

    def __init__(
        self,
        path: Path,
        width: int,
        height: int,
        *,
        rate: Fraction,
        sound: Path | None = None,
        quality: Quality = "good",
        pixel_aspect: Fraction = Fraction(1),
    ) -> None:
        """Say what will be written; nothing is, yet.

        Args:
            path: with the suffix ``.mp4`` (H.264) or ``.webm`` (VP9).
            width, height: of frames, in pixels. H.264 takes even ones only: the last column or row is then repeated,
                and ``notes`` says so.
            rate: frames a second, on average; players are told, time stamps are those of the frames.
            sound: a clip whose sound is wanted, or None. It is copied where browsers play it in a file of this kind,
                else encoded anew, and ends with the frames.
            quality: ``small``, ``good`` (differences are hard to see) or ``best`` (for measuring in).
            pixel_aspect: width of a pixel over its height.

        Raises:
            VideoError: for any other suffix.
            ValueError: for a width, height or rate that is not above 0.
        """
        if path.suffix.lower() not in FORMATS:
            raise VideoError(f"{path}: clips are written as {' or '.join(FORMATS)}, not as '{path.suffix}'")
        if width < 1 or height < 1 or rate <= 0:
            raise ValueError(f"width, height and rate must be above 0, not {width}, {height} and {rate}")
        self.path = path
        self.notes: list[str] = []
        """What a user should know, complete when the file is."""
        self._format = FORMATS[path.suffix.lower()]
        self._size = (height, width)
        self._stored = tuple(side + side % 2 for side in self._size) if self._format.even else self._size
        self._rate, self._sound_path, self._quality, self._aspect = rate, sound, quality, pixel_aspect
        self._temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        clock = lcm(_CLOCK, rate.numerator)
        self._clock = Fraction(1, clock if clock <= _LONGEST_CLOCK else _CLOCK)
        self._durations: dict[int, int] = {}
        self._last: int | None = None
        self._end = Fraction(0)
        self._sound: Sound | None = None
        self._output: Any = None
        if self._stored != self._size:
            self.notes.append(f"H.264 takes even sizes only: of {width} × {height} the last column or row is repeated")

    def __enter__(self) -> Writer:
        av = pyav()
        self._temporary.unlink(missing_ok=True)
        self._output = av.open(str(self._temporary), "w", format=self._format.kind, options=self._format.file_options)
        try:
            self._stream = self._video_stream(av)
            if self._sound_path is not None:
                self._sound = Sound(self._sound_path, self._output, self._format.kind)
        except BaseException:
            self._give_up()
            raise
        return self

    def add(self, pixels: Bytes, seconds: Fraction, duration: Fraction) -> None:
        """Add the next frame.

        Args:
            pixels: uint8 (height, width, 3), sRGB.
            seconds: when it appears; later than the frame before.
            duration: how long it is shown; it counts for the last frame, others are shown until the next one.

        Raises:
            VideoError: when the encoder refuses it.
            ValueError: for pixels of another size or kind, or a time that is not later.
        """
        if pixels.shape != (*self._size, 3) or pixels.dtype != np.uint8:
            raise ValueError(f"expected uint8 {(*self._size, 3)}, not {pixels.dtype} {pixels.shape}")
        at = round(seconds / self._clock)
        if at < 0 or (self._last is not None and at <= self._last):
            raise ValueError(f"a frame at {float(seconds)} s: expected one after {float(self._end)} s")
        frame = to_yuv(self._padded(pixels))
        frame.pts, frame.time_base = at, self._clock
        self._durations[at] = max(1, round((seconds + duration) / self._clock) - at)
        self._last, self._end = at, seconds + duration
        with self._telling():
            if self._sound is not None:
                self._sound.write_until(seconds)
            self._encode(frame)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._finish()
        finally:
            self._give_up()

    def _video_stream(self, av: Any) -> Any:
        chosen = self._format
        try:
            stream = self._output.add_stream(chosen.encoder, rate=self._rate)
        except ValueError as error:
            other = next(suffix for suffix, form in FORMATS.items() if form is not chosen)
            raise VideoError(
                f"{self.path}: FFmpeg here has no encoder for {chosen.shown} ({chosen.encoder}): "
                f"write {other} instead, or install PyAV from its wheel"
            ) from error
        stream.height, stream.width = self._stored
        stream.pix_fmt = "yuv420p"
        stream.time_base = self._clock
        context = stream.codec_context
        context.time_base, context.framerate = self._clock, self._rate
        context.sample_aspect_ratio = self._aspect
        context.gop_size = max(1, round(self._rate * _JUMPS))
        context.thread_count = 1
        context.options = chosen.options | {"crf": str(chosen.constant[self._quality])}
        mark(context)
        return stream

    def _padded(self, pixels: Bytes) -> Bytes:
        more = [(0, stored - side) for stored, side in zip(self._stored, self._size, strict=True)]
        return pixels if self._stored == self._size else np.pad(pixels, [*more, (0, 0)], mode="edge")

    def _encode(self, frame: Any) -> None:
        for packet in self._stream.encode(frame):
            packet.duration = self._durations.pop(packet.pts, packet.duration)
            self._output.mux(packet)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """What FFmpeg refuses, in a sentence; what the disk refuses, as it is."""
        try:
            yield
        except pyav().error.FFmpegError as error:
            if isinstance(error, OSError):
                raise
            shown = self._format.shown
            raise VideoError(f"{self.path}: FFmpeg cannot write it as {shown}: {error.strerror}") from error

    def _finish(self) -> None:
        if self._last is None:
            raise VideoError(f"{self.path}: no frame was given: there is nothing to write")
        with self._telling():
            self._encode(None)
            if self._sound is not None:
                self._sound.finish(self._end)
                self.notes += self._sound.notes
            self._output.close()
        self._output = None
        with self._temporary.open("r+b") as file:
            os.fsync(file.fileno())
        self._temporary.replace(self.path)

    def _give_up(self) -> None:
        """Close everything, and leave nothing half-written behind."""
        if self._sound is not None:
            self._sound.close()
        if self._output is not None:
            with suppress(Exception):  # it was not begun, or there is no room for its end
                self._output.close()
        self._output = self._sound = None
        self._temporary.unlink(missing_ok=True)
