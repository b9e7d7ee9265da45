"""One run at a time in a results folder, and the name of who keeps the others out.

The operating system's lock on ``.lock`` decides: it goes when its process does, however that ends.
``lock-holder.json`` only says who it is. It is written and read under a second lock that is held for an instant,
``.lock-gate``, so whoever finds the folder taken reads the name of the one who took it, never of one before.
"""

from __future__ import annotations

import errno
import getpass
import os
import shlex
import socket
import sys
import warnings
from collections.abc import Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout
from pydantic import BaseModel, ConfigDict

from bench.errors import BenchError
from bench.store.files import as_json, read_regular, shown, utc

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLDER = "lock-holder.json"

#: Seconds to wait for another process that is writing down its name.
_PATIENCE = 10.0
_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP)
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Holder(BaseModel):
    """A process that works in a results folder."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    process: int | None = None
    """None of one that left no name, as it was killed while it wrote it or the disk was full."""
    host: str = ""
    user: str | None = None
    since: str = ""
    """UTC, ISO 8601."""
    command: list[str] = []

    @classmethod
    def me(cls, command: Sequence[str] | None = None) -> Holder:
        given = [Path(sys.argv[0]).name, *sys.argv[1:]] if command is None else command
        return cls(
            process=os.getpid(),
            host=socket.gethostname(),
            user=_user(),
            since=utc(datetime.now(UTC)),
            command=[shown(part) for part in given],
        )

    def describe(self, now: datetime | None = None) -> str:
        """``process 123 on host, since 14:05, nst-bench run quickstart``; the user where it is another than this."""
        if self.process is None:
            return "a process that left no name"
        whose = f" of {self.user}" if self.user and self.user != _user() else ""
        return shown(
            f"process {self.process}{whose} on {self.host}, since {_clock(self.since, now)}, {shlex.join(self.command)}"
        )


class Lock:
    """The lock of a results folder, which must exist."""

    def __init__(self, root: Path) -> None:
        self.root = root
        # Taken in one thread and released in another where a program wants it.
        self._lock = FileLock(root / ".lock", thread_local=False)
        self._gate = FileLock(root / ".lock-gate", thread_local=False)

    @property
    def held(self) -> bool:
        """Whether this object holds it."""
        return bool(self._lock.is_locked)

    def acquire(self, command: Sequence[str] | None = None, advice: str = "wait for it, or use --out") -> None:
        """Take it, and write down who has it.

        Raises:
            BenchError: when another process has it, naming that; when the file system has no locks.
            OSError: when the folder cannot be written.
        """
        with self._through_the_gate():
            if not self._try():
                raise BenchError(f"{self.root}: another run is at work here ({self._read().describe()}): {advice}")
            try:
                (self.root / HOLDER).write_bytes(as_json(Holder.me(command)))
            except OSError as error:
                # On a full disk the lock is worth more than a name: its holder may be about to make room.
                if error.errno not in _FULL:
                    self._lock.release()
                    raise
                with suppress(OSError):
                    (self.root / HOLDER).unlink()

    def release(self) -> None:
        with suppress(OSError):
            (self.root / HOLDER).unlink()
        self._lock.release()

    def holder(self) -> Holder | None:
        """Who holds it now, in whichever process; None if nobody does. Writes nothing that matters."""
        if not (self.root / ".lock").exists():
            return None
        try:
            with self._through_the_gate():
                if not self.held and self._try():
                    self._lock.release()
                    return None
                return self._read()
        except (OSError, BenchError):  # a folder that we may only read: its word is all there is
            found = self._read()
            return None if found.process is None else found

    def _try(self) -> bool:
        return _take(self._lock, 0)

    @contextmanager
    def _through_the_gate(self) -> Iterator[None]:
        try:
            _take(self._gate, _PATIENCE)  # or not: someone stopped half way through must not stop us too
            yield
        except (OSError, NotImplementedError) as error:
            if isinstance(error, OSError) and error.errno not in _NO_LOCKS:
                raise
            raise BenchError(
                f"{self.root}: this file system has no locks, so a second run could not be kept out: use --out with "
                "a folder on a local disk, or have it mounted with locks"
            ) from error
        finally:
            self._gate.release()

    def _read(self) -> Holder:
        try:
            return Holder.model_validate_json(read_regular(self.root / HOLDER, 2**20))
        except (OSError, ValueError):
            return Holder()


def _take(lock: BaseFileLock, timeout: float) -> bool:
    """Whether it could be had. Raises OSError or NotImplementedError where there are no locks."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a substitute that would outlive its process
            lock.acquire(timeout=timeout)
    except Timeout:
        return False
    if isinstance(lock, SoftFileLock):
        lock.release()
        raise NotImplementedError
    return True


def _user() -> str | None:
    try:
        return shown(getpass.getuser())
    except (OSError, KeyError, ImportError):  # a container's user may have no name
        return None


def _clock(since: str, now: datetime | None) -> str:
    """``14:05`` here; with the date before it unless that is today's."""
    try:
        then = datetime.fromisoformat(since).astimezone()
    except ValueError:
        return "an unknown time"
    today = (now or datetime.now(UTC)).astimezone().date()
    return f"{then:%H:%M}" if then.date() == today else f"{then:%Y-%m-%d %H:%M}"
