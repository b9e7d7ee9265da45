"""The default engine: one long-lived worker process on this machine for each slot.

A worker keeps its network loaded from job to job. When it dies, the job it held is reported as crashed and the next
order starts a new one, so a job that takes its process down takes nothing else with it.
"""

from __future__ import annotations

import os
import queue
import re
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import bench
from bench.engines import Ended, Event, Order, Pack, Probe, as_plain
from bench.engines.log import Log
from bench.engines.process import Unbegun, Worker
from bench.errors import BenchError
from bench.machine import allowance
from bench.machine.devices import Slot

#: Seconds within which a worker must have begun an order it was given. A new one loads torch first, which took
#: 3 s here and takes a minute from a busy network drive; one that takes longer hangs.
PATIENCE = 300.0

#: Workers a slot that may end before they are ready, where none ever was, until that is taken for the machine's fault.
STILLBORN = 3


#: How to start a worker under this interpreter, but for its options.
WORKER = (sys.executable, "-P", "-m", "bench.worker")


class LocalEngine:
    """Another thread may stop a slot, or give it an order, while one waits for events.

    Args:
    places: the slots, by :func:`bench.machine.devices.find`.
    log: file that collects what workers print; where there are several slots, one for each, named like it.
    command: how to start a worker, all of it; tests give their own.
    program: how to start one, but for its device: :mod:`bench.worker` under this interpreter, unless another is named.
    home: folder of the packages ``bench`` and ``nst`` that workers run, if not this very code.
    patience: seconds within which an order must have begun.
    now: a monotonic clock in seconds.
    """

    def __init__(
        self,
        places: Sequence[Slot],
        log: Path,
        command: Sequence[str] | None = None,
        *,
        program: Sequence[str] = WORKER,
        home: Path | None = None,
        patience: float = PATIENCE,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._places = {place.name: place for place in places}
        self._logs = {place.name: Log(log if len(places) == 1 else _named(log, place)) for place in places}
        self._command, self._program, self._home = command, program, home
        self._patience, self._now = patience, now
        self._lock = threading.RLock()
        self._workers: dict[str, Worker] = {}
        self._held: dict[str, Order | Pack | Probe] = {}
        self._stillborn: int | None = 0
        """Workers that ended before they were ready; None once any was."""
        self._heard: queue.Queue[tuple[str, Worker, Event | Unbegun]] = queue.Queue()

    @property
    def slots(self) -> Sequence[str]:
        return tuple(self._places)

    def submit(self, order: Order | Pack | Probe, slot: str) -> None:
        with self._lock:
            if slot in self._held:
                raise RuntimeError(f"the slot {slot} is busy with {self._held[slot].id}")
            self._logs[slot].cut()
            self._hand_over(order, slot)
            self._held[slot] = order

    def next_event(self, timeout: float) -> Event | None:
        """As the contract has it.

        Raises:
            BenchError: when workers end again and again before they are ready: no job is to blame for that.
        """
        deadline = time.monotonic() + timeout
        while True:
            self._end_the_late()
            try:
                slot, worker, event = self._heard.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return None
            with self._lock:
                if self._workers.get(slot) is not worker:
                    continue  # it was stopped, and with it all that it still had to say
                if isinstance(event, Unbegun):
                    self._hand_over(self._held[slot], slot)
                    continue
                if isinstance(event, Ended):
                    del self._held[slot]
                    self._give_up_where_none_starts(slot, worker, event)
                return event

    def stop(self, slot: str) -> None:
        with self._lock:
            self._held.pop(slot, None)
            worker = self._workers.pop(slot, None)
            if worker is not None:
                worker.stop()

    def close(self) -> None:
        for slot in self._places:
            self.stop(slot)

    def _hand_over(self, order: Order | Pack | Probe, slot: str) -> None:
        worker = self._workers.get(slot)
        if worker is None or not worker.usable:
            worker = self._workers[slot] = self._start(self._places[slot])
        worker.give(order, _message(order, self._memory(slot)), self._now())

    def _start(self, place: Slot) -> Worker:
        return Worker(
            self._command or [*self._program, "--device", place.device, "--sharing", str(place.sharing)],
            worker_environment(os.environ, place.variables, self._home),
            self._logs[place.name],
            lambda worker, event: self._heard.put((place.name, worker, event)),
        )

    def _give_up_where_none_starts(self, slot: str, worker: Worker, event: Ended) -> None:
        if worker.ready:
            self._stillborn = None
        if self._stillborn is None or not worker.stillborn:
            return
        self._stillborn += 1
        if self._stillborn >= STILLBORN * len(self._places):
            failure = event.content["failure"]
            printed = [line.strip() for line in failure["details"].splitlines() if line.strip()]
            why = f": {printed[-1]}" if printed else ""
            raise BenchError(
                f"{slot}: no worker starts: {failure['message']}{why}. All that workers printed is in "
                f"{self._logs[slot].path}; `nst-bench doctor` looks for what is wrong. What ended is kept: run the "
                "same command again to go on"
            )

    def _end_the_late(self) -> None:
        with self._lock:
            workers = list(self._workers.values())
        for worker in workers:
            since = worker.waiting_since()
            if since is not None and self._now() - since >= self._patience:
                worker.end(f"it had not begun after {self._patience:.0f} s")

    def _memory(self, slot: str) -> int | None:
        """Bytes of main memory that a slot's worker may hold; None where the device has memory of its own."""
        if self._places[slot].device != "cpu":
            return None
        on_cpu = [name for name, place in self._places.items() if place.device == "cpu"]
        held = [allowance.held(worker.pid) for name, worker in self._workers.items() if name in on_cpu]
        # Those that share its processors may be other engines', as on the nodes of a cluster.
        return allowance.part(allowance.free(), held, max(len(on_cpu), self._places[slot].sharing))


def worker_environment(
    own: Mapping[str, str], variables: Mapping[str, str] | None = None, home: Path | None = None
) -> dict[str, str]:
    """Environment variables of a worker: one's own, its slot's, its code, and threads that sleep in waiting.

    Its code is this very package, or that in the folder ``home``.

    The worker starts with ``-P``, or a folder named ``bench`` where the user stands would be taken for this package.

    The OpenMP library of torch's Linux builds lets idle threads spin. Let one other process want a core and every
    parallel loop waits for a thread that is not running: an evaluation that takes 32 ms alone took 919 ms beside
    one busy process on two cores, and 54 ms with sleeping threads, which cost about 15 % when nothing else runs
    (VGG-19 at width 0.25, 256 x 170 pixels). Who sets either variable keeps what they set.
    """
    here = str(home or Path(bench.__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, [here, own.get("PYTHONPATH")]))
    environment = {**own, **(variables or {}), "PYTHONPATH": path}
    if not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & set(environment):
        environment["OMP_WAIT_POLICY"] = "PASSIVE"
    return environment


def _message(order: Order | Pack | Probe, memory: int | None) -> dict[str, Any]:
    """An order as the worker reads it (:mod:`bench.worker`)."""
    if isinstance(order, Probe):
        return {"kind": order.kind, "id": order.id, "memory": memory, "content": dict(order.content)}
    if isinstance(order, Pack):
        return {"kind": "pack", "id": order.id, "memory": memory, "orders": [_message(o, None) for o in order.orders]}
    return {
        "kind": "job",
        "id": order.id,
        "memory": memory,
        "parameters": dict(order.parameters),
        "inputs": as_plain(order.inputs),
        "weights": order.weights,
        "folder": str(order.folder),
        "parts": None if order.parts is None else str(order.parts),
    }


def _named(log: Path, place: Slot) -> Path:
    return log.with_stem(f"{log.stem}-{re.sub('[^a-z0-9]+', '-', place.name)}")
