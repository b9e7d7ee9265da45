"""How much memory an optimiser holds on to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from torch import Tensor


def held_bytes(*holders: object) -> int:
    """Bytes of the memory behind all tensors that objects hold, at whatever depth.

    Memory that several tensors look at counts once. It is what was asked for, not what an allocator makes of it.
    """
    storages = [tensor.untyped_storage() for tensor in _tensors(list(holders))]
    return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())


def _tensors(todo: list[object]) -> Iterator[Tensor]:
    seen: set[int] = set()
    while todo:
        thing = todo.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, Tensor):
            yield thing
        elif isinstance(thing, list | tuple):
            todo.extend(thing)
        elif isinstance(thing, Mapping):
            todo.extend(thing.values())
        elif hasattr(thing, "__dict__"):
            todo.extend(vars(thing).values())
