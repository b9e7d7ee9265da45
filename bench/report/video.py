"""Moving pictures of a run, from the files beside its record.

What is looked for among the files that a record names:

- ``*.mp4``, ``*.webm``: shown in the browser's own player. ``source.mp4`` is what the video was made from and stands
  first; every other one goes by its name without suffix.
- ``source.png``: a still of what it was made from, shown until that plays.
- ``frames/*.png`` or ``frame-*.png``: single pictures in the order in which people count, shown as a strip of at most
  :data:`MOST_FRAMES`, evenly spread. The last number in a name is that of the frame.

A file counts only if it is the one that the record describes: its SHA-256 names the copy on the site.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.record import Record
from bench.report import format as fmt
from bench.report.by_frame import Frames
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
#: Shapes that differ by no more are alike: sizes are whole numbers.
_ALIKE = 0.05
#: A still of the source.
_STILL = f"{SOURCE}.png"


@dataclass(frozen=True)
class Clip:
    """A video on the site."""

    label: str
    file: str
    type: str
    poster: str
    """A picture of the site to show until it plays; empty for none."""

    @property
    def is_source(self) -> bool:
        return self.label == SOURCE


@dataclass(frozen=True)
class Still:
    """A frame of the strip."""

    number: int
    """In the clip, from 1."""
    picture: Picture
    time: str
    """Its time stamp in words; empty where that is not known."""
    middle: float | None
    """Seconds into the clip at which a player shows it and no other."""


@dataclass(frozen=True)
class Film:
    """What a page shows beside the picture."""

    clips: tuple[Clip, ...]
    """What it was made from first, where that is there."""
    frames: tuple[Still, ...]
    count: int
    """Frames there are, shown or not."""
    width: int
    height: int
    start: float
    """Time stamp of the first frame, in seconds."""
    step: float | None
    """Seconds from frame to frame; None where that is not known, or not always the same."""
    stamps: tuple[float, ...]
    """Time stamps of all frames where :attr:`step` does not tell them; none where they are not known, or too many."""
    problems: tuple[str, ...]


def _clips(record: Record) -> list[str]:
    names = [name for name in record.files if _suffix(name) in TYPES and _NAME.fullmatch(name)]
    return sorted(names, key=lambda name: (Path(name).stem != SOURCE, name))


def _frames(record: Record) -> list[str]:
    names = [name for name in record.files if _FRAME.fullmatch(name) and _NAME.fullmatch(name)]
    return sorted(names, key=lambda name: [(int(d), t) for t, d in re.findall(r"(\D*)(\d*)", name) if d] or [(0, name)])


def is_frame(name: str) -> bool:
    """Whether a file is a frame of a video, or the still of its source, by its name."""
    return name == _STILL or _FRAME.fullmatch(name) is not None


def _suffix(name: str) -> str:
    return Path(name).suffix.lower()


def _shown(record: Record) -> list[tuple[int, str]]:
    """Frames of the strip, with their numbers."""
    frames = _frames(record)
    return [(_number(frames[k], k + 1), frames[k]) for k in sampled(len(frames), MOST_FRAMES)] if frames else []


def _number(name: str, place: int) -> int:
    """Of a frame, by its name; its place among the others where the name has none."""
    found = re.findall(r"\d+", name)
    return int(found[-1]) if found else place


def _key(record: Record, name: str) -> str:
    return f"{record.id}:{name}"


def sources(results: Results, record: Record) -> Iterator[tuple[str, Source]]:
    """The frames of a run as pictures to make small copies of."""
    stills = [_STILL] if _STILL in record.files else []
    for name in (*stills, *(name for _, name in _shown(record))):
        path = results.folders[record.id] / name
        yield _key(record, name), Source(path, record.files[name])


def film(
    record: Record | None,
    picture: Picture | None,
    content: Picture | None,
    made: Mapping[str, Picture | Broken],
    frames: Frames | None,
) -> Film | None:
    """What there is to show of a run; None where it has no moving picture.

    Args:
        record: of the run.
        picture: of the run, to stand there until a video plays.
        content: that it was made from, for where the run has no still of its source.
        made: the site's pictures, and what :func:`put` says of videos.
        frames: what became of each frame, where that is known.
    """
    if record is None or (not (clips := _clips(record)) and not _frames(record)):
        return None
    still = made.get(_key(record, _STILL))
    before = still if isinstance(still, Picture) else content
    width, height = (picture.width, picture.height) if picture else (16, 9)
    looked = [(number, made.get(_key(record, name), Broken(f"{name} was not read"))) for number, name in _shown(record)]
    broken = [given for name in clips if isinstance(given := made.get(_key(record, name)), Broken)]
    return Film(
        clips=tuple(
            Clip(
                label=stem,
                file=_file(record, name),
                type=TYPES[_suffix(name)],
                poster=_poster(before if stem == SOURCE else picture, width / height),
            )
            for name in clips
            if _key(record, name) not in made and (stem := Path(name).stem)
        ),
        frames=tuple(_still(number, one, frames) for number, one in looked if isinstance(one, Picture)),
        count=len(frames.numbers) if frames else len(_frames(record)),
        width=width,
        height=height,
        start=frames.start if frames else 0.0,
        step=frames.step if frames else None,
        stamps=frames.stamps if frames else (),
        problems=tuple(one.reason for one in (*broken, *(one for _, one in looked)) if isinstance(one, Broken)),
    )


def _poster(picture: Picture | None, shape: float) -> str:
    """A picture of another shape than the video is none: the page would move as the one makes way for the other."""
    fits = picture is not None and math.isclose(picture.width / picture.height, shape, rel_tol=_ALIKE)
    return picture.copies[-1][0] if picture and fits else ""


def _still(number: int, picture: Picture, frames: Frames | None) -> Still:
    place = frames.place(number) if frames else None
    return Still(number, picture, fmt.moment(place[0], "frame-time").text if place else "", place[1] if place else None)


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
