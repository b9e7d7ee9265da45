"""The clips that jobs read: found, identified, decoded once to the end, and stored beside the results.

What is stored is the file as it is, a folder of frames as one zip, a sample as an animated PNG; beside it lies the
first frame, as pages show it.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from bench.inputs.picture import SAMPLE, Input
from bench.manifest.image_schema import Frames
from bench.record import InputPicture
from nst import images, video
from nst.images import Picture
from nst.video import Facts, VideoError

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Clip(Input):
    """A clip of the manifest that exists and can be decoded, if not to its end."""

    suffix: str = ""
    """Of the stored file: ``.mp4``."""
    copy: Callable[[BinaryIO], None] = lambda to: None
    """Writes what is stored; :class:`nst.video.VideoError` where it is no longer what was planned."""


def open_clip(label: str, source: str, folder: Path) -> Clip:
    """Find and check one clip.

    Args:
        label: what the manifest calls it.
        source: ``sample:<name>``, or the path of a file or a folder of frames, relative to ``folder``.
        folder: the manifest's folder.

    Raises:
        VideoError: when it is no clip, or not one frame of it can be read.
        PictureError: when there is no such file.
    """
    if source.startswith(SAMPLE):
        return _sample(label, source.removeprefix(SAMPLE).strip())
    path = images.find_file(source, folder).absolute()
    return _of_folder(label, source, path, None) if path.is_dir() else open_clip_file(label, source, path)


def open_frames(label: str, entry: Frames, folder: Path) -> Clip:
    """A folder of frames as a clip.

    Raises:
        VideoError: when there are no pictures in it, or they differ in size.
    """
    path = images.find_file(entry.folder, folder).absolute()
    if not path.is_dir():
        raise VideoError(f"{path}: not a folder")
    rate = None if entry.rate is None else Fraction(entry.rate).limit_denominator(1001)
    return _of_folder(label, entry.folder, path, rate)


def open_clip_file(label: str, source: str, path: Path) -> Clip:
    """A clip in a file.

    Args:
        label: what the manifest calls it.
        source: what it says of where the clip is, for records.
        path: where it lies.

    Raises:
        VideoError: when the file is missing or no clip.
    """
    facts = _looked(path)

    def write(to: BinaryIO) -> None:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                to.write(chunk)

    return _clip(label, source, path, facts, write, path.suffix.lower())


def _of_folder(label: str, source: str, path: Path, rate: Fraction | None) -> Clip:
    facts = _looked(path)
    notes = tuple(note for note in facts.notes if rate is None or "frames a second" not in note)
    write = partial(video.pack, path, rate=rate)
    return _clip(label, source, path, replace(facts, notes=notes), lambda to: write(to), ".zip")


def _sample(label: str, name: str) -> Clip:
    sample = video.find_clip(name)
    count = 0
    for frame in sample.frames():
        height, width, count = *frame.pixels.shape[:2], count + 1
    digest = hashlib.sha256(f"sample/clip/{sample.name}/{sample.version}".encode()).hexdigest()
    return Clip(
        InputPicture(label=label, source=f"{SAMPLE}{sample.name}", sha256=digest, frames=count),
        width,
        height,
        lambda: Picture.of(next(sample.frames()).pixels),
        suffix=".png",
        copy=lambda to: _write(to, video.sample_file(name)),
    )


def _write(to: BinaryIO, data: bytes) -> None:
    to.write(data)


def _clip(label: str, source: str, path: Path, facts: Facts, write: Callable[[BinaryIO], None], suffix: str) -> Clip:
    with _told(path):
        digest = _digest(write)

    def copy(to: BinaryIO) -> None:
        hashed = _Hashed(to)
        try:
            with _told(path):
                write(cast("BinaryIO", hashed))
        except VideoError:
            if hashed.unwritten is not None:  # no fault of the clip's, but of the disk that it goes to
                raise hashed.unwritten from None
            raise
        if hashed.digest != digest:
            raise VideoError(f"{path}: changed since the run began: start it again")

    notes = list(facts.notes)
    return Clip(
        InputPicture(label=label, source=source, sha256=digest, notes=notes, frames=facts.frames),
        facts.width,
        facts.height,
        lambda: _first(path),
        notes=tuple(notes),
        suffix=suffix,
        copy=copy,
    )


def _looked(path: Path) -> Facts:
    with _told(path):
        return video.look(path)


def _first(path: Path) -> Picture:
    with _told(path):
        return Picture.of(next(video.frames(path)).pixels)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What a disk does not give is told like all else that is wrong with a clip."""
    try:
        yield
    except OSError as error:
        raise VideoError(f"{path}: cannot be read: {error.strerror or error}") from error


class _Hashed(io.RawIOBase):
    """Passes bytes on and hashes them on their way; without a way back, so that all writers write alike."""

    def __init__(self, to: BinaryIO | None) -> None:
        self._to, self._hash = to, hashlib.sha256()
        self.unwritten: OSError | None = None
        """Why a byte could not be passed on."""

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        given = memoryview(data).cast("B")  # type: ignore[arg-type]  # whatever has bytes
        self._hash.update(given)
        if self._to is not None:
            try:
                self._to.write(given)
            except OSError as error:
                self.unwritten = error
                raise
        return len(given)


def _digest(write: Callable[[BinaryIO], None]) -> str:
    hashed = _Hashed(None)
    write(cast("BinaryIO", hashed))
    return hashed.digest
