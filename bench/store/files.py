"""Files written whole or not at all, and read without falling for what only looks like a file."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, TypeVar

from pydantic import BaseModel, ValidationError

_Model = TypeVar("_Model", bound=BaseModel)

#: Names that operating systems leave in folders they show; nobody's results.
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


@lru_cache(maxsize=1)
def _syncing() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(4, thread_name_prefix="sync")


def write_json(path: Path, model: BaseModel) -> None:
    """Indented UTF-8 JSON; numbers that are not finite become null."""
    write_atomically(path, as_json(model))


def as_json(model: BaseModel) -> bytes:
    return (model.model_dump_json(indent=1) + "\n").encode()


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that readers see the old one or the new one, never half of it."""
    with writing_atomically(path) as file:
        file.write(data)


@contextmanager
def writing_atomically(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, which takes its place when the block is left, and not at all where that is by an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def open_regular(path: Path) -> int:
    """A descriptor to read a plain file with. Never waits for a pipe, never follows a link.

    Raises:
        OSError: in words, when it is something else than a file.
    """
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    if path.is_symlink():
        raise OSError(0, "is a symbolic link", str(path))
    descriptor = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0))
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(0, "is no plain file", str(path))


def read_regular(path: Path, limit: int = 2**31) -> bytes:
    """The bytes of a plain file of at most ``limit`` bytes. Raises OSError, in words, for anything else."""
    with os.fdopen(open_regular(path), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            raise OSError(0, f"is {size:,} bytes long, of which no more than {limit:,} are expected", str(path))
        return file.read(limit)


def read_json(path: Path, model: type[_Model], newest: int, limit: int = 2**31) -> _Model:
    """A file as one of the models that carry a ``schema_version``, of which this program knows up to ``newest``.

    Raises:
        NewerError: when a newer version wrote it.
        ValueError: when it cannot be read as one. Either says what is wrong, to be put after the file's name.
    """
    try:
        data = read_regular(path, limit)
    except FileNotFoundError:
        raise ValueError("is missing") from None
    except OSError as error:
        what = reason(error)
        raise ValueError(what if what.startswith("is ") else f"cannot be read: {what}") from None
    return parse_json(data, model, newest)


def parse_json(data: bytes, model: type[_Model], newest: int) -> _Model:
    """As :func:`read_json`, of bytes."""
    try:
        found = model.model_validate_json(data)
        version = getattr(found, "schema_version", newest)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))[:100] or "the whole file"
        version = _schema_version(data)
        if version is None or version <= newest:
            raise ValueError(shown(f"does not read as a {model.__name__}: {where}: {first['msg']}")) from None
    if version > newest:
        raise NewerError(version, newest)
    if version < newest:
        raise ValueError(f"is of schema {version}; this nst-bench reads {newest}")
    return found


class NewerError(ValueError):
    """A file that a newer version of nst-bench wrote."""

    def __init__(self, version: int, newest: int) -> None:
        super().__init__(f"was written by a newer nst-bench (schema {version}, this one reads {newest}): update it")
        self.version = version


def _schema_version(data: bytes) -> int | None:
    try:
        version = json.loads(data)["schema_version"]
    except (ValueError, RecursionError, TypeError, KeyError):
        return None
    return version if type(version) is int else None


def sync_files(paths: Iterable[Path]) -> None:
    """fsync files, several at once: a journalling file system makes one write of its journal out of that.

    Raises:
        OSError: when the disk would not take one of them: it is full, or broken.
    """
    for _ in _syncing().map(_sync_file, paths):
        pass


def end_threads() -> None:
    """End those that sync files, until there is something to sync again: a process with threads cannot be forked."""
    if _syncing.cache_info().currsize:
        _syncing().shutdown()
        _syncing.cache_clear()


def _sync_file(path: Path) -> None:
    try:
        _sync(path)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):  # file systems that cannot
            raise


def sync_folder(path: Path) -> None:
    """fsync a folder; file systems and Windows that cannot are left alone."""
    with suppress(OSError):
        _sync(path)


def _sync(path: Path) -> None:
    # Windows syncs only what was opened for writing.
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def usage(path: Path) -> tuple[int, int]:
    """Number and bytes of the files at and below a path; links count as themselves and are not followed."""
    try:
        found = path.lstat()
    except OSError:
        return 0, 0
    if not stat.S_ISDIR(found.st_mode):
        return 1, found.st_size
    files = total = 0
    folders = [str(path)]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                        continue
                    files += 1
                    with suppress(OSError):
                        total += entry.stat(follow_symlinks=False).st_size
        except OSError:
            continue  # gone meanwhile, or not ours to read
    return files, total


def is_litter(name: str) -> bool:
    """Whether a name is of a file that an operating system or a network disk leaves behind by itself."""
    return name in _LITTER or name.startswith(("._", ".nfs"))


def shown(text: object) -> str:
    """A name for people and logs: what cannot be printed, or is not UTF-8, as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))


def utc(moment: datetime) -> str:
    """``2026-01-02T03:04:05.678Z``."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def reason(error: OSError) -> str:
    """What an OSError says, without the path it is about."""
    return error.strerror or str(error)
