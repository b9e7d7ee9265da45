"""One job, from stored input pictures to a folder with its files. Runs inside a worker; imports torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from bench import record
from bench.engines import InputFile
from bench.record import Memory, Outcome, Timing
from bench.worker.failures import is_lasting, is_out_of_memory
from bench.worker.making import Order, Product, maker, order_of
from bench.worker.timing import CONTRACT, PHASES, objection
from bench.worker.warm import Warm
from bench.worker.watch import Watch
from nst.synthesis import Progress


@dataclass(frozen=True)
class Executed:
    """What a job gives back; its files are already in the folder."""

    outcome: Outcome
    diagnosis: record.Diagnosis | None
    timing: Timing
    memory: Memory
    files: dict[str, str]


def execute(
    parameters: Mapping[str, Any],
    inputs: Mapping[str, Sequence[InputFile]],
    weights: str,
    folder: Path,
    *,
    device: str,
    on_progress: Callable[[Progress], None],
    sharing: int = 1,
    warm: Warm | None = None,
    parts: Path | None = None,
) -> Executed:
    """Run one job.

    Args:
        parameters: resolved, as in the record.
        inputs: stored pictures by role; a style may be several.
        weights: ``imagenet``, ``random:<seed>``, a file, or ``none`` for a task without a network.
        folder: an existing folder that gets ``image.png`` and whatever else the task leaves.
        device: ``cpu`` or ``cuda:<n>``.
        on_progress: called at the end of every chunk of evaluations.
        sharing: how many jobs the run has on the device at a time; times of more than one are not valid.
        warm: what earlier jobs left and this one may use; None: what this process keeps for the device.
        parts: where what is done of it stays until all is, for a later try; None: nowhere.
    """
    order = order_of(parameters, inputs, weights, folder, parts)
    return execute_order(order, device=device, on_progress=on_progress, sharing=sharing, warm=warm)


def execute_order(
    order: Order,
    *,
    device: str,
    on_progress: Callable[[Progress], None],
    sharing: int = 1,
    warm: Warm | None = None,
) -> Executed:
    """As :func:`execute`."""
    warm = warm_for(device) if warm is None else warm
    # Events, streams and counters of torch are those of the current device, which need not be the job's.
    with torch.cuda.device(device) if device.startswith("cuda") else nullcontext():
        if warm.holds:
            try:
                return _execute(order, warm, Watch(device, on_progress, sharing))
            except Exception as error:
                if is_lasting(error) or not is_out_of_memory(error, device):
                    raise
            # Beside what was kept it did not fit; whether it fits by itself is what its record must tell.
            warm.drop()
        return _execute(order, warm, Watch(device, on_progress, sharing))


def _execute(order: Order, warm: Warm, watch: Watch) -> Executed:
    try:
        return _carry_out(order, warm, watch)
    finally:
        watch.stop()


def _carry_out(order: Order, warm: Warm, watch: Watch) -> Executed:
    warm.begin()
    return executed(maker(order.task)(order, warm, watch), warm, watch)


def executed(product: Product, warm: Warm, watch: Watch, batch: int = 1, note: str = "") -> Executed:
    """A product, with what was measured of the batch of so many that it was made in: its share of every time.

    Args:
        note: what else speaks against comparing its times.
    """
    conditions, memory = watch.stop()
    reason = "; ".join(filter(None, [objection(conditions), note, product.note])) or None
    reused = warm.kept.reused | ({"weights"} if warm.reused_network else set())
    return Executed(
        outcome=product.outcome,
        diagnosis=product.diagnosis,
        timing=Timing(
            contract=CONTRACT,
            **{phase: seconds / batch for phase, seconds in watch.clock.seconds.items()},
            batch=batch,
            reused=[phase for phase in PHASES if phase in reused],
            graph=watch.graph,
            no_graph=watch.no_graph or None,
            valid=reason is None,
            invalid_reason=reason,
            gpu_before=conditions.before,
            gpu_after=conditions.after,
            energy_joules=None if conditions.energy_joules is None else conditions.energy_joules / batch,
        ),
        # What one of several held cannot be told from what they hold together.
        memory=memory if batch == 1 else memory.model_copy(update={"peak_bytes": None, "before_bytes": None}),
        files=product.files,
    )


@lru_cache(maxsize=1)
def warm_for(device: str) -> Warm:
    """What this process keeps for the jobs of a device; a worker has one."""
    return Warm(device)
