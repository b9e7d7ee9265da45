"""A run as the command line makes it, with the worker of :mod:`tests.faults.worker` or with the real one."""

import os
import signal
import sys
from pathlib import Path

from bench.engines.local import LocalEngine
from bench.errors import BenchError
from bench.machine.devices import Slot
from bench.manifest import load
from bench.plan import make_plan
from bench.progress import Quiet
from bench.runner import session
from bench.store import Store

#: Seconds that a job of the stand-in may take; one takes some milliseconds.
LIMIT = 1.0


def drive(manifest: Path, results: Path, own: Path, slots: int, real: bool) -> None:
    """Run what is missing and exit as ``nst-bench run`` would. In a process of its own."""
    os.setpgrp()  # signals of the test are for this process alone
    signal.signal(signal.SIGINT, signal.default_int_handler)
    said = os.open(own / "said", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(said, 2)
    sys.exit(run(manifest, results, own, slots, real))


def run(manifest: Path, results: Path, own: Path, slots: int, real: bool) -> int:
    def tell(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    store = Store(results)
    try:
        plan = make_plan(load(manifest))
        store.acquire(["nst-bench", "run"])
    except BenchError as error:
        tell(str(error))
        return int(error.exit_code)
    # One thread: with more, convolutions of pictures this small do not always add up in one order.
    one = {"OMP_NUM_THREADS": "1"}
    places = [Slot(f"cpu/{number}", "cpu", one, sharing=slots) for number in range(1, slots + 1)]
    stand_in = [sys.executable, str(Path(__file__).with_name("worker.py")), str(own)]
    engine = LocalEngine(places, own / "worker.log", None if real else stand_in)
    choices = session.Choices(
        ["nst-bench", "run"], timeout=None if real else LIMIT, retries=1, backoff=0.05, measure=False
    )
    try:
        return int(session.carry_out(plan, store, engine, choices, lambda _: Quiet(sys.stderr), tell).summary.exit_code)
    except BenchError as error:
        tell(str(error))
        return int(error.exit_code)
    finally:
        store.release()
