"""What a check cannot judge, and why: never a pass."""

from __future__ import annotations

from bench.errors import BenchError, Exit


class RefusedError(BenchError):
    """A comparison that would say nothing, or something wrong."""

    exit_code = Exit.INCONCLUSIVE
