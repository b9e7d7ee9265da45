"""What was counted, before anything is expected of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.check.exact.metrics import Figure

Figures = Mapping[str, Figure]


@dataclass(frozen=True)
class Counted:
    """A job, or the site."""

    name: str
    job: str | None = None
    place: tuple[int, int] | None = None
    """Line and column of its experiment in the manifest."""
    figures: Figures = field(default_factory=dict)
    again: Figures = field(default_factory=dict)
    """Of a second count, of those that were counted twice."""
    reason: str = ""
    """Why nothing could be counted."""


@dataclass(frozen=True)
class Gathered:
    """Everything that a check counted."""

    benchmarks: tuple[Counted, ...] = ()
    """In the manifest's order, the site last."""
    environment: Mapping[str, Any] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    """Why it is not whole."""
    notes: tuple[str, ...] = ()
