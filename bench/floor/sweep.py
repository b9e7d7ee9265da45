"""Steps of many sizes, batches, precisions and histories, timed in one go: ``python -m bench.floor.sweep FILE``.

For a GPU that is at hand for a while: everything is measured by one command, and lies in one JSON file. Every row is
written as soon as it is known, so that what was measured is kept whatever comes after it.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict

from bench.floor.measure import WARMUP, machine, wait
from bench.floor.step import Step
from bench.plan.resolve import resolve
from bench.store.files import write_json
from bench.tasks import TASKS
from bench.worker.failures import is_out_of_memory
from nst import backbones
from nst.arithmetic import set_exact
from nst.graphs import Work, capture, rehearse
from nst.settings import Settings, from_values

SIZES = (256, 512, 1024)
BATCHES = (1, 4, 16, 64)
PRECISIONS = ("float32", "tf32", "bfloat16")
HISTORIES = (10, 20, 100)

#: Steps that are timed together, and how often: the median counts.
STEPS, ROUNDS = 10, 5


class Row(BaseModel):
    """One combination."""

    model_config = ConfigDict(frozen=True)

    size: int
    batch: int
    precision: str
    history: int
    graph: bool
    """Whether steps were replayed from a CUDA graph."""
    seconds: float | None = None
    """Of one step of the whole batch; None where there was a failure."""
    seconds_per_picture: float | None = None
    """Of one step, for each picture."""
    peak_bytes: int | None = None
    """That the allocator held at the most; CUDA alone."""
    waits: bool | None = None
    """Whether a step made the host wait for the device; CUDA alone."""
    failure: str = ""


class Sweep(BaseModel):
    """All rows, and where they were measured."""

    model_config = ConfigDict(frozen=True)

    machine: str
    torch: str
    threads: int
    recipe: str
    rows: list[Row]


@dataclass(frozen=True)
class Wanted:
    """What is combined."""

    device: str
    recipe: str = "gatys-paper"
    sizes: tuple[int, ...] = SIZES
    batches: tuple[int, ...] = BATCHES
    precisions: tuple[str, ...] = PRECISIONS
    histories: tuple[int, ...] = HISTORIES
    graphs: tuple[bool, ...] = (False,)
    width: float = 1.0


def sweep(wanted: Wanted, tell: Callable[[Sweep], None]) -> Sweep:
    """Measure every combination.

    Args:
        wanted: what is combined.
        tell: given all rows so far, after each.
    """
    set_exact()
    found = Sweep(
        machine=machine(wanted.device),
        torch=torch.__version__,
        threads=torch.get_num_threads(),
        recipe=wanted.recipe,
        rows=[],
    )
    every = itertools.product(wanted.sizes, wanted.precisions, wanted.batches, wanted.histories, wanted.graphs)
    for size, precision, batch, history, graph in every:
        row = Row(size=size, batch=batch, precision=precision, history=history, graph=graph)
        found = found.model_copy(update={"rows": [*found.rows, _measured(wanted, row)]})
        tell(found)
    return found


def _measured(wanted: Wanted, row: Row) -> Row:
    cuda = wanted.device.startswith("cuda")
    if cuda:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    try:
        settings = _settings(wanted, row)
        network = backbones.from_settings(settings, wanted.device)
        step = Step(network, settings, row.size, row.size, row.batch)
        step()
        waits = _waits(step) if cuda else None
        work: Work = step
        if row.graph:
            rehearse([step] * WARMUP)
            try:
                (work,) = capture([step])
            except RuntimeError as error:
                if is_out_of_memory(error, wanted.device):
                    raise
                return row.model_copy(update={"failure": str(error).partition("\n")[0], "waits": waits})
        times = _times(work, wanted.device)
    except Exception as error:
        if not is_out_of_memory(error, wanted.device):
            raise
        return row.model_copy(update={"failure": "out of memory"})
    seconds = statistics.median(times)
    return row.model_copy(
        update={
            "seconds": seconds,
            "seconds_per_picture": seconds / row.batch,
            "peak_bytes": torch.cuda.max_memory_allocated() if cuda else None,
            "waits": waits,
        }
    )


def _times(work: Work, device: str) -> list[float]:
    """Seconds of one step, by the round."""
    times = []
    for _ in range(ROUNDS):
        wait(device)
        start = time.perf_counter()
        for _ in range(STEPS):
            work()
        wait(device)
        times.append((time.perf_counter() - start) / STEPS)
    return times


def _settings(wanted: Wanted, row: Row) -> Settings:
    chosen = {"recipe": wanted.recipe, "weights": "random:0", "width": wanted.width}
    own = {"size": row.size, "precision": row.precision, "history": row.history}
    return from_values(dict(resolve(TASKS["transfer"], {**chosen, **own})))


def _waits(step: Step) -> bool:
    """Whether a step makes the host wait: torch raises an error where it would."""
    with _no_waiting():
        try:
            step()
        except RuntimeError as error:
            if "synchroniz" not in str(error):
                raise
            return True
    return False


@contextmanager
def _no_waiting() -> Iterator[None]:
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.floor.sweep", description="Time steps of many kinds.")
    parser.add_argument("file", type=Path, help="where the figures go: JSON")
    parser.add_argument("--device", default="cuda:0" if torch.cuda.is_available() else "cpu", help="cpu or cuda:<n>")
    parser.add_argument("--recipe", default="gatys-paper", help="whose losses")
    parser.add_argument("--sizes", type=_numbers, default=SIZES, metavar="N,...", help="pixels a side")
    parser.add_argument("--batches", type=_numbers, default=BATCHES, metavar="N,...", help="pictures at a time")
    parser.add_argument("--precisions", type=_words, default=PRECISIONS, metavar="WORD,...")
    parser.add_argument("--histories", type=_numbers, default=HISTORIES, metavar="N,...", help="pairs of L-BFGS")
    parser.add_argument(
        "--graphs", type=_graphs, metavar="yes,no", help="steps as CUDA graphs, call by call, or both (default on CUDA)"
    )
    parser.add_argument("--width", type=float, default=1.0, help="factor on the network's channels")
    options = vars(parser.parse_args(arguments))
    file, cuda = options.pop("file"), options["device"].startswith("cuda")
    if options["graphs"] is None:
        options["graphs"] = (False, True) if cuda else (False,)
    elif True in options["graphs"] and not cuda:
        parser.error(f"--graphs yes: {options['device']} has no CUDA graphs")

    def tell(found: Sweep) -> None:
        write_json(file, found)
        row = found.rows[-1]
        took = row.failure or f"{1000 * (row.seconds_per_picture or 0):.2f} ms a picture"
        waits = ", the host waits" if row.waits else ""
        kind = f"{row.size} px, {row.precision}, {row.batch} at a time, history {row.history}"
        print(f"{kind}{', graph' * row.graph}: {took}{waits}", flush=True)

    sweep(Wanted(**options), tell)
    return 0


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.split(","))


def _graphs(text: str) -> tuple[bool, ...]:
    if set(words := _words(text)) - {"yes", "no"}:
        raise argparse.ArgumentTypeError(f"{text!r}: expected yes, no, or yes,no")
    return tuple(word == "yes" for word in words)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


if __name__ == "__main__":
    raise SystemExit(main())
