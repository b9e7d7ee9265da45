"""Trials on an engine's workers. No torch here."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

from bench.engines import Ended, Engine, Probe
from bench.prediction.calibration import Measure

#: Seconds after which a trial has gone wrong: workers have to load their libraries first.
PATIENCE = 120.0
#: Seconds between two looks at the clock and at whether to stop.
_LOOK = 0.2


def through(
    engine: Engine,
    slots: Sequence[str],
    *,
    patience: float = PATIENCE,
    stopped: Callable[[], bool] = lambda: False,
    now: Callable[[], float] = time.monotonic,
) -> Measure:
    """What runs a trial on all slots at once, as jobs will run, and answers with the slowest.

    A trial that fails on a slot, whose worker dies, or that takes longer than ``patience`` seconds, is answered with
    None; one that runs out of memory with ``{"out_of_memory": True}``. Nothing is left running behind either.

    Args:
        engine: with nothing to do in these slots.
        slots: of the engine, all on devices of one kind.
        patience: seconds for a trial.
        stopped: whether the user has asked to stop; looked at while waiting.
        now: a monotonic clock in seconds.
    """
    count = 0

    def measure(content: Mapping[str, Any]) -> Mapping[str, Any] | None:
        nonlocal count
        count += 1
        waiting = {f"trial-{count}-{slot}": slot for slot in slots}
        for name, slot in waiting.items():
            engine.submit(Probe(name, "trial", content), slot)
        until = now() + patience
        ended: list[Ended] = []
        while waiting and now() < until and not stopped():
            event = engine.next_event(_LOOK)
            if isinstance(event, Ended) and event.id in waiting:
                del waiting[event.id]
                ended.append(event)
        for slot in waiting.values():
            engine.stop(slot)
        if any(event.status == "oom" for event in ended):
            return {"out_of_memory": True}
        if waiting or any(event.status != "done" for event in ended):
            return None
        return _slowest([event.content for event in ended])

    return measure


def _slowest(answers: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    slowest = max(answers, key=lambda told: fmean(told["seconds"]["evaluations"]))
    free = [told["free_bytes"] for told in answers if told["free_bytes"] is not None]
    return {**slowest, "free_bytes": min(free, default=None), "took": max(told["took"] for told in answers)}
