"""What :mod:`bench.machine.doctor` looks at, one function each: what works, what does not, what to do."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bench.amounts import in_bytes
from bench.machine.torch_facts import TorchFacts, ask

Level = Literal["ok", "warn", "bad"]

_GB = 10**9
#: Less free disk than this stops a run soon, or may stop it.
_DISK_BAD, _DISK_WARN = _GB // 10, 2 * _GB
#: Less free memory than this is little for a worker with a published network.
_MEMORY_WARN = 2 * _GB
_GET_TORCH = "https://pytorch.org/get-started/locally has the command for this machine"


class Check(BaseModel):
    """One thing that was looked at."""

    model_config = ConfigDict(frozen=True)

    name: str
    level: Level
    message: str
    remedy: str = ""
    """What to do; empty where there is nothing to do."""


def _available_memory() -> int | None:
    """Bytes that a new process may take: of the machine, and of the container it runs in."""
    found = []
    with suppress(OSError, ValueError, IndexError):
        line = next(x for x in Path("/proc/meminfo").read_text().splitlines() if x.startswith("MemAvailable:"))
        found.append(int(line.split()[1]) * 1024)
    with suppress(OSError, ValueError):
        group = Path("/sys/fs/cgroup")
        limit = int((group / "memory.max").read_text())  # "max" is none
        found.append(limit - int((group / "memory.current").read_text()))
    return min(found, default=None)


def _has_driver() -> bool:
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


@dataclass(frozen=True)
class Probes:
    """How the machine is asked; tests ask another."""

    torch: Callable[[], TorchFacts] = ask
    free_disk: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free
    free_memory: Callable[[], int | None] = _available_memory
    installed: Callable[[str], bool] = lambda name: importlib.util.find_spec(name) is not None
    has_driver: Callable[[], bool] = _has_driver


def python() -> Check:
    bits = struct.calcsize("P") * 8
    message = f"{platform.python_version()}, {bits} bit, {platform.platform()}, {sys.executable}"
    if bits < 64:
        return Check(name="Python", level="bad", message=message, remedy="install a 64-bit Python: torch needs one")
    return Check(name="Python", level="ok", message=message)


def torch(facts: TorchFacts) -> Check:
    if facts.torch is None:
        return Check(name="torch", level="bad", message=facts.torch_error, remedy=f"install torch: {_GET_TORCH}")
    both = f"torch {facts.torch}, torchvision {facts.torchvision or 'missing'}"
    if not facts.torchvision_error:
        return Check(name="torch", level="ok", message=both)
    return Check(
        name="torch",
        level="bad",
        message=f"{both} do not match: {facts.torchvision_error}" if facts.torchvision else facts.torchvision_error,
        remedy=f"install both at once, from one index: {_GET_TORCH}",
    )


def cuda(facts: TorchFacts, probes: Probes) -> Iterator[Check]:
    for number, device in enumerate(facts.devices):
        name = f"cuda:{number}"
        if device.error:
            remedy = f"use a torch that was built for it: {_GET_TORCH}"
            yield Check(name=name, level="warn", message=f"{device.name} fails: {device.error}", remedy=remedy)
        else:
            free = f"{in_bytes(device.free_bytes)} of {in_bytes(device.total_bytes)} free"
            yield Check(name=name, level="ok", message=f"{device.name}, {free}")
    if facts.torch is None or facts.devices:
        return
    driver = probes.has_driver()
    if facts.cuda_build is None:
        message, remedy = "this torch is built without CUDA", f"for the NVIDIA GPU: {_GET_TORCH}" if driver else ""
    elif not driver:
        message, remedy = "no NVIDIA driver", ""
    elif os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        message, remedy = "CUDA_VISIBLE_DEVICES hides every device", "unset it to use them"
    else:
        message = facts.cuda_error or "there is a driver, and torch sees no device"
        remedy = "does nvidia-smi list one? A driver older than torch's CUDA " + facts.cuda_build + " must be renewed"
    yield Check(
        name="CUDA", level="warn" if remedy else "ok", message=f"{message}: jobs run on the processor", remedy=remedy
    )


def processor(facts: TorchFacts) -> Check:
    every = os.cpu_count() or 1
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else every
    message = f"{usable} of {every} cores"
    if facts.threads:
        message += f", {facts.threads} {'thread' if facts.threads == 1 else 'threads'} for torch"
    if facts.threads > usable:
        remedy = f"set OMP_NUM_THREADS={usable}: more threads than cores make every job slower"
        return Check(name="processor", level="warn", message=message, remedy=remedy)
    return Check(name="processor", level="ok", message=message)


def memory(probes: Probes) -> Check:
    free = probes.free_memory()
    if free is None:
        return Check(name="memory", level="ok", message="this system does not tell how much is free")
    if free < _MEMORY_WARN:
        remedy = "close other programs, or keep size and width small"
        return Check(name="memory", level="warn", message=f"{in_bytes(free)} free", remedy=remedy)
    return Check(name="memory", level="ok", message=f"{in_bytes(free)} free")


def _there(folder: Path) -> Path:
    """The folder, or the nearest above it that exists."""
    folder = folder.absolute()
    return next((path for path in (folder, *folder.parents) if path.exists()), Path(folder.anchor))


def disk(name: str, folder: Path, probes: Probes) -> Check:
    there = _there(folder)
    try:
        with tempfile.TemporaryDirectory(dir=there, prefix=".doctor-"):
            free = probes.free_disk(there)
    except OSError as error:
        remedy = "name another folder with --out" if name == "results" else "name another folder in TMPDIR"
        message = f"{there} cannot be written: {error.strerror or error}"
        return Check(name=name, level="bad", message=message, remedy=remedy)
    level: Level = "bad" if free < _DISK_BAD else "warn" if free < _DISK_WARN else "ok"
    remedy = "" if level == "ok" else "make room: every job keeps a picture and its curve"
    return Check(name=name, level=level, message=f"{in_bytes(free)} free in {there}", remedy=remedy)


def locks(folder: Path) -> Check:
    from filelock import FileLock, Timeout

    there = _there(folder)
    remedy = "keep results on a local disk: two runs on one folder would not notice each other"
    try:
        with tempfile.TemporaryDirectory(dir=there, prefix=".doctor-") as scratch:
            path = Path(scratch) / "lock"
            with FileLock(path):
                try:
                    with FileLock(path, timeout=0):
                        return Check(name="file locks", level="warn", message=f"none in {there}", remedy=remedy)
                except Timeout:
                    return Check(name="file locks", level="ok", message=f"work in {there}")
    except (OSError, NotImplementedError) as error:
        return Check(name="file locks", level="bad", message=f"fail in {there}: {error}", remedy=remedy)


def cache() -> Check:
    from bench.inputs.downloads import cache_folder

    folder = cache_folder()
    try:
        with tempfile.TemporaryDirectory(dir=_there(folder), prefix=".doctor-"):
            return Check(name="cache", level="ok", message=f"{folder} can be written")
    except OSError as error:
        message = f"{folder} cannot be written: {error.strerror or error}"
        remedy = "name another folder in NST_CACHE_DIR; without one, pictures by address cannot be had"
        return Check(name="cache", level="warn", message=message, remedy=remedy)


def weights(facts: TorchFacts) -> Check:
    own = os.environ.get("NST_WEIGHTS_DIR")
    if own and not Path(own).is_dir():
        message = f"NST_WEIGHTS_DIR names {own}, which is no folder"
        return Check(name="weights", level="warn", message=message, remedy="make it, or unset the variable")
    folders = [Path(own)] if own else []
    folders += [Path(facts.hub) / "checkpoints"] if facts.hub else []
    where = ", then ".join(map(str, folders)) or "nowhere: torch would say where"
    there = [name for name, file in facts.weights.items() if any((folder / file).is_file() for folder in folders)]
    if there:
        return Check(name="weights", level="ok", message=f"ImageNet weights of {', '.join(there)} in {where}")
    remedy = "they are downloaded when a job first needs them; weights: random needs none"
    return Check(name="weights", level="ok", message=f"no ImageNet weights yet in {where}", remedy=remedy)


def formats() -> Check:
    from PIL import __version__, features

    wanted = {"jpg": "JPEG", "zlib": "PNG", "littlecms2": "colour profiles", "webp": "WebP", "avif": "AVIF"}
    known = {*features.get_supported_modules(), *features.get_supported_codecs(), *features.get_supported_features()}
    lacking = [words for feature, words in wanted.items() if feature not in known]
    if not lacking:
        return Check(name="picture formats", level="ok", message=f"Pillow {__version__} reads all that are common")
    level: Level = "warn" if lacking == ["AVIF"] else "bad"  # pages need WebP, every picture the others
    message = f"Pillow {__version__} lacks {', '.join(lacking)}"
    return Check(name="picture formats", level=level, message=message, remedy="pip install --upgrade pillow")


def samples() -> Check:
    from nst import samples as those

    lost = []
    for name in those.photographs():
        try:
            those.load(name)
        except Exception:
            lost.append(name)
    if lost:
        remedy = "pip install --force-reinstall scikit-image, which they come with"
        return Check(name="samples", level="bad", message=f"cannot be read: {', '.join(lost)}", remedy=remedy)
    return Check(name="samples", level="ok", message=f"{len(those.names())} pictures that come along can be read")


def extras(probes: Probes) -> Check:
    extras = {"playwright": "tests of the site in a browser", "ray": "several machines", "pynvml": "clocks of GPUs"}
    lacking = [name for name in extras if not probes.installed(name)]
    have = ", ".join(name for name in extras if name not in lacking) or "none"
    if not lacking:
        return Check(name="extras", level="ok", message=f"{have} installed")
    packages = " ".join("nvidia-ml-py" if name == "pynvml" else name for name in lacking)
    remedy = f"if wanted, pip install {packages} ({', '.join(extras[name] for name in lacking)})"
    return Check(name="extras", level="ok", message=f"{have} installed", remedy=remedy)
