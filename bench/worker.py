"""One process, one device: reads orders from standard input, writes events to standard output, a JSON object a line.

The runner starts it as ``python -m bench.worker --device cpu`` and reads, first, one ``ready`` event with the
environment; then, for each order, any number of ``progress`` events and one ``ended``. Whatever libraries print goes
to standard error. When standard input closes, because the runner ended in whatever way, the worker ends at once.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import sys
import threading
import traceback
from pathlib import Path
from typing import Any


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.worker", description=__doc__)
    parser.add_argument("--device", default="auto")
    device = parser.parse_args(arguments).device
    channel = _claim_standard_output()
    orders: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_read_orders, args=(orders,), daemon=True).start()

    def send(event: str, **content: Any) -> None:
        channel.write(json.dumps({"event": event, **content}, allow_nan=False) + "\n")
        channel.flush()

    from bench import environment
    from nst.arithmetic import set_exact

    set_exact()
    device = choose_device(device)
    send("ready", environment=environment.describe(device))
    while True:
        order = orders.get()
        send("ended", id=order["id"], **_carry_out(order, device, send))


def choose_device(wanted: str) -> str:
    """``auto`` is the first CUDA device where there is one, else the CPU."""
    if wanted not in ("auto", "cuda"):
        return wanted
    import torch

    return "cuda:0" if wanted == "cuda" or torch.cuda.is_available() else "cpu"


def _claim_standard_output() -> Any:
    """A private handle on standard output, which itself becomes standard error, in C code too."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return channel


def _read_orders(orders: queue.Queue[dict[str, Any]]) -> None:
    for line in sys.stdin:
        orders.put(json.loads(line))
    os._exit(0)  # the runner is gone: nobody is left to take the result of what is running


def _carry_out(order: dict[str, Any], device: str, send: Any) -> dict[str, Any]:
    """Execute an order; every outcome, good or bad, as the content of an ``ended`` event."""
    from bench.engines import InputFile
    from bench.execution import execute
    from nst.images import PictureError
    from nst.resolution import SettingsError
    from nst.weights import WeightsError

    def on_progress(progress: Any) -> None:
        loss = progress.loss if abs(progress.loss) < float("inf") else None  # NaN compares false
        send("progress", id=order["id"], evaluations=progress.evaluations, loss=loss)

    try:
        result = execute(
            order["parameters"],
            {
                role: [InputFile(**{**given, "path": Path(given["path"])}) for given in files]
                for role, files in order["inputs"].items()
            },
            order["weights"],
            Path(order["folder"]),
            device=device,
            on_progress=on_progress,
        )
    except (WeightsError, PictureError, SettingsError) as error:
        return {"status": "failed", "failure": {"message": str(error)}}
    except Exception as error:
        status, message = classify(error, device)
        return {"status": status, "failure": {"message": message, "details": traceback.format_exc()}}
    return {
        "status": "done",
        "outcome": result.outcome.model_dump(),
        "diagnosis": result.diagnosis.model_dump() if result.diagnosis else None,
        "timing": result.timing.model_dump(),
        "memory": result.memory.model_dump(),
        "files": result.files,
    }


def classify(error: Exception, device: str) -> tuple[str, str]:
    """Status and one sentence for an exception: out of memory is told from all other failures."""
    text = " ".join(str(error).split()) or type(error).__name__
    out_of_memory = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    if out_of_memory or "not enough memory" in text or "can't allocate memory" in text:
        return "oom", f"out of memory on {device}: {text}{_free(device)}"
    return "failed", f"{type(error).__name__}: {text}"


def _free(device: str) -> str:
    if not device.startswith("cuda"):
        return ""
    import torch

    free, total = torch.cuda.mem_get_info()
    return f" ({free:,} of {total:,} bytes free)"


if __name__ == "__main__":
    sys.exit(main())
