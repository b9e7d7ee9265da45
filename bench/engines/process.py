"""One worker process: started, heard, and ended together with everything it has started.

Two threads tend it. One reads what it says; the other waits for its end, which must not depend on the first: a child
of the worker may hold its standard output open long after it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.engines import Ended, Event, Order, Pack, Probe, Progressed, Started
from bench.engines.log import Log
from bench.machine import cgroups

#: How an order may end by a worker's own account.
_ENDS = ("done", "failed", "oom", "no-space")

#: Seconds for what a worker said last to come through, once it has ended.
_DRAIN = 2.0

#: Seconds to wait for the end of a process that was killed; one that waits for a device may take its time.
_DEATH = 5.0

#: Status and message of the system's own way to say that memory ran out.
_OUT_OF_MEMORY = "out of memory: the worker process was ended by {how} while it {doing}"


@dataclass(frozen=True)
class Unbegun:
    """A worker died with an order that it had not begun, of something that happened before: another may have it."""

    id: str


@dataclass
class _Given:
    """The order a worker has."""

    id: str
    noun: str
    at: float
    """When it was given, on the engine's clock."""
    position: int
    """Where the log was then: what was printed before is of other orders."""
    oom_kills: int | None
    first: bool
    """Whether the process was started for it."""
    begun: bool = False


class Worker:
    """A process that carries out one order after another, until it dies, is stopped, or spoils itself.

    Args:
        command: how to start it.
        environment: its environment variables.
        log: gets what it prints.
        post: takes its events, from a thread of its own.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Log,
        post: Callable[[Worker, Event | Unbegun], None],
    ) -> None:
        self.usable = True
        """Whether it may be given another order."""
        self._log, self._post = log, post
        self._lock = threading.RLock()
        self._environment: dict[str, Any] = {}
        self.ready = False
        """Whether it has ever been ready for an order."""
        self._given: _Given | None = None
        self._orders = 0
        self._last_words: Ended | None = None  # told only when the process is gone and what it held is free
        self._reason: str | None = None  # why it was ended from here
        self._stopped = False
        self._dead = False  # its process id is given up and may be another's
        self._over = False  # and all it said was heard
        self._born = log.length()
        with log.open() as stream:
            # A session of its own: Ctrl-C at the terminal reaches the runner alone, which decides what it means,
            # and the worker's children can be ended with it.
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stream,
                text=True,
                encoding="utf-8",
                errors="replace",
                env=dict(environment),
                start_new_session=True,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._waiter = threading.Thread(target=self._wait, daemon=True)
        self._reader.start()
        self._waiter.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def give(self, order: Order | Pack | Probe, message: Mapping[str, Any], now: float) -> None:
        """Hand an order over, as ``message``; the worker must have none."""
        text = json.dumps(message) + "\n"
        noun = "job" if isinstance(order, Order) else "batch" if isinstance(order, Pack) else "measurement"
        with self._lock:
            self._orders += 1
            first = self._orders == 1
            position = self._born if first else self._log.length()
            self._given = _Given(order.id, noun, now, position, cgroups.oom_kills(), first)
            if self._over:
                self._say_how_it_ended()
                return
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):  # its end is noticed by the thread that waits for it
            self._process.stdin.write(text)
            self._process.stdin.flush()

    @property
    def stillborn(self) -> bool:
        """Whether it ended without ever having been ready, and nobody from outside killed it."""
        with self._lock:
            killed = self._reason is None and self._dead and _signal(self._process.returncode) == "SIGKILL"
            return self._dead and not (self.ready or self._stopped or killed)

    def waiting_since(self) -> float | None:
        """When the order was given that it has not begun yet."""
        with self._lock:
            return None if self._given is None or self._given.begun else self._given.at

    def end(self, reason: str) -> None:
        """Kill it for a reason that its order's failure is to name."""
        with self._lock:
            if self._given is not None:
                self._reason = self._reason or reason
            self._kill()

    def stop(self) -> None:
        """Kill it; nothing more is heard of it."""
        with self._lock:
            self._stopped, self._given = True, None
            self._kill()
        self._waiter.join(_DEATH)

    def _kill(self) -> None:
        self.usable = False
        if not self._dead:
            _kill_group(self._process)

    def _read(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        line = ""
        with stdout:
            try:
                for line in stdout:
                    self._hear(json.loads(line))
            except Exception:
                # Whatever talks there is no worker of ours any more; its order must not wait for it for ever.
                self.end(f"it wrote a line that is no event: {line.strip()[:200]!r}")

    def _hear(self, message: dict[str, Any]) -> None:
        with self._lock:
            event, given = message["event"], self._given
            if event == "ready":
                self._environment, self.ready = dict(message["environment"]), True
                return
            if self._stopped or self._over:
                return
            if given is None or message["id"] != given.id:
                raise ValueError("of no order that it has")
            given.begun = True
            if event == "started":
                self._post(self, Started(given.id))
            elif event == "progress":
                losses = tuple(message.get("losses", ()))
                self._post(self, Progressed(given.id, message["evaluations"], message["loss"], losses))
            elif event == "ended" and message["status"] in _ENDS:
                ended = Ended(given.id, message["status"], dict(message["content"]), self._environment)
                self._given = None
                if ended.status == "oom" or message.get("spoilt"):
                    # Its allocator, or its CUDA context, is in an unknown state.
                    self._last_words = ended
                    self._kill()
                else:
                    self._post(self, ended)
            else:
                raise ValueError("no such event")

    def _wait(self) -> None:
        _await_end(self._process)
        with self._lock:
            _kill_group(self._process)  # its children, while its process id is still its own
            self._process.wait()
            self._dead, self.usable = True, False
        if not self._stopped:
            self._reader.join(_DRAIN)
        with self._lock:
            self._over = True
            with contextlib.suppress(OSError):
                if self._process.stdin is not None:
                    self._process.stdin.close()
            self._say_how_it_ended()

    def _say_how_it_ended(self) -> None:
        given, self._given = self._given, None
        if self._last_words is not None and not self._stopped:
            self._post(self, self._last_words)
            self._last_words = None
        if given is None:
            return
        if not given.begun and not given.first and self._reason is None:
            self._post(self, Unbegun(given.id))
            return
        printed = self._log.since(given.position)
        status, message = self._verdict(given, printed)
        failure = {"message": message, "details": printed}
        self._post(self, Ended(given.id, status, {"failure": failure}, self._environment))

    def _verdict(self, given: _Given, printed: str) -> tuple[str, str]:
        """Status and message of an order whose worker died."""
        code = self._process.returncode
        ended_by = _signal(code)
        doing = f"ran this {given.noun}" if given.begun else f"was getting ready for this {given.noun}"
        if self._reason is not None:
            return "crashed", f"the worker process was stopped while it {doing}: {self._reason}"
        kills = cgroups.oom_kills()
        if ended_by == "SIGKILL" and None not in (kills, given.oom_kills) and kills != given.oom_kills:
            return "oom", _OUT_OF_MEMORY.format(how="the system (SIGKILL)", doing=doing)
        if ended_by == "SIGABRT" and "std::bad_alloc" in printed:
            return "oom", _OUT_OF_MEMORY.format(how="SIGABRT (std::bad_alloc)", doing=doing)
        how = f"was ended by {ended_by}" if ended_by else f"ended with exit code {code}"
        return "crashed", f"the worker process {how} while it {doing}"


def _kill_group(process: subprocess.Popen[str]) -> None:
    """End a process and its children at once. It must not have been waited for yet: its id could be another's."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True)


def _await_end(process: subprocess.Popen[str]) -> None:
    """Return when a process has ended, where possible before its id is given up."""
    if hasattr(os, "waitid"):
        with contextlib.suppress(ChildProcessError):
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    else:
        process.wait()


def _signal(code: int) -> str | None:
    """The signal that a return code tells of."""
    if code >= 0:
        return None
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
