"""Showing a run: bars on a terminal, plain lines in a log. Neither changes what is run."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Column

from bench.plan import Job, Plan
from bench.record import Record
from nst.settings import from_values
from nst.stages import stages, total_evaluations


class Forecast:
    """Seconds left, from what the run has shown so far.

    A job's work is its evaluations x pixels x channels, over all its sizes; the rate is that of the jobs behind us,
    start-up included, so the figure is right for a mixed plan and honest about overhead.
    """

    def __init__(self, todo: list[Job], now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._work = {job.id: work(job) for job in todo}
        self._total = sum(self._work.values())
        self._behind = 0.0
        self._start = now()

    def done(self, job: Job) -> None:
        self._behind += self._work.get(job.id, 0.0)

    def seconds_left(self, job: Job | None = None, part: float = 0.0) -> float | None:
        """None until a tenth of the first job is behind us."""
        behind = self._behind + (part * self._work.get(job.id, 0.0) if job else 0.0)
        if behind <= 0 or (self._behind == 0 and part < 0.1):
            return None
        return (self._now() - self._start) / behind * (self._total - behind)


def work(job: Job) -> float:
    """Work of a job in arbitrary units that compare within a plan."""
    settings = from_values(job.parameters)
    pixels = sum(stage.evaluations * stage.size**2 for stage in stages(settings))
    return pixels * settings.width * math.sqrt(settings.width)


def evaluations(job: Job) -> int:
    """Evaluations of a job over all its sizes, which is what workers count."""
    return total_evaluations(from_values(job.parameters))


def describe(plan: Plan, job: Job) -> str:
    """``cat x waves, init noise``: the pictures and what varies in the job's experiments."""
    values = ((name, job.parameters[name]) for name in plan.axes[job.id])
    settings = [f"{name} {_short(value)}" for name, value in values if value is not None]
    return ", ".join([job.label, *settings])


def _short(value: object) -> str:
    return (
        "+".join(map(str, value)) or "none"
        if isinstance(value, list)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def clock(seconds: float | None) -> str:
    """``1:05`` or ``2:03:00``; ``?`` for None."""
    if seconds is None:
        return "?"
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


class Lines:
    """One line per job, for logs and CI."""

    def __init__(self, plan: Plan, stream: TextIO | None = None, now: Callable[[], float] = time.monotonic) -> None:
        self._plan, self._stream, self._now = plan, stream or sys.stderr, now
        self._count = self._total = 0
        self._told: set[str] = set()

    def _say(self, text: str) -> None:
        print(text, file=self._stream, flush=True)

    def started(self, todo: list[Job], done: int) -> None:
        self._total = len(todo)
        self._forecast = Forecast(todo, self._now)
        self._say(opening(len(todo), done))

    def job_started(self, job: Job) -> None:
        self._count += 1

    def job_progressed(self, job: Job, evaluations: int, loss: float | None) -> None:
        pass

    def job_ended(self, job: Job, record: Record) -> None:
        self._forecast.done(job)
        left = self._forecast.seconds_left()
        rest = f", {clock(left)} left" if self._count < self._total else ""
        self._say(f"[{self._count}/{self._total}] {describe(self._plan, job)}: {result(record, self._told)}{rest}")

    def stopping(self, message: str) -> None:
        self._say(message)

    def stop(self) -> None:
        pass


class Bars:
    """Two bars on a terminal: all jobs, and the one that runs."""

    def __init__(self, plan: Plan, console: Console | None = None) -> None:
        self._plan = plan
        self._console = console or Console(stderr=True, highlight=False)
        self._bars = Progress(
            # The description gives way on a narrow terminal, never the figures.
            TextColumn("{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True)),
            BarColumn(bar_width=16, table_column=Column(min_width=8)),
            MofNCompleteColumn(table_column=Column(no_wrap=True)),
            TextColumn("{task.fields[note]}", markup=False, table_column=Column(no_wrap=True, min_width=14)),
            expand=True,
            console=self._console,
            transient=True,
        )
        self._failures = 0
        self._told: set[str] = set()

    def started(self, todo: list[Job], done: int) -> None:
        self._forecast = Forecast(todo)
        self._console.print(opening(len(todo), done), markup=False)
        self._all: TaskID = self._bars.add_task("jobs", total=len(todo), note="")
        self._one: TaskID = self._bars.add_task("", total=None, note="", visible=False)
        if todo:
            self._bars.start()

    def job_started(self, job: Job) -> None:
        self._expected = evaluations(job)
        about = describe(self._plan, job)
        self._bars.reset(self._one, total=self._expected, description=about, visible=True, note="")

    def job_progressed(self, job: Job, evaluations: int, loss: float | None) -> None:
        note = "loss is not a number" if loss is None else f"loss {loss:.4g}"
        self._bars.update(self._one, completed=evaluations, note=note)
        self._note(self._forecast.seconds_left(job, evaluations / self._expected))

    def job_ended(self, job: Job, record: Record) -> None:
        self._forecast.done(job)
        self._failures += record.status != "done"
        self._bars.advance(self._all)
        self._note(self._forecast.seconds_left())
        self._console.print(f"{describe(self._plan, job)}: {result(record, self._told)}", markup=False)
        if self._bars.tasks[0].finished:
            self._bars.stop()

    def stopping(self, message: str) -> None:
        self._console.print(message, markup=False)

    def stop(self) -> None:
        self._bars.stop()

    def _note(self, left: float | None) -> None:
        failures = f", {self._failures} failed" if self._failures else ""
        self._bars.update(self._all, note=f"{clock(left)} left{failures}")


def opening(todo: int, done: int) -> str:
    jobs = "job" if todo == 1 else "jobs"
    return f"{todo} {jobs} to run" + (f", {done} already done" if done else "")


def result(record: Record, told: set[str]) -> str:
    """``12.3 s, loss 4.56``, or why it failed; a reason in ``told`` was said in full before."""
    if record.status != "done" or record.outcome is None or record.timing is None:
        reason = record.failure.message if record.failure else "no reason given"
        said = "for the same reason as before" if reason in told else reason
        told.add(reason)
        return f"{record.status}: {said}"
    loss = record.outcome.final_loss
    shown = "no finite loss" if loss is None else f"loss {loss:.4g}"
    verdict = record.diagnosis.verdict if record.diagnosis else ""
    marked = f", {verdict}" if verdict not in ("", "converged", "falling") else ""
    return f"{record.timing.optimise:.1f} s, {shown}{marked}"
