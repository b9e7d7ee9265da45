"""The site while a run goes on: rendered again as jobs end, by a process that takes what the jobs leave.

Jobs are timed, so the site must not cost them more than it has to: one build at a time, at the lowest priority, with
long pauses between, none once the last job has ended, when the machine is measured. Whatever goes wrong with it is said
once and ends nothing: the run renders the site itself when it is over.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.engines import Standing
    from bench.plan import Job
    from bench.progress import Listener
    from bench.record import Record, Try
    from bench.runner.summary import Summary

#: Seconds from the end of a build to the beginning of the next, at least; and how many times the last one's duration.
PAUSE, FACTOR = 10.0, 10.0
#: The lowest priority there is.
_NICE = 19
#: Seconds to wait for the end of a process that was killed.
_DEATH = 5.0


def pause(took: float) -> float:
    """Seconds of rest after a build that took so many: it has at most an eleventh of the time."""
    return max(PAUSE, FACTOR * took)


class Refresher:
    """Renders the site of a results folder anew, in a process of its own, each time it is asked and rested.

    Args:
        root: the results folder.
        tell: takes the one sentence for people there may be, from another thread.
        command: that renders it; tests give their own.
        rest: from the seconds of a build to those of the pause after it.
    """

    def __init__(
        self,
        root: Path,
        tell: Callable[[str], None],
        command: Sequence[str] | None = None,
        rest: Callable[[float], float] = pause,
    ) -> None:
        # -P: a folder named bench where the user stands would be taken for this package.
        self._command = [sys.executable, "-P", "-m", "bench", "report", str(root.resolve())]
        self._command = list(command) if command is not None else self._command
        self._tell, self._rest = tell, rest
        self._state = threading.Condition()
        self._asked = self._closed = self._told = False
        self._process: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None

    def ask(self) -> None:
        """There is something new to show. Returns at once."""
        with self._state:
            if self._closed:
                return
            self._asked = True
            self._state.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="site-refresher", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End the build there may be, and begin none any more. Nothing of it runs on when this returns."""
        with self._state:
            self._closed = True
            self._state.notify()
            if self._process is not None and self._process.poll() is None:
                _kill(self._process)
        if self._thread is not None:
            self._thread.join(_DEATH)

    def _work(self) -> None:
        while self._wait(None):
            began = time.monotonic()
            failure = self._build()
            if failure and not self._closed and not self._told:
                self._told = True
                self._tell(f"warning: the site could not be rendered meanwhile: {failure}. It is when the run ends")
            if not self._wait(self._rest(time.monotonic() - began)):
                return

    def _wait(self, seconds: float | None) -> bool:
        """Rest for so long, or until somebody asks. False when it is all over."""
        with self._state:
            if seconds is None:
                self._state.wait_for(lambda: self._closed or self._asked)
                self._asked = False
            else:
                self._state.wait_for(lambda: self._closed, seconds)
            return not self._closed

    def _build(self) -> str:
        """Why it failed, or nothing."""
        try:
            with self._state:
                if self._closed:
                    return ""
                self._process = _start(self._command)
            said = self._process.communicate()[1]
        except OSError as error:
            return error.strerror or str(error)
        if self._process.returncode == 0:
            return ""
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        return lines[-1] if lines else f"exit code {self._process.returncode}"


class Watched:
    """A listener that hears what another one hears, and has the site follow."""

    def __init__(self, listener: Listener, refresher: Refresher) -> None:
        self._listener, self._refresher = listener, refresher
        self._left = 0

    def started(self, todo: Sequence[Job], done: int, slots: Sequence[str]) -> None:
        self._left = len(todo)
        self._listener.started(todo, done, slots)

    def machines(self, standing: Standing) -> None:
        self._listener.machines(standing)

    def job_started(self, job: Job, slot: str) -> None:
        self._listener.job_started(job, slot)

    def job_progressed(self, job: Job, evaluations: int, loss: float | None) -> None:
        self._listener.job_progressed(job, evaluations, loss)

    def job_retried(self, job: Job, earlier: Try, wait: float) -> None:
        self._listener.job_retried(job, earlier, wait)

    def job_ended(self, job: Job, record: Record) -> None:
        self._left -= 1
        if self._left > 0:
            self._refresher.ask()
        else:  # whether the machine held still is measured next, and must not meet a build
            self._refresher.close()
        self._listener.job_ended(job, record)

    def stopping(self, message: str) -> None:
        self._refresher.close()
        self._listener.stopping(message)

    def finished(self, summary: Summary) -> None:
        self._refresher.close()
        self._listener.finished(summary)

    def stop(self) -> None:
        self._refresher.close()
        self._listener.stop()


def _start(command: Sequence[str]) -> subprocess.Popen[str]:
    from bench.engines.local import worker_environment

    # A session of its own: Ctrl-C at the terminal is for the run to hear, and its helpers can be ended with it.
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=worker_environment(os.environ),
        start_new_session=True,
        creationflags=getattr(subprocess, "IDLE_PRIORITY_CLASS", 0),
    )
    if hasattr(os, "setpriority"):
        with suppress(OSError):  # it has ended already
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
    return process


def _kill(process: subprocess.Popen[str]) -> None:
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
