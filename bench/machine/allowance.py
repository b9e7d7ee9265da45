"""How much main memory a job may take: what is free, shared fairly between workers, as a limit that the kernel keeps.

Linux promises more memory than there is and kills whoever comes to collect it, or swaps until nothing moves. With a
limit, an allocation too large fails at once in the job that asked for it, which can then say how much it wanted.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from bench.machine import cgroups

_ROOT = Path("/")


def free(root: Path = _ROOT) -> int | None:
    """Bytes of main memory that can be had without swapping: of the machine, or of the container if that has less."""
    known = [n for n in (_field(root / "proc/meminfo", "MemAvailable"), cgroups.free_memory(root)) if n is not None]
    return min(known, default=None)


def held(process: int | str = "self", root: Path = _ROOT) -> int:
    """Bytes of main memory that go back to the system when the process ends; 0 where that cannot be told."""
    return _field(root / f"proc/{process}/status", "RssAnon") or 0


def part(free_bytes: int | None, held_bytes: Iterable[int], workers: int) -> int | None:
    """Bytes each of several workers may hold: equal parts of what is free or held by one of them already.

    A job's part is thus the same whether the others have begun or not.
    """
    return None if free_bytes is None else (free_bytes + sum(held_bytes)) // workers


def more(part_bytes: int | None) -> int | None:
    """Bytes that this process may take on top of what it holds, to hold no more than its part."""
    if part_bytes is None:
        return None
    known = [part_bytes - held(), free()]
    return max(0, min(n for n in known if n is not None))


def limit(extra: int | None) -> None:
    """Let this process take ``extra`` bytes on top of what it has mapped; None takes the limit away. Linux only.

    The limit is RLIMIT_DATA, which counts private writable memory: not shared libraries, not files that are read.
    """
    if sys.platform != "linux":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft, mapped = hard, _field(_ROOT / "proc/self/status", "VmData")
    if extra is not None and mapped is not None:
        soft = mapped + extra if hard == resource.RLIM_INFINITY else min(mapped + extra, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def left() -> int | None:
    """Bytes that this process can still take: below its limit, and of what is free."""
    known = [free()]
    if sys.platform == "linux":
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_DATA)
        mapped = _field(_ROOT / "proc/self/status", "VmData")
        if soft != resource.RLIM_INFINITY and mapped is not None:
            known.append(max(0, soft - mapped))
    return min((n for n in known if n is not None), default=None)


def _field(path: Path, name: str) -> int | None:
    """A figure of a file such as ``/proc/self/status``, in bytes."""
    with suppress(OSError):
        if match := re.search(rf"^{name}:\s*(\d+) kB", path.read_text(), re.MULTILINE):
            return int(match[1]) * 1024
    return None
