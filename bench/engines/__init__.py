"""Engines start workers and hand them orders. All keep one contract, so the runner knows none of them.

A new engine is a module here with a class that keeps :class:`Engine`, and its name in the command line.

An engine has slots: places where one order at a time is carried out, each with a device of its own. It knows nothing
of time limits, retries or results; the runner decides, and stops a slot that takes too long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class InputFile:
    """A stored picture with its part in a job."""

    path: Path
    weight: float = 1.0
    mask: str | None = None
    """Where in the result a style applies: ``mask:<shape>`` or an absolute path."""
    style_mask: str | None = None
    """Which part of the style picture counts, likewise."""


def as_plain(inputs: Mapping[str, Sequence[InputFile]]) -> dict[str, list[dict[str, Any]]]:
    """Pictures by role as JSON takes them."""
    return {role: [{**asdict(given), "path": str(given.path)} for given in files] for role, files in inputs.items()}


def from_plain(inputs: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, list[InputFile]]:
    """What :func:`as_plain` made."""
    return {
        role: [InputFile(**{**given, "path": Path(given["path"])}) for given in files] for role, files in inputs.items()
    }


@dataclass(frozen=True)
class Order:
    """A job as a worker needs it."""

    id: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, Sequence[InputFile]]
    """Stored pictures by role; a style may be several."""
    weights: str
    """``imagenet``, ``random:<seed>``, or the absolute path of a file."""
    folder: Path
    """Where the worker puts the job's files."""
    batch: str = ""
    """Orders of which this is the same text may be carried out together; empty: it is carried out alone."""
    parts: Path | None = None
    """Where the worker leaves what is done of the job until all is, for a later try; None: nowhere."""


@dataclass(frozen=True)
class Pack:
    """Orders that a worker carries out together, as one batch.

    Of each it tells apart how it ended: ``content`` of its end holds, by id under ``orders``, ``status`` and
    ``content`` of theirs.
    """

    id: str
    orders: Sequence[Order]


@dataclass(frozen=True)
class Probe:
    """Something to measure on a slot, of which no result is kept."""

    id: str
    kind: Literal["steadiness", "trial", "count"]
    """steadiness: :mod:`bench.machine.steadiness`; trial: :mod:`bench.prediction.trial`; count:
    :mod:`bench.worker.counting`."""
    content: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Started:
    """A worker begins an order: time limits count from here, not from waiting for a worker to load its libraries."""

    id: str


@dataclass(frozen=True)
class Progressed:
    id: str
    evaluations: int
    loss: float | None
    losses: Sequence[float | None] = ()
    """Of a pack, that of each order."""


@dataclass(frozen=True)
class Ended:
    """The end of an order, whatever it was. ``content`` holds the record's parts by their names, or what was measured.

    ``status`` is one of a record (``done``, ``failed``, ``oom``, ``crashed``), or ``lost`` where the machine went away,
    or ``no-space`` where a worker could not write because the disk is full.
    """

    id: str
    status: str
    content: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)


Event = Started | Progressed | Ended


def independent(engine: Engine) -> Sequence[str]:
    """Slots of an engine, of those that one worker stands behind only the first."""
    found: Sequence[str] = getattr(engine, "independent", engine.slots)
    return found


@dataclass(frozen=True)
class Standing:
    """The machines of an engine that has several, at a moment."""

    nodes: int
    gpus: int
    """Of these nodes, that jobs run on; 0 where they run on processors."""
    slots: int
    lost: tuple[str, ...] = ()
    """Names of the nodes that have gone away."""
    note: str = ""
    """What has changed, in words."""


def standing(engine: Engine) -> Standing | None:
    """How the machines of an engine stand; None of one that has a single machine."""
    found: Standing | None = getattr(engine, "standing", None)
    return found


def machine_of(engine: Engine, slot: str) -> str:
    """Name of the machine that a slot is on; the same for all slots of an engine that has a single machine."""
    find: Callable[[str], str] = getattr(engine, "machine_of", lambda _: "")
    return find(slot)


class Engine(Protocol):
    """Carries out orders, one at a time in each of its slots."""

    @property
    def slots(self) -> Sequence[str]:
        """Names of the slots, such as ``cpu``, ``cpu/1``, ``cuda:0``; may change where machines come and go.

        A slot that has gone takes its order with it, whose end is then ``lost``.
        """

    def submit(self, order: Order | Pack | Probe, slot: str) -> None:
        """Give a free slot something to do; starts its worker where none is alive.

        Raises:
            RuntimeError: when the slot is busy.
        """

    def next_event(self, timeout: float) -> Event | None:
        """The next thing that happened, or None after ``timeout`` seconds without any.

        Raises:
            BenchError: when no worker can be got ready, which is no job's fault.
        """

    def stop(self, slot: str) -> None:
        """Kill the slot's worker and all its children at once. The order it had gives no event any more.

        Does nothing where the slot is free or gone.
        """

    def close(self) -> None:
        """Stop all slots; may be called again."""
