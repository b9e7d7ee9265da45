"""Which blocks of memory a stretch of work takes and gives back, in order. Imports torch: for workers.

What a process holds at its peak is not linear in the size of its pictures: the C library keeps small blocks on a heap
that does not shrink while large ones come from the system and go back to it at once. The order of blocks is the same at
every size, though, and each is linear in the pixels. So two small sizes tell the blocks at any size
(:mod:`bench.prediction.blocks`).
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Tracker(TorchDispatchMode):
    """Notes, while it is entered, the bytes of every tensor's memory: positive when taken, negative when given back."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.events: list[int] = []
        self._held: set[int] = set()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No: keeping torch's compiler away would load it, 150 MB that the worker then had in every job's peak."""
        return False

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        given = {_key(leaf) for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)}
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor) and (key := _key(leaf)) not in given and key not in self._held:
                memory = leaf.untyped_storage()
                if memory.nbytes():
                    self._held.add(key)
                    self.events.append(memory.nbytes())
                    weakref.finalize(memory, self._gone, key, memory.nbytes())
        return result

    def _gone(self, key: int, size: int) -> None:
        self._held.discard(key)
        self.events.append(-size)


def _key(tensor: Tensor) -> int:
    """Of the memory behind a tensor, which views share."""
    return int(tensor.untyped_storage()._cdata)
