"""A clip's sound, taken over from the file it came from: packet by packet where the new file takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nst.video.container import codec_name, open_video
from nst.video.errors import VideoError
from nst.video.needed import pyav

if TYPE_CHECKING:
    from av import AudioFrame

#: What browsers play in a file of this kind: copied as it is.
_COPIED = {"mp4": ("aac", "mp3"), "webm": ("opus", "vorbis")}
#: Everything else becomes this: PyAV's encoder, its name for people, samples a second.
_ENCODERS = {"mp4": ("aac", "AAC", 48000), "webm": ("libopus", "Opus", 48000)}
#: Decoders of sound warm up on what comes just before its beginning.
_LEAD = Fraction(1, 10)


@dataclass(frozen=True, eq=False)
class _Piece:
    """A packet, or some samples."""

    start: Fraction
    """Seconds from the first frame of the clip."""
    end: Fraction
    what: Any


class Sound:
    """The sound of one file, on its way into another that is being written."""

    def __init__(self, path: Path, output: Any, kind: str) -> None:
        """Open it and give ``output`` a stream for it.

        Args:
            path: a file with sound and perhaps pictures; :class:`VideoError` where it has no sound.
            output: a container of PyAV's, before anything is written to it.
            kind: ``mp4`` or ``webm``.
        """
        self.notes: list[str] = []
        self._written = -_LEAD * 2
        self._input = open_video(path)
        try:
            self._open(path, output, kind)
        except BaseException:
            self._input.close()
            raise
        self._output = output
        self._next: _Piece | None = next(self._pieces, None)

    def _open(self, path: Path, output: Any, kind: str) -> None:
        if not self._input.streams.audio:
            raise VideoError(f"{path}: has no sound")
        heard = self._heard = self._input.streams.audio[0]
        self._origin = _first_frame(self._input)
        name = codec_name(heard)
        if name is None:
            raise VideoError(f"{path}: FFmpeg here has no decoder for its sound")
        self._pieces: Iterator[_Piece]
        self._put: Callable[[_Piece], None]
        if name in _COPIED[kind]:
            self._stream = output.add_stream_from_template(heard)
            self._pieces, self._put, self._encodes = self._packets(), self._copy, False
            return
        encoder, shown, rate = _ENCODERS[kind]
        try:
            self._stream = output.add_stream(encoder, rate=rate)
        except ValueError as error:
            raise VideoError(f"FFmpeg here has no encoder for {shown} sound ({encoder})") from error
        self._stream.layout = "mono" if heard.codec_context.channels == 1 else "stereo"
        self._pieces, self._put, self._encodes = self._samples(rate), self._encode, True
        self.notes.append(f"sound encoded anew as {shown}, it was {name}")

    def write_until(self, seconds: Fraction) -> None:
        """Write what has ended by then."""
        while self._next is not None and self._next.end <= seconds:
            self._put(self._next)
            self._next = next(self._pieces, None)

    def finish(self, seconds: Fraction) -> None:
        """Write what is left until then, and no more: there the pictures end."""
        self.write_until(seconds)
        while self._next is not None and self._next.start < seconds:
            self._put(_cut(self._next, seconds) if self._encodes else self._next)
            self._next = next(self._pieces, None)
        if self._encodes:
            self._output.mux(self._stream.encode(None))

    def close(self) -> None:
        self._input.close()

    def _packets(self) -> Iterator[_Piece]:
        for packet in self._careful(self._input.demux(self._heard)):
            if packet.pts is None or packet.size == 0:
                continue
            start = packet.pts * packet.time_base - self._origin
            end = start + (packet.duration or 0) * packet.time_base
            if start >= -_LEAD or end > 0:
                yield _Piece(start, end, packet)

    def _copy(self, piece: _Piece) -> None:
        packet = piece.what
        if piece.start <= self._written:  # damaged files jump back in time, which no file may
            return
        self._written = piece.start
        shift = round(self._origin / packet.time_base)
        packet.pts -= shift
        packet.dts = packet.pts
        packet.stream = self._stream
        self._output.mux(packet)

    def _samples(self, rate: int) -> Iterator[_Piece]:
        resampler = pyav().AudioResampler("fltp", self._stream.layout.name, rate)
        for decoded in self._careful(self._input.decode(self._heard)):
            for frame in resampler.resample(decoded):
                piece = _piece(frame, self._origin)
                if piece.end > 0:
                    yield _after_start(piece)

    def _encode(self, piece: _Piece) -> None:
        frame = piece.what
        if frame.samples:
            frame.pts, frame.time_base = round(piece.start * frame.sample_rate), Fraction(1, frame.sample_rate)
            self._output.mux(self._stream.encode(frame))

    def _careful(self, given: Iterator[Any]) -> Iterator[Any]:
        """What can be read; damaged sound ends, and is no reason to lose the pictures."""
        try:
            yield from given
        except pyav().error.FFmpegError as error:
            self.notes.append(f"its sound ends where it cannot be read further: {error.strerror}")


def _first_frame(container: Any) -> Fraction:
    """When the pictures begin by the file's own clock: clips begin there."""
    for stream in container.streams.video:
        if stream.start_time is not None:
            return Fraction(stream.start_time * stream.time_base)
    return Fraction(0)


def _piece(frame: AudioFrame, origin: Fraction) -> _Piece:
    start = (frame.pts or 0) * Fraction(frame.time_base or 0) - origin
    return _Piece(start, start + Fraction(frame.samples, frame.sample_rate), frame)


def _after_start(piece: _Piece) -> _Piece:
    """Without what is heard before the first frame is seen."""
    return piece if piece.start >= 0 else _part(piece, Fraction(0), piece.end)


def _cut(piece: _Piece, end: Fraction) -> _Piece:
    return piece if piece.end <= end else _part(piece, piece.start, end)


def _part(piece: _Piece, start: Fraction, end: Fraction) -> _Piece:
    whole, rate = piece.what, piece.what.sample_rate
    samples = whole.to_ndarray()[:, round((start - piece.start) * rate) : round((end - piece.start) * rate)]
    part = pyav().AudioFrame.from_ndarray(samples.copy(), format="fltp", layout=whole.layout.name)
    part.sample_rate = rate
    return _Piece(start, end, part)
