"""What is wrong with a job's pictures beside its parameters."""

from __future__ import annotations

from typing import NamedTuple


class Misfit(NamedTuple):
    """A picture that a job can do nothing with as it is asked."""

    names: tuple[str, ...]
    """Parameters that decide it, the likeliest first."""
    message: str
    picture: tuple[str, str] | None = None
    """Group and label of the picture to blame, whatever the parameters."""
