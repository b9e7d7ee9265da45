"""What workers print: a file for each slot, which does not grow for ever."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

#: Bytes at which a log is cut, and what is kept of it: enough for the tracebacks of hundreds of jobs.
_LIMIT, _KEPT = 8_000_000, 1_000_000

#: Bytes of a log that are quoted in a record.
_QUOTED = 4000


@dataclass(frozen=True)
class Log:
    path: Path

    def open(self) -> IO[bytes]:
        return self.path.open("ab")

    def length(self) -> int:
        with contextlib.suppress(OSError):
            return self.path.stat().st_size
        return 0

    def cut(self, limit: int = _LIMIT, kept: int = _KEPT) -> None:
        """Keep the end of a log that is longer than ``limit``. Its writers append, so they need not know."""
        if self.length() > limit:
            end = self._read(self.length() - kept)
            self.path.write_bytes(b"[cut]\n" + end.partition(b"\n")[2])

    def since(self, position: int) -> str:
        """What was printed from ``position`` on; of much, the end."""
        with contextlib.suppress(OSError):
            return self._read(max(position, self.length() - _QUOTED)).decode("utf-8", "replace")
        return ""

    def _read(self, position: int) -> bytes:
        with self.path.open("rb") as stream:
            stream.seek(position)
            return stream.read()
