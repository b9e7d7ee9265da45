"""Manifests and engines small enough to read in one look."""

import hashlib

import numpy as np
import pytest

from bench.engines import Ended, Order, Progressed
from bench.manifest import load
from bench.plan import make_plan
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


@pytest.fixture
def folder(tmp_path):
    """A folder with three small pictures."""
    for seed, name in enumerate(("one", "left", "right")):
        pixels = np.random.default_rng(seed).integers(0, 256, (40, 48, 3), dtype=np.uint8)
        (tmp_path / f"{name}.png").write_bytes(images.encode_png(pixels))
    return tmp_path


@pytest.fixture
def manifest(folder):
    """Writes a manifest into the folder of pictures."""

    def write(text=SMALL):
        path = folder / "small.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def plan(manifest):
    return make_plan(load(manifest()))


class FakeEngine:
    """Ends every order at once, as ``outcome`` says; no torch, no process.

    Args:
        outcome: from an order to the content of its end; may raise, as a runner being killed would.
    """

    slots = 1

    def __init__(self, outcome=None):
        self.outcome = outcome or done
        self.orders: list[Order] = []
        self.closed = False
        self._events = []

    def submit(self, order):
        self.orders.append(order)
        self._events += [Progressed(order.id, 1, 1.0), self.outcome(order)]

    def next_event(self, timeout):
        return self._events.pop(0)

    def close(self):
        self.closed = True


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

    def started(self, todo, done):
        self.lines.append(f"{len(todo)} to run, {done} done")

    def job_started(self, job):
        pass

    def job_progressed(self, job, evaluations, loss):
        pass

    def job_ended(self, job, record):
        self.lines.append(f"{job.label} {job.parameters['init']}: {record.status}")

    def stopping(self, message):
        self.lines.append(message)
