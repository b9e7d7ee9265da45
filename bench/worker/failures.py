"""What an exception means for the job that raised it: its status, and where memory ran out, how many bytes."""

from __future__ import annotations

import errno
import math
import re
import traceback
from collections.abc import Iterator
from typing import Any

from bench.amounts import in_bytes
from bench.machine import allowance
from bench.record import Failure
from bench.worker import memory

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)

#: How torch and the libraries below it say that memory ran out, where they have no exception of its own for it.
_NO_MEMORY = (
    "not enough memory",
    "can't allocate memory",
    "std::bad_alloc",
    "CUDA error: out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
)

#: How oneDNN says that something went wrong, without what; where less than this many bytes are left, it was memory.
_NO_PRIMITIVE = ("could not create a primitive", "could not execute a primitive", "could not create a memory")
_TIGHT = 32_000_000

_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def judge(error: Exception, device: str) -> tuple[str, Failure]:
    """Status and failure of a job that raised ``error`` on ``device``: ``oom``, ``no-space`` or ``failed``.

    Causes count too: a library may wrap a full disk or a failed allocation in an error of its own.
    """
    details = "".join(traceback.format_exception(error))
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.errno in _NO_SPACE:
            where = f"{cause.filename}: " if cause.filename else ""
            return "no-space", Failure(message=f"{where}{cause.strerror}", details=details)
        if _is_failed_allocation(cause, device):
            return "oom", _out_of_memory(cause, device, details)
    if _is_for_people(error):
        return "failed", Failure(message=str(error))
    return "failed", Failure(message=f"{type(error).__name__}: {_line(error)}", details=details)


def is_lasting(error: Exception) -> bool:
    """Whether the process is of no use any more: after an error of a kernel every later call on CUDA fails too."""
    return any(
        type(cause).__name__ == "AcceleratorError" or _line(cause).startswith(("CUDA error", "HIP error"))
        for cause in _causes(error)
    )


def requested_bytes(error: BaseException) -> int | None:
    """Size of the allocation that failed: of torch on the CPU and on CUDA, of numpy; None of others."""
    shape, dtype = getattr(error, "shape", None), getattr(error, "dtype", None)
    if isinstance(error, MemoryError) and shape is not None and dtype is not None:
        return int(math.prod(shape) * dtype.itemsize)
    if match := re.search(r"[Tt]ried to allocate ([\d.]+) (bytes|[KMGT]iB)", str(error)):
        return round(float(match[1]) * _UNITS[match[2]])
    return None


def _out_of_memory(error: BaseException, device: str, details: str) -> Failure:
    requested, peak, free = requested_bytes(error), memory.highest(device), _free(device)
    message = f"out of memory on {device}: asked for {'more' if requested is None else in_bytes(requested)}"
    if peak is not None:
        message += f" with {in_bytes(peak)} in use"
    if free is not None:
        message += f"; {in_bytes(free)} were free"
    return Failure(message=message, details=details, requested_bytes=requested, peak_bytes=peak, free_bytes=free)


def _free(device: str) -> int | None:
    if not device.startswith("cuda"):
        left, peak, now = allowance.left(), memory.highest(device), memory.resident()
        if left is None or peak is None or now is None:
            return left
        return max(0, left - (peak - now))  # what the call that failed had taken is free again by now
    import torch

    free, _ = torch.cuda.mem_get_info()
    return int(free)


def is_out_of_memory(error: BaseException, device: str) -> bool:
    """Whether an allocation failed on ``device`` or in main memory, by the exception or by what it came from."""
    return any(_is_failed_allocation(cause, device) for cause in _causes(error))


def _is_failed_allocation(error: BaseException, device: str) -> bool:
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    if not isinstance(error, RuntimeError):
        return False
    return any(words in str(error) for words in _NO_MEMORY) or _is_out_of_work_space(error, device)


def _is_out_of_work_space(error: BaseException, device: str) -> bool:
    if device != "cpu" or not any(words in str(error) for words in _NO_PRIMITIVE):
        return False
    free = _free(device)
    return free is not None and free < _TIGHT


def _is_for_people(error: Exception) -> bool:
    """Errors whose text says all there is to say."""
    from nst.blending import BlendError
    from nst.images import PictureError
    from nst.resolution import SettingsError
    from nst.weights import WeightsError

    known: tuple[Any, ...] = (WeightsError, PictureError, SettingsError, BlendError)
    return isinstance(error, known)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception, what it was raised from, and so on."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
