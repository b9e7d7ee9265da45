"""Engines start workers and hand them jobs. All keep one contract, so the runner knows none of them.

A new engine is a module here with a class that keeps :class:`Engine`, and its name in the command line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class InputFile:
    """A stored picture with its part in a job."""

    path: Path
    weight: float = 1.0
    mask: str | None = None
    """Where in the result a style applies: ``mask:<shape>`` or an absolute path."""
    style_mask: str | None = None
    """Which part of the style picture counts, likewise."""


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


@dataclass(frozen=True)
class Progressed:
    id: str
    evaluations: int
    loss: float | None


@dataclass(frozen=True)
class Ended:
    """The end of an order, whatever it was. ``content`` holds the record's parts by their names."""

    id: str
    status: str
    content: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)


Event = Progressed | Ended


class Engine(Protocol):
    """Runs orders, at most :attr:`slots` at a time."""

    slots: int

    def submit(self, order: Order) -> None:
        """Start an order; a slot must be free."""

    def next_event(self, timeout: float) -> Event | None:
        """The next thing that happened, or None after ``timeout`` seconds without any."""

    def close(self) -> None:
        """Stop all workers at once, whatever they do."""
