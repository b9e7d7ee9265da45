"""What jobs of one kind cost at any size, from trials at a few. No torch here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import starmap
from statistics import median

from bench.prediction.blocks import Blocks, history_bytes
from bench.prediction.point import DECODED, Point, room, rooms
from bench.prediction.work import StageWork, Work, area
from nst.settings import Settings

#: Bytes of a value of the picture, and of the optimiser's.
_ITEM = {"float32": 4, "float64": 8, "tf32": 4, "bfloat16": 4}

#: Bytes on the heap for each byte asked for: between none lost and what no trial has shown.
_GRAIN = (1.0, 2.5)


@dataclass(frozen=True)
class Cost:
    """Of one job whose network is loaded, in seconds and bytes."""

    seconds: float
    """All of it, where nothing is kept from jobs before."""
    prepared: float
    """Of these, reading pictures and taking targets: what a worker keeps for other jobs with the same pictures."""
    optimise: float
    peak_bytes: int | None


@dataclass(frozen=True)
class Model:
    """The laws of one kind of job.

    An evaluation takes time that is piecewise linear in the pixels, and time for memory fresh from the system, which
    sets in where a layer grows beyond :data:`bench.prediction.blocks.LARGE`. Memory is what the process holds
    without pictures, blocks as tracked, times what the heap loses between them, and the optimiser's history.
    """

    settings: Settings
    """Of the trials."""
    content: bool
    """Whether targets are taken from a content picture."""
    points: tuple[Point, ...]
    """By pixels, each number once."""
    blocks: Blocks | None = None
    cuda: bool = False
    scale: float = 1.0
    """Times and working memory over the points': other than 1 where they are those of a neighbouring kind."""
    _known: dict[int, float] = field(default_factory=dict, compare=False, repr=False)

    def cost(self, work: Work) -> Cost:
        if not work.optimises:
            return self._cost_of_a_pass(work)
        optimise = sum(self._optimise(work.settings, stage) for stage in work.stages)
        prepared = self._decode(work) + sum(self._targets(stage) for stage in work.stages)
        warmup = sum((3 if self.cuda else 1) * self.evaluation(stage.pixels) for stage in work.stages)
        last = work.stages[-1].pixels
        after = self._line("save", last) + self._line("assess", last) + self._forward(last)
        after += self._line("compare", last) if work.compared else 0.0
        # All of a further frame is done while the clock of the first one's optimising runs.
        optimise += (work.frames - 1) * self._of_a_frame(work)
        return Cost(prepared + warmup + optimise + after, prepared, optimise, self.peak(work))

    def _of_a_frame(self, work: Work) -> float:
        """Seconds of a frame after the first: its own targets, its evaluations, its saving, the loss as saved."""
        each = sum(self._optimise(work.settings, s) + self._forward(s.pixels) for s in work.later)
        last = work.stages[-1].pixels
        return each + self._line("save", last) + self._forward(last)

    def _cost_of_a_pass(self, work: Work) -> Cost:
        """Of a picture that passes through the network, once to warm up (three times on CUDA) and once that counts.

        Its peak is not known: what trials held was for a gradient too.
        """
        decode, forward = self._decode(work), self._forward(work.stages[-1].pixels)
        after = self._line("save", work.saved)
        return Cost(decode + ((3 if self.cuda else 1) + 1) * forward + after, decode, forward, None)

    def evaluation(self, pixels: int) -> float:
        """Seconds of one evaluation, without a step of the optimiser."""
        if pixels not in self._known:
            bare = [(p.pixels, max(p.evaluation - self._fresh(p.pixels), 0.2 * p.evaluation)) for p in self.points]
            self._known[pixels] = (_piecewise(bare, pixels) + self._fresh(pixels)) * self.scale
        return self._known[pixels]

    def _fresh(self, pixels: int) -> float:
        if self.blocks is None or self.cuda:
            return 0.0
        return self.blocks.at(pixels).taken * median(point.fresh for point in self.points)

    def _optimise(self, settings: Settings, stage: StageWork) -> float:
        """Seconds of a stage: its evaluations, and a step of the optimiser after each but the last."""

        def seconds(size: int, count: int) -> float:
            spans = [(p.pixels, count * p.step.at(size) + p.step.growth * size) for p in self.points]
            return _piecewise(spans, stage.pixels)

        return stage.evaluations * self.evaluation(stage.pixels) + sum(
            starmap(seconds, rooms(settings, stage.evaluations - 1))
        )

    def _targets(self, stage: StageWork) -> float:
        sizes = [area(size) for size in stage.styles] + ([stage.pixels] if self.content else [])
        return sum(map(self._forward, sizes))

    def _forward(self, pixels: int) -> float:
        """Seconds of a pass that takes targets, or a loss: its share in an evaluation is that of the trials."""
        shares = []
        for point in self.points:
            passes = point.style_pixels / point.pixels + (1 if self.content else 0)
            shares.append(point.targets * self.scale / passes / self.evaluation(point.pixels))
        return self.evaluation(pixels) * min(median(shares), 1.0)

    def _decode(self, work: Work) -> float:
        """Seconds to read pictures and resample them; a trial resamples one to the size that it has."""
        pixels = sum(map(area, work.inputs))
        pixels += sum(area(size) for stage in work.stages for size in stage.styles)
        pixels += sum(stage.pixels for stage in work.stages) if self.content else 0
        return pixels * median(p.decode for p in self.points) / (2 * DECODED**2)

    def _line(self, name: str, pixels: int) -> float:
        return _piecewise([(p.pixels, float(getattr(p, name))) for p in self.points], pixels)

    def peak(self, work: Work) -> int | None:
        """Peak bytes of a worker while it optimises a job; None where the system does not tell."""
        idle = [point.idle_bytes for point in self.points if point.idle_bytes is not None]
        if not idle or self.blocks is None or any(point.peak_bytes is None for point in self.points):
            return None
        item = _ITEM[work.settings.precision]
        stage = work.largest
        grain, rest = self._grain(item)
        working = self._working(work.settings, stage.pixels, stage.evaluations, item, grain)
        others = sum(s.pixels for s in work.stages if s is not stage)
        kept = 3 * sum(map(area, work.inputs)) + 3 * item * others  # inputs in bytes, each stage's content in floats
        return int(max(idle) + working * self.scale + rest + kept)

    def _grain(self, item: int) -> tuple[float, float]:
        """Bytes on the heap for each that small blocks ask for, and bytes beside all blocks: a line through trials."""
        assert self.blocks is not None
        seen = []
        for point in self.points:
            small = self.blocks.at(point.pixels).all if self.cuda else self.blocks.at(point.pixels).heap
            other = self._working(self.settings, point.pixels, point.evaluations, item, 0.0)
            seen.append((small, (point.peak_bytes or 0) - (point.idle_bytes or 0) - other))
        (a, x), (b, y) = seen[0], seen[-1]
        # Beside all blocks there may be something, never less than nothing: the line passes the origin above.
        grain = min((y - x) / (b - a) if b > a else _GRAIN[1], y / max(b, 1.0))
        grain = min(max(grain, _GRAIN[0]), _GRAIN[1])
        return grain, max(0.0, y - grain * b)

    def _working(self, settings: Settings, pixels: int, evaluations: int, item: int, grain: float) -> float:
        """Bytes of an optimisation at its peak, of which small blocks count ``grain`` times."""
        assert self.blocks is not None
        held = self.blocks.at(pixels)
        tracked, _ = _history(self.settings, self.blocks.evaluations, pixels, item)
        end, most = _history(settings, evaluations, pixels, item)
        if self.cuda:
            return max(held.all * grain + end - tracked, most)
        # What was freed on the heap stays with the process. Large blocks of evaluations are gone while pairs grow.
        return held.heap * grain + max(held.large + end - tracked, most)


def _history(settings: Settings, evaluations: int, pixels: int, item: int) -> tuple[int, int]:
    return history_bytes(room(settings, evaluations - 1), 3 * pixels, item)


def _piecewise(points: Sequence[tuple[int, float]], at: int) -> float:
    """Through the points, and straight on beyond the last; below the first never less than in proportion."""
    first, least = points[0]
    if len(points) == 1:
        return least * at / first
    after = next((i for i, (pixels, _) in enumerate(points) if pixels >= at), len(points) - 1)
    (left, low), (right, high) = points[max(after, 1) - 1], points[max(after, 1)]
    value = low + max(0.0, (high - low) / (right - left)) * (at - left)
    return max(value, least * at / first) if at < first else value
