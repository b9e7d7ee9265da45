"""What Ray's errors say, which have many lines."""

from __future__ import annotations


def first_line(error: BaseException) -> str:
    """What has happened, without where."""
    lines = _lines(error)
    return lines[0] if lines else type(error).__name__


def mistake(error: BaseException) -> str | None:
    """The error that an actor ended with while it was made: the fault of its node. None of any other error."""
    return _lines(error)[-1] if "creation task" in str(error) else None


def _lines(error: BaseException) -> list[str]:
    return [line.strip() for line in str(error).splitlines() if line.strip()]
