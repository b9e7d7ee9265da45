"""Amounts in words, for people. Imports nothing."""

from __future__ import annotations


def in_bytes(count: int) -> str:
    """``12.3 MB``, in powers of 1000."""
    size, units = float(count), ["bytes", "kB", "MB", "GB", "TB"]
    while size >= 999.95 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:,.0f} {units[0]}" if units[0] == "bytes" else f"{size:,.1f} {units[0]}"
