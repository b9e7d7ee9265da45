"""The default engine: one long-lived worker process on this machine.

The worker keeps its network loaded from job to job. When it dies, the job it held is reported as crashed and the
next order starts a new one, so a job that takes its process down takes nothing else with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import bench
from bench.engines import Ended, Event, InputFile, Order, Progressed


class LocalEngine:
    """Args:
    device: ``cpu`` or ``cuda:<n>``.
    log: file that collects what workers print.
    command: how to start a worker; tests give their own.
    """

    slots = 1

    def __init__(self, device: str, log: Path, command: list[str] | None = None) -> None:
        self._command = command or [sys.executable, "-P", "-m", "bench.worker", "--device", device]
        self._log_path = log
        self._log: IO[bytes] | None = None
        self._process: subprocess.Popen[str] | None = None
        self._events: queue.Queue[Event] = queue.Queue()
        self._running: Order | None = None
        self._environment: dict[str, Any] = {}

    def submit(self, order: Order) -> None:
        if self._running is not None:
            raise RuntimeError("the worker is busy")
        if self._process is None or self._process.poll() is not None:
            self._start()
        self._running = order
        message = {
            "id": order.id,
            "parameters": dict(order.parameters),
            "inputs": {role: [_plain(given) for given in files] for role, files in order.inputs.items()},
            "weights": order.weights,
            "folder": str(order.folder),
        }
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # a worker that is already gone is noticed by its reader
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()

    def next_event(self, timeout: float) -> Event | None:
        try:
            return self._events.get(timeout=timeout)
        except queue.Empty:
            return None

    def close(self) -> None:
        self._running = None
        if self._process is not None:
            with contextlib.suppress(OSError):
                self._process.kill()
            self._process.wait()
            self._process = None
        if self._log is not None:
            self._log.close()
            self._log = None

    def _start(self) -> None:
        if self._log is None:
            self._log = self._log_path.open("ab")
        # A session of its own: Ctrl-C at the terminal reaches the runner alone, which decides what it means.
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            encoding="utf-8",
            env=worker_environment(os.environ),
            start_new_session=True,
        )
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()

    def _read(self, process: subprocess.Popen[str]) -> None:
        """Turn a worker's lines into events until it ends; then, if it held a job, say so."""
        assert process.stdout is not None
        try:
            for line in process.stdout:
                self._hear(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            # Whatever talks there is no worker of ours any more; its job must not wait for it for ever.
            process.kill()
            with contextlib.suppress(OSError), self._log_path.open("a", encoding="utf-8") as log:
                log.write(f"a line on standard output is no event: {error!r}\n")
        code = process.wait()
        if self._running is not None and process is self._process:
            job, self._running = self._running, None
            failure = {
                "message": f"the worker process {_how(code)} while it ran this job",
                "details": self._last_words(),
            }
            self._events.put(Ended(job.id, "crashed", {"failure": failure}, self._environment))

    def _hear(self, message: dict[str, Any]) -> None:
        event = message.pop("event")
        if event == "ready":
            self._environment = message["environment"]
        elif event == "progress":
            self._events.put(Progressed(message["id"], message["evaluations"], message["loss"]))
        else:
            ended = Ended(message.pop("id"), message.pop("status"), message, self._environment)
            self._running = None
            self._events.put(ended)

    def _last_words(self) -> str:
        """The end of what workers printed."""
        with contextlib.suppress(OSError):
            return self._log_path.read_bytes()[-4000:].decode("utf-8", "replace")
        return ""


def worker_environment(own: Mapping[str, str]) -> dict[str, str]:
    """Environment variables of a worker: one's own, this very package, and threads that sleep while they wait.

    The worker starts with ``-P``, or a folder named ``bench`` where the user stands would be taken for this package.

    The OpenMP library of torch's Linux builds lets idle threads spin. Let one other process want a core and every
    parallel loop waits for a thread that is not running: an evaluation that takes 32 ms alone took 919 ms beside
    one busy process on two cores, and 54 ms with sleeping threads, which cost about 15 % when nothing else runs
    (VGG-19 at width 0.25, 256 x 170 pixels). Who sets either variable keeps what they set.
    """
    here = str(Path(bench.__file__).resolve().parent.parent)
    environment = {**own, "PYTHONPATH": os.pathsep.join(filter(None, [here, own.get("PYTHONPATH")]))}
    if not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & set(environment):
        environment["OMP_WAIT_POLICY"] = "PASSIVE"
    return environment


def _plain(given: InputFile) -> dict[str, Any]:
    return {**asdict(given), "path": str(given.path)}


def _how(code: int) -> str:
    """How a process ended, from its return code."""
    if code >= 0:
        return f"ended with exit code {code}"
    with contextlib.suppress(ValueError):
        name = signal.Signals(-code).name
        hint = ", as the system does when memory runs out" if name == "SIGKILL" else ""
        return f"was ended by {name}{hint}"
    return f"was ended by signal {-code}"
