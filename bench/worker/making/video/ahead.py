"""What a frame needs from the clip before it is stylised, worked out ahead in a thread of its own.

Decoding, sizing and optical flow use no device and let go of Python's lock, so that they go on while the frame before
is optimised.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from bench.finite import finite
from nst import images, video
from nst.images import Bytes
from nst.settings import Settings
from nst.stages import result_size
from nst.video import Flow, Frame, Mask

T = TypeVar("T")

#: Frames that wait to be stylised: few, as each is held whole.
DEPTH = 4


@dataclass(frozen=True)
class Motion:
    """How a frame goes on from the one before it, at the result's size."""

    flow: Flow
    """(H, W, 2): where each of its pixels was, as :func:`nst.video.flow` tells."""
    visible: Mask
    """(H, W): where the frame before shows the same."""
    flicker: float | None
    """Of the clip itself (:func:`nst.video.flicker`); None where nothing is visible."""


@dataclass(frozen=True)
class Ahead:
    """A frame of the clip, ready to be stylised."""

    frame: Frame
    sized: Bytes
    """(H, W, 3) at the result's size."""
    motion: Motion | None
    """None where a shot begins: there is nothing before it."""

    @property
    def index(self) -> int:
        return self.frame.index


def look_ahead(frames: Iterable[Frame], settings: Settings) -> Iterator[Ahead]:
    """Every frame with how it follows from the one before.

    Args:
        frames: of a clip, in order.
        settings: of the job, which say the size.
    """
    before: Ahead | None = None
    for frame in frames:
        width, height = result_size(settings, settings.size, frame.pixels.shape[1], frame.pixels.shape[0])
        sized = images.to_bytes(images.fit(frame.pixels, height, width, resampling=settings.resampling))
        follows = before is not None and not video.cut(before.frame.pixels, frame.pixels)
        before = Ahead(frame, sized, _motion(before.sized, sized) if before is not None and follows else None)
        yield before


def _motion(before: Bytes, after: Bytes) -> Motion:
    flow = video.flow(before, after)
    visible = video.visible(video.flow(after, before), flow)
    return Motion(flow, visible, finite(video.flicker(before, after, flow, visible)))


@contextmanager
def prefetched(items: Iterator[T], depth: int = DEPTH) -> Iterator[Iterator[T]]:
    """The same items, fetched by a thread that is at most ``depth`` ahead; what it meets is raised in its turn.

    The thread has ended when the block is left, however that happens.
    """
    waiting: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(depth)
    over = threading.Event()

    def put(item: T | None, error: BaseException | None) -> None:
        while not over.is_set():
            try:
                waiting.put((item, error), timeout=0.1)
                return
            except queue.Full:
                continue

    def fetch() -> None:
        try:
            for item in items:
                put(item, None)
                if over.is_set():
                    return
            put(None, StopIteration())
        except BaseException as error:
            put(None, error)

    def take() -> Iterator[T]:
        while True:
            item, error = waiting.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item  # type: ignore[misc]  # without an error there is one

    thread = threading.Thread(target=fetch, name="look ahead", daemon=True)
    thread.start()
    try:
        yield take()
    finally:
        over.set()
        thread.join()
