"""``python -m bench.runner.overhead``: what it costs a job to go through Ray rather than to a worker of this machine.

Tiny jobs are run on either engine, in turns, each in a results folder of its own. Counted is the time from
the first job's beginning to the last one's record, so that neither workers nor Ray are still starting.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.manifest import load
from bench.plan import Job, Plan, make_plan
from bench.progress import Quiet
from bench.record import Record
from bench.runner.interrupts import Interrupt
from bench.runner.running import run
from bench.store import Store

if TYPE_CHECKING:
    from bench.engines import Engine

_MANIFEST = """\
name: tiny
images:
  contents: {{cat: sample:chelsea}}
  styles: {{gravel: sample:gravel}}
defaults: {{weights: random, width: 0.0625, size: 32, evaluations: 3}}
experiments:
  main: {{repeats: {jobs}}}
"""


class _Times(Quiet):
    """Hears when jobs begin and when they are written down."""

    def __init__(self) -> None:
        super().__init__()
        self.first: float | None = None
        self.last = 0.0
        self.work = 0.0
        """Seconds of all phases of all jobs, by their own account."""

    def job_started(self, job: Job, slot: str) -> None:
        self.first = time.perf_counter() if self.first is None else self.first

    def job_ended(self, job: Job, record: Record) -> None:
        self.last = time.perf_counter()
        if record.status != "done" or record.timing is None:
            raise RuntimeError(f"{job.id}: {record.status}: {record.failure.message if record.failure else ''}")
        timing = record.timing
        self.work += timing.decode + timing.weights + timing.targets + timing.warmup + timing.optimise + timing.save
        self.work += timing.assess


def _run(plan: Plan, root: Path, start: Callable[[Path], Engine]) -> tuple[float, float]:
    """Milliseconds of a slot that a job takes on an engine, and those of them that are not its own work."""
    store, times = Store(root), _Times()
    store.acquire([])
    try:
        engine = start(root / "worker.log")
        slots = len(engine.slots)
        run(plan, store, engine, times, Interrupt())
    finally:
        store.release()
    assert times.first is not None
    took, jobs = slots * (times.last - times.first), len(plan.jobs)
    return 1e3 * took / jobs, 1e3 * (took - times.work) / jobs


def measure(jobs: int, rounds: int) -> dict[str, dict[str, float]]:
    """Median milliseconds a job by engine: ``whole``, and ``beside_work`` without the job's own phases."""
    from bench.engines.local import LocalEngine
    from bench.engines.ray.cluster import request
    from bench.engines.ray.connecting import connected
    from bench.engines.ray.engine import RayEngine
    from bench.machine import devices

    engines: dict[str, Callable[[Path], Engine]] = {
        "local": lambda log: LocalEngine(devices.find("cpu"), log),
        "ray": lambda _: RayEngine(lambda nodes: request("cpu", None, None, nodes)),
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in engines}
    with tempfile.TemporaryDirectory(prefix="nst-bench-") as folder, connected("local"):
        path = Path(folder) / "tiny.yaml"
        path.write_text(_MANIFEST.format(jobs=jobs))
        plan = make_plan(load(path))
        for number in range(rounds):
            for name, start in engines.items():
                found[name].append(_run(plan, Path(folder) / f"{name}-{number}", start))
    return {
        name: {
            "whole": round(median(whole for whole, _ in told), 2),
            "beside_work": round(median(beside for _, beside in told), 2),
        }
        for name, told in found.items()
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.runner.overhead", description=__doc__)
    parser.add_argument("--jobs", type=int, default=200, help="in each run (200)")
    parser.add_argument("--rounds", type=int, default=3, help="runs on each engine, in turns (3)")
    options = parser.parse_args(arguments)
    print(json.dumps(measure(options.jobs, options.rounds), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
