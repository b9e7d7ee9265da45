"""Workers that the system cannot start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bench.errors import BenchError
from bench.runner.recording import KEPT


@contextmanager
def starting(where: str) -> Iterator[None]:
    """Workers may be started inside.

    Raises:
        BenchError: instead of OSError, where the system cannot start one.
    """
    try:
        yield
    except OSError as error:
        why = error.strerror or error
        raise BenchError(
            f"{where}: no worker can be started: {why}. {KEPT}: run the same command again to go on"
        ) from error
