"""A manifest, an engine and a listener small enough to read in one look."""

import hashlib
import heapq
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from bench.engines import Ended, Order, Probe, Progressed, Started
from bench.runner.options import Clock
from nst import images

SMALL = """\
name: small
images:
  contents: {one: one.png}
  styles: {left: left.png, right: right.png}
defaults: {weights: random, width: 0.0625, size: 32, evaluations: 3}
experiments:
  main:
    grid: {init: [noise, content]}
    compare: [init]
"""


class FakeClock:
    """Time that passes only when somebody waits, or a test says so."""

    def __init__(self):
        self.seconds = 0.0

    def now(self):
        return self.seconds

    def utc(self):
        return datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC) + timedelta(seconds=self.seconds)

    @property
    def clock(self):
        return Clock(self.now, self.utc)


@dataclass
class Takes:
    """An outcome that takes its time.

    ``end`` is an :class:`Ended`, a function from the order to one, or None for a job that hangs.
    ``progress`` are the seconds of each evaluation's end, with its loss; ``starting`` those before it starts.
    """

    seconds: float
    end: object = None
    progress: tuple = ()
    starting: float = 0.0


def three_pictures(folder):
    """The pictures that :data:`SMALL` names."""
    for seed, name in enumerate(("one", "left", "right")):
        pixels = np.random.default_rng(seed).integers(0, 256, (40, 48, 3), dtype=np.uint8)
        (folder / f"{name}.png").write_bytes(images.encode_png(pixels))


class FakeEngine:
    """Ends orders as ``outcome`` says, on a clock of its own; no torch, no process.

    Args:
        outcome: from an order to its end, at once, or to :class:`Takes`; may raise, as a runner being killed would.
        slots: their names.
        probe: from a slot's name to the seconds of its probe, or to an :class:`Ended`.
        trial: from what a trial is asked to what it answers; without it trials fail.
    """

    def __init__(self, outcome=None, slots=("cpu",), probe=lambda slot: 1.0, trial=None):
        self.outcome, self.probe, self.trial = outcome or done, probe, trial
        self.slots = list(slots)
        self.time = FakeClock()
        self.orders: list[Order] = []
        self.log = []
        """What was asked of it: ``(seconds, what, slot, id)``."""
        self.busy = {}
        """Id by slot."""
        self.closed = False
        self._events = []
        self._count = 0

    def submit(self, order, slot):
        assert slot in self.slots
        if slot in self.busy:
            raise RuntimeError(f"the slot {slot} is busy with {self.busy[slot]}")
        assert not self.closed
        if isinstance(order, Probe) and order.kind == "trial":
            found = Ended(order.id, "done", self.trial(order.content)) if self.trial else failed(order)
        elif isinstance(order, Probe):
            found = self.probe(slot)
            if not isinstance(found, Ended | Takes):
                found = Takes(found, Ended(order.id, "done", {"seconds": found}, {"device": slot}))
        else:
            self.orders.append(order)
            found = self.outcome(order)
        takes = found if isinstance(found, Takes) else Takes(0.0, found, ((0.0, 1.0),))
        self.busy[slot] = order.id
        self._note("submit", slot, order.id)
        self._at(takes.starting, slot, Started(order.id))
        for number, (seconds, loss) in enumerate(takes.progress, 1):
            self._at(takes.starting + seconds, slot, Progressed(order.id, number, loss))
        if takes.end is not None:
            end = takes.end if isinstance(takes.end, Ended) else takes.end(order)
            self._at(takes.starting + takes.seconds, slot, end)

    def next_event(self, timeout):
        assert not self.closed
        if self._events and self._events[0][0] <= self.time.seconds + timeout:
            when, _, slot, event = heapq.heappop(self._events)
            self.time.seconds = max(self.time.seconds, when)
            if isinstance(event, Ended):
                assert self.busy.pop(slot) == event.id
            return event
        self.time.seconds += timeout
        return None

    def stop(self, slot):
        if slot not in self.busy:
            return
        self._note("stop", slot, self.busy.pop(slot))
        self._events = [entry for entry in self._events if entry[2] != slot]
        heapq.heapify(self._events)

    def close(self):
        if not self.closed:
            self._note("close", None, None)
        self.closed = True

    def _at(self, seconds, slot, event):
        self._count += 1
        heapq.heappush(self._events, (self.time.seconds + seconds, self._count, slot, event))

    def _note(self, what, slot, identity):
        self.log.append((round(self.time.seconds, 6), what, slot, identity))


def done(order, loss=1.5):
    """A job that went well, with its picture on disk."""
    picture = b"picture of " + order.id.encode()
    (order.folder / "image.png").write_bytes(picture)
    return Ended(
        order.id,
        "done",
        {
            "outcome": {
                "width": 32,
                "height": 27,
                "evaluations": 3,
                "updates": 2,
                "picture_evaluation": 2,
                "start_loss": 3.0,
                "final_loss": loss,
                "terms": {"style.conv1_1": loss},
                "out_of_gamut": 0.0,
            },
            "diagnosis": {"verdict": "falling", "reason": "so it seems"},
            "timing": {
                "contract": "wall/1",
                "decode": 0.1,
                "weights": 0.2,
                "targets": 0.3,
                "warmup": 0.4,
                "optimise": 2.5,
                "save": 0.1,
                "valid": True,
            },
            "memory": {"peak_bytes": 100, "before_bytes": 50, "method": "made up"},
            "files": {"image.png": hashlib.sha256(picture).hexdigest()},
        },
        {"device": "cpu"},
    )


def failed(order, message="it broke", status="failed"):
    return Ended(order.id, status, {"failure": {"message": message, "details": ""}}, {"device": "cpu"})


class Heard:
    """A listener that keeps what it hears."""

    def __init__(self):
        self.lines = []
        self.summary = None
        self.progress = []
        self.machines_told = []

    def started(self, todo, done, slots):
        self.lines.append(f"{len(todo)} to run, {done} done")

    def machines(self, standing):
        self.machines_told.append(standing)

    def job_started(self, job, slot):
        pass

    def job_progressed(self, job, evaluations, loss):
        self.progress.append((job.id, evaluations, loss))

    def job_retried(self, job, earlier, wait):
        self.lines.append(f"{job.label} {job.parameters['init']}: {earlier.status}, again in {wait:g} s")

    def job_ended(self, job, record):
        self.lines.append(f"{job.label} {job.parameters['init']}: {record.status}")

    def stopping(self, message):
        self.lines.append(message)

    def finished(self, summary):
        self.summary = summary

    def stop(self):
        pass
