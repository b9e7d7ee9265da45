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


@dataclass(frozen=True)
class Round:
    """One run of a job."""

    timing: Mapping[str, Any]
    """As in a record (:class:`bench.record.Timing`)."""
    evaluations: int
    updates: int
    finite: bool
    """Whether the loss of its picture was."""

    @property
    def work(self) -> str:
        """What was timed, by which contract: what is held against it must be the same."""
        return f"{self.evaluations} evaluations, {self.updates} updates, timed by {self.timing.get('contract')}"


@dataclass
class Taken:
    """What a pair of workers gave for one job."""

    first: Role
    rounds: dict[Role, list[Round]] = field(default_factory=dict)
    failure: str = ""
    """Why there is no more: ``head: out of memory ...``."""

    def timings(self, role: Role) -> list[Mapping[str, Any]]:
        return [one.timing for one in self.rounds.get(role, ())]

    def works(self) -> dict[str, Role]:
        """What was done, by whom: of equal sides a single entry."""
        return {one.work: role for role, rounds in self.rounds.items() for one in rounds}


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
            before: Role | None = None
            for step in schedule(number, jobs, rounds, self.roles, together=self._together):
                taken = found.setdefault(step.job, Taken(step.role))
                if taken.failure:
                    continue
                if before is not None and before != step.role and not self._together:
                    self._stop(before)
                before = step.role
                self._take(step, taken)
                self._pause(PAUSE)
        finally:
            for role in self._engines:
                self._stop(role)
        return found

    def close(self) -> None:
        for engine in self._engines.values():
            engine.close()

    def _stop(self, role: Role) -> None:
        self._engines[role].stop(self._engines[role].slots[0])

    def _take(self, step: Step, taken: Taken) -> None:
        """Carry out a step; what is no result, or not of the same work as the others, is a failure of the job."""
        ended = self._carry_out(step)
        if ended.status != "done":
            taken.failure = f"{step.role}: {_why(ended)}"
            return
        self.environments[step.role] = dict(ended.environment)
        try:
            one = _round(ended.content)
        except (KeyError, TypeError) as error:
            taken.failure = f"{step.role}: its worker does not tell what is needed: {error}"
            return
        if not one.finite:
            taken.failure = f"{step.role}: its loss was not finite: nothing can be said of its time"
        taken.rounds.setdefault(step.role, []).append(one)
        if not taken.failure and len(works := taken.works()) > 1:
            told = "; ".join(f"{role}: {work}" for work, role in works.items())
            taken.failure = f"the sides did not do the same: {told}"

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


def _round(content: Mapping[str, Any]) -> Round:
    timing, outcome = content["timing"], content["outcome"]
    done = outcome["evaluations"], outcome["updates"]
    return Round({**timing, "valid": timing["valid"]}, *done, finite=outcome["final_loss"] is not None)


def _why(ended: Ended) -> str:
    failure = ended.content.get("failure") or {}
    return f"{ended.status}: {failure.get('message') or 'no reason given'}"
