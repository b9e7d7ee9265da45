"""One frame after another, or several at a time: from what was looked at ahead to pictures on disk."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from itertools import groupby

import numpy as np

from bench.finite import finite
from bench.record import Diagnosis
from bench.worker.making.assessing import pull_of
from bench.worker.making.video.ahead import Ahead
from bench.worker.making.video.done import Done, FrameNotes
from nst import making, video
from nst.backbones import Backbone
from nst.diagnosis import BAD
from nst.images import Bytes
from nst.kept import Kept
from nst.made import Made
from nst.making import Wanted
from nst.observing import Attempt, Observer
from nst.preparing import Before, StyleSource, prepare, warm_up
from nst.resolution import apart
from nst.settings import Settings
from nst.stages import stages
from nst.synthesis import Progress


@dataclass(frozen=True)
class Stylised:
    """A frame of the result."""

    ahead: Ahead
    image: Bytes
    notes: FrameNotes
    flicker: float | None
    """Against the frame before (:func:`nst.video.flicker`); None where a shot begins."""
    again: bool
    """Whether an earlier try had made it."""


class Stylist:
    """Makes the frames of one job.

    Args:
        network: on the device and in the precision of the run.
        settings: of the job.
        styles: of every frame.
        observer: hears how it goes, evaluations counted over all frames.
        kept: keeps the style's targets from frame to frame.
        done: frames of earlier tries, and where those of this one go.
        graphs: see :func:`nst.making.make`.
    """

    def __init__(
        self,
        network: Backbone,
        settings: Settings,
        styles: Sequence[StyleSource],
        observer: Observer,
        kept: Kept,
        done: Done,
        graphs: bool = False,
    ) -> None:
        self._graphs = graphs
        self._network, self._settings, self._styles = network, settings, styles
        self._observer, self._kept, self._done = _Frames(observer), kept, done
        self._warm = settings.frames == "warm"
        alone = self._warm or apart(settings) or any(style.region for style in styles)
        self._at_once = 1 if alone else settings.frame_batch or 1

    def get_ready(self, content: Bytes) -> None:
        """Before the clock starts: take the style's targets and let the device do what it will be timed at."""
        steps = stages(self._settings)
        inner = self._observer.outer
        prepared = [
            prepare(self._network, self._settings, stage, content, self._styles, inner, self._kept) for stage in steps
        ]
        objectives = [step.objective for step in prepared]
        warm_up(objectives, prepared, self._settings, inner, self._at_once, self._graphs)

    def frames(self, ahead: Iterable[Ahead]) -> Iterator[Stylised]:
        """The result's frames, in order, each on disk when it is given."""
        before: Bytes | None = None
        for group in self._groups(ahead):
            for one, image, notes, again in self._made(group, before):
                flicker = None
                if one.motion is not None and before is not None:
                    flicker = finite(video.flicker(before, image, one.motion.flow, one.motion.visible))
                yield Stylised(one, image, notes, flicker, again)
                before = image

    def _groups(self, ahead: Iterable[Ahead]) -> Iterator[list[Ahead]]:
        """Frames that are made at once: neighbours of one size."""
        for _, alike in groupby(ahead, key=lambda one: one.sized.shape):
            group: list[Ahead] = []
            for one in alike:
                group.append(one)
                if len(group) == self._at_once:
                    yield group
                    group = []
            if group:
                yield group

    def _made(self, group: Sequence[Ahead], before: Bytes | None) -> Iterator[tuple[Ahead, Bytes, FrameNotes, bool]]:
        """Each frame of a group, and whether an earlier try had made it: all of them, or none, as the rest of a batch
        would come out in another way."""
        earlier = [found for one in group if (found := self._done.get(one.index)) is not None]
        if len(earlier) == len(group):
            for one, (image, notes) in zip(group, earlier, strict=True):
                self._observer.count(notes.evaluations)
                yield one, image, notes, True
            return
        for one, (made, seconds) in zip(group, self._make(group, before), strict=True):
            notes = _notes(made, seconds, self._begins_with(one, before) is not None)
            self._done.put(one.index, made.image, notes)
            yield one, made.image, notes, False

    def _make(self, group: Sequence[Ahead], before: Bytes | None) -> Sequence[tuple[Made, float]]:
        """Each frame's result, and its seconds."""
        began = time.perf_counter()
        if len(group) == 1:
            (one,) = group
            found: Sequence[Made] = [
                making.make(
                    self._network,
                    self._settings,
                    content=one.frame.pixels,
                    styles=self._styles,
                    observer=self._observer,
                    kept=self._kept,
                    before=self._begins_with(one, before),
                    warmed=True,
                    graphs=self._graphs,
                )
            ]
        else:
            wanted = [Wanted(self._settings, one.frame.pixels, self._styles) for one in group]
            found = making.make_together(
                self._network,
                wanted,
                observer=self._observer,
                kept=self._kept,
                warmed=True,
                graphs=self._graphs,
            )
        self._observer.count(sum(len(made.curve) for made in found))
        seconds = (time.perf_counter() - began) / len(found)
        return [(made, seconds) for made in found]

    def _begins_with(self, one: Ahead, before: Bytes | None) -> Before | None:
        """What the frame before leaves to this one: as it was saved, so that a later try has the same."""
        if not self._warm or one.motion is None or before is None:
            return None
        moved, inside = video.warp(before.astype(np.float32) / np.float32(255), one.motion.flow)
        return Before(moved, one.motion.visible & inside)


class _Frames:
    """Passes on how far the frames together are; their phases are parts of the one that the watch times."""

    def __init__(self, outer: Observer) -> None:
        self.outer = outer
        self._earlier = 0

    def phase(self, name: str) -> AbstractContextManager[None]:
        return nullcontext()

    def progressed(self, progress: Progress) -> None:
        count = len(progress.losses) or 1
        self.outer.progressed(replace(progress, evaluations=self._earlier + count * progress.evaluations))

    def stepping(self, recorded: bool, why_not: str) -> None:
        self.outer.stepping(recorded, why_not)

    def gave_up(self, attempt: Attempt) -> None:
        """The time of what was given up is the frame's."""

    def count(self, evaluations: int) -> None:
        """That many are done, of frames that are."""
        self._earlier += evaluations


def _notes(made: Made, seconds: float, warm: bool) -> FrameNotes:
    row, totals = made.picture_evaluation, made.totals
    return FrameNotes(
        sha256="",
        warm=warm,
        evaluations=len(totals),
        updates=made.updates,
        seconds=seconds,
        loss=finite(totals[row]) if row >= 0 else None,
        saved_loss=finite(made.saved_loss),
        terms={name: finite(made.curve[row, i]) if row >= 0 else None for i, name in enumerate(made.terms)},
        out_of_gamut=float(((made.picture < 0) | (made.picture > 1)).mean()),
        seed=made.seed,
        diagnosis=None if made.diagnosis is None else Diagnosis(**asdict(made.diagnosis)),
        pull=pull_of(made),
    )


def worst(frames: Sequence[tuple[int, FrameNotes]]) -> Diagnosis | None:
    """How it went as a whole: the first frame that went wrong, else the last; frames are counted from 1."""
    told = [(index, notes.diagnosis) for index, notes in frames if notes.diagnosis is not None]
    if not told:
        return None
    index, found = next(((k, one) for k, one in told if one.verdict in BAD), told[-1])
    return found.model_copy(update={"reason": f"frame {index + 1}: {found.reason}"})


def mean(values: Iterable[float | None]) -> float | None:
    """Of those that are there; None without any."""
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else None
