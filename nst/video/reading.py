"""Clips of any kind, read frame by frame: video files, animated pictures, folders of pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nst.video import animated, container, folder
from nst.video.base import Facts, Frame, Source
from nst.video.errors import Broken, VideoError
from nst.video.timing import Pace, Timed, timed


def look(path: Path) -> Facts:
    """What a clip is. All of it is decoded once: nothing less can tell how much of it can be.

    Args:
        path: a video file, an animated GIF, PNG or WebP, a folder of pictures, or a zip of them.

    Raises:
        VideoError: where there is no such file, no clip in it, no decoder for it, or not one frame.
        OSError: where the disk does not give it.
    """
    source = _open(path)
    pace = Pace(source)
    try:
        for frame in _timed(source):
            pace.add(frame)
    except Broken as error:
        source.notes.append(str(error).removeprefix(f"{source.name}: "))
    if not pace.steady:
        source.notes.insert(0, "variable frame rate: time stamps are kept")
    return Facts(
        width=source.width,
        height=source.height,
        frames=pace.frames,
        seconds=float(pace.seconds),
        rate=pace.rate,
        steady=pace.steady,
        rotation=source.rotation,
        codec=source.codec,
        pixel_format=source.pixel_format,
        alpha=source.alpha,
        sound=source.sound,
        pixel_aspect=source.pixel_aspect,
        notes=tuple(source.notes),
    )


def frames(path: Path) -> Iterator[Frame]:
    """A clip's frames in the order in which they are shown, a few in memory at a time.

    Raises:
        Broken: in the middle, after all frames that could be read were given.
        VideoError: as :func:`look`.
        OSError: where the disk does not give it.
    """
    for frame in _timed(_open(path)):
        yield Frame(frame.index, frame.taken.pixels(), frame.seconds, frame.duration)


def _timed(source: Source) -> Iterator[Timed]:
    """The frames with their times, and whatever ends them early told with the file's name."""
    count = 0
    try:
        for frame in timed(source, source.taken()):
            count += 1
            yield frame
    except Broken as error:
        if not count:
            raise VideoError(f"{source.name}: not one frame can be read: {error}") from error
        of = f" of about {source.expected}" if source.expected > count else ""
        raise Broken(f"{source.name}: cannot be read beyond frame {count}{of}: {error}", count) from error
    if not count:
        raise VideoError(f"{source.name}: there is no frame in it")


def _open(path: Path) -> Source:
    if path.is_dir():
        return folder.of_folder(path)
    if not path.exists():
        raise VideoError(f"{path}: no such file")
    if not path.is_file():
        raise VideoError(f"{path}: not a file")
    with path.open("rb") as file:
        start = file.read(16)
    if not start:
        raise VideoError(f"{path}: the file is empty")
    if animated.knows(start):
        return animated.source(path)
    if folder.knows(start):
        return folder.source(path)
    return container.source(path)
