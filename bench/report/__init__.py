"""Records -> a static site that opens from disk. Reads a results folder only; never imports torch."""

from __future__ import annotations

from bench.report.build import Built, build

__all__ = ["Built", "build"]
