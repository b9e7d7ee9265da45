"""Records and terminals to show progress with."""

import io

from rich.console import Console

from bench.engines import Standing
from bench.progress import (
    Bars,
    Quiet,
)
from bench.runner import Interrupt, run
from bench.runner.options import Options
from bench.store import Store
from tests.bench.small import FakeClock, FakeEngine, done


def record_of(plan, job, folder, outcome=done):
    """The record of one job, as a run leaves it behind."""
    store = Store(folder / "one-job")
    run(plan, store, FakeEngine(outcome), Quiet(), Interrupt(), options=Options(only=frozenset([job.id])))
    return store.record(job.id)


def bars(plan, width=90, height=40, time=None):
    console = Console(
        file=io.StringIO(), force_terminal=True, width=width, height=height, highlight=False, color_system=None
    )
    return Bars(plan, console, now=(time or FakeClock()).now), console


def frame(listener, console):
    """The lines that a look at the terminal would show now."""
    rendered = "".join(part.text for part in console.render(listener._bars.get_renderable()))
    return [line.rstrip() for line in rendered.splitlines()]


TWO = Standing(nodes=2, gpus=8, slots=8)


ONE = Standing(nodes=1, gpus=4, slots=4, lost=("gpu-b",), note="gpu-b went away")
