"""What every output shows, whichever check it was: a verdict, a sentence, and a row for each benchmark.

Terminal, JUnit, annotations and the step summary know this alone; a new check brings a function that makes one, and a
new output takes one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.check.model import Verdict


@dataclass(frozen=True)
class Place:
    """Lines and columns count from 1."""

    path: str
    line: int
    column: int = 1


@dataclass(frozen=True)
class Row:
    """One benchmark, or one counter of one."""

    name: str
    """``start: cat x waves, init noise``."""
    verdict: Verdict
    cells: tuple[str, ...]
    """One for each of the report's columns."""
    message: str
    """One sentence that stands by itself: ``1.27 times as long as before (1.24 to 1.31), 0.12 s more``."""
    weight: float = 0.0
    """How bad it is among its equals: the worst are shown where not all can be."""
    place: Place | None = None
    group: str = ""
    """What it is part of: the experiment, for JUnit's class names."""
    seconds: float | None = None
    """Time of the head, for JUnit."""


@dataclass(frozen=True)
class Report:
    """A check, ready to be shown."""

    title: str
    """``compare perf: main against this code``."""
    verdict: Verdict
    sentence: str
    """What it comes to: ``1 of 6 benchmarks is slower: start: cat x waves, 1.27 times as long``."""
    columns: tuple[str, ...]
    """Heads of the cells."""
    rows: tuple[Row, ...]
    """In the manifest's order."""
    reasons: tuple[str, ...] = ()
    """Why it cannot pass as a whole."""
    notes: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = field(default=())
    """What was measured on what: ``("machine", "...")``, ``("base", "main (1a2b3c4d5e6f)")``."""
    next_step: str = ""
    """What to do now: ``nst-bench check exact perf --update accepts these figures``."""

    @property
    def ranked(self) -> list[Row]:
        """The worst first."""
        order = list(Verdict)
        return sorted(self.rows, key=lambda row: (order.index(row.verdict), -row.weight))
