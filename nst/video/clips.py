"""Clips that need no download, by name. What draws one is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from nst.samples import UnknownSampleError
from nst.video.base import Frame


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip that is drawn anew whenever it is asked for."""

    name: str
    description: str
    """One line, with the source and licence of what it shows."""
    version: int
    """Raised by hand whenever its frames change: results are filed under it."""
    frames: Callable[[], Iterator[Frame]]


def _pan() -> Iterator[Frame]:
    from nst.video.panning import pan

    return pan()


_CLIPS = {
    clip.name: clip
    for clip in (
        Clip("pan", "A pan over sample:chelsea while a ball flies past; Stefan van der Walt, CC0, and drawn", 1, _pan),
    )
}


def clips() -> list[str]:
    """The names of the clips, as ``sample:`` takes them."""
    return list(_CLIPS)


def find_clip(name: str) -> Clip:
    """The clip of a name; :class:`nst.samples.UnknownSampleError` where there is none."""
    try:
        return _CLIPS[name]
    except KeyError:
        raise UnknownSampleError(name, list(_CLIPS)) from None


def open_sample(name: str) -> Iterator[Frame]:
    """A clip's frames; always the same pixels.

    Raises:
        nst.samples.UnknownSampleError: where no clip is called so.
    """
    return find_clip(name).frames()


def sample_file(name: str) -> bytes:
    """A clip as an animated PNG, which :func:`nst.video.frames` reads: the same frames, pixel by pixel, the same bytes.

    Raises:
        nst.samples.UnknownSampleError: where no clip is called so.
    """
    drawn = list(open_sample(name))
    first, *others = [Image.fromarray(frame.pixels) for frame in drawn]
    durations = [int(frame.duration * 1000) for frame in drawn]
    buffer = BytesIO()
    first.save(buffer, "PNG", save_all=True, append_images=others, duration=durations)
    return buffer.getvalue()
