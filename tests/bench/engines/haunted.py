"""The real worker, with faults: a job suffers the one that a file of its id names, once.

    python haunted.py FOLDER --device cpu

FOLDER/faults/<job id> is taken away before it strikes. Slow jobs go on only when there is no FOLDER/joining.
"""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from bench.worker import main as worker

FOLDER = Path(sys.argv[1])


def haunted(order, *rest, carry_out=worker._job):
    with contextlib.suppress(FileNotFoundError):
        path = FOLDER / "faults" / order["id"].partition(" ")[0]
        fault = path.read_text()
        path.unlink()
        if fault == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(2 if fault == "slow" else 3600)
        while (FOLDER / "joining").exists():
            time.sleep(0.05)
    return carry_out(order, *rest)


worker._job = haunted
sys.exit(worker.main(sys.argv[2:]))
