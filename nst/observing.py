"""Who hears how a run goes, from :func:`nst.making.make`."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from nst.synthesis import Progress


@dataclass(frozen=True)
class Attempt:
    """A run that was given up for another seed."""

    seed: int
    evaluations: int
    verdict: str
    reason: str


class Observer(Protocol):
    """Hears how a run goes, and may time it."""

    def phase(self, name: str) -> AbstractContextManager[None]:
        """Around ``decode``, ``targets`` and ``warmup``, once per stage, ``optimise``, per attempt and stage, and
        ``assess``, in the end; once more ``warmup`` within ``optimise``, where a step is recorded."""

    def progressed(self, progress: Progress) -> None:
        """At the end of every chunk; evaluations are counted over all stages of the attempt."""

    def stepping(self, recorded: bool, why_not: str) -> None:
        """How steps are made from now on, on a GPU where recordings are wanted (:mod:`nst.graphs`): from one, or not,
        and why."""

    def gave_up(self, attempt: Attempt) -> None:
        """What was optimised so far is dropped, and the run begins again."""


class Silent:
    """An observer that does nothing."""

    def phase(self, name: str) -> AbstractContextManager[None]:
        return nullcontext()

    def progressed(self, progress: Progress) -> None: ...

    def stepping(self, recorded: bool, why_not: str) -> None: ...

    def gave_up(self, attempt: Attempt) -> None: ...
