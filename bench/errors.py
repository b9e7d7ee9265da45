"""Errors that people cause and can mend, and the exit code that each kind leaves behind."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the command line; docs/commands.md lists them."""

    FINE = 0
    REGRESSION = 1
    USAGE = 2
    INCONCLUSIVE = 3
    JOBS_FAILED = 4
    INTERNAL = 70
    INTERRUPTED = 130


class BenchError(Exception):
    """Something a user did or can mend. Its text is shown as it is, without a traceback."""

    exit_code: Exit = Exit.USAGE
