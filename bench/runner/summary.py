"""How a run went, in figures and in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.errors import Exit
from bench.runs import Steadiness


@dataclass(frozen=True)
class Took:
    """What a job that is done has cost, beside which its prediction is held."""

    seconds: float
    """From the worker's beginning to its end."""
    phases: float
    """All phases of its timing together."""
    peak_bytes: int | None


@dataclass
class Summary:
    """How a run went."""

    total: int
    """Jobs that were asked for."""
    skipped: int
    """Those that were done before."""
    ended: dict[str, str] = field(default_factory=dict)
    """Status by id, of the jobs of this run, each written down."""
    interrupted: bool = False
    """Asked to stop before all was done."""
    stopped_at_failure: bool = False
    not_started: int = 0
    """Jobs that were to run and have not ended: left to the next run."""
    took: dict[str, Took] = field(default_factory=dict)
    """By id, of the jobs of this run that are done."""
    steadiness: dict[str, Steadiness] = field(default_factory=dict)
    """By slot."""
    environment: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """By slot, as its worker last told."""
    unheard: str | None = None
    """Why progress could no longer be shown, which ends a run as Ctrl-C does."""

    @property
    def failed(self) -> list[str]:
        return [job_id for job_id, status in self.ended.items() if status != "done"]

    @property
    def statuses(self) -> dict[str, int]:
        """Jobs of this run by status."""
        return dict(Counter(self.ended.values()))

    @property
    def exit_code(self) -> Exit:
        if self.interrupted:
            return Exit.INTERRUPTED
        return Exit.JOBS_FAILED if self.failed else Exit.FINE

    def sentence(self, where: str = "records") -> str:
        """``3 of 9 jobs done, 1 failed: the records say why; ...``.

        Args:
            where: what tells why jobs failed: ``records`` or ``site``.
        """
        done = self.skipped + len(self.ended) - len(self.failed)
        text = f"{done} of {self.total} jobs done"
        if self.failed:
            text += f", {len(self.failed)} failed: the {where} say{'s' if where == 'site' else ''} why"
        if self.unheard:
            text += f"; {self.unheard}"
        if self.stopped_at_failure:
            text += f"; stopped at the first failure, {self.not_started} not started"
        if self.interrupted:
            text += "; interrupted: run the same command again to go on"
        return text
