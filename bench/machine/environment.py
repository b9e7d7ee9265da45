"""What the machine is: the facts that stand beside every time and explain it.

Only what is the same for all jobs of one worker, because the site groups results by it; what changes while a job runs
stands in its timing. No fact is worth a job: what cannot be found out is None.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import bench
from bench.machine import cgroups

#: Packages that results may depend on.
PACKAGES = ("torchvision", "numpy", "pillow", "scikit-image", "scipy", "safetensors")

#: Environment variables that change how fast or how exactly a worker computes, by the names they have here.
VARIABLES = {
    "thread_wait": "OMP_WAIT_POLICY",
    "omp_threads": "OMP_NUM_THREADS",
    "mkl_threads": "MKL_NUM_THREADS",
    "thread_affinity": "KMP_AFFINITY",
    "thread_places": "OMP_PLACES",
    "thread_binding": "OMP_PROC_BIND",
    "cuda_allocator": "PYTORCH_CUDA_ALLOC_CONF",
    "cublas_workspace": "CUBLAS_WORKSPACE_CONFIG",
    "tf32_override": "NVIDIA_TF32_OVERRIDE",
}


def describe(device: str) -> dict[str, Any]:
    """Facts of this process and machine; docs/results.md says what each is. Imports torch: for workers.

    Args:
        device: ``cpu`` or ``cuda:<n>``, the one that jobs run on.
    """
    groups: tuple[Callable[[], Mapping[str, Any]], ...] = (
        project,
        versions,
        system,
        processor,
        variables,
        torch_build,
        arithmetic,
        lambda: accelerator(device),
    )
    facts: dict[str, Any] = {"device": device}
    for group in groups:
        with suppress(Exception):
            facts |= group()
    facts.setdefault("device_name", facts.get("cpu"))
    return facts


def project() -> dict[str, Any]:
    return {"nst_bench": bench.__version__, "git": commit_of(Path(bench.__file__).resolve().parent.parent)}


def versions() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        **{name.replace("-", "_"): _version(name) for name in PACKAGES},
    }


def system() -> dict[str, Any]:
    return {
        "os": platform.platform(),
        "distribution": _distribution(),
        "machine": platform.machine(),
        "container": _container(),
        "ram_bytes": _memory(),
        "ram_limit_bytes": cgroups.memory_limit(),
    }


def processor() -> dict[str, Any]:
    info = _read("/proc/cpuinfo")
    return {
        "cpu": _first(info, "model name") or platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "physical_cores": physical_cores(info),
        "usable_cores": _usable_cores(),
        "cpu_limit": cgroups.processors(),
        "governor": _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").strip() or None,
    }


def variables(environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    found = {name: environment.get(variable) for name, variable in VARIABLES.items()}
    return {**found, "thread_wait": (found["thread_wait"] or "default").lower()}


def torch_build() -> dict[str, Any]:
    import torch

    hip = torch.version.hip
    return {
        "torch": torch.__version__,
        "torch_git": (torch.version.git_version or "")[:12] or None,
        "torch_build": f"ROCm {hip}" if hip else f"CUDA {torch.version.cuda}" if torch.version.cuda else "CPU",
        "threads": torch.get_num_threads(),
        "interop_threads": torch.get_num_interop_threads(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "blas": _build_setting(torch.__config__.show(), "BLAS_INFO"),
        "onednn": bool(torch.backends.mkldnn.is_available()),  # type: ignore[no-untyped-call]
    }


def arithmetic() -> dict[str, Any]:
    import torch

    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    return {
        "tf32": bool(cudnn.allow_tf32),
        "tf32_matmul": bool(matmul.allow_tf32),
        "matmul_precision": torch.get_float32_matmul_precision(),
        "cudnn_benchmark": bool(cudnn.benchmark),
        "deterministic": bool(cudnn.deterministic),
        "deterministic_algorithms": torch.are_deterministic_algorithms_enabled(),
    }


def accelerator(device: str) -> dict[str, Any]:
    """Nothing for a processor."""
    if not device.startswith("cuda"):
        return {}
    import torch

    from bench.machine.gpu import find

    properties = torch.cuda.get_device_properties(device)
    gpu = find(device)
    return {
        "device_name": properties.name,
        "compute_capability": f"{properties.major}.{properties.minor}",
        "gpu_bytes": properties.total_memory,
        "gpu_processors": properties.multi_processor_count,
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),  # type: ignore[no-untyped-call]
        **(gpu.facts() if gpu is not None else {}),
    }


def physical_cores(cpuinfo: str) -> int | None:
    """Distinct cores of /proc/cpuinfo: hardware threads of one core share its id. None where it does not tell."""
    cores, socket = set(), ""
    for line in cpuinfo.splitlines():
        name, _, value = (part.strip() for part in line.partition(":"))
        if name == "physical id":
            socket = value
        elif name == "core id":
            cores.add((socket, value))
    return len(cores) or None


def _usable_cores() -> int | None:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _container() -> str | None:
    """What kind of container this is, as far as it shows itself."""
    if Path("/.dockerenv").exists():
        return "docker"
    if Path("/run/.containerenv").exists():
        return "podman"
    if "KUBERNETES_SERVICE_HOST" in os.environ:
        return "kubernetes"
    return "apptainer" if "APPTAINER_CONTAINER" in os.environ else None


def _distribution() -> str | None:
    with suppress(OSError, AttributeError):
        return platform.freedesktop_os_release().get("PRETTY_NAME")
    return platform.mac_ver()[0] or None if sys.platform == "darwin" else None


def _memory() -> int | None:
    with suppress(OSError, ValueError, AttributeError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _build_setting(shown: str, name: str) -> str | None:
    """A value of torch's build settings, which are written as ``NAME=value, NAME=value``."""
    _, found, rest = shown.partition(f"{name}=")
    return rest.partition(",")[0].strip() if found else None


def _first(text: str, name: str) -> str | None:
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return None


def _read(path: str | Path) -> str:
    """Empty where there is no such file."""
    with suppress(OSError, ValueError):
        return Path(path).read_text()
    return ""


def commit_of(root: Path) -> str | None:
    """Commit of the checkout in ``root``, with ``+changes`` if it differs; None where there is none."""
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
