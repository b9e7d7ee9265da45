"""Work that goes on behind the one who hands it over, in a thread of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

#: Things that wait to be worked on; who hands over more waits.
DEPTH = 4


@contextmanager
def handed_on(work: Callable[[T], None], depth: int = DEPTH) -> Iterator[Callable[[T], None]]:
    """A function that has ``work`` done behind the caller, one thing after another.

    All of it is done when the block is left, but where it is left by an error. What the work raises is raised at the
    next call, or in the end.
    """
    waiting: queue.Queue[T | None] = queue.Queue(depth)
    failed: list[BaseException] = []
    given_up = threading.Event()

    def work_off() -> None:
        while (thing := waiting.get()) is not None:
            if failed or given_up.is_set():
                continue  # so that nobody waits for room
            try:
                work(thing)
            except BaseException as error:
                failed.append(error)

    def hand_on(thing: T) -> None:
        if failed:
            raise failed[0]
        waiting.put(thing)

    thread = threading.Thread(target=work_off, name="behind", daemon=True)
    thread.start()
    try:
        yield hand_on
    except BaseException:
        given_up.set()
        raise
    finally:
        waiting.put(None)
        thread.join()
    if failed:
        raise failed[0]
