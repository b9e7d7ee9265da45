"""The engine of a Ray cluster, as the runner knows it: orders out, events back, on slots that come and go.

A node that joins gets slots; one that goes takes them along, and what ran there ends as ``lost``. Everything happens
in the thread that asks for events; what Ray answers waits for it.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import ray
from ray.exceptions import ActorUnavailableError, RayError

from bench.engines import Ended, Event, Order, Pack, Probe, Standing
from bench.engines.ray.cluster import Node, Request
from bench.engines.ray.errors import first_line
from bench.engines.ray.parcels import Outbox, deliver
from bench.engines.ray.roster import LOOK, Held, Roster
from bench.engines.ray.seat import Told, lost
from bench.errors import BenchError

#: Seconds that an actor waits for something to tell before it answers that nothing happened.
_POLL = 5.0

#: Seconds after which a slot that cannot be reached is given up, and between two tries to reach it.
_UNREACHABLE, _TRY = 20.0, 1.0

#: Seconds that slots have to stop in.
_STOPPING = 10.0


class RayEngine:
    """Args:
    request: from the nodes of the cluster to what slots are to be (:func:`bench.engines.ray.cluster.request`).
    tell: takes sentences for people while slots come up.
    command: how to start a worker, all of it; tests give their own.
    now: a monotonic clock in seconds.

    Ray must be connected (:mod:`bench.engines.ray.connecting`).

    Raises:
        BenchError: when the cluster cannot do what is asked, or none of its nodes can run workers.
    """

    def __init__(
        self,
        request: Callable[[Sequence[Node]], Request],
        tell: Callable[[str], None] = lambda _: None,
        command: Sequence[str] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = now
        self._events: deque[tuple[str, Event]] = deque()
        """With their slots; an order that has ended here still runs for whoever has not asked for its end yet."""
        self._outbox = Outbox(ray.put)
        self.sent: Counter[tuple[str, str]] = Counter()
        """How often each file went to each node."""
        folder = f"nst-bench-{uuid.uuid4().hex[:12]}"
        self._roster = Roster(folder, self._order_lost, tell, command, now)
        try:
            self._roster.open(request)
        except BaseException:
            self.close()
            raise

    @property
    def slots(self) -> Sequence[str]:
        return self._roster.ready

    @property
    def standing(self) -> Standing:
        return self._roster.standing

    def machine_of(self, slot: str) -> str:
        return slot.partition(" on ")[2]

    def submit(self, order: Order | Pack | Probe, slot: str) -> None:
        held = self._roster.held.get(slot)
        if held is None:  # it went while the runner thought of it
            self._events.append((slot, lost(order.id, "its machine had gone before it was begun")))
            return
        if held.given is not None:
            raise RuntimeError(f"the slot {slot} is busy with {held.given.id}")
        try:
            addressed, needed = self._outbox.address(order)
        except OSError as error:
            failure = {"message": f"{error.filename}: {error.strerror or error}"}
            self._events.append((slot, Ended(order.id, "failed", {"failure": failure})))
            return
        held.given = order
        self._roster.ask(held, "taken", held.actor.take.remote(addressed, needed, held.generation))
        self._listen(held)

    def next_event(self, timeout: float) -> Event | None:
        """As the contract has it.

        Raises:
            BenchError: when the cluster cannot be reached any more, or has had no node that can run workers for long.
        """
        deadline = self._now() + timeout
        while not self._events:
            self._roster.look_again()
            left = deadline - self._now()
            found = self._roster.answer(min(left, LOOK))
            if found is not None:
                self._take_in(*found)
            elif left <= 0 and not self._events:
                return None
        return self._events.popleft()[1]

    def stop(self, slot: str) -> None:
        self._events = deque((where, event) for where, event in self._events if where != slot)
        held = self._roster.held.get(slot)
        if held is None or held.given is None:
            return
        held.given = None
        held.generation += 1
        try:
            ray.get(held.actor.stop.remote(held.generation), timeout=_STOPPING)
        except RayError as error:
            why = f"it could not be stopped: {first_line(error)}"
            self._roster.lose(held, why, f"{held.name}: {why}")

    def close(self) -> None:
        slots = list(self._roster.held.values())
        self._roster.held.clear()
        ready = [held for held in slots if held.ready]
        with suppress(Exception):  # whatever is wrong with the cluster, it is not used any more
            _all_of([held.actor.stop.remote(held.generation + 1) for held in ready])
            _all_of([held.actor.leave.remote() for held in {held.node.id: held for held in ready}.values()])
        for held in slots:
            with suppress(Exception):
                ray.kill(held.actor)

    def _order_lost(self, held: Held, why: str) -> None:
        if held.given is not None:
            self._events.append((held.name, lost(held.given.id, f"{self._roster.host(held)}: {why}")))
            held.given = None

    def _listen(self, held: Held) -> None:
        """One question at a time: answers to two might come in any order."""
        if not held.listening:
            held.listening = True
            self._roster.ask(held, "heard", held.actor.hear.remote(held.heard, _POLL))

    def _take_in(self, held: Held, what: str, answer: Any) -> None:
        """What came back from a slot."""
        error = answer.exception()
        held.listening &= what != "heard"
        if what == "facts":
            self._roster.welcome(held, answer)
        elif error is not None:
            self._trouble(held, what, error)
        elif what == "heard":
            self._hear(held, answer.result())

    def _trouble(self, held: Held, what: str, error: BaseException) -> None:
        """A question to a slot has failed."""
        if what == "heard" and isinstance(error, ActorUnavailableError):
            # Its node has gone, which will be known soon, or the network is disturbed, which passes: jobs go on.
            held.silent_since = self._now() if held.silent_since is None else held.silent_since
            if self._now() - held.silent_since < _UNREACHABLE:
                self._roster.remind(held, "heard", _TRY)
                return
        cause = getattr(error, "cause", error)
        if isinstance(cause, BenchError):  # no worker starts there
            self._roster.leave_out(held.node, f"{self._roster.host(held)} cannot run workers: {cause}")
        else:
            why = f"the process that kept its worker is gone: {first_line(error)}"
            self._roster.lose(held, why, f"{held.name}: {why}")

    def _hear(self, held: Held, told: Sequence[Told] | None) -> None:
        """Args: told: None where it is only time to ask again."""
        if told is not None:
            held.silent_since = None
        for one in told or ():
            if one.number > held.heard:
                held.heard = one.number
                self.sent.update((self._roster.host(held), name) for name in one.fetched)
                if one.generation == held.generation and held.given is not None and one.event.id == held.given.id:
                    self._events.append((held.name, self._brought(held, one)))
        if held.given is not None:
            self._listen(held)

    def _brought(self, held: Held, told: Told) -> Event:
        """An event; of an end, the files are where the runner looks for them, and the machine is named."""
        ended, given = told.event, held.given
        if not isinstance(ended, Ended) or given is None:
            return told.event
        held.given = None
        try:
            deliver(given, told.files)
        except OSError as error:
            return Ended(ended.id, "no-space", {"failure": {"message": f"{error.filename}: {error.strerror}"}})
        named = {**ended.environment, "node": self._roster.host(held)} if ended.environment else {}
        return replace(ended, environment=named)


def _all_of(references: list[Any]) -> None:
    """Wait until all questions are answered, but not for ever."""
    if references:
        ray.wait(references, num_returns=len(references), timeout=_STOPPING)
