"""Workers that are made up, and what a comparison by them left behind."""

import json
import sys
from pathlib import Path

from bench.engines import Ended, Order

ENVIRONMENT = {"cpu": "a cpu", "threads": 2, "torch": "2.15.0", "device": "cpu", "device_name": "a cpu"}


class Workers:
    """In place of local workers: ends orders at once, with times by side.

    ``takes``: from a side and the number of its order, both jobs counted, to seconds, an Ended, or what it raises.
    """

    def __init__(self, takes=lambda side, number: 1.0, environment=ENVIRONMENT):
        self.takes, self.environment = takes, environment
        self.work = {}
        """Evaluations by side, where they are not those asked for."""
        self.commands = {}

    def __call__(self, places, log, *, program, home):
        self.commands[home.name] = program
        return _Engine(home.name, self)


class _Engine:
    slots = ("cpu",)

    def __init__(self, side, workers):
        self.side, self.workers, self.given, self.count = side, workers, None, 0

    def submit(self, order, slot):
        self.given = order

    def next_event(self, timeout):
        order, self.given = self.given, None
        if not isinstance(order, Order):
            return Ended(order.id, "done")
        found = self.workers.takes(self.side, self.count)
        self.count += 1
        if isinstance(found, BaseException):
            raise found
        if isinstance(found, Ended):
            return found
        timing = {"optimise": found, "targets": 0.0, "valid": True, "reused": [], "contract": "wall/1"}
        outcome = {"evaluations": self.workers.work.get(self.side, 3), "updates": 2, "final_loss": 1.0}
        return Ended(order.id, "done", {"timing": timing, "outcome": outcome}, self.workers.environment)

    def stop(self, slot):
        pass

    def close(self):
        pass


def found(folder="results/check/compare-small"):
    return json.loads(Path(folder, "check.json").read_text())


def slower(factor):
    return Workers(lambda side, number: factor if side == "head" else 1.0)


SELF = ("compare", "MANIFEST", "--base", sys.executable, "--pairs", "7", "--rounds", "1")
