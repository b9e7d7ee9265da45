"""What every module about clips shares: what a clip is, and what a frame is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from nst.images import Bytes


@dataclass(frozen=True)
class Facts:
    """What is known of a clip when all of it has been decoded once."""

    width: int
    """Pixels, upright, as they are stored: see ``pixel_aspect``."""
    height: int
    frames: int
    """How many can be read."""
    seconds: float
    """How long they are shown, together."""
    rate: Fraction
    """Frames a second, on average."""
    steady: bool
    """Whether all are shown equally long, as exactly as the file's clock can tell."""
    rotation: int
    """Degrees clockwise by which stored frames are turned to stand upright: 0, 90, 180, 270. Already done."""
    codec: str
    pixel_format: str
    alpha: bool
    """Whether something in it is transparent; it is laid on white."""
    sound: str | None = None
    """The codec of its sound."""
    pixel_aspect: Fraction = Fraction(1)
    """Width of a pixel over its height, upright. Anything but 1 is for players: frames are given as stored."""
    notes: tuple[str, ...] = ()
    """What a user should know."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A frame of a clip."""

    index: int
    """From 0."""
    pixels: Bytes
    """uint8 (height, width, 3), sRGB, upright."""
    seconds: Fraction
    """When it appears; the first one at 0."""
    duration: Fraction
    """Seconds until the next one appears."""


@dataclass(frozen=True, eq=False)
class Taken:
    """A frame as its file gives it: time stamps as they stand there, pixels when they are asked for."""

    start: Fraction | None
    """Seconds; None where the file does not say."""
    duration: Fraction | None
    pixels: Callable[[], Bytes]


@dataclass
class Source:
    """A clip that is being read. What it says of itself is complete when all frames have been taken."""

    name: str
    """For messages."""
    taken: Callable[[], Iterator[Taken]]
    """Its frames, once; :class:`nst.video.Broken` in the middle where no more can be read, with the reason alone."""
    width: int = 0
    height: int = 0
    codec: str = ""
    pixel_format: str = ""
    rotation: int = 0
    alpha: bool = False
    sound: str | None = None
    pixel_aspect: Fraction = Fraction(1)
    tick: Fraction = Fraction(0)
    """Seconds that the file's clock can tell apart; 0 for one that is exact."""
    rates: tuple[Fraction, ...] = ()
    """Frames a second that the file claims, in several places; they may be wrong."""
    expected: int = 0
    """Frames that it claims to have; 0 where it does not say."""
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Say something once, however many frames it is about."""
        if text not in self.notes:
            self.notes.append(text)
