"""What the machine is: the facts that stand beside every time and explain it."""

from __future__ import annotations

import os
import platform
import subprocess
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import bench


def describe(device: str) -> dict[str, Any]:
    """Facts of this process and machine. Imports torch: for workers.

    Args:
        device: ``cpu`` or ``cuda:<n>``, the one that jobs run on.
    """
    import torch

    cuda = device.startswith("cuda")
    return {
        "nst_bench": bench.__version__,
        "git": _commit(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torchvision": _version("torchvision"),
        "numpy": _version("numpy"),
        "pillow": _version("pillow"),
        "scikit_image": _version("scikit-image"),
        "os": platform.platform(),
        "machine": platform.machine(),
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "thread_wait": os.environ.get("OMP_WAIT_POLICY", "default").lower(),
        "ram_bytes": _memory(),
        "device": device,
        "device_name": torch.cuda.get_device_name(device) if cuda else _processor(),
        "cuda": torch.version.cuda if cuda else None,
        "cudnn": torch.backends.cudnn.version() if cuda else None,  # type: ignore[no-untyped-call]
        "tf32": bool(torch.backends.cudnn.allow_tf32) if cuda else False,
        "cudnn_benchmark": torch.backends.cudnn.benchmark if cuda else None,
        "deterministic": torch.backends.cudnn.deterministic if cuda else True,
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> int | None:
    with suppress(OSError, ValueError, AttributeError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return None


def _commit() -> str | None:
    """Commit of the checkout this code runs from, with ``+changes`` if it differs; None for an installed copy."""
    root = Path(bench.__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return None
    with suppress(OSError, subprocess.SubprocessError):
        git = ["git", "-C", str(root)]
        commit = subprocess.run([*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, timeout=10)
        changes = subprocess.run(
            [*git, "status", "--porcelain", "--untracked-files=no"], capture_output=True, text=True, timeout=10
        )
        if commit.returncode == 0:
            return commit.stdout.strip() + ("+changes" if changes.stdout.strip() else "")
    return None
