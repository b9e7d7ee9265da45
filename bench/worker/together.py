"""Several jobs as one batch, from stored pictures to a folder with its files for each. Imports torch: for workers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext

import torch

from bench.worker.execution import Executed, execute_order, executed, warm_for
from bench.worker.failures import is_lasting, is_out_of_memory
from bench.worker.making import Order
from bench.worker.making.synthesis import make_together
from bench.worker.memory import settle
from bench.worker.warm import Warm
from bench.worker.watch import Watch
from nst.synthesis import Progress


def execute_together(
    orders: Sequence[Order],
    *,
    device: str,
    on_progress: Callable[[Progress], None],
    sharing: int = 1,
    warm: Warm | None = None,
) -> list[Executed]:
    """Run jobs as one batch. One that does not fit into memory is divided, until what is left does.

    Args:
        orders: of one network, one size and one recipe.
        device: ``cpu`` or ``cuda:<n>``.
        on_progress: called at the end of every chunk of evaluations of each batch.
        sharing: see :func:`bench.worker.execution.execute`.
        warm: likewise.
    """
    batches = _Batches(device, on_progress, sharing, warm_for(device) if warm is None else warm, len(orders))
    with torch.cuda.device(device) if device.startswith("cuda") else nullcontext():
        return batches.execute(orders)


class _Batches:
    def __init__(
        self, device: str, on_progress: Callable[[Progress], None], sharing: int, warm: Warm, asked: int
    ) -> None:
        self._device, self._on_progress, self._sharing, self._warm = device, on_progress, sharing, warm
        self._asked = asked

    def execute(self, orders: Sequence[Order]) -> list[Executed]:
        if len(orders) == 1:
            order = orders[0]
            return [
                execute_order(
                    order, device=self._device, on_progress=self._on_progress, sharing=self._sharing, warm=self._warm
                )
            ]
        try:
            return self._at_once(orders)
        except Exception as error:
            if is_lasting(error) or not is_out_of_memory(error, self._device):
                raise
        # Outside of the block above: the error holds on to what did not fit.
        self._warm.drop()
        settle(self._device)
        half = (len(orders) + 1) // 2
        return [*self.execute(orders[:half]), *self.execute(orders[half:])]

    def _at_once(self, orders: Sequence[Order]) -> list[Executed]:
        count = len(orders)
        note = f"made together with {count - 1} other{'s' * (count > 2)}: times are its share of theirs"
        if count < self._asked:
            note += f" ({self._asked} at once did not fit into memory)"
        watch = Watch(self._device, self._on_progress, self._sharing)
        self._warm.begin()
        try:
            products = make_together(orders, self._warm, watch)
            return [executed(product, self._warm, watch, count, note) for product in products]
        finally:
            watch.stop()
