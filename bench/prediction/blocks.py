"""From blocks of memory at two small sizes to what is held, and newly taken from the system, at any size. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

#: glibc takes blocks from here on from the system each time, and returns them at once (mallopt(3), M_MMAP_THRESHOLD:
#: the threshold grows by itself up to this, on 64-bit systems).
LARGE = 32 * 2**20

#: Evaluations that blocks are tracked over: the second and third find what the first left behind.
TRACKED = 3


@dataclass(frozen=True)
class Blocks:
    """Blocks taken (positive bytes) and given back (negative), in order, at two numbers of pixels."""

    pixels: tuple[int, int]
    events: tuple[Sequence[int], Sequence[int]]
    evaluations: int = TRACKED
    _cache: dict[int, Held] = field(default_factory=dict, compare=False, repr=False)

    def at(self, pixels: int) -> Held:
        """What is held at its peak for pictures of so many pixels."""
        if pixels not in self._cache:
            self._cache[pixels] = _replay(self._sizes(pixels), self.evaluations)
        return self._cache[pixels]

    def _sizes(self, pixels: int) -> list[float]:
        (small, large), (first, second) = self.pixels, self.events
        if len(first) != len(second):  # a layer so small that torch went another way: in proportion then
            return [size * pixels / large for size in second]
        share = (pixels - small) / (large - small)
        found = (a + (b - a) * share for a, b in zip(first, second, strict=True))
        # A block that grows with the pixels never changes its sign, whatever rounding of layers did to its slope.
        return [max(size, 0.0) if b > 0 else min(size, 0.0) for size, b in zip(found, second, strict=True)]


@dataclass(frozen=True)
class Held:
    """In bytes."""

    heap: float
    """The most that small blocks take at a time."""
    large: float
    """The most that blocks above :data:`LARGE` take at a time."""
    all: float
    """The most that all take at a time."""
    taken: float
    """In blocks above :data:`LARGE`, per evaluation: memory that the system hands out, and clears, each time."""


def _replay(sizes: Sequence[float], evaluations: int) -> Held:
    now_heap = now_large = heap = large = everything = taken = 0.0
    for size in sizes:
        if abs(size) >= LARGE:
            now_large += size
            large = max(large, now_large)
            taken += max(size, 0.0)
        else:
            now_heap += size
            heap = max(heap, now_heap)
        everything = max(everything, now_heap + now_large)
    return Held(heap, large, everything, taken / evaluations)


def pairs(updates: int, history: int) -> int:
    """Pairs that L-BFGS has room for after so many updates: doubled as needed, up to one more than its history."""
    room = 0
    while updates and room <= min(updates, history):
        room = min(history + 1, max(8, 2 * room))
    return room


def history_bytes(room: int, values: int, item: int) -> tuple[int, int]:
    """What L-BFGS holds for its pairs with room for so many, and held, at the most, while it made that room.

    Args:
        room: of :func:`pairs`.
        values: of the picture.
        item: bytes of each.
    """
    held = room * 2 * values * item
    return held, 2 * held  # old pairs and empty ones behind them, and both once more where they are put together
