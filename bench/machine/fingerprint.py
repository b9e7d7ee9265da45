"""What has to be the same before times of another day may be held against those of today. Pure.

Of the facts that a worker tells (:func:`bench.machine.environment.describe`) those that change how fast it computes and
stay as they are from run to run on one machine. Measured clocks are not among them: they differ between any two
readings of one machine, and whoever compares them cries wolf (pytest-benchmark issue 255).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any


def _as_it_is(value: Any) -> Any:
    return value


def _system(platform: str) -> str:
    """``Linux 6.8`` of ``Linux-6.8.0-1021-azure-x86_64-with-glibc2.39``.

    With its minor version, which may bring another scheduler; without what follows, which mends the same one and
    changes with every update.
    """
    found = re.match(r"([^-]+)-(\d+(?:\.\d+)?)", platform)
    return f"{found[1]} {found[2]}" if found else platform


def _minor(version: str) -> str:
    """``3.11`` of ``3.11.7``: bug fixes do not change how fast an interpreter is, or should not."""
    return ".".join(version.split(".")[:2])


def _gib(size: float) -> int:
    """Whole GiB: kernels keep some megabytes more or less for themselves."""
    return round(size / 2**30)


def _kind(device: str) -> str:
    """``cuda`` of ``cuda:1``: which of several equal devices it was does not matter."""
    return device.partition(":")[0]


_VERBATIM = (
    *("cpu", "cores", "usable_cores", "cpu_limit", "governor"),
    *("machine", "container"),
    *("torch", "torch_build", "cpu_capability", "blas", "onednn"),
    *("threads", "interop_threads", "mkl_threads"),
    *("thread_wait", "thread_affinity", "thread_places", "thread_binding"),
    *("device_name", "gpu_processors", "gpu_slice", "gpu_power_limit_watts", "gpu_ecc"),
    *("driver", "cuda", "cudnn", "cuda_allocator", "cublas_workspace"),
    *("tf32", "tf32_matmul", "tf32_override", "matmul_precision"),
    *("cudnn_benchmark", "deterministic", "deterministic_algorithms"),
)

#: Fields that count, by their names in the environment, and what of them.
STABLE: Mapping[str, Callable[[Any], Any]] = {
    "os": _system,
    "python": _minor,
    "device": _kind,
    "ram_bytes": _gib,
    "gpu_bytes": _gib,
    **dict.fromkeys(_VERBATIM, _as_it_is),
}

#: Fields that do not, and why.
LEFT_OUT: Mapping[str, str] = {
    **dict.fromkeys(("nst_bench", "git"), "what is compared"),
    **dict.fromkeys(("torchvision", "numpy", "pillow", "scikit_image", "scipy"), "outside of what is optimised"),
    "safetensors": "reads weights",
    "node": "of a cluster, where no check is run",
    "torch_git": "said by torch's version",
    "distribution": "the kernel counts, and torch brings its own libraries",
    "physical_cores": "said by the model and its hardware threads",
    "ram_limit_bytes": "a limit that is kept costs no time",
    "omp_threads": "said by the threads that torch took",
    "compute_capability": "said by the GPU's model",
    "gpu_persistence": "at work before the first phase",
}

#: What is shown of a figure that is not the environment's own.
_UNITS = {"ram_bytes": " GiB", "gpu_bytes": " GiB", "gpu_power_limit_watts": " W"}


def fingerprint(environment: Mapping[str, Any]) -> dict[str, Any]:
    """What counts of an environment (docs/results.md); None where a fact is not known.

    Sizes are in whole GiB, the operating system and Python go to their minor version, devices lose their number.
    """
    return {name: None if environment.get(name) is None else part(environment[name]) for name, part in STABLE.items()}


def machine(environment: Mapping[str, Any]) -> str:
    """The same text for runs whose times may stand beside each other: of one machine, as it was.

    Two nodes of a cluster are two machines, however alike they are.
    """
    try:
        known: Any = fingerprint(environment)
    except (TypeError, ValueError, AttributeError):  # of a record that something else wrote
        known = environment
    return json.dumps([environment.get("node"), known], sort_keys=True, default=str)


def differences(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """In what two fingerprints differ, a sentence each: ``torch: 2.11.0 there, 2.15.0 here``. Empty: one machine.

    What is known of one alone counts as different: nobody can tell. Two of which nothing is known are not the same.
    """
    names = [*there, *(name for name in here if name not in there)]
    pairs = [(name, there.get(name), here.get(name)) for name in names]
    if all(one is None and other is None for _, one, other in pairs):
        return ["nothing is known of either machine"]
    return [
        f"{name.removesuffix('_bytes').removesuffix('_watts').replace('_', ' ')}: "
        f"{_shown(name, one)} there, {_shown(name, other)} here"
        for name, one, other in pairs
        if one != other
    ]


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value}{_UNITS.get(name, '')}"
