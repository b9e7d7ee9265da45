"""A worker that computes more than it should: ``python -m bench.check.paired.slowed 1.25 --device cpu``.

What a gate has to see, for those who want to see it seen. The extra work is real: some evaluations are made once more
and their results dropped, so that it costs what evaluations cost, on every device and beside whatever else runs, and
changes nothing of what is computed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any


class Again:
    """Repeats evaluations until all of it takes ``factor`` times as long as it would.

    Args:
        evaluate: :func:`nst.objectives.evaluate`.
        factor: above 1.
        synchronize: waits until the device has done all it was given.
        now: a monotonic clock in seconds.
    """

    def __init__(
        self,
        evaluate: Callable[..., Any],
        factor: float,
        synchronize: Callable[[], None] = lambda: None,
        now: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._evaluate, self._share = evaluate, factor - 1
        self._synchronize, self._now = synchronize, now
        self._owed = 0.0
        """Seconds of extra work that are due."""
        self._ended: float | None = None

    def __call__(self, objective: Any, pictures: Any) -> Any:
        began = self._time()
        result = self._evaluate(objective, pictures)
        took = self._time() - began
        # What lies between two evaluations is the optimiser's step, which never takes longer than an evaluation;
        # what does is the end of one job and the beginning of the next.
        between = 0.0 if self._ended is None else min(began - self._ended, took)
        self._owed += self._share * (took + between)
        while self._owed >= took / 2:
            began = self._time()
            self._evaluate(objective, pictures)
            self._owed -= self._time() - began
        self._ended = self._time()
        return result

    def _time(self) -> float:
        self._synchronize()
        return self._now()


def main(arguments: list[str]) -> int:
    from bench.worker import main as worker

    factor, *rest = arguments
    _slow_down(float(factor))
    return worker.main(rest)


def _slow_down(factor: float) -> None:
    import torch

    from nst import objectives, stepping

    wait = torch.cuda.synchronize if torch.cuda.is_available() else lambda: None
    vars(stepping)["evaluate"] = Again(objectives.evaluate, factor, wait)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
