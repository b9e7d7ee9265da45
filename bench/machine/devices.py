"""The devices of this machine, and the slots that ``--devices`` and ``--jobs`` make of them. Never imports torch."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.errors import BenchError
from bench.machine import cgroups

#: Seconds that torch gets to say how many GPUs it can use; from a cold disk its libraries alone take half a minute.
_PATIENCE = 120

_EXPECTED = "expected auto, cpu, cuda, cuda:<n>, or several such as cuda:0,cuda:2"


@dataclass(frozen=True)
class Slot:
    """A place where one job at a time runs."""

    name: str
    """``cpu``, ``cuda:0``; where a device has several slots, ``cpu/1``, ``cpu/2``."""
    device: str
    """As the worker calls it: ``cpu``, or ``cuda:0``, for it sees no other."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment of the worker, over one's own: which device it sees, how many threads it starts."""
    threads: int = 1
    """Processor threads."""
    sharing: int = 1
    """Slots on the same device, this one included."""


@dataclass(frozen=True)
class Machine:
    """What slots are made of."""

    cores: int
    """Processors this process may use."""
    gpus: Callable[[], int]
    """How many CUDA devices torch can use; asked at most once, and only where it matters."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables."""


def find(
    wanted: str, jobs: int | None = None, machine: Machine | None = None, warn: Callable[[str], None] = lambda _: None
) -> list[Slot]:
    """The slots for ``--devices`` and ``--jobs``.

    Processor threads are divided between the slots, unless OMP_NUM_THREADS says how many each worker starts.

    Args:
        wanted: ``auto`` (all CUDA devices, or without any the CPU), ``cpu``, ``cuda`` (all), ``cuda:<n>``, or several
            with commas between.
        jobs: how many at a time on each device; 1 if None.
        machine: this one if None.
        warn: told of what is allowed but seldom meant.

    Raises:
        BenchError: for an unknown word, a device that is not there or named twice, or fewer jobs than 1.
    """
    machine = machine or this_machine()
    jobs = 1 if jobs is None else jobs
    if jobs < 1:
        raise BenchError(f"--jobs {jobs}: expected how many jobs run on a device at a time, 1 or more")
    devices = _devices(wanted, machine)
    count = len(devices) * jobs
    if count > machine.cores:
        warn(
            f"{count} jobs at a time on {machine.cores} processor core{'s' * (machine.cores > 1)}: "
            "they will wait for one another"
        )
    threads = max(1, machine.cores // count)
    with suppress(KeyError, ValueError):
        threads = max(1, int(machine.variables["OMP_NUM_THREADS"].split(",")[0]))
    return [
        Slot(
            name=device if jobs == 1 else f"{device}/{number}",
            device="cpu" if device == "cpu" else "cuda:0",
            variables={**_threads(threads, machine.variables), **_visible(device, machine.variables)},
            threads=threads,
            sharing=jobs,
        )
        for number in range(1, jobs + 1)
        for device in devices
    ]


def this_machine() -> Machine:
    return Machine(cores=cores(), gpus=usable_gpus, variables=os.environ)


def cores() -> int:
    """Processor cores this process may use: of its affinity, within its container's quota.

    Two hardware threads of one core count once: they share the units that multiply.
    """
    try:
        allowed: set[int] = os.sched_getaffinity(0)
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1
    topology = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"
    physical = set()
    for number in allowed:
        try:
            physical.add(Path(topology.format(number)).read_text())
        except OSError:
            physical.add(str(number))
    quota = cgroups.cores()
    return len(physical) if quota is None else min(len(physical), quota)


def usable_gpus() -> int:
    """How many CUDA devices torch can use. Where there is none at all, torch is not asked; else a process asks it."""
    if not _has_gpu():
        return 0
    code = "import torch; print(torch.cuda.device_count() if torch.cuda.is_available() else 0)"
    with suppress(OSError, ValueError, subprocess.SubprocessError):
        asked = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, timeout=_PATIENCE)
        return int(asked.stdout)
    return 0


def _has_gpu() -> bool:
    """Whether a driver is there to be asked: NVIDIA's by its library, others by their device file."""
    if any(Path(path).exists() for path in ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")):
        return True
    try:
        import pynvml

        pynvml.nvmlInit()
    except Exception:  # no library, no driver: its errors share no class with those of the import
        return False
    try:
        return bool(pynvml.nvmlDeviceGetCount())
    finally:
        pynvml.nvmlShutdown()


def _devices(wanted: str, machine: Machine) -> list[str]:
    words = [word.strip() for word in wanted.split(",")]
    for word in words:
        if not re.fullmatch(r"auto|cpu|cuda(:(0|[1-9][0-9]{0,2}))?", word) or (word == "auto" and len(words) > 1):
            raise BenchError(f"--devices {wanted}: {_EXPECTED}")
    gpus = [] if words == ["cpu"] else [f"cuda:{n}" for n in range(machine.gpus())]
    if words == ["auto"]:
        return gpus or ["cpu"]
    devices: list[str] = []
    for word in words:
        meant = gpus if word == "cuda" else [word]
        missing = [device for device in meant if device not in ("cpu", *gpus)]
        if missing or not meant:
            has = f"cpu and {', '.join(gpus)}" if gpus else "cpu, but no CUDA device that torch can use"
            raise BenchError(f"--devices {wanted}: there is no {word}; this machine has {has}")
        for device in meant:
            if device in devices:
                raise BenchError(
                    f"--devices {wanted}: {device} is named twice; --jobs says how many jobs run on a device at a time"
                )
            devices.append(device)
    return devices


def _threads(count: int, own: Mapping[str, str]) -> dict[str, str]:
    """For OpenMP and for MKL, which has a variable of its own; one that is set already is left alone."""
    return {name: str(count) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS") if name not in own}


def _visible(device: str, own: Mapping[str, str]) -> dict[str, str]:
    """Variables that let a worker see its device alone.

    ``cuda:<n>`` is the n-th of those that this process sees: where a list is set already, its n-th entry, which may
    be a number or the name of a GPU or of a part of one (``GPU-...``, ``MIG-...``). Where none is set, devices are
    numbered by their place on the bus, as nvidia-smi numbers them.
    """
    name = "HIP_VISIBLE_DEVICES" if "HIP_VISIBLE_DEVICES" in own else "CUDA_VISIBLE_DEVICES"
    if device == "cpu":
        return {name: ""}
    number = int(device.partition(":")[2])
    if name in own:
        return {name: own[name].split(",")[number].strip()}
    order = {} if "CUDA_DEVICE_ORDER" in own else {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    return {name: str(number), **order}
