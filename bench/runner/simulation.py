"""``python -m bench.runner.simulation``: what a run costs the process that drives it, with workers that cost nothing.

The plan, the schedule, the orders and the records are those of a real run. Workers only tell of jobs, on a clock of
their own: some crash, and now and then a machine goes away with all its slots and comes back.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.engines import Ended, Event, Order, Pack, Probe, Progressed, Standing, Started
from bench.manifest import load
from bench.plan import Plan, make_plan
from bench.progress import Quiet
from bench.record import Record
from bench.runner.interrupts import Interrupt
from bench.runner.options import Clock, Options
from bench.runner.running import run
from bench.runner.todo import Todo
from bench.store import Store

#: Slots of a machine, and orders between two of its departures.
_MACHINE, _DEPARTURES = 8, 5000

#: Part of the jobs whose worker dies.
_CRASHES = 0.01

_MANIFEST = """\
name: simulation
images:
  contents: {{cat: sample:chelsea}}
  styles: {{gravel: sample:gravel}}
defaults: {{weights: random, width: 0.0625, size: 32, evaluations: 100}}
experiments:
  main: {{repeats: {repeats}, grid: {{style_weight: {weights}}}}}
"""

#: Values of the axis that the seeds of a simulation are multiplied by.
_WEIGHTS = 10

_CONTENT: Mapping[str, Any] = {
    "outcome": {
        "width": 32,
        "height": 21,
        "evaluations": 100,
        "updates": 99,
        "picture_evaluation": 99,
        "start_loss": 3.0,
        "final_loss": 1.5,
        "terms": {f"style.conv{n}_1": 0.3 for n in range(1, 6)},
        "out_of_gamut": 0.01,
    },
    "diagnosis": {"verdict": "falling", "reason": "the loss still falls"},
    "timing": {
        **dict.fromkeys(("decode", "weights", "targets", "warmup", "save", "assess"), 0.1),
        "optimise": 2.5,
        "valid": True,
    },
    "memory": {"peak_bytes": 100, "before_bytes": 50, "method": "none"},
    "files": {"image.png": "0" * 64, "curve.csv": "0" * 64},
}


@dataclass(frozen=True)
class Cost:
    """What the driver took; seconds are of its processor."""

    jobs: int
    slots: int
    planning_seconds: float
    seconds: float
    """Of the run itself, in which nothing is waited for."""
    microseconds_a_job: float
    events_a_second: float
    tries: int
    """How often a job was begun."""
    plan_bytes: int
    """By which the process grew while it planned."""
    peak_bytes: int
    """Of the process, at the end."""


class Workers:
    """An engine that tells of jobs without anything being made."""

    def __init__(self, slots: int, seed: int = 0) -> None:
        self._draw = random.Random(seed)
        self._now = 0.0
        self._slots = [f"cuda:{n % _MACHINE} on node-{n // _MACHINE}" for n in range(slots)]
        self._events: list[tuple[float, int, str, Event]] = []
        self._numbers = itertools.count()
        self._given: dict[str, str] = {}
        self._back: list[tuple[float, list[str]]] = []
        """When a machine comes back, with its slots."""
        self.submitted = self.told = 0

    @property
    def slots(self) -> Sequence[str]:
        return self._slots

    @property
    def standing(self) -> Standing:
        return Standing(len(self._slots) // _MACHINE, len(self._slots), len(self._slots))

    @property
    def clock(self) -> Clock:
        first = datetime(2026, 1, 1, tzinfo=UTC)
        return Clock(lambda: self._now, lambda: first + timedelta(seconds=self._now))

    def submit(self, order: Order | Pack | Probe, slot: str) -> None:
        self.submitted += 1
        self._given[slot] = order.id
        seconds = self._draw.lognormvariate(3.0, 0.5)
        end = Ended(order.id, "done", _CONTENT, {"device": "cuda:0", "node": slot.partition(" on ")[2]})
        if self._draw.random() < _CRASHES:
            end = Ended(order.id, "crashed", {"failure": {"message": "ended by SIGSEGV"}})
        self._at(0.01, slot, Started(order.id))
        for part in (0.25, 0.5, 0.75):
            self._at(part * seconds, slot, Progressed(order.id, round(100 * part), 2.0))
        self._at(seconds, slot, end)
        if self.submitted % _DEPARTURES == 0:
            self._depart(slot.partition(" on ")[2])

    def next_event(self, timeout: float) -> Event | None:
        if self._back and self._back[0][0] <= self._now:
            self._slots = [*self._slots, *self._back.pop(0)[1]]
        while self._events and self._events[0][0] <= self._now + timeout:
            self._now, _, slot, event = heapq.heappop(self._events)
            if self._given.get(slot) != event.id:
                continue  # of a machine that went away
            if isinstance(event, Ended):
                del self._given[slot]
            self.told += 1
            return event
        self._now += timeout
        return None

    def stop(self, slot: str) -> None:
        self._given.pop(slot, None)

    def close(self) -> None:
        pass

    def _at(self, seconds: float, slot: str, event: Event) -> None:
        heapq.heappush(self._events, (self._now + seconds, next(self._numbers), slot, event))

    def _depart(self, machine: str) -> None:
        """A machine goes away with what its slots have, and comes back in a minute."""
        gone = [slot for slot in self._slots if slot.endswith(f" on {machine}")]
        self._slots = [slot for slot in self._slots if slot not in gone]
        self._back.append((self._now + 60.0, gone))
        for slot in gone:
            if slot in self._given:
                lost = {"failure": {"message": "the node went away"}}
                self._at(0.0, slot, Ended(self._given[slot], "lost", lost))


class _Nowhere(Store):
    """A store that forgets: what disks take is no part of this."""

    def scratch(self, job_id: str) -> Path:
        return self.root

    def publish(self, folder: Path, record: Record) -> Record:
        return record


def simulate(jobs: int, slots: int) -> Cost:
    """Drive so many jobs over so many slots.

    Args:
        jobs: a multiple of ten, up to 100,000.
        slots: a multiple of eight, which is a machine.

    Raises:
        RuntimeError: when they did not all end once.
    """
    with tempfile.TemporaryDirectory(prefix="nst-bench-") as folder:
        before, began = _resident(), time.process_time()
        plan = _plan(Path(folder), jobs)
        planned, plan_bytes = time.process_time(), _resident() - before
        workers, todo = Workers(slots), Todo(list(plan.jobs.values()), 0, len(plan.jobs))
        options = Options(retries=10, limit=lambda _: 3600.0)
        store = _Nowhere(Path(folder) / "results")
        summary = run(plan, store, workers, Quiet(), Interrupt(), todo=todo, options=options, clock=workers.clock)
        took = time.process_time() - planned
    if summary.statuses != {"done": jobs}:
        raise RuntimeError(f"{jobs} jobs were to be done, but ended as {summary.statuses}")
    return Cost(
        jobs=jobs,
        slots=slots,
        planning_seconds=round(planned - began, 3),
        seconds=round(took, 3),
        microseconds_a_job=round(1e6 * took / jobs, 1),
        events_a_second=round(workers.told / took),
        tries=workers.submitted,
        plan_bytes=plan_bytes,
        peak_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )


def _plan(folder: Path, jobs: int) -> Plan:
    path = folder / "simulation.yaml"
    weights = [10.0**n for n in range(_WEIGHTS)]
    path.write_text(_MANIFEST.format(repeats=jobs // _WEIGHTS, weights=weights))
    return make_plan(load(path))


def _resident() -> int:
    """Bytes of main memory that this process holds; on systems that do not tell, the most that it ever did."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.runner.simulation", description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000, help="of the plan (100,000)")
    parser.add_argument("--slots", type=int, default=1000, help="of the cluster (1,000)")
    options = parser.parse_args(arguments)
    print(json.dumps(asdict(simulate(options.jobs, options.slots)), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
