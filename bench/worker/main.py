"""One process, one device: reads orders from standard input, writes events to standard output, a JSON object a line.

The engine starts it as ``python -m bench.worker --device cpu`` and reads, first, one ``ready`` event with the
environment; then, for each order, ``started``, any number of ``progress`` events and one ``ended``. Whatever
libraries print goes to standard error. When standard input closes, because the runner ended in whatever way, the
worker ends at once, with all that it has started.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import gc
import json
import os
import queue
import select
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from bench.finite import finite


class Send(Protocol):
    def __call__(self, event: str, **content: Any) -> None: ...


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.worker", description=__doc__)
    parser.add_argument("--device", default="cpu", help="cpu or cuda:<n>")
    parser.add_argument("--sharing", type=int, default=1, help="how many workers use the device, this one included")
    parser.add_argument("--memory", type=int, help="bytes of main memory a job may take, whatever its order says")
    parser.add_argument("--graphs", choices=("auto", "never"), default="never", help="whether steps are CUDA graphs")
    options = parser.parse_args(arguments)
    faulthandler.enable()  # a crash in C leaves the traceback of every thread in the log
    _end_with_the_runner()
    channel = _claim_standard_output()
    orders: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_read_orders, args=(orders,), daemon=True).start()

    def send(event: str, **content: Any) -> None:
        channel.write(json.dumps({"event": event, **content}, allow_nan=False) + "\n")
        channel.flush()

    send("ready", environment=_get_ready(options.device, options.graphs == "auto"))
    from bench.machine import allowance
    from bench.worker import memory

    while True:
        order = orders.get()
        memory.forget_peak(options.device)
        allowance.limit(allowance.more(order.get("memory")) if options.memory is None else options.memory)
        send("started", id=order["id"])
        send("ended", id=order["id"], **_carry_out(order, options.device, options.sharing, send))
        allowance.limit(None)
        memory.settle(options.device)  # while the runner is busy with the result


def _end_with_the_runner() -> None:
    """Leave a process behind that waits for standard input to close, then kills this process and its children.

    The thread that reads orders notices too, but has to wait its turn while a library holds Python's lock, for ever
    if that library hangs. Only where this process leads a group of its own, as the engine starts it: nobody else is
    in it then.
    """
    if not _leads_a_group() or os.fork():
        return
    os.close(1)  # or the engine would take it for the worker, still about to say something
    orders = select.poll()
    orders.register(0, 0)  # tells of its end, not of orders
    orders.poll()
    os.killpg(0, signal.SIGKILL)


def _leads_a_group() -> bool:
    return hasattr(os, "fork") and os.getpgrp() == os.getpid()


def _claim_standard_output() -> Any:
    """A private handle on standard output, which itself becomes standard error, in C code too."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return channel


def _read_orders(orders: queue.Queue[dict[str, Any]]) -> None:
    for line in sys.stdin:
        orders.put(json.loads(line))
    # The runner is gone: nobody is left to take the result of what is running.
    if _leads_a_group():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def _get_ready(device: str, graphs: bool) -> dict[str, Any]:
    """Load what every job needs, and describe where jobs will run."""
    # Should memory run out all the same, let the kernel end a worker rather than the runner or the user's desktop.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")
    from bench.machine import environment
    from bench.worker import execution
    from nst.arithmetic import set_exact

    set_exact()
    described = environment.describe(device)
    execution.warm_for(device).graphs = graphs
    _warm_libraries()
    gc.collect()
    gc.freeze()  # the libraries' own objects stay: collecting after a job need not look at them again
    return described


def _warm_libraries() -> None:
    """Let libraries take now what they take once, so that it counts against no job's memory, nor in its peak.

    That is the stacks of torch's threads, and modules and work space for figures of quality. It cannot wait for the
    first job: where OpenBLAS, which scipy brings, is not given its work space, it asks again for ever.
    """
    import numpy as np
    import torch

    from nst import metrics

    torch.ones(2**20).sum()
    square = np.ones((512, 512), dtype=np.float32)
    square @ square
    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    metrics.assess(picture, picture, picture)


def _carry_out(order: dict[str, Any], device: str, sharing: int, send: Send) -> dict[str, Any]:
    """Execute an order; every outcome, good or bad, as the content of an ``ended`` event."""
    from bench.worker import failures

    work: dict[str, Callable[[], dict[str, Any]]] = {
        "job": lambda: _job(order, device, sharing, send),
        "pack": lambda: _pack(order, device, sharing, send),
        "steadiness": lambda: _steadiness(device),
        "trial": lambda: _trial(order["content"], device),
        "count": lambda: _count(order["content"], device),
    }
    try:
        content = work[order["kind"]]()
        json.dumps(content, allow_nan=False)  # what cannot be told is this order's failure, not the worker's end
        return {"status": "done", "content": content}
    except Exception as error:
        status, failure = failures.judge(error, device)
        return {
            "status": status,
            "content": {"failure": failure.model_dump()},
            "spoilt": failures.is_lasting(error),
        }


def _job(order: dict[str, Any], device: str, sharing: int, send: Send) -> dict[str, Any]:
    from bench.engines import from_plain
    from bench.worker.execution import execute

    def on_progress(progress: Any) -> None:
        send("progress", id=order["id"], evaluations=progress.evaluations, loss=finite(progress.loss))

    result = execute(
        order["parameters"],
        from_plain(order["inputs"]),
        order["weights"],
        Path(order["folder"]),
        device=device,
        sharing=sharing,
        on_progress=on_progress,
        parts=Path(order["parts"]) if order.get("parts") else None,
    )
    return _told(result)


def _pack(pack: dict[str, Any], device: str, sharing: int, send: Send) -> dict[str, Any]:
    from bench.engines import from_plain
    from bench.worker.making import order_of
    from bench.worker.together import execute_together

    given = pack["orders"]

    def on_progress(progress: Any) -> None:
        losses = [finite(loss) for loss in progress.losses]
        if len(losses) == len(given):  # of a batch that was divided nothing is told meanwhile
            send("progress", id=pack["id"], evaluations=progress.evaluations, loss=losses[0], losses=losses)

    orders = [order_of(o["parameters"], from_plain(o["inputs"]), o["weights"], Path(o["folder"])) for o in given]
    results = execute_together(orders, device=device, sharing=sharing, on_progress=on_progress)
    told = [{"status": "done", "content": _told(result)} for result in results]
    return {"orders": {order["id"]: one for order, one in zip(given, told, strict=True)}}


def _told(result: Any) -> dict[str, Any]:
    """What was executed, as an end tells it."""
    return {
        "outcome": result.outcome.model_dump(),
        "diagnosis": result.diagnosis.model_dump() if result.diagnosis else None,
        "timing": result.timing.model_dump(),
        "memory": result.memory.model_dump(),
        "files": result.files,
    }


def _steadiness(device: str) -> dict[str, Any]:
    from bench.machine import steadiness

    return dict(steadiness.measure(device))


def _trial(content: dict[str, Any], device: str) -> dict[str, Any]:
    from bench.prediction import trial

    return dict(trial.run(content, device))


def _count(content: dict[str, Any], device: str) -> dict[str, Any]:
    from bench.worker import counting

    return dict(counting.count(content, device))
