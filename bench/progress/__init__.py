"""Showing a run: bars on a terminal, lines in a log, events for programs, or nothing. None changes what is run."""

from bench.progress.bars import Bars
from bench.progress.forecast import Forecast, evaluations, makespan, work
from bench.progress.json_events import JsonEvents
from bench.progress.lines import Lines
from bench.progress.listener import Listener
from bench.progress.quiet import Quiet
from bench.progress.words import again, clock, describe, opening, result

__all__ = [
    "Bars",
    "Forecast",
    "JsonEvents",
    "Lines",
    "Listener",
    "Quiet",
    "again",
    "clock",
    "describe",
    "evaluations",
    "makespan",
    "opening",
    "result",
    "work",
]
