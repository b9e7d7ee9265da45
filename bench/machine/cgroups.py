"""What a container or a service may use: the limits of Linux control groups, version 1 and 2 (cgroups(7)).

Inside a container the machine's own figures mislead: a process that takes them for its own is throttled, or killed.
Everything is None where there is no such limit, or no Linux.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

_ROOT = Path("/")

#: Version 1 writes the largest multiple of a page below 2^63 where there is no limit.
_UNLIMITED = 2**60


def processors(root: Path = _ROOT) -> float | None:
    """Processors' worth of time that the tightest quota leaves."""
    found = []
    for folder in _folders("cpu", root):
        with suppress(OSError, ValueError, ZeroDivisionError):
            if (folder / "cpu.max").exists():
                quota, period = (folder / "cpu.max").read_text().split()
            else:
                quota = (folder / "cpu.cfs_quota_us").read_text().strip()
                period = (folder / "cpu.cfs_period_us").read_text()
            if quota not in ("max", "-1"):
                found.append(int(quota) / int(period))
    return min(found, default=None)


def cores(root: Path = _ROOT) -> int | None:
    """Whole processors that the quota is worth, at least 1."""
    worth = processors(root)
    return None if worth is None else max(1, int(worth))


def memory_limit(root: Path = _ROOT) -> int | None:
    """Bytes of the tightest limit."""
    return min((limit for _, limit in _memory_limits(root)), default=None)


def free_memory(root: Path = _ROOT) -> int | None:
    """Bytes left below the tightest limit; cached files count as free, the kernel drops them first."""
    found = []
    for folder, limit in _memory_limits(root):
        with suppress(OSError, ValueError):
            second = (folder / "memory.max").exists()
            used = int((folder / ("memory.current" if second else "memory.usage_in_bytes")).read_text())
            counted = _table(folder / "memory.stat")
            prefix = "" if second else "total_"
            cached = sum(counted.get(f"{prefix}{which}_file", 0) for which in ("active", "inactive"))
            found.append(max(0, limit - used + cached))
    return min(found, default=None)


def oom_kills(root: Path = _ROOT) -> int | None:
    """How many processes the kernel has killed for want of memory: in this group where it counts, else on the machine.

    A figure that rose while a process died by SIGKILL tells why it died.
    """
    for folder in _folders("memory", root):
        for name in ("memory.events", "memory.oom_control"):
            with suppress(OSError, ValueError, KeyError):
                return _table(folder / name)["oom_kill"]
    with suppress(OSError, ValueError, KeyError):
        return _table(root / "proc/vmstat")["oom_kill"]
    return None


def _memory_limits(root: Path) -> Iterator[tuple[Path, int]]:
    """Control groups that limit memory, with the limit in bytes."""
    for folder in _folders("memory", root):
        with suppress(OSError, ValueError):  # version 2 writes "max" where there is no limit
            second = (folder / "memory.max").exists()
            limit = int((folder / ("memory.max" if second else "memory.limit_in_bytes")).read_text())
            if limit <= _UNLIMITED:
                yield folder, limit


def _table(path: Path) -> dict[str, int]:
    """A file with a name and a number on each line."""
    return {name: int(number) for name, number in (line.split() for line in path.read_text().splitlines())}


def _folders(controller: str, root: Path) -> Iterator[Path]:
    """Folders of the control groups of this process that know a controller, innermost first."""
    try:
        groups = [line.split(":", 2) for line in (root / "proc/self/cgroup").read_text().splitlines()]
        mounts = [line.split() for line in (root / "proc/self/mountinfo").read_text().splitlines()]
    except OSError:
        return
    for mount in mounts:
        top, point = PurePosixPath(mount[3]), root / mount[4].lstrip("/")
        kind, options = mount[mount.index("-") + 1], mount[-1].split(",")
        for _, names, path in groups:
            if (
                kind == "cgroup2"
                if not names
                else kind == "cgroup" and controller in names.split(",") and (controller in options)
            ):
                # A container may see its own group as the top of a mount, yet its path as the machine names it.
                inside = PurePosixPath(path)
                inner = inside.relative_to(top) if inside.is_relative_to(top) else PurePosixPath()
                for step in (inner, *inner.parents):
                    if (point / step).is_dir():
                        yield point / step
