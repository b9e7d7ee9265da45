"""Amounts in words, for people. Imports nothing."""

from __future__ import annotations


def in_bytes(count: int) -> str:
    """``12.3 MB``, in powers of 1000."""
    size, units = float(count), ["bytes", "kB", "MB", "GB", "TB"]
    while size >= 999.95 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:,.0f} {units[0]}" if units[0] == "bytes" else f"{size:,.1f} {units[0]}"


def roughly(count: float) -> str:
    """Bytes that are an estimate: ``850 MB``, ``1.4 GB``, ``31 GB``."""
    for unit, name in ((1e9, "GB"), (1e6, "MB")):
        if count >= 0.9995 * unit:
            return f"{count / unit:.1f} {name}" if count < 9.95 * unit and unit == 1e9 else f"{count / unit:.0f} {name}"
    return f"{count / 1e3:.0f} kB"


def in_seconds(seconds: float) -> str:
    """Three digits in a unit that suits them: ``1.23 s``, ``452 ms``, ``8.10 µs``; whole seconds from 1000 on."""
    size, units = abs(seconds), ["s", "ms", "µs", "ns"]
    while size < 0.9995 and len(units) > 1 and seconds:
        size, units = size * 1000, units[1:]
    digits = 2 if size < 9.995 else 1 if size < 99.95 else 0
    return f"{'−' if seconds < 0 else ''}{size:.{digits if seconds else 0}f} {units[0]}"


def plainly(seconds: float) -> str:
    """A time that somebody chose, with the digits it has: ``20 ms``, ``3 ns``, ``1.5 s``."""
    size, unit = next((pair for pair in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")) if seconds >= pair[0]), (1e-9, "ns"))
    return f"{seconds / size:g} {unit}"


def several(count: int, what: str) -> str:
    """``1 node``, ``2,000 nodes``."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def percent(share: float) -> str:
    """A share that somebody chose, with the digits it has: ``10%``, ``2.5%``."""
    return f"{100 * share:.6g}%"
