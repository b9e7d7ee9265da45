"""Measuring in pairs: a fresh worker of each side, and one order at a time, in turns."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.check.paired.sides import Role
from bench.engines import Ended, Engine, Order, Probe

#: Seconds for a single job; what takes longer hangs. Jobs of a gate take seconds.
PATIENCE = 900.0

#: Seconds between two orders: a worker tidies up behind a job it has told of, which must not fall into the other's.
PAUSE = 0.03


@dataclass(frozen=True)
class Step:
    role: Role
    job: str
    """Its id."""


def schedule(number: int, jobs: Sequence[str], rounds: int, roles: Sequence[Role], *, together: bool) -> list[Step]:
    """What one pair measures, in order.

    Which side goes first changes from benchmark to benchmark, from round to round and from pair to pair (A B, B A),
    so that neither profits from being second, or from a machine that becomes slower.

    Args:
        number: of the pair.
        roles: the base and the head, or one of them alone.
        together: the workers of both sides live at the same time, one of them idle, and take turns job by job, so that
            what goes on around them meets both; otherwise one side does all its jobs first.
    """
    turned = [*reversed(roles)]
    if not together:
        order = turned if number % 2 else roles
        return [Step(role, job) for role in order for _ in range(rounds) for job in jobs]
    steps = []
    for turn in range(rounds):
        for place, job in enumerate(jobs):
            order = turned if (number + turn + place) % 2 else roles
            steps += [Step(role, job) for role in order]
    return steps


@dataclass
class Taken:
    """What a pair of workers gave for one job."""

    first: Role
    timings: dict[Role, list[Mapping[str, Any]]] = field(default_factory=dict)
    """By side, of each round, as in a record (:class:`bench.record.Timing`)."""
    failure: str = ""
    """Why there is no more: ``head: out of memory ...``."""


class Meter:
    """Args:
    engines: of each side, with one slot. They are closed by :meth:`close`.
    order: the order of a job, whose files go to the folder given.
    scratch: folder for those files.
    together: see :func:`schedule`.
    """

    def __init__(
        self,
        engines: Mapping[Role, Engine],
        order: Callable[[str, Path], Order],
        scratch: Path,
        *,
        together: bool,
        pause: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engines, self._order, self._scratch = engines, order, scratch
        self._together = together
        self._pause, self._now = pause, now
        self.environments: dict[Role, dict[str, Any]] = {}
        """As the workers of each side described where they run."""

    @property
    def roles(self) -> tuple[Role, ...]:
        return tuple(self._engines)

    def pair(self, number: int, jobs: Sequence[str], rounds: int) -> dict[str, Taken]:
        """Measure every job by a fresh worker of each side.

        A job that fails on one side is not tried again in this pair.

        Raises:
            BenchError: when no worker of a side starts.
        """
        found: dict[str, Taken] = {}
        try:
            if self._together:
                self._start_all()
            for step in schedule(number, jobs, rounds, self.roles, together=self._together):
                taken = found.setdefault(step.job, Taken(step.role))
                if taken.failure:
                    continue
                ended = self._carry_out(step)
                if ended.status == "done":
                    taken.timings.setdefault(step.role, []).append(ended.content["timing"])
                    self.environments[step.role] = dict(ended.environment)
                else:
                    taken.failure = f"{step.role}: {_why(ended)}"
                self._pause(PAUSE)
        finally:
            for engine in self._engines.values():
                engine.stop(engine.slots[0])
        return found

    def close(self) -> None:
        for engine in self._engines.values():
            engine.close()

    def _start_all(self) -> None:
        """Let the workers load their libraries at the same time, before anything is measured."""
        for role, engine in self._engines.items():
            engine.submit(Probe(f"start-{role}", "steadiness"), engine.slots[0])
        for engine in self._engines.values():
            self._end_of(engine)

    def _carry_out(self, step: Step) -> Ended:
        engine, folder = self._engines[step.role], self._scratch / "job"
        folder.mkdir(parents=True)
        try:
            engine.submit(self._order(step.job, folder), engine.slots[0])
            return self._end_of(engine)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _end_of(self, engine: Engine) -> Ended:
        deadline = self._now() + PATIENCE
        for left in self._until(deadline):
            event = engine.next_event(left)
            if isinstance(event, Ended):
                return event
        engine.stop(engine.slots[0])
        return Ended("", "timeout", {"failure": {"message": f"no end after {PATIENCE:.0f} s"}})

    def _until(self, deadline: float) -> Iterator[float]:
        """Seconds left, as long as there are any."""
        while (left := deadline - self._now()) > 0:
            yield min(left, 10.0)


def _why(ended: Ended) -> str:
    failure = ended.content.get("failure") or {}
    return f"{ended.status}: {failure.get('message') or 'no reason given'}"
