"""From jobs to records: what runs where and when, what becomes of it, and a run as a whole."""

from bench.progress.listener import Listener
from bench.runner.interrupts import Interrupt
from bench.runner.options import Clock, Options
from bench.runner.running import run
from bench.runner.summary import Summary, Took
from bench.runner.todo import Todo, select

__all__ = ["Clock", "Interrupt", "Listener", "Options", "Summary", "Todo", "Took", "run", "select"]
