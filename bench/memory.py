"""Peak memory of a stretch of work, measured where the system offers it."""

from __future__ import annotations

import re
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
        if self._cuda:
            import torch

            peak = int(torch.cuda.max_memory_allocated())
        elif self._before is not None:
            peak = _kilobytes("VmHWM")
        return Memory(peak_bytes=peak, before_bytes=self._before, method=self._method)


def _kilobytes(field: str) -> int | None:
    match = re.search(rf"^{field}:\s*(\d+) kB", _STATUS.read_text(), re.MULTILINE)
    return int(match[1]) * 1024 if match else None
