"""Pictures, clips, masks and weights on their way to nodes that share no disk with the driver: by their contents.

In an order that travels, every file is named by the SHA-256 of its bytes. A node keeps what it was sent, so that it
is sent each file once, whichever of its slots asks for it first.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from bench.engines import InputFile, Order, Pack, Probe
from bench.store.files import write_atomically
from nst.masks import PREFIX
from nst.weights import imagenet_at_hand

#: What the name of a file that was sent begins with; no path, mask or source of weights does.
_SENT = "sent:"

#: Bytes of files that the driver keeps ready: a thousand photographs, or one network's weights.
_ROOM = 600_000_000

Given = Order | Pack | Probe


@dataclass(frozen=True)
class _Parcel:
    name: str
    reference: Any
    size: int


class Outbox:
    """The driver's side.

    Args:
        put: takes the bytes of a file and gives what nodes can fetch them by.
    """

    def __init__(self, put: Callable[[bytes], Any], room: int = _ROOM) -> None:
        self._put, self._room = put, room
        self._held: OrderedDict[tuple[str, int, int], _Parcel] = OrderedDict()
        """By the file as it was when it was read; the one asked for last is the last."""

    def address(self, given: Given) -> tuple[Given, dict[str, Any]]:
        """An order as nodes can read it, and what it needs, by name.

        Raises:
            OSError: when one of its files cannot be read.
        """
        needed: dict[str, Any] = {}

        def sent(path: str | Path) -> str:
            name, reference = self._send(Path(path))
            needed[name] = reference
            return _SENT + name

        def mask(source: str) -> str:
            return source if source.startswith(PREFIX) else sent(source)

        def weights(source: str, parameters: Mapping[str, Any]) -> str:
            if source == "imagenet":
                found = imagenet_at_hand(str(parameters["backbone"]))
                return source if found is None else sent(found)  # a node that has no copy either downloads one
            return sent(source) if Path(source).is_absolute() else source

        return _moved(given, sent, mask, weights), needed

    def _send(self, path: Path) -> tuple[str, Any]:
        found = path.stat()
        key = (str(path), found.st_size, found.st_mtime_ns)
        if key in self._held:
            self._held.move_to_end(key)
        else:
            data = path.read_bytes()
            name = f"{hashlib.sha256(data).hexdigest()}{path.suffix}"
            self._held[key] = _Parcel(name, self._put(data), len(data))
            while len(self._held) > 1 and sum(parcel.size for parcel in self._held.values()) > self._room:
                self._held.popitem(last=False)  # Ray keeps what is under way; a node that has it will not ask again
        parcel = self._held[key]
        return parcel.name, parcel.reference


class Inbox:
    """A node's side: a folder that all its slots share.

    Args:
        folder: made if it is not there.
        fetch: gives the bytes of what was put.
    """

    def __init__(self, folder: Path, fetch: Callable[[Any], bytes]) -> None:
        self._folder, self._fetch = folder, fetch
        self.fetched: list[str] = []
        """Names of what came over the network because of this slot."""
        folder.mkdir(parents=True, exist_ok=True)

    def unpack(self, given: Given, needed: Mapping[str, Any]) -> Given:
        """An order as workers here can read it, its files in their place."""

        def place(source: str | Path) -> str:
            name = str(source)
            return str(self._place(name.removeprefix(_SENT), needed)) if name.startswith(_SENT) else name

        return _moved(given, place, place, lambda source, _: place(source))

    def _place(self, name: str, needed: Mapping[str, Any]) -> Path:
        path = self._folder / name
        if not path.exists():
            with FileLock(self._folder / f".{name}.lock"):
                if not path.exists():
                    data = self._fetch(needed[name])
                    if hashlib.sha256(data).hexdigest() != path.stem:
                        raise OSError(0, "was altered on its way", str(path))
                    write_atomically(path, data)
                    self.fetched.append(name)
        return path


def _moved(
    given: Given,
    picture: Callable[[str | Path], str],
    mask: Callable[[str], str],
    weights: Callable[[str, Mapping[str, Any]], str],
) -> Given:
    """An order with every file that it names by another name."""
    if isinstance(given, Pack):
        return replace(given, orders=[_moved_order(order, picture, mask, weights) for order in given.orders])
    if isinstance(given, Order):
        return _moved_order(given, picture, mask, weights)
    content = dict(given.content)
    if "weights" in content:
        content["weights"] = weights(content["weights"], content["parameters"])
    return replace(given, content=content)


def _moved_order(
    order: Order,
    picture: Callable[[str | Path], str],
    mask: Callable[[str], str],
    weights: Callable[[str, Mapping[str, Any]], str],
) -> Order:
    def moved(given: InputFile) -> InputFile:
        return replace(
            given,
            path=Path(picture(given.path)),
            mask=None if given.mask is None else mask(given.mask),
            style_mask=None if given.style_mask is None else mask(given.style_mask),
        )

    inputs = {role: [moved(given) for given in files] for role, files in order.inputs.items()}
    return replace(order, inputs=inputs, weights=weights(order.weights, order.parameters))


Files = Mapping[str, Mapping[str, bytes]]
"""What jobs left: by the id of the order, and the name of the file."""


def collect(given: Given, contents: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, bytes]]:
    """The files that orders say they have left in their folders.

    Args:
        given: an order, as it was carried out.
        contents: of the ends, by id of the order.

    Raises:
        OSError: when one cannot be read.
    """
    return {
        order.id: {name: (order.folder / name).read_bytes() for name in contents[order.id].get("files", {})}
        for order in orders_of(given)
        if order.id in contents
    }


def deliver(given: Given, files: Files) -> None:
    """Write what came back into the folders of the orders.

    Raises:
        OSError: when it cannot be written.
    """
    for order in orders_of(given):
        for name, data in files.get(order.id, {}).items():
            if Path(name).name != name:
                raise OSError(0, "is no name for a file of a job", name)
            (order.folder / name).write_bytes(data)


def orders_of(given: Given) -> Sequence[Order]:
    """The jobs of an order: one, several of a pack, or none of a measurement."""
    if isinstance(given, Pack):
        return given.orders
    return [given] if isinstance(given, Order) else []
