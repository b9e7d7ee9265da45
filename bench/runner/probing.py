"""How steady the slots of an engine are: a small fixed convolution, timed while nothing else runs on its machine."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.engines import Ended, Engine, Probe, Started, machine_of

#: Seconds that a probe may take from its start; it is made to take a fraction of one.
LIMIT = 60.0


@dataclass(frozen=True)
class Probed:
    """What a slot's worker told."""

    seconds: float
    environment: Mapping[str, Any]


def measure(
    engine: Engine, slots: Sequence[str], now: Callable[[], float], given_up: Callable[[], bool], patience: float
) -> dict[str, Probed]:
    """The convolution by slot, each measured while the others on its machine rest.

    Workers that are not alive yet start together, for a first probe that does not count: one that loads its libraries
    beside the one that is measured would disturb it. A slot whose probe fails, or that has gone, is left out.

    Args:
        now: a monotonic clock, in seconds.
        given_up: asked again and again; once true, what was measured so far is returned.
        patience: seconds between two times of asking.
    """
    machines: dict[str, list[str]] = {}
    for slot in slots:
        if slot in engine.slots:
            machines.setdefault(machine_of(engine, slot), []).append(slot)
    if len(slots) > 1:
        _probe(engine, [slot for several in machines.values() for slot in several], "start", now, given_up, patience)
    found: dict[str, Probed] = {}
    for at_once in itertools.zip_longest(*machines.values()):
        found |= _probe(engine, [slot for slot in at_once if slot], "measure", now, given_up, patience)
    return found


def _probe(
    engine: Engine,
    slots: Sequence[str],
    purpose: str,
    now: Callable[[], float],
    given_up: Callable[[], bool],
    patience: float,
) -> dict[str, Probed]:
    """Probe some slots at the same time."""
    waiting: dict[str, str] = {}
    found: dict[str, Probed] = {}
    since: dict[str, float] = {}
    for slot in slots:
        if given_up():
            return found
        probe = Probe(f"steadiness/{purpose}/{slot}", "steadiness")
        engine.submit(probe, slot)
        waiting[probe.id] = slot
    while waiting and not given_up():
        event = engine.next_event(patience)
        if event is not None and event.id in waiting:
            if isinstance(event, Started):
                since[event.id] = now()
            elif isinstance(event, Ended):
                slot = waiting.pop(event.id)
                seconds = event.content.get("seconds")
                if event.status == "done" and isinstance(seconds, int | float) and seconds > 0:
                    found[slot] = Probed(float(seconds), event.environment)
        for identity in [i for i in waiting if now() - since.get(i, now()) >= LIMIT]:
            engine.stop(waiting.pop(identity))
    return found
