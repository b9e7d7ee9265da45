"""Packs: orders that may be carried out together, handed to another engine as one.

To the runner every order has a slot of its own; several of these stand for one slot of the engine behind. When that one
is free, it is given whatever waits for it and goes together. Limits, retries and records stay those of single jobs:
when a pack is stopped or comes to a bad end, what is left of it is begun again.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.engines import Ended, Engine, Event, Order, Pack, Probe, Progressed, Standing, Started, machine_of, standing


@dataclass(frozen=True)
class _Given:
    """What a slot of the engine behind has been given."""

    id: str
    """Of the pack, or of the only order."""
    orders: Mapping[str, Order | Probe]
    """By the slots that the runner knows them in."""

    @property
    def ids(self) -> list[str]:
        return [order.id for order in self.orders.values()]


class PackedEngine:
    """Args:
    engine: carries the packs out.
    most: orders in a pack.
    """

    def __init__(self, engine: Engine, most: int) -> None:
        self._engine, self._most = engine, most
        self._waiting: dict[str, Order | Probe] = {}
        """By slot, in the order they came."""
        self._given: dict[str, _Given] = {}
        """By slot of the engine behind."""
        self._alone: set[str] = set()
        """Orders whose pack came to a bad end, by id."""
        self._heard: deque[Event] = deque()
        self._numbers = itertools.count(1)

    @property
    def slots(self) -> Sequence[str]:
        return tuple(f"{slot}{_MARK}{i + 1}" for slot in self._engine.slots for i in range(self._most))

    @property
    def independent(self) -> Sequence[str]:
        """One slot for each of the engine behind."""
        return tuple(f"{slot}{_MARK}1" for slot in self._engine.slots)

    @property
    def standing(self) -> Standing | None:
        return standing(self._engine)

    def machine_of(self, slot: str) -> str:
        return machine_of(self._engine, _behind(slot))

    def submit(self, order: Order | Pack | Probe, slot: str) -> None:
        if isinstance(order, Pack):
            raise TypeError("a pack cannot be packed")
        given = self._given.get(_behind(slot))
        if slot in self._waiting or (given is not None and slot in given.orders):
            raise RuntimeError(f"the slot {slot} is busy")
        self._waiting[slot] = order

    def next_event(self, timeout: float) -> Event | None:
        """As the contract has it."""
        if not self._heard:
            # Whoever asks has filled all slots before: what waits now is all there is for the next pack.
            self._hand_over()
            event = None if self._heard else self._engine.next_event(timeout)
            if event is not None:
                self._hear(event)
        return self._heard.popleft() if self._heard else None

    def stop(self, slot: str) -> None:
        stopped = self._waiting.pop(slot, None)
        behind, given = _behind(slot), self._given.get(_behind(slot))
        if given is not None and slot in given.orders:
            self._engine.stop(behind)
            stopped = given.orders[slot]
            self._begin_again(behind, but=slot)
        if stopped is not None:
            self._heard = deque(event for event in self._heard if event.id != stopped.id)

    def close(self) -> None:
        self._engine.close()

    def _hand_over(self) -> None:
        there = set(self._engine.slots)
        for slot in [slot for slot in self._waiting if _behind(slot) not in there]:
            gone = {"failure": {"message": "its machine had gone before it was begun"}}
            self._heard.append(Ended(self._waiting.pop(slot).id, "lost", gone))
        for behind in self._engine.slots:
            mine = [slot for slot in self._waiting if _behind(slot) == behind]
            if behind in self._given or not mine:
                continue
            first = self._waiting[mine[0]]
            alike = [slot for slot in mine if self._batch(self._waiting[slot]) == self._batch(first)]
            chosen = alike[: self._most] if self._batch(first) else mine[:1]
            orders = {slot: self._waiting.pop(slot) for slot in chosen}
            packed = [order for order in orders.values() if isinstance(order, Order)]
            order = Pack(f"pack {next(self._numbers)}", packed) if len(packed) > 1 else first
            self._given[behind] = _Given(order.id, orders)
            self._engine.submit(order, behind)

    def _batch(self, order: Order | Probe) -> str:
        """What an order has in common with those that go with it; empty where it goes alone."""
        return order.batch if isinstance(order, Order) and order.id not in self._alone else ""

    def _hear(self, event: Event) -> None:
        behind, given = next(((b, g) for b, g in self._given.items() if g.id == event.id), (None, None))
        if behind is None or given is None:
            return  # the last words of what was stopped
        if isinstance(event, Started):
            self._heard += [Started(id) for id in given.ids]
        elif isinstance(event, Progressed):
            losses = event.losses or (event.loss,)
            told = zip(given.ids, losses, strict=True)
            self._heard += [Progressed(id, event.evaluations, loss) for id, loss in told]
        elif len(given.orders) == 1:
            del self._given[behind]
            self._heard.append(event)
        elif event.status == "done":
            del self._given[behind]
            ends = event.content["orders"]
            self._heard += [Ended(id, ends[id]["status"], ends[id]["content"], event.environment) for id in given.ids]
        else:
            self._alone |= set(given.ids)  # whose fault it was, each by itself will show
            self._begin_again(behind)

    def _begin_again(self, behind: str, but: str | None = None) -> None:
        """Let orders that a slot had wait once more, before all others."""
        given = self._given.pop(behind)
        self._waiting = {slot: order for slot, order in given.orders.items() if slot != but} | self._waiting


#: Between the name of a slot and the number of the order's place in its pack.
_MARK = " #"


def _behind(slot: str) -> str:
    return slot.rpartition(_MARK)[0]
