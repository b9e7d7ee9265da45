"""Bars on a terminal: one for all jobs, and one for each slot with the job it carries out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TaskID, TextColumn
from rich.table import Column
from rich.text import Text

from bench.engines import Standing
from bench.plan import Job, Plan
from bench.progress.forecast import Forecast, evaluations
from bench.progress.words import again, clock, describe, machines, opening, rate, result
from bench.record import Record, Try

if TYPE_CHECKING:
    from bench.runner.summary import Summary

#: Columns of a terminal below which the bars themselves are left out, for the sake of words and figures.
_NARROW = 60


class _FittingBars(Progress):
    """As many bars as the terminal has lines for, as wide as it is; rich would cut the last ones off."""

    def __init__(self, console: Console) -> None:
        self._terminal = console  # rich draws once before its own is set
        super().__init__(*_columns(bars=True), expand=True, console=console, transient=True)

    def get_renderables(self) -> Iterable[RenderableType]:
        self.columns = _columns(bars=self._terminal.width >= _NARROW)
        shown = [task for task in self.tasks if task.visible]
        # A line of its own stays free for the cursor, one for what is said instead of the bars that do not fit.
        room = max(2, self._terminal.height - 1)
        if len(shown) <= room:
            yield self.make_tasks_table(shown)
        else:
            yield self.make_tasks_table(shown[: room - 1])
            yield Text(f"and {len(shown) - room + 1} more", style="dim")


def _columns(bars: bool) -> tuple[ProgressColumn, ...]:
    # The description gives way on a narrow terminal, never the figures.
    description = TextColumn("{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True))
    figures = (
        MofNCompleteColumn(table_column=Column(no_wrap=True)),
        TextColumn("{task.fields[note]}", markup=False, table_column=Column(no_wrap=True, min_width=14 if bars else 0)),
    )
    bar = BarColumn(bar_width=16, table_column=Column(min_width=8))
    return (description, bar, *figures) if bars else (description, *figures)


class Bars:
    """Args:
    predicted: seconds by job id.
    now: a monotonic clock, in seconds.
    """

    def __init__(
        self,
        plan: Plan,
        console: Console | None = None,
        now: Callable[[], float] = time.monotonic,
        predicted: Mapping[str, float] | None = None,
    ) -> None:
        self._plan, self._now, self._predicted = plan, now, predicted
        self._console = console or Console(stderr=True, highlight=False)
        self._bars = _FittingBars(self._console)
        self._slots: dict[str, TaskID] = {}
        self._shown: dict[str, str] = {}
        """The job that each slot's bar shows, by id."""
        self._failures = 0
        self._places = ""
        """The machines, where there are several."""
        self._told: set[str] = set()

    def started(self, todo: Sequence[Job], done: int, slots: Sequence[str]) -> None:
        self._forecast = Forecast(todo, len(slots), self._predicted, self._now)
        self._several = len(slots) > 1
        self._console.print(opening(len(todo), done), markup=False)
        self._all: TaskID = self._bars.add_task("jobs", total=len(todo), note="")
        for slot in slots[: len(todo)]:
            self._add(slot)
        if todo:
            self._note()
            self._bars.start()

    def machines(self, standing: Standing) -> None:
        self._forecast.resize(standing.slots)
        self._places = f"jobs on {machines(standing)}"
        self._bars.update(self._all, description=self._places)
        if standing.note:
            self._console.print(standing.note, markup=False)

    def job_started(self, job: Job, slot: str) -> None:
        self._forecast.started(job, slot)
        if slot not in self._slots:
            self._several = self._several or bool(self._slots)
            self._add(slot)
        about = describe(self._plan, job)
        self._shown[slot] = job.id
        self._bars.reset(
            self._slots[slot],
            total=evaluations(job),
            description=f"{slot}  {about}" if self._several else about,
            visible=True,
            note="",
        )

    def job_progressed(self, job: Job, evaluations: int, loss: float | None) -> None:
        self._forecast.progressed(job, evaluations)
        note = "loss is not a number" if loss is None else f"loss {loss:.4g}"
        for slot, shown in self._shown.items():
            if shown == job.id:
                self._bars.update(self._slots[slot], completed=evaluations, note=note)
        self._note()

    def job_retried(self, job: Job, earlier: Try, wait: float) -> None:
        self._forecast.retried(job)
        self._clear(job)
        self._console.print(f"{describe(self._plan, job)}: {again(earlier, wait)}", markup=False)

    def job_ended(self, job: Job, record: Record) -> None:
        self._forecast.ended(job)
        self._failures += record.status != "done"
        self._clear(job)
        self._bars.advance(self._all)
        self._note()
        self._console.print(f"{describe(self._plan, job)}: {result(record, self._told)}", markup=False)
        if self._bars.tasks[0].finished:
            self._bars.stop()

    def stopping(self, message: str) -> None:
        self._console.print(message, markup=False)

    def finished(self, summary: Summary) -> None:
        self.stop()

    def stop(self) -> None:
        with suppress(OSError):  # a terminal that is gone needs no tidying
            self._bars.stop()

    def _add(self, slot: str) -> None:
        self._slots[slot] = self._bars.add_task(slot, total=None, note="", visible=False)

    def _clear(self, job: Job) -> None:
        """Take a job off its bar, unless the slot has gone on to its next."""
        for slot in [slot for slot, shown in self._shown.items() if shown == job.id]:
            del self._shown[slot]
            self._bars.update(self._slots[slot], visible=False)

    def _note(self) -> None:
        failures = f", {self._failures} failed" if self._failures else ""
        pace = rate(self._forecast.per_minute()) if self._places else ""
        pace = f", {pace}" if pace else ""
        self._bars.update(self._all, note=f"{clock(self._forecast.seconds_left())} left{pace}{failures}")
