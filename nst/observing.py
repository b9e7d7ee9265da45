"""Who hears how a run goes."""

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
        """Around ``decode``, ``targets`` and ``warmup``, once per stage, and ``optimise``, per attempt and stage."""

    def progressed(self, progress: Progress) -> None:
        """At the end of every chunk; evaluations are counted over all stages of the attempt."""

    def gave_up(self, attempt: Attempt) -> None:
        """What was optimised so far is dropped, and the run begins again."""


class Silent:
    """An observer that does nothing."""

    def phase(self, name: str) -> AbstractContextManager[None]:
        return nullcontext()

    def progressed(self, progress: Progress) -> None: ...

    def gave_up(self, attempt: Attempt) -> None: ...
