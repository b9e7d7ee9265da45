"""What one trial gave, read from a worker's answer. No torch here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from statistics import fmean, median
from typing import Any

from bench.prediction.blocks import pairs
from nst.settings import Settings

#: Steps of a line search that change no picture, because they only try on; at most half of a run are taken to be such.
#: The first searches take most of them: 11 of 24, 13 of 40, 13 and 17 of 60, 7 of 100, 10 to 24 of 200 and 17 of 300
#: evaluations, in runs of three recipes.
_TRIED = 16

#: Side of the square picture that a trial reads and resamples to its own size, in pixels: large enough that what a
#: picture takes beside its pixels does not count.
DECODED = 384

_PHASES = ("weights", "decode", "targets", "save", "assess", "compare")


@dataclass(frozen=True)
class Step:
    """Seconds of one step of the optimiser: a line over the pairs that L-BFGS has room for."""

    base: float
    per_pair: float = 0.0
    growth: float = 0.0
    """Beyond it, per pair: of a step that makes room."""

    def at(self, room: int) -> float:
        return self.base + self.per_pair * room


@dataclass(frozen=True)
class Point:
    """The figures of a trial at one size, in seconds and bytes."""

    pixels: int
    style_pixels: int
    evaluations: int
    weights: float
    decode: float
    """Of a picture of :data:`DECODED` x :data:`DECODED` pixels, read and resampled."""
    targets: float
    evaluation: float
    """Of one, without the optimiser's step."""
    step: Step
    save: float
    assess: float
    """The result beside its content."""
    compare: float
    """And beside its style."""
    fresh: float
    """Per byte: what memory fresh from the system costs over memory used before."""
    idle_bytes: int | None
    """Of the process with its network, before it had any picture."""
    peak_bytes: int | None
    free_bytes: int | None
    note: str
    prepared: float
    """Before it came to the size it was for: network loaded, blocks tracked at small sizes."""
    took: float
    """In all."""

    @classmethod
    def read(cls, told: Mapping[str, Any], settings: Settings) -> Point:
        """From the answer of :func:`bench.prediction.trial.run` to a trial with these settings."""
        seconds = told["seconds"]
        step = _step(told["updates"], settings)
        spans = [float(span) for span in seconds["evaluations"]]
        bare = [span - step.at(room(settings, k)) for k, span in enumerate(spans) if k] or spans
        same = ("pixels", "style_pixels", "fresh", "idle_bytes", "peak_bytes", "free_bytes", "note", "prepared", "took")
        given: dict[str, Any] = {name: float(seconds[name]) for name in _PHASES} | {name: told[name] for name in same}
        return cls(
            evaluations=len(spans),
            evaluation=max(_typical(bare), 0.2 * min(spans)),
            step=step,
            **given,
        )


def room(settings: Settings, steps: int) -> int:
    """Pairs that the optimiser has room for after so many steps; 0 where it keeps none."""
    if settings.optimizer != "lbfgs" or settings.history is None or steps < 1:
        return 0
    return _room(settings.history, settings.line_search == "strong-wolfe", steps)


def rooms(settings: Settings, steps: int) -> tuple[tuple[int, int], ...]:
    """Room for pairs, and how many of so many steps have it."""
    if settings.optimizer != "lbfgs" or settings.history is None:
        return ((0, steps),) if steps else ()
    return _rooms(settings.history, settings.line_search == "strong-wolfe", steps)


def _room(history: int, searched: bool, steps: int) -> int:
    return pairs(max(steps - _TRIED, (steps + 1) // 2) if searched else steps, history)


@lru_cache(maxsize=1024)
def _rooms(history: int, searched: bool, steps: int) -> tuple[tuple[int, int], ...]:
    return tuple(Counter(_room(history, searched, step) for step in range(1, steps + 1)).items())


def _step(seconds: Sequence[float], settings: Settings) -> Step:
    by_room: dict[int, list[float]] = {}
    for number, span in enumerate(seconds, start=1):
        by_room.setdefault(room(settings, number), []).append(span)
    # Where a line search sometimes takes a direction and sometimes only tries on, the mean counts.
    middle = fmean if settings.line_search == "strong-wolfe" else median
    seen = [(size, float(middle(spans))) for size, spans in sorted(by_room.items()) if len(spans) > 1 or size == 0]
    if not seen:
        return Step(0.0)
    # Of the lines through any two, the median slope and place (Theil & Sen): a hiccup bends it little.
    slopes = [(most - least) / (last - first) for (first, least), (last, most) in combinations(seen, 2)]
    slope = max(0.0, median(slopes)) if slopes else 0.0
    line = Step(median(span - slope * size for size, span in seen), slope)
    sizes = [room(settings, number) for number in range(1, len(seconds) + 1)]
    # The very first step does other things for the first time as well: it tells nothing of the cost of making room.
    grown = [number for number in range(1, len(sizes)) if sizes[number] > sizes[number - 1]]
    growth = [(seconds[number] - line.at(sizes[number])) / sizes[number] for number in grown]
    return Step(line.base, line.per_pair, max(0.0, median(growth)) if growth else 0.0)


def _typical(values: Sequence[float]) -> float:
    """Between the median, which no hiccup moves, and the mean, which a run of a thousand evaluations shows."""
    middle = median(values)
    return (middle + min(fmean(values), 1.5 * middle)) / 2
