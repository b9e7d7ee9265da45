"""Sets of pictures: which files a folder or a pattern stands for, in which order, and what each is called.

The same on all systems: names are compared without regard to case, ordered as people count (``img2`` before
``img10``), and hidden files are left out. Links are followed; a folder is entered once, however many ways lead to it.
"""

from __future__ import annotations

import errno
import fnmatch
import os
import re
import unicodedata
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePath

from PIL import Image

from bench.manifest.image_schema import MAX_SET, Folder, Glob
from nst.images import PictureError
from nst.kinds import nearest

#: Files and folders that a search may look at.
MAX_SEEN = 200_000

#: What is called so must be a picture: where it cannot be read, that is a mistake and not another kind of file.
SUFFIXES = frozenset(
    f".{name}"
    for name in (
        *("apng", "avif", "bmp", "dib", "gif", "j2k", "jfif", "jp2", "jpe", "jpeg", "jpg", "jpx", "pbm", "pgm", "png"),
        *("pnm", "ppm", "psd", "qoi", "tga", "tif", "tiff", "webp"),
    )
)
_LONGEST = 200


@dataclass(frozen=True)
class Member:
    """A picture of a set."""

    name: str
    """Its label, without the set's: ``town`` of ``set/town``."""
    path: Path
    source: str
    """As a manifest could name it: relative to its folder, with slashes."""


@dataclass(frozen=True)
class Found:
    members: tuple[Member, ...]
    skipped: tuple[str, ...]
    """Files that are no pictures."""


def find(entry: Glob | Folder, folder: Path) -> Found:
    """The pictures of a set, in order.

    Args:
        entry: as the manifest has it.
        folder: the manifest's, which relative paths start from.

    Raises:
        PictureError: when a folder cannot be read, when there are too many files, or none that is a picture.
    """
    if isinstance(entry, Glob):
        start, segments = _split(entry.glob)
        asked = entry.glob
    else:
        start, segments = PurePath(entry.folder), ["*"]
        asked = entry.folder
    base = _folder(folder, start)
    pictures: list[tuple[str, ...]] = []
    skipped: list[tuple[str, ...]] = []
    try:
        files = sorted(_search(base, segments), key=_natural)
    except OSError as error:
        raise PictureError(f"{error.filename or base}: cannot be read: {error.strerror or error}") from error
    for parts in files:
        if any("\ud800" <= character <= "\udfff" for character in "".join(parts)):
            raise PictureError(f"{base}: the name {'/'.join(parts)!a} is not UTF-8: rename it")
        is_picture = PurePath(parts[-1]).suffix.lower() in SUFFIXES or _has_header(base.joinpath(*parts))
        (pictures if is_picture else skipped).append(parts)
        if is_picture and len(pictures) == entry.limit:
            break
    if not pictures:
        there = f": {_some(['/'.join(parts) for parts in skipped])} cannot be read as such" if skipped else ""
        raise PictureError(f"{asked}: no pictures in {base}{there}")
    names = _names(pictures, asked)
    members = (
        Member(name, base.joinpath(*parts), start.joinpath(*parts).as_posix())
        for name, parts in zip(names, pictures, strict=True)
    )
    return Found(tuple(members), tuple("/".join(parts) for parts in skipped))


def _some(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _split(pattern: str) -> tuple[PurePath, list[str]]:
    """The folder a pattern starts from, and the segments with something to match; ``**`` at the end means all."""
    parts = PurePath(pattern).parts
    first = next(i for i, part in enumerate(parts) if re.search(r"[*?\[]", part))
    segments = [parts[first], *(b for a, b in pairwise(parts[first:]) if (a, b) != ("**", "**"))]
    return PurePath(*parts[:first]), segments + ["*"] * (segments[-1] == "**")


def _folder(folder: Path, start: PurePath) -> Path:
    try:
        base = folder / Path(start).expanduser()
        if base.is_dir():
            return base
        known = [other.name for other in base.parent.iterdir() if other.is_dir()] if base.parent.is_dir() else []
    except (OSError, RuntimeError, ValueError) as error:
        raise PictureError(f"{str(start)[:200]!r}: not the path of a folder: {error}") from error
    raise PictureError(f"{base}: {'not a' if base.exists() else 'no such'} folder{nearest(base.name, known)}")


def _search(base: Path, segments: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Paths below ``base`` that match, as parts; each once. Folders are no matches."""
    fits = [_matcher(segment) for segment in segments]
    todo: list[tuple[tuple[str, ...], int]] = [((), 0)]
    links: list[tuple[tuple[str, ...], int]] = []  # come last, so that none takes the place of the folder itself
    entered: set[tuple[int, int, int]] = set()
    found: set[tuple[str, ...]] = set()
    seen = 0
    while todo or links:
        parts, at = (todo or links).pop()
        path = base.joinpath(*parts)
        about = path.stat()
        if (about.st_dev, about.st_ino, at) in entered:  # by another way, perhaps one that leads back
            continue
        entered.add((about.st_dev, about.st_ino, at))
        deep, last = segments[at] == "**", at + 1 == len(segments)
        if deep:
            todo.append((parts, at + 1))
        with os.scandir(path) as entries:
            listed = sorted(entries, key=lambda entry: entry.name, reverse=True)
        seen += len(listed)
        if seen > MAX_SEEN:
            raise PictureError(f"{base}: more than {MAX_SEEN:,} files and folders to look at: be more precise")
        for entry in listed:
            if not fits[at](entry.name):
                continue
            here = (*parts, entry.name)
            if _is_folder(entry):
                if not last:
                    (links if entry.is_symlink() else todo).append((here, at if deep else at + 1))
            elif last and here not in found:
                found.add(here)
                if len(found) > MAX_SET:
                    raise PictureError(f"{base}: more than {MAX_SET:,} files: be more precise, or make several sets")
                yield here


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError as error:
        if error.errno == errno.ELOOP:  # a link to itself is as good as one that leads nowhere
            return False
        raise


def _matcher(segment: str) -> Callable[[str], bool]:
    """Whether a name fits one segment of a pattern; hidden ones fit only a segment that begins with a dot."""
    fits = re.compile(fnmatch.translate(segment), re.IGNORECASE).match
    hidden = segment.startswith(".")
    return lambda name: name.startswith(".") == hidden and fits(name) is not None


def _has_header(path: Path) -> bool:
    """Whether a file under another name is a picture all the same, as far as its first bytes say."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if path.is_file():
                with Image.open(path):
                    return True
    except Image.DecompressionBombError:
        return True
    except Exception:  # whatever a foreign file provokes in the readers of dozens of formats
        return False
    return False


def _natural(parts: tuple[str, ...]) -> tuple[object, ...]:
    """``img2`` before ``img10``, ``a`` beside ``A``; what is still equal goes by its very characters."""
    counted = [re.split(r"([0-9]+)", unicodedata.normalize("NFC", part).casefold()) for part in parts]
    return ([[int(s) if i % 2 else s for i, s in enumerate(split)] for split in counted], parts)


def _names(files: Sequence[tuple[str, ...]], asked: str) -> list[str]:
    """Labels: the file's name without its suffix; where two would be called the same, their whole paths."""
    short = [_printable(PurePath(parts[-1]).stem) for parts in files]
    times = Counter(short)
    names = [s if times[s] == 1 else _printable("/".join(parts)) for s, parts in zip(short, files, strict=True)]
    first: dict[str, tuple[str, ...]] = {}
    for name, parts in zip(names, files, strict=True):
        if (other := first.setdefault(name, parts)) != parts:
            raise PictureError(
                f"{asked}: {'/'.join(other)!a} and {'/'.join(parts)!a} would both be called {name!r}: rename one"
            )
    return names


def _printable(name: str) -> str:
    text = "".join(c if c.isprintable() else "_" for c in unicodedata.normalize("NFC", name)).strip() or "_"
    return text if len(text) <= _LONGEST else "…" + text[1 - _LONGEST :]
