"""What goes wrong with clips, in sentences for people."""

from __future__ import annotations

import errno


class VideoError(Exception):
    """A clip that cannot be read, written or compared; the text says which, why, and what was expected."""


class Broken(VideoError):  # noqa: N818
    """A clip that can be read in part: what came before the break is good."""

    def __init__(self, message: str, frames: int = 0) -> None:
        super().__init__(message)
        self.frames = frames
        """How many frames came before the break."""


def of_the_disk(error: Exception) -> bool:
    """Whether an exception tells of the disk, and not of what stands in a file: readers of formats raise any kind."""
    return isinstance(error, OSError) and error.errno not in (None, errno.EINVAL)
