"""What runs leave behind for later ones: pictures, targets, halves of figures. No torch here.

Results are the same with and without: a thing is kept under everything that decides it, contents by their hash, and
whoever recalls it gets the very object that was made first.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary, ref

import numpy as np
from numpy.typing import NDArray

from nst import images
from nst.images import Bytes, Pixels, Resampling

T = TypeVar("T")


@dataclass(frozen=True)
class _Entry:
    value: Any
    bytes: int
    run: int
    """The one that made it."""


class Kept:
    """Things made, up to ``capacity`` bytes of them; what has not been asked for the longest goes first.

    Args:
        capacity: bytes of all arrays and tensors together, wherever they lie; 0 keeps nothing.
    """

    def __init__(self, capacity: int = 0) -> None:
        self.capacity = capacity
        self.bytes = 0
        """Of what is kept now."""
        self.reused: set[str] = set()
        """Purposes for which this run was given something that an earlier one made."""
        self._run = 0
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._digests: dict[int, tuple[ref[NDArray[Any]], str]] = {}
        self._tokens: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
        self._numbers = itertools.count()

    def begin(self) -> None:
        """A new run begins."""
        self._run += 1
        self.reused = set()

    def recall(self, purpose: str, key: Hashable, make: Callable[[], T]) -> T:
        """What was made before under this purpose and key, else what ``make`` returns. Nobody may change it."""
        if not self.capacity:
            return make()
        entry = self._entries.get((purpose, key))
        if entry is None:
            value = make()
            self._keep((purpose, key), _Entry(value, size(value), self._run))
            return value
        self._entries.move_to_end((purpose, key))
        if entry.run != self._run:
            self.reused.add(purpose)
        return cast(T, entry.value)

    def drop(self) -> None:
        """Keep nothing of all this any longer."""
        self._entries.clear()
        self.bytes = 0

    def digest(self, array: NDArray[Any]) -> str:
        """Of an array's contents; remembered for one that cannot be written to. Empty where nothing is kept."""
        if not self.capacity:
            return ""
        known = self._digests.get(id(array))
        if known is not None and known[0]() is array:
            return known[1]
        hashed = hashlib.sha256(f"{array.dtype.str} {array.shape}".encode())
        hashed.update(np.ascontiguousarray(array).data)
        digest = hashed.hexdigest()
        if not array.flags.writeable:
            number = id(array)
            self._digests[number] = (ref(array, lambda _: self._digests.pop(number, None)), digest)
        return digest

    def token(self, thing: object) -> int:
        """A number for an object such as a network, which no other gets, not even after its end."""
        if thing not in self._tokens:
            self._tokens[thing] = next(self._numbers)
        return self._tokens[thing]

    def _keep(self, key: Hashable, entry: _Entry) -> None:
        if entry.bytes > self.capacity:
            return
        self._entries[key] = entry
        self.bytes += entry.bytes
        while self.bytes > self.capacity:
            _, oldest = self._entries.popitem(last=False)
            self.bytes -= oldest.bytes


def size(value: Any) -> int:
    """Bytes of the arrays and tensors in a value: itself, or in dataclasses, mappings and sequences."""
    own = getattr(value, "nbytes", None)
    if isinstance(own, int):
        return own
    if is_dataclass(value):
        return sum(size(getattr(value, item.name)) for item in fields(value))
    if isinstance(value, Mapping):
        return sum(size(item) for item in value.values())
    return sum(size(item) for item in value) if isinstance(value, list | tuple) else 0


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """The array itself, which cannot be written to from now on."""
    array.setflags(write=False)
    return array


def fit(kept: Kept, picture: Bytes, height: int, width: int, resampling: Resampling) -> Pixels:
    """:func:`nst.images.fit`, of which later runs need no second one."""
    key = (kept.digest(picture), height, width, resampling)
    return kept.recall("decode", key, lambda: frozen(images.fit(picture, height, width, resampling=resampling)))
