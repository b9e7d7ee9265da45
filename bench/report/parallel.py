"""The same work on many things, on all processors: pictures encoded, pages rendered.

Processes are forked, so that they begin with all that this one has read, and nothing but the number of an item goes
in and its result comes out. A fork copies the thread that asks for it and no other: a lock that another thread holds
at that moment stays locked in the copy for good. So a process with other threads is not forked, and neither are
macOS, whose own libraries run threads unseen, and Windows, which cannot. There the work is done in this process.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import warnings
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from bench.machine import cgroups

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Items that a process is given at a time, at most.
_MOST_AT_A_TIME = 32
#: How often an item is begun whose process goes away: anyone may kill a process once, for another reason.
_TRIES = 2


class DiedError(RuntimeError):
    """The process that worked on an item went away without a word: killed, out of memory, or crashed in a library."""


def processors() -> int:
    """Processors that this process may run on, and that a container grants it."""
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(here, cgroups.cores() or here)


def mapped(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    least: int = 64,
    threads: bool = False,
    lost: Callable[[Item], Result] | None = None,
) -> list[Result]:
    """``function`` of every item, in order.

    What a function changes in its process is lost with it: it has to return what matters. The first item, in order,
    whose function raises decides which exception is raised here; later items may then be left undone.

    Args:
        function: anything that can be called; results have to be picklable.
        items: anything; they are not pickled.
        least: with fewer items it is not worth while to start processes.
        threads: the function lets go of the interpreter, so where there can be no processes, threads will do.
        lost: what stands for an item whose process dies, twice.

    Raises:
        DiedError: when a process dies twice over the same item, and there is no ``lost``.
    """
    many = min(processors(), len(items))
    if many < 2 or len(items) < least:
        return [function(item) for item in items]
    if _may_fork():
        return _Forked(function, items, lost).results(many)
    if threads:
        with ThreadPoolExecutor(many) as pool:
            return list(pool.map(function, items))
    return [function(item) for item in items]


def _may_fork() -> bool:
    alone = threading.active_count() == 1 and not multiprocessing.current_process().daemon
    return alone and sys.platform not in ("darwin", "win32") and "fork" in multiprocessing.get_all_start_methods()


class _Worker:
    """A process, our end of the pipe to it, and the items that it has yet to give results for, in its order."""

    def __init__(self, function: Callable[[Any], Any], items: Sequence[Any], others: Sequence[_Worker]) -> None:
        self.pipe, theirs = multiprocessing.Pipe()
        self.todo: deque[int] = deque()
        ends = [self.pipe, *(other.pipe for other in others)]
        context = multiprocessing.get_context("fork")
        self.process = context.Process(target=_work, args=(function, items, theirs, ends), daemon=True)
        with warnings.catch_warnings():
            # Threads that Python knows nothing of (those of a linear algebra library) see to forks themselves.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.process.start()
        theirs.close()

    def give(self, numbers: Sequence[int]) -> None:
        self.todo.extend(numbers)
        with suppress(OSError):  # it has died, which shows when its results are waited for
            self.pipe.send(list(numbers))

    def end(self) -> None:
        self.pipe.close()
        self.process.terminate()
        self.process.join()


class _Forked:
    def __init__(
        self, function: Callable[[Item], Result], items: Sequence[Item], lost: Callable[[Item], Result] | None
    ) -> None:
        self.function, self.items, self.lost = function, items, lost
        self.found: dict[int, Any] = {}
        self.failed: dict[int, BaseException] = {}
        self.tries: dict[int, int] = {}
        self.waiting = deque(range(len(items)))
        self.workers: list[_Worker] = []

    def results(self, many: int) -> list[Any]:
        size = max(1, min(_MOST_AT_A_TIME, len(self.items) // (4 * many)))
        try:
            for _ in range(many):
                self._start()
            while True:
                for worker in self.workers:
                    if not worker.todo and self.waiting and not self.failed:
                        worker.give([self.waiting.popleft() for _ in range(min(size, len(self.waiting)))])
                busy = {worker.pipe: worker for worker in self.workers if worker.todo}
                if not busy:
                    break
                for pipe in wait(list(busy)):
                    self._hear(busy[pipe])  # type: ignore[index]
        finally:
            for worker in self.workers:
                worker.end()
        if self.failed:
            raise self.failed[min(self.failed)]
        return [self.found[number] for number in range(len(self.items))]

    def _start(self) -> None:
        self.workers.append(_Worker(self.function, self.items, self.workers))

    def _hear(self, worker: _Worker) -> None:
        try:
            fine, result = pickle.loads(worker.pipe.recv_bytes())
        except (EOFError, OSError):
            self._bury(worker)
            return
        number = worker.todo.popleft()
        (self.found if fine else self.failed)[number] = result
        if not fine:
            worker.todo.clear()  # it stops there

    def _bury(self, worker: _Worker) -> None:
        """Items after the one that it died over never began; another process takes them."""
        self.workers.remove(worker)
        worker.end()
        number = worker.todo.popleft()
        self.tries[number] = self.tries.get(number, 0) + 1
        self.waiting.extendleft(reversed(worker.todo))
        if self.tries[number] < _TRIES:
            self.waiting.appendleft(number)
        elif self.lost is not None:
            self.found[number] = self.lost(self.items[number])
        else:
            self.failed[number] = DiedError(f"the process died that worked on {self.items[number]!r:.200}")
        self._start()


def _work(function: Callable[[Any], Any], items: Sequence[Any], pipe: Connection, ends: Sequence[Connection]) -> None:
    """In a process of its own: results of the items whose numbers come, until the pipe is closed."""
    # The ends of the parent came along; held here, they would keep the other processes from seeing that it is gone.
    for end in ends:
        end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to hear
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.freeze()  # what came along is never looked through for garbage, and so never copied for that
    with suppress(EOFError, OSError):
        while True:
            for number in pipe.recv():
                try:
                    fine, answer = True, pickle.dumps((True, function(items[number])))
                except Exception as error:
                    fine, answer = False, pickle.dumps((False, _portable(error)))
                pipe.send_bytes(answer)
                if not fine:
                    break


def _portable(error: Exception) -> Exception:
    """The exception itself, unless it does not survive the way to another process."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
