"""From the time stamps of files, which may be missing, negative or out of order, to when each frame is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from nst.video.base import Source, Taken
from nst.video.errors import Broken

#: Shown for this long where nothing in a file says how long: 25 frames a second.
USUAL = Fraction(1, 25)
#: Rates are given with no more digits than encoders take.
_FINEST = 100_000


@dataclass(frozen=True, eq=False)
class Timed:
    """A frame and its place in time."""

    taken: Taken
    index: int
    seconds: Fraction
    duration: Fraction


def timed(source: Source, frames: Iterable[Taken]) -> Iterator[Timed]:
    """Frames with their times: the first at 0, every later one after the one before.

    A frame lasts until the next one appears, so one is always held back; the last lasts as long as its file says, or
    as the one before.
    """
    usual = 1 / source.rates[0] if source.rates else USUAL
    held: Timed | None = None
    origin = Fraction(0)
    broken: Broken | None = None
    try:
        for taken in frames:
            if held is None:
                origin = taken.start or Fraction(0)
                held = Timed(taken, 0, Fraction(0), taken.duration or usual)
                continue
            start = held.seconds + held.duration if taken.start is None else taken.start - origin
            if start <= held.seconds:
                source.note("time stamps that do not run on: put right by the durations of frames")
                start = held.seconds + held.duration
            yield Timed(held.taken, held.index, held.seconds, start - held.seconds)
            held = Timed(taken, held.index + 1, start, taken.duration or start - held.seconds)
    except Broken as error:
        broken = error
    if held is not None:
        yield held
    if broken is not None:
        raise broken


class Pace:
    """How fast a clip is, told from the times of its frames, one after the other."""

    def __init__(self, source: Source) -> None:
        self.frames = 0
        self.seconds = Fraction(0)
        self._tick = source.tick
        self._claimed = [rate for rate in dict.fromkeys(source.rates) if rate > 0]
        self._shortest: Fraction | None = None
        self._longest = self._last = Fraction(0)

    def add(self, frame: Timed) -> None:
        if self.frames:  # how long the last one lasts is often a guess: those before it count
            self._shortest = min(self._last, self._shortest or self._last)
            self._longest = max(self._last, self._longest)
        self._last = frame.duration
        self._claimed = [r for r in self._claimed if abs(frame.seconds - frame.index / r) <= self._tick]
        self.frames, self.seconds = frame.index + 1, frame.seconds + frame.duration

    @property
    def steady(self) -> bool:
        """Whether all frames are equally long, as far as the clock of the file can tell."""
        return bool(self._claimed) or self._longest - (self._shortest or 0) <= self._tick or self.frames < 3

    @property
    def rate(self) -> Fraction:
        """Frames a second: what the file claims where its time stamps bear that out, else the average."""
        if self._claimed and self.frames > 1:
            return self._claimed[0]
        return max((self.frames / self.seconds).limit_denominator(_FINEST), Fraction(1, _FINEST))
