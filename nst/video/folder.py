"""A folder of pictures as a clip, and as one file.

In the order in which people count (``shot2`` before ``shot10``). A file ``clip.json`` among them says how fast they are
shown: ``{"rate": "24000/1001"}``, frames a second.
"""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np

from nst.images import Bytes, Picture, PictureError, open_picture
from nst.video.base import Source, Taken
from nst.video.colour import on_white
from nst.video.errors import Broken, VideoError, of_the_disk

#: Shown so fast where nothing says how fast.
DEFAULT_RATE = Fraction(25)
SETTINGS = "clip.json"
_SUFFIXES = (
    *(".avif", ".bmp", ".gif", ".jp2", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".qoi"),
    *(".tga", ".tif", ".tiff", ".webp"),
)
#: A clip.json is a line; what is longer is something else.
_MOST_SETTINGS = 65_536
#: A picture in a zip may claim to be any size.
_MOST_PICTURE = 2**30


def knows(start: bytes) -> bool:
    """Whether a file that begins like this is a zip."""
    return start.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def of_folder(path: Path) -> Source:
    """The pictures of a folder, about to be read as a clip; those in folders below it are left out.

    Raises:
        VideoError: where there are none, or clip.json is not understood.
    """
    names = _pictures([entry.name for entry in path.iterdir() if entry.is_file()], str(path))
    settings = path / SETTINGS
    rate = _rate(settings.read_bytes(), str(settings)) if settings.is_file() else None
    return _source(str(path), names, rate, lambda name: (path / name).read_bytes(), nullcontext())


def source(path: Path) -> Source:
    """The pictures of a zip, about to be read as a clip.

    Raises:
        VideoError: where it is damaged, there are none in it, or clip.json is not understood.
    """
    try:
        archive = zipfile.ZipFile(path)
        entries = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
        names = _pictures(entries, str(path))
        rate = _archived_rate(archive, path)
    except VideoError:
        raise
    except Exception as error:
        if of_the_disk(error):
            raise
        raise VideoError(f"{path}: not a zip that can be read: {error}") from error

    def read(name: str) -> bytes:
        size = archive.getinfo(name).file_size
        if size > _MOST_PICTURE:
            raise PictureError(f"{name}: {size} bytes: more than {_MOST_PICTURE} are refused")
        return archive.read(name)

    return _source(str(path), names, rate, read, archive)


def pack(folder: Path, to: BinaryIO, rate: Fraction | None = None) -> None:
    """Write a folder of pictures as one zip, which :func:`nst.video.frames` reads; the same files give the same bytes.

    Args:
        folder: where the pictures lie. Nothing else in it is taken but ``clip.json``.
        to: a file to write to.
        rate: frames a second; None for what clip.json says, or :data:`DEFAULT_RATE`.

    Raises:
        VideoError: where there are no pictures, or clip.json is not understood.
        OSError: where the disk does not give, or take, them.
    """
    found = of_folder(folder)
    rate = rate or found.rates[0]
    with zipfile.ZipFile(to, "w", zipfile.ZIP_STORED) as archive:
        said = json.dumps({"rate": f"{rate.numerator}/{rate.denominator}"}) + "\n"
        archive.writestr(_entry(SETTINGS), said)
        for name in _pictures([entry.name for entry in folder.iterdir() if entry.is_file()], str(folder)):
            with (folder / name).open("rb") as file, archive.open(_entry(name), "w", force_zip64=True) as packed:
                shutil.copyfileobj(file, packed)


def _entry(name: str) -> zipfile.ZipInfo:
    """An entry without a date, or anything else of the machine it was made on."""
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    return entry


def _source(
    name: str,
    names: Sequence[str],
    rate: Fraction | None,
    read: Callable[[str], bytes],
    opened: AbstractContextManager[object],
) -> Source:
    found = Source(
        name=name,
        taken=lambda: _taken(found, names, read, opened),
        codec=PurePosixPath(names[0]).suffix[1:].lower(),
        pixel_format="rgb",
        rates=(rate or DEFAULT_RATE,),
        expected=len(names),
    )
    if rate is None:
        found.note(f"no {SETTINGS} says how fast: {DEFAULT_RATE} frames a second")
    return found


def _taken(
    found: Source, names: Sequence[str], read: Callable[[str], bytes], opened: AbstractContextManager[object]
) -> Iterator[Taken]:
    each = 1 / found.rates[0]
    with opened:
        for index, name in enumerate(names):
            try:
                picture = open_picture(read(name), name)
            except Exception as error:
                if of_the_disk(error):
                    raise
                raise Broken(str(error)) from error
            _same_size(found, names[0], name, picture)
            yield Taken(index * each, each, lambda picture=picture: _on_white(picture))  # type: ignore[misc]


def _same_size(found: Source, first: str, name: str, picture: Picture) -> None:
    height, width = picture.pixels.shape[:2]
    if name == first:
        found.width, found.height = width, height
    elif (found.width, found.height) != (width, height):
        raise VideoError(
            f"{found.name}: the pictures of a clip must be of one size: {first} is {found.width} × {found.height} "
            f"pixels, {name} {width} × {height}"
        )
    if picture.alpha is not None:
        found.alpha = True
        found.note("transparent parts are shown on white")


def _on_white(picture: Picture) -> Bytes:
    return picture.pixels if picture.alpha is None else on_white(np.dstack([picture.pixels, picture.alpha]))


def _pictures(names: Sequence[str], where: str) -> list[str]:
    """Those that are pictures by their names, hidden ones left out, in the order in which people count."""
    found = [
        name
        for name in names
        if PurePosixPath(name).suffix.lower() in _SUFFIXES
        and not any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)
    ]
    if not found:
        raise VideoError(f"{where}: there are no pictures in it: a clip is a video, or a folder of frames")
    return sorted(found, key=_counted)


def _counted(name: str) -> tuple[list[int | str], str]:
    folded = unicodedata.normalize("NFC", name).casefold()
    return [int(s) if i % 2 else s for i, s in enumerate(re.split(r"([0-9]+)", folded))], name


def _archived_rate(archive: zipfile.ZipFile, path: Path) -> Fraction | None:
    try:
        entry = archive.getinfo(SETTINGS)
    except KeyError:
        return None
    if entry.file_size > _MOST_SETTINGS:
        raise VideoError(f"{path}: {SETTINGS} in it is {entry.file_size} bytes long: expected a line")
    return _rate(archive.read(entry), f"{path}: {SETTINGS}")


def _rate(data: bytes, where: str) -> Fraction:
    """Frames a second, as clip.json says them."""
    try:
        rate = Fraction(json.loads(data)["rate"])
    except (ValueError, TypeError, KeyError, ZeroDivisionError, RecursionError) as error:
        raise VideoError(f'{where}: not understood: expected {{"rate": "25/1"}}, frames a second') from error
    if not 0 < rate <= 1000:
        raise VideoError(f"{where}: {rate} frames a second: expected more than 0 and at most 1000")
    return rate
