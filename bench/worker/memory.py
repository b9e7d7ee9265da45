"""Peak memory of a stretch of work, measured where the system offers it."""

from __future__ import annotations

import ctypes
import gc
import re
import sys
from contextlib import suppress
from pathlib import Path

from bench.record import Memory

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


class PeakMemory:
    """Peak between :meth:`start` and :meth:`stop`: allocated bytes on CUDA, resident bytes on the CPU.

    Linux can reset a process's own high-water mark; elsewhere no figure of one job can be had from a process that
    has run others, and none is made up.
    """

    def __init__(self, device: str) -> None:
        self._cuda = device.startswith("cuda")
        self._before: int | None = None
        self._method = "not available on this system"

    def start(self) -> None:
        if self._cuda:
            import torch

            torch.cuda.reset_peak_memory_stats()
            self._before = int(torch.cuda.memory_allocated())
            self._method = "torch.cuda.max_memory_allocated"
            return
        try:
            _CLEAR.write_text("5")  # proc(5): resets the peak resident set size
            self._before = _kilobytes("VmRSS")
            self._method = "peak resident memory of the worker process (VmHWM, reset before)"
        except OSError:
            self._before = None

    def stop(self) -> Memory:
        peak: int | None = None
        if self._cuda or self._before is not None:
            peak = highest("cuda" if self._cuda else "cpu")
        return Memory(peak_bytes=peak, before_bytes=self._before, method=self._method)


def settle(device: str) -> None:
    """Give back what a job left behind, so that the next one's peak does not depend on it.

    Without it the C library keeps freed memory for later, and torch keeps freed memory of the device.
    """
    gc.collect()  # an exception's traceback, or a graph that refers to itself, can hold tensors
    if device.startswith("cuda"):
        import torch

        torch.cuda.empty_cache()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # glibc alone has it
            ctypes.CDLL(None).malloc_trim(0)


def forget_peak(device: str) -> None:
    """Let :func:`highest` count from here."""
    if device.startswith("cuda"):
        import torch

        torch.cuda.reset_peak_memory_stats()
    else:
        with suppress(OSError):
            _CLEAR.write_text("5")


def highest(device: str) -> int | None:
    """The most bytes in use since the peak was forgotten: allocated on CUDA, resident on the CPU; Linux alone tells."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.max_memory_allocated())
    with suppress(OSError):
        return _kilobytes("VmHWM")
    return None


def resident() -> int | None:
    """Bytes of this process that are in main memory; Linux alone tells."""
    with suppress(OSError):
        return _kilobytes("VmRSS")
    return None


def _kilobytes(field: str) -> int | None:
    match = re.search(rf"^{field}:\s*(\d+) kB", _STATUS.read_text(), re.MULTILINE)
    return int(match[1]) * 1024 if match else None
