"""What a video leaves: the clip put together again, the source beside it, single frames, and a table of all."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from bench.worker.making import save
from bench.worker.making.video.done import Done, FrameNotes, name
from bench.worker.making.video.stylising import Stylised
from nst import images
from nst.images import Bytes
from nst.settings import Settings
from nst.video import Facts, Writer

#: Frames that are kept as pictures, evenly spread.
MOST_FRAMES = 24

TABLE = "frames.csv"


@dataclass(frozen=True)
class Row:
    """What is told of a frame once its pictures are gone."""

    index: int
    time: Fraction
    notes: FrameNotes
    flicker: float | None
    flicker_source: float | None
    visible: float | None
    """Share of it that the frame before shows, too."""
    again: bool
    """Whether an earlier try had made it."""

    @classmethod
    def of(cls, one: Stylised) -> Row:
        motion = one.ahead.motion
        return cls(
            one.ahead.index,
            one.ahead.frame.seconds,
            one.notes,
            one.flicker,
            None if motion is None else motion.flicker,
            None if motion is None else float(motion.visible.mean()),
            one.again,
        )

    @property
    def cut(self) -> bool:
        """Whether a shot begins with it."""
        return self.visible is None


class Pair:
    """The result and its source as two clips that play in step; frames come in order."""

    def __init__(self, settings: Settings, result: Writer, source: Writer, size: tuple[int, int]) -> None:
        self._settings, self._result, self._source, self._size = settings, result, source, size

    @property
    def notes(self) -> list[str]:
        """What was done to the result to encode it; all of it is known when it is whole."""
        return list(self._result.notes)

    def add(self, one: Stylised) -> None:
        frame = one.ahead.frame
        for writer, picture in ((self._result, one.image), (self._source, frame.pixels)):
            writer.add(self._sized(picture), frame.seconds, frame.duration)

    def _sized(self, picture: Bytes) -> Bytes:
        width, height = self._size
        if picture.shape[:2] == (height, width):
            return picture
        return images.to_bytes(images.fit(picture, height, width, resampling=self._settings.resampling))


@contextmanager
def put_together(folder: Path, settings: Settings, facts: Facts, size: tuple[int, int], clip: Path) -> Iterator[Pair]:
    """Both clips, under their names in ``folder`` when the block is left well, and not at all otherwise.

    Args:
        folder: of the job.
        settings: of the job.
        facts: of the source.
        size: width and height of stylised frames.
        clip: the source, whose sound the result gets.
    """
    own = (facts.width, facts.height) if settings.video_size == "source" else size
    stretched = settings.video_size == "result" and settings.size_rule == "stretch"
    aspect = Fraction(1) if stretched else facts.pixel_aspect
    sound = clip if facts.sound else None
    with ExitStack() as open_:
        writers = [
            open_.enter_context(
                Writer(
                    folder / f"{stem}.{settings.video_format}", *own, rate=facts.rate, sound=sound, pixel_aspect=aspect
                )
            )
            for stem in ("result", "source")
        ]
        yield Pair(settings, writers[0], writers[1], own)


def shown(count: int) -> list[int]:
    """The frames that are kept as pictures: the first, the last, and between them as many as there may be."""
    return sorted({round(float(k)) for k in np.linspace(0, count - 1, min(count, MOST_FRAMES))})


def stills(folder: Path, done: Done, count: int) -> dict[str, str]:
    """Frames as pictures, and the middle one as the picture of the job; SHA-256 by name."""
    files = {name(k): done.picture_path(k).read_bytes() for k in shown(count)}
    return save(folder, {"image.png": done.picture_path(count // 2).read_bytes(), **files})


def table(frames: Sequence[Row]) -> bytes:
    """A row for each frame in full precision (docs/video.md); empty cells where nothing can be told."""
    terms = list(dict.fromkeys(term for row in frames for term in row.notes.terms))  # a first frame has no temporal one
    text = io.StringIO()
    head = ["frame", "time", "evaluations", "loss", *terms, "seconds", "flicker", "visible", "cut"]
    text.write(",".join(head) + "\n")
    for row in frames:
        notes = row.notes
        losses = [notes.loss, *(notes.terms.get(term) for term in terms)]
        cells = ["" if n is None else repr(n) for n in (*losses, notes.seconds, row.flicker, row.visible)]
        whole = [str(row.index + 1), repr(float(row.time)), str(notes.evaluations)]
        text.write(",".join([*whole, *cells, str(int(row.cut))]) + "\n")
    return text.getvalue().encode()
