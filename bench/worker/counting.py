"""What of a job can be counted exactly: the same figures on a busy machine and on an idle one. Imports torch.

The job is made as it always is, while the floating-point operations of its matrix products and convolutions are
counted, forward and backward, a multiplication and an addition as two. Nothing else is: no elementwise work, no
eigenvalues. Nothing that an earlier job left is used, so that all of a job's work is there to be counted.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from bench.engines import from_plain
from bench.tasks import TASKS, Task
from bench.worker.making import Order, Product, maker, read_pictures
from bench.worker.memory import PeakMemory, settle
from bench.worker.warm import Warm
from nst import making
from nst.backbones import Backbone
from nst.kept import Kept
from nst.made import Made
from nst.observing import Observer, Silent
from nst.settings import from_values

#: In which figures are told.
_ORDER = (
    "flops", "evaluation_flops", "evaluations", "updates", "forwards", "parameters", "network_bytes", "state_bytes",
    "final_loss",
)  # fmt: skip

#: Figures of a task's own that are counted, not measured.
COUNTS = frozenset({"unknowns"})


def count(content: Mapping[str, Any], device: str) -> dict[str, Any]:
    """Make a job's picture, and count.

    Args:
        content: ``parameters``, ``inputs`` and ``weights`` as in an order.
        device: ``cpu`` or ``cuda:<n>``.

    Returns:
        the figures of docs/check.md by name; ``final_loss`` is None where none was finite, ``peak_bytes`` is there on
        CUDA alone, whose allocator knows.
    """
    with torch.cuda.device(device) if device.startswith("cuda") else nullcontext():
        found = _count(content, device)
        if device.startswith("cuda"):
            # Once more, uncounted: by now libraries have taken the work space that they keep for good.
            found["peak_bytes"] = _peak_bytes(content, device)
        return found


def _count(content: Mapping[str, Any], device: str) -> dict[str, Any]:
    task = _task(content)
    if "network" not in task.groups:
        return _figures_of(_carry_out(content, Warm(device, capacity=0), Uncounted()))
    warm = Warm(device, capacity=0)
    network = warm.network(from_values(content["parameters"]), content["weights"])
    with Flops() as flops, _Passes(network) as passes:
        observer = _Observer(flops, passes)
        if task.optimises and not task.moving:
            made = _make(content, network, warm, observer)
            own = _figures_of_synthesis(made) | {"evaluation_flops": observer.per_evaluation}
        else:
            own = _figures_of(_carry_out(content, warm, observer))
    found = {
        "flops": flops.total,
        "forwards": passes.count,
        "parameters": sum(tensor.numel() for tensor in network.parameters()),
        "network_bytes": sum(tensor.nbytes for tensor in chain(network.parameters(), network.buffers())),
        **own,
    }
    return {name: found[name] for name in _ORDER if name in found}


def _figures_of_synthesis(made: Made) -> dict[str, Any]:
    row = made.picture_evaluation
    return {
        "evaluations": len(made.curve),
        "updates": made.updates,
        "state_bytes": made.state_bytes,
        "final_loss": float(made.totals[row]) if row >= 0 else None,
    }


def _figures_of(product: Product) -> dict[str, Any]:
    """Of a task that optimises nothing, or many pictures: those of its own that are counts, and what adds up."""
    outcome = product.outcome
    own: dict[str, Any] = {name: value for name, value in outcome.numbers.items() if name in COUNTS}
    if outcome.evaluations:
        own |= {"evaluations": outcome.evaluations, "updates": outcome.updates, "final_loss": outcome.final_loss}
    return own


def _peak_bytes(content: Mapping[str, Any], device: str) -> int | None:
    """The most that the whole of a job holds at a time, its network included, beyond what was held before."""
    settle(device)
    memory = PeakMemory(device)
    memory.start()
    warm = Warm(device, capacity=0)
    task = _task(content)
    if task.optimises and not task.moving:
        _make(content, warm.network(from_values(content["parameters"]), content["weights"]), warm, Silent())
    else:
        _carry_out(content, warm, Uncounted())
    found = memory.stop()
    return None if found.peak_bytes is None else found.peak_bytes - (found.before_bytes or 0)


def _task(content: Mapping[str, Any]) -> Task:
    return TASKS[content["parameters"]["task"]]


def _carry_out(content: Mapping[str, Any], warm: Warm, watch: Uncounted) -> Product:
    """A job as a worker makes it; its files go nowhere."""
    settings, inputs = from_values(content["parameters"]), from_plain(content["inputs"])
    with tempfile.TemporaryDirectory() as folder:
        order = Order(_task(content), settings, inputs, content["weights"], Path(folder))
        return maker(order.task)(order, warm, watch)


def _make(content: Mapping[str, Any], network: Backbone, warm: Warm, observer: Observer) -> Made:
    picture, styles = read_pictures(_task(content), from_plain(content["inputs"]), warm)
    return making.make(
        network,
        from_values(content["parameters"]),
        content=None if picture is None else picture.pixels,
        styles=styles,
        observer=observer,
        graphs=False,  # what is replayed passes no counter by
    )


class Flops(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up floating-point operations by the formulas that torch has for its operators.

    ``torch.utils.flop_counter.FlopCounterMode`` goes by the same ones, but keeps apart what each module does, and
    therefore ends with an error where a gradient is asked of ``torch.autograd.grad``, as it is here.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        formula = flop_registry.get(func.overloadpacket)
        if formula is not None:
            self.total += formula(*args, **(kwargs or {}), out_val=result)
        return result


class _Passes:
    """Counts how often a picture goes through a network."""

    def __init__(self, network: Backbone) -> None:
        self.count = 0
        self._network = network

    def __enter__(self) -> _Passes:
        self._hook = self._network.register_forward_hook(self._passed)
        return self

    def __exit__(self, *_: object) -> None:
        self._hook.remove()

    def _passed(self, *_: object) -> None:
        self.count += 1


class Uncounted(Silent):
    """A watcher that does nothing."""

    def __init__(self) -> None:
        self.kept = Kept()


class _Observer(Uncounted):
    """Takes the operations of one evaluation from the warm-up, which consists of evaluations alone."""

    def __init__(self, flops: Flops, passes: _Passes) -> None:
        super().__init__()
        self.per_evaluation = 0
        """Of the last size."""
        self._flops, self._passes = flops, passes

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        flops, passes = self._flops.total, self._passes.count
        yield
        if name == "warmup":
            self.per_evaluation = (self._flops.total - flops) // (self._passes.count - passes)
