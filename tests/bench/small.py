"""A manifest, an engine and a listener small enough to read in one look."""

import hashlib

from bench.engines import Ended, Order, Progressed

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
