"""Records -> a static site that opens from disk. Reads a results folder only; never imports torch."""

from __future__ import annotations

from bench.report.build import Site, build

__all__ = ["Site", "build"]
