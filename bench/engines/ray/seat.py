"""What runs on a node for one slot: an actor that keeps a local engine of one slot, and sends back what it hears.

Its methods run in threads of their own, so that a job can be stopped while the driver waits to hear of it. Whatever
is told is numbered and kept until the driver says that it has it: a connection that breaks loses nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import ray

import bench
import nst
from bench.engines import Ended, Event, Order, Pack, Progressed
from bench.engines.local import LocalEngine
from bench.engines.ray.parcels import Files, Given, Inbox, collect, orders_of
from bench.machine import devices

#: Seconds in which more is waited for once there is something to tell of a job that goes on.
_LINGER = 0.2

_SLOT = "slot"


@dataclass(frozen=True)
class Facts:
    """What the driver asks of a slot before it gives it anything."""

    version: str
    code: str
    """SHA-256 of the packages' source."""
    niceness: int = 0
    """By how much workers give way to other processes of the node."""


@dataclass(frozen=True)
class Told:
    """Something that happened, with what the driver has to know to go on from it."""

    number: int
    """Counted up from 1 as long as the actor lives."""
    generation: int
    """How often the slot had been stopped by then."""
    event: Event
    files: Files = field(default_factory=dict)
    """What jobs that ended have left."""
    fetched: Sequence[str] = ()
    """Names of files that came to the node for this order."""


class Seat:
    """Args:
    device: as workers call it: ``cpu`` or ``cuda:0``.
    sharing: slots on that device.
    cpus: processors of its own, that its worker may use.
    variables: environment variables of workers, over the node's.
    shared: name of the folder that all slots of the node keep files in that they were sent.
    command: how to start a worker, all of it; None: as the local engine does.
    """

    def __init__(
        self,
        device: str,
        sharing: int,
        cpus: int,
        variables: Mapping[str, str],
        shared: str,
        command: Sequence[str] | None = None,
    ) -> None:
        self._niceness = give_way_no_more()
        self._shared = Path(tempfile.gettempdir()) / shared
        self._inbox = Inbox(self._shared / "inputs", lambda reference: bytes(ray.get(reference)))
        self._own = Path(tempfile.mkdtemp(prefix="slot-", dir=self._shared))
        own = {**worker_variables(device, sharing, cpus), **variables}
        place = devices.Slot(_SLOT, device, own, sharing=sharing)
        self._engine = LocalEngine([place], self._own / "worker.log", command)
        self._generation = self._number = 0
        self._id = self._token = ""
        """Of the order it has, as the driver knows it; and for its worker, another whenever an order is begun again."""
        self._placed: Given | None = None
        """That order, with its files in their places here."""
        self._fetched: Sequence[str] = ()
        self._untold: list[Told] = []
        self._state, self._hearing = threading.RLock(), threading.Lock()

    def facts(self) -> Facts:
        return Facts(bench.__version__, source_hash(), self._niceness)

    def take(self, given: Given, needed: Mapping[str, Any], generation: int) -> None:
        """Carry out an order, unless the slot was stopped since. What is wrong with its files is told as its end."""
        with self._state:
            if generation != self._generation:
                return
            self._id, before = given.id, len(self._inbox.fetched)
            self._token = f"{given.id} of {generation}.{self._number}"
        try:
            placed = _into(self._inbox.unpack(given, needed), self._own)
            with self._state:
                if generation == self._generation:
                    self._placed, self._fetched = placed, self._inbox.fetched[before:]
                    self._engine.submit(replace(placed, id=self._token), _SLOT)
        except Exception as error:  # of the network, a full disk, an object that is gone, a system without processes
            with self._state:
                if generation == self._generation:
                    self._tell(lost(self._token, f"it could not be begun: {error}"))

    def hear(self, after: int, seconds: float) -> list[Told]:
        """What happened since the event of that number; empty after so many seconds in which nothing did.

        Raises:
            BenchError: when no worker starts here, time and again.
        """
        with self._hearing:
            with self._state:
                self._untold = [told for told in self._untold if told.number > after]
            until = time.monotonic() + seconds
            while not any(isinstance(told.event, Ended) for told in self._untold):
                event = self._engine.next_event(max(0.0, until - time.monotonic()))
                if event is None:
                    break
                self._tell(event)
                until = min(until, time.monotonic() + _LINGER)
            with self._state:
                return list(self._untold)

    def stop(self, generation: int) -> None:
        """Kill what runs; what was not told yet of it never will be."""
        with self._state:
            self._generation = generation
            self._engine.stop(_SLOT)
            self._clear()
            self._untold = []

    def leave(self) -> None:
        """Take away all that this run has put on the node; when all of its slots have been stopped."""
        shutil.rmtree(self._shared, ignore_errors=True)

    def _tell(self, event: Event) -> None:
        with self._state:
            if event.id != self._token:
                return  # of an order that was stopped
            files: Files = {}
            event = replace(event, id=self._id)
            if isinstance(event, Ended):
                event, files = _with_files(event, self._placed)
                self._clear()
            if isinstance(event, Progressed):
                self._untold = [told for told in self._untold if not isinstance(told.event, Progressed)]
            self._number += 1
            self._untold.append(Told(self._number, self._generation, event, files, self._fetched))
            self._fetched = ()

    def _clear(self) -> None:
        """Remove what the last order left."""
        if self._placed is not None:
            for order in orders_of(self._placed):
                shutil.rmtree(order.folder, ignore_errors=True)
        self._id, self._token, self._placed = "", "", None


def _into(given: Given, own: Path) -> Given:
    """An order with folders of this machine for its files."""

    def placed(order: Order) -> Order:
        folder = own / order.id
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        # What is done of a job stays with it here: a later try may be on another machine.
        return replace(order, folder=folder, parts=None)

    if isinstance(given, Pack):
        return replace(given, orders=[placed(order) for order in given.orders])
    return placed(given) if isinstance(given, Order) else given


def _with_files(ended: Ended, given: Given | None) -> tuple[Ended, Files]:
    """An end with the files that it names; ``lost`` where they cannot be read, or the node's own disk is full."""
    if ended.status == "no-space":
        failure = ended.content.get("failure", {})
        return lost(ended.id, f"its disk is full: {failure.get('message', '')}", ended.environment), {}
    if given is None or ended.status != "done":
        return ended, {}
    contents = ended.content.get("orders") or {ended.id: {"content": ended.content}}
    try:
        return ended, collect(given, {id: one["content"] for id, one in contents.items()})
    except OSError as error:
        return lost(ended.id, f"its files could not be read: {error}", ended.environment), {}


def lost(id: str, why: str, environment: Mapping[str, Any] | None = None) -> Ended:
    """The end of an order that its machine is to blame for."""
    return Ended(id, "lost", {"failure": {"message": why}}, environment or {})


def worker_variables(device: str, sharing: int, cpus: int) -> dict[str, str]:
    """Environment variables of a worker on a share of a node; Ray has set some for the actor, which are not meant for
    it.

    A GPU that Ray gave the actor is the only one that its worker sees.
    """
    threads = max(1, min(cpus, devices.cores() // sharing) if cpus else 1)
    hidden = {"CUDA_VISIBLE_DEVICES": "", "HIP_VISIBLE_DEVICES": ""} if device == "cpu" else {}
    return {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads), **hidden}


def give_way_no_more() -> int:
    """Take back that this process gives way to others: Ray starts its own with niceness 15, and jobs are to be timed.

    Returns:
        The niceness that is left; only an administrator may take it back.
    """
    if not hasattr(os, "setpriority"):
        return 0
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, 0)
    return os.getpriority(os.PRIO_PROCESS, 0)


@cache
def source_hash() -> str:
    """SHA-256 of the source of the packages that make results, wherever they are installed."""
    digest = hashlib.sha256()
    for package in (bench, nst):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*.py"), key=lambda path: path.relative_to(root).as_posix()):
            digest.update(f"{package.__name__}/{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()
