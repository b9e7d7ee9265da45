"""Pictures that a run left beside its own: sheets of single layers, the mask and the parts of a blend.

Every ``*.png`` of a record is one but ``image.png`` and the frames of a video (:mod:`bench.report.video`). They stand
in the record's order, which is that of their making.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.record import Record
from bench.report import video
from bench.report.pictures import Broken, Picture, Source
from bench.results import Results

_LAYER = "layer-"


#: A picture so many times as wide as it is high stands in a row of its own.
_WIDE = 2.0


@dataclass(frozen=True)
class Extra:
    """A picture beside a run's own."""

    label: str
    picture: Picture
    page: str = ""
    """Where it leads; empty: to the picture itself."""

    @property
    def wide(self) -> bool:
        return self.picture.width > _WIDE * self.picture.height


def sources(results: Results, record: Record) -> Iterator[tuple[str, Source]]:
    """The pictures of a run as the site takes them."""
    for name in _names(record):
        yield _key(record, name), Source(results.folders[record.id] / name, record.files[name])


def extras(record: Record | None, made: Mapping[str, Picture | Broken]) -> tuple[tuple[Extra, ...], tuple[str, ...]]:
    """What there is to show of a run, and why the rest is not; ``made`` are the site's pictures."""
    found, problems = [], []
    for name in _names(record) if record else ():
        shown = made.get(_key(record, name), Broken(f"{name} was not read")) if record else None
        if isinstance(shown, Picture):
            found.append(Extra(Path(name).stem.removeprefix(_LAYER), shown))
        elif shown is not None:
            problems.append(shown.reason)
    return tuple(found), tuple(problems)


def _names(record: Record) -> list[str]:
    return [name for name in record.files if name.endswith(".png") and name != "image.png" and not video.is_frame(name)]


def _key(record: Record, name: str) -> str:
    return f"{record.id}:{name}"
