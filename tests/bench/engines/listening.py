"""What a local engine says of its orders, and whether the processes behind it live."""

import subprocess
import time

from bench.engines import Ended


def next_event(engine):
    event = engine.next_event(10)
    assert event is not None, "the engine said nothing for 10 s"
    return event


def carry_out(engine, given, slot="cpu"):
    """All events of an order, to its end."""
    engine.submit(given, slot)
    events = []
    while not events or not isinstance(events[-1], Ended):
        events.append(next_event(engine))
    return events


def told(ended):
    return ended.id, ended.status, ended.content["failure"]["message"]


def is_alive(pid):
    """Whether a process runs; one that has ended and that nobody waited for does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")


def is_gone(pid):
    """Whether a process ends within some seconds."""
    deadline = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not is_alive(pid)
