"""Animated GIF, PNG and WebP, read by Pillow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile

from nst.images import MAX_PIXELS
from nst.video.base import Source, Taken
from nst.video.colour import on_white
from nst.video.errors import Broken, VideoError, of_the_disk

#: Browsers show frames that want less for ten times as long.
_LEAST, _INSTEAD = Fraction(2, 100), Fraction(1, 10)
_TICKS = {"GIF": Fraction(1, 100), "PNG": Fraction(1, 1000), "WEBP": Fraction(1, 1000)}


def knows(start: bytes) -> bool:
    """Whether a file that begins like this is of one of the formats."""
    return start.startswith((b"GIF8", b"\x89PNG\r\n\x1a\n")) or (start[:4] == b"RIFF" and start[8:12] == b"WEBP")


def source(path: Path) -> Source:
    """An animated picture, about to be read.

    Raises:
        VideoError: where it is damaged from the start, or larger than :data:`nst.images.MAX_PIXELS`.
    """
    try:
        image = Image.open(path)
        moves = image.format == "GIF" or getattr(image, "is_animated", False)
    except Image.DecompressionBombError as error:
        raise VideoError(f"{path}: more than {MAX_PIXELS} pixels a frame are refused: scale it down first") from error
    except Exception as error:
        if of_the_disk(error):
            raise
        raise VideoError(f"{path}: damaged picture: {error}") from error
    form = image.format or ""
    if not moves:
        image.close()
        raise VideoError(f"{path}: a single picture: a clip is a video, or a folder of frames")
    found = Source(
        name=str(path),
        taken=lambda: _taken(found, image),
        width=image.width,
        height=image.height,
        codec={"PNG": "apng"}.get(form, form.lower()),
        pixel_format=image.mode.lower(),
        tick=_TICKS.get(form, Fraction(0)),
    )
    if form == "PNG":
        found.expected = int(getattr(image, "n_frames", 1))  # said at its start; elsewhere it would have to be counted
    return found


def _taken(found: Source, image: ImageFile.ImageFile) -> Iterator[Taken]:
    start = Fraction(0)
    with image:
        index = 0
        while _at(image, index):
            picture = _pixels(image)
            if picture.shape[2] == 4:
                found.alpha = found.alpha or bool((picture[..., 3] < 255).any())
            pixels = on_white(picture) if picture.shape[2] == 4 else picture
            duration = _duration(found, image)
            yield Taken(start, duration, lambda pixels=pixels: pixels)  # type: ignore[misc]
            start += duration
            index += 1
        if found.alpha:
            found.note("transparent parts are shown on white")
        if image.format == "GIF" and not _ends_well(image):
            raise Broken("the file ends there")


def _at(image: ImageFile.ImageFile, index: int) -> bool:
    """Go to a frame; False where there is none. Decoders answer damage with whatever came up."""
    try:
        image.seek(index)
        image.load()
    except EOFError:
        return False
    except Exception as error:
        if of_the_disk(error):
            raise
        raise Broken(str(error) or type(error).__name__) from error
    return True


def _pixels(image: ImageFile.ImageFile) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """uint8 (height, width, 3), or 4 with alpha, a copy."""
    return np.array(image.convert("RGBA" if image.has_transparency_data else "RGB"), dtype=np.uint8)


def _duration(found: Source, image: ImageFile.ImageFile) -> Fraction:
    stated = Fraction(image.info.get("duration") or 0).limit_denominator(65535) / 1000
    if stated >= _LEAST:
        return stated
    found.note("frames of less than 20 ms, shown for 100 ms as in browsers")
    return _INSTEAD


def _ends_well(image: ImageFile.ImageFile) -> bool:
    """Whether a GIF ends as it should; Pillow takes any end of the file for one."""
    file = image.fp
    if file is None:
        return True
    file.seek(-min(64, os.fstat(file.fileno()).st_size), os.SEEK_END)
    return file.read().rstrip(b"\0").endswith(b";")
