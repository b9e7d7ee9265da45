"""The machines of a cluster, and how many jobs each takes at a time. Reads Ray's figures, but calls nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bench.amounts import several
from bench.errors import BenchError

#: What Ray's names for kinds of GPUs begin with, among a node's resources.
_ACCELERATOR = "accelerator_type:"


@dataclass(frozen=True)
class Node:
    """A machine of the cluster."""

    id: str
    host: str
    cpus: float
    gpus: float
    accelerators: frozenset[str] = frozenset()
    """Kinds of GPUs, by Ray's names: ``A100``, ``H200``."""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Node:
        """From an entry of ``ray.nodes()``."""
        resources = told["Resources"]
        kinds = (name.removeprefix(_ACCELERATOR) for name in resources if name.startswith(_ACCELERATOR))
        return cls(
            told["NodeID"],
            told["NodeManagerHostname"],
            resources.get("CPU", 0.0),
            resources.get("GPU", 0.0),
            frozenset(kinds),
        )


def alive(told: Iterable[Mapping[str, Any]]) -> dict[str, Node]:
    """Those of ``ray.nodes()`` that are at work, by id."""
    return {one["NodeID"]: Node.of(one) for one in told if one["Alive"]}


@dataclass(frozen=True)
class Share:
    """What a slot takes of its node."""

    cpus: int
    gpus: float


@dataclass(frozen=True)
class Request:
    """What slots are to be."""

    device: Literal["cpu", "cuda"]
    each: int = 1
    """Slots on each GPU, or on the processors of each node."""
    accelerator: str | None = None
    """Only on GPUs of this kind."""

    def slots(self, node: Node) -> int:
        """How many a node has room for."""
        if self.accelerator is not None and self.accelerator not in node.accelerators:
            return 0
        if self.device == "cuda":
            return int(node.gpus) * self.each
        return self.each if node.cpus >= self.each else 0

    def share(self, node: Node) -> Share:
        """What each of them takes; a GPU's slots divide the processors of its node too."""
        return Share(int(node.cpus) // self.slots(node), 1 / self.each if self.device == "cuda" else 0.0)


def request(devices: str, jobs: int | None, accelerator: str | None, nodes: Sequence[Node]) -> Request:
    """What ``--devices``, ``--jobs`` and ``--accelerator`` ask of the cluster as it is now.

    Held against it before anything is submitted: Ray lets what no node can do wait for ever.

    Raises:
        BenchError: when the cluster cannot do it; names what it has.
    """
    each = 1 if jobs is None else jobs
    if each < 1:
        raise BenchError(f"--jobs {each}: expected how many jobs run on a device at a time, 1 or more")
    if devices not in ("auto", "cpu", "cuda"):
        raise BenchError(
            f"--devices {devices}: with --engine ray, expected auto, cpu or cuda; the cluster chooses the GPU of a job"
        )
    if devices == "cpu" and accelerator is not None:
        raise BenchError(f"--accelerator {accelerator}: names GPUs, but --devices cpu asks for none")
    with_gpus = accelerator is not None or any(node.gpus >= 1 for node in nodes)
    device: Literal["cpu", "cuda"] = "cuda" if devices == "cuda" or (devices == "auto" and with_gpus) else "cpu"
    found = Request(device, each, accelerator)
    if not any(found.slots(node) for node in nodes):
        asked = [f"--devices {devices}", *([f"--jobs {jobs}"] if jobs else [])]
        asked += [f"--accelerator {accelerator}"] if accelerator else []
        raise BenchError(f"{' '.join(asked)}: no node of the cluster can do this; it has {describe(nodes)}")
    return found


def describe(nodes: Sequence[Node]) -> str:
    """``2 nodes with 16 processors and 4 GPUs (A100)``."""
    kinds = sorted({kind for node in nodes for kind in node.accelerators})
    of = f" ({', '.join(kinds)})" if kinds else ""
    processors = several(int(sum(node.cpus for node in nodes)), "processor")
    gpus = int(sum(node.gpus for node in nodes))
    return f"{several(len(nodes), 'node')} with {processors} and {several(gpus, 'GPU') if gpus else 'no GPU'}{of}"


class Names:
    """What nodes are called: by their hosts; where a host has several nodes, those after the first with a number."""

    def __init__(self) -> None:
        self._of: dict[str, str] = {}

    def of(self, node: Node) -> str:
        """The name of a node, the same as long as this lives."""
        if node.id not in self._of:
            taken, number, name = set(self._of.values()), 1, node.host
            while name in taken:
                number += 1
                name = f"{node.host}.{number}"
            self._of[node.id] = name
        return self._of[node.id]


def slot_name(device: str, number: int, each: int, node: str) -> str:
    """``cuda:0 on gpu-a``, ``cpu/2 on box``.

    Args:
        device: ``cpu`` or ``cuda``.
        number: of the slot on its node, from 0.
        each: slots on each device.
        node: its name.
    """
    which = device if device == "cpu" else f"cuda:{number // each}"
    part = f"/{number % each + 1}" if each > 1 else ""
    return f"{which}{part} on {node}"
