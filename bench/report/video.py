"""Moving pictures of a run, from the files beside its record.

What is looked for among the files that a record names:

- ``*.mp4``, ``*.webm``: shown in the browser's own player. ``source.mp4`` is what the video was made from and stands
  first; every other one goes by its name without suffix.
- ``frames/*.png`` or ``frame-*.png``: single pictures in the order in which people count, shown as a strip of at most
  :data:`MOST_FRAMES`, evenly spread.

A file counts only if it is the one that the record describes: its SHA-256 names the copy on the site.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.record import Record
from bench.report.curves import sampled
from bench.report.files import SiteFiles
from bench.report.pictures import Broken, Picture, Source
from bench.results import Results

MOST_FRAMES = 24
#: What the video was made from, without suffix.
SOURCE = "source"
TYPES = {".mp4": "video/mp4", ".webm": "video/webm"}
#: Files of a job's folder: a name, or a name in one folder.
_NAME = re.compile(r"(?!.*\.\.)([\w-][\w.-]*/)?[\w-][\w.-]*")
_FRAME = re.compile(r"frames/[^/]+\.png|frame-[^/]+\.png")


@dataclass(frozen=True)
class Clip:
    """A video on the site."""

    label: str
    file: str
    type: str
    poster: str
    """A picture of the site to show until it plays; empty for none."""


@dataclass(frozen=True)
class Film:
    """What a page shows beside the picture."""

    clips: tuple[Clip, ...]
    """What it was made from first, where that is there."""
    frames: tuple[tuple[int, Picture], ...]
    """Number of each, from 1, and its small copies."""
    count: int
    """Frames there are, shown or not."""
    width: int
    height: int
    problems: tuple[str, ...]


def _clips(record: Record) -> list[str]:
    names = [name for name in record.files if _suffix(name) in TYPES and _NAME.fullmatch(name)]
    return sorted(names, key=lambda name: (Path(name).stem != SOURCE, name))


def _frames(record: Record) -> list[str]:
    names = [name for name in record.files if _FRAME.fullmatch(name) and _NAME.fullmatch(name)]
    return sorted(names, key=lambda name: [(int(d), t) for t, d in re.findall(r"(\D*)(\d*)", name) if d] or [(0, name)])


def is_frame(name: str) -> bool:
    """Whether a file is a frame of a video, by its name."""
    return _FRAME.fullmatch(name) is not None


def _suffix(name: str) -> str:
    return Path(name).suffix.lower()


def _shown(record: Record) -> list[tuple[int, str]]:
    """Frames of the strip, with their numbers."""
    frames = _frames(record)
    return [(k + 1, frames[k]) for k in sampled(len(frames), MOST_FRAMES)] if frames else []


def _key(record: Record, name: str) -> str:
    return f"{record.id}:{name}"


def sources(results: Results, record: Record) -> Iterator[tuple[str, Source]]:
    """The frames of a run as pictures to make small copies of."""
    for _, name in _shown(record):
        path = results.folders[record.id] / name
        yield _key(record, name), Source(path, record.files[name])


def film(record: Record | None, picture: Picture | None, made: Mapping[str, Picture | Broken]) -> Film | None:
    """What there is to show of a run; None where it has no moving picture.

    Args:
        record: of the run.
        picture: of the run, to stand there until a video plays.
        made: the site's pictures, and what :func:`put` says of videos.
    """
    if record is None or (not (clips := _clips(record)) and not _frames(record)):
        return None
    poster = picture.copies[-1][0] if picture else ""
    width, height = (picture.width, picture.height) if picture else (16, 9)
    looked = [(number, made.get(_key(record, name), Broken(f"{name} was not read"))) for number, name in _shown(record)]
    broken = [given for name in clips if isinstance(given := made.get(_key(record, name)), Broken)]
    return Film(
        clips=tuple(
            Clip(stem, _file(record, name), TYPES[_suffix(name)], "" if stem == SOURCE else poster)
            for name in clips
            if _key(record, name) not in made and (stem := Path(name).stem)
        ),
        frames=tuple((number, one) for number, one in looked if isinstance(one, Picture)),
        count=len(_frames(record)),
        width=width,
        height=height,
        problems=tuple(one.reason for one in (*broken, *(one for _, one in looked)) if isinstance(one, Broken)),
    )


def _file(record: Record, name: str) -> str:
    digest = hashlib.sha256(record.files[name].encode()).hexdigest()
    return f"video/{digest[:12]}{_suffix(name)}"


def put(results: Results, files: SiteFiles) -> dict[str, Broken]:
    """Copy the videos of the plan's jobs to the site. Gives why the others are not shown."""
    broken = {}
    for record in (results.records[id] for id in results.plan.jobs if id in results.records):
        for name in _clips(record):
            reason = _copy(results.folders[record.id] / name, record.files[name], _file(record, name), files)
            if reason:
                broken[_key(record, name)] = Broken(f"{name} {reason}")
    return broken


def _copy(path: Path, sha256: str, name: str, files: SiteFiles) -> str:
    """Why a video cannot be shown; empty once it is on the site."""
    if files.has(name):
        return ""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if hashlib.sha256(data).hexdigest() != sha256.removeprefix("sha256:"):
        return "is not the file that the record describes: its SHA-256 differs"
    files.put(name, data)
    return ""
