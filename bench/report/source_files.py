"""The pictures that go onto the site, as they lie in results folders: read once, remembered until written to."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from bench.report import encoding, seen
from bench.report.encoding import Size, UnreadableError
from bench.report.parallel import mapped
from bench.report.seen import Signature
from bench.store.files import open_regular, reason

#: What builds remember of them.
MEMORY = "pictures.json"
#: So few are read again rather than remembered by writing the memory for their sake alone.
FEW = 256

_SUFFIXES = frozenset(encoding.SUFFIXES.values())


@dataclass(frozen=True)
class Source:
    """A file to show: where it lies, and its SHA-256 if that was written down."""

    path: Path
    sha256: str | None = None


@dataclass(frozen=True)
class Broken:
    """Why a picture is not shown."""

    reason: str


class Facts(NamedTuple):
    """What reading a source has told of it."""

    signature: Signature | None
    """None where the file was too young for it to be relied on."""
    digest: str
    """SHA-256 of its bytes."""
    size: Size
    suffix: str
    """By its kind, whatever it is called."""


def read(sources: Mapping[str, Source], site: Path) -> dict[str, Facts | Broken]:
    """What every source is. Only those that were written to since they were remembered are read."""
    remembered = _remembered(site)
    facts: dict[str, Facts | Broken] = {}
    unread = []
    for key, source in sources.items():
        known = remembered.get(key)
        if known is not None and seen.plain(source.path) == known.signature:
            facts[key] = known
        else:
            unread.append(key)
    facts.update(
        zip(unread, mapped(_look, [sources[key].path for key in unread], threads=True, lost=lost), strict=True)
    )
    return {key: _as_described(source, facts[key]) for key, source in sources.items()}


def remember(site: Path, facts: Mapping[str, Facts | Broken], *, always: bool) -> None:
    """For the next build. Unless ``always``, a few that are new are not worth a write."""
    remembered = _remembered(site)
    kept = {key: told for key, told in facts.items() if isinstance(told, Facts) and told.signature is not None}
    new = sum(remembered.get(key) != told for key, told in kept.items())
    if new > FEW or (always and new):
        seen.remember(site, MEMORY, {"sources": kept})


def lost(path: Path) -> Broken:
    """What is said of a file that killed the process that read it, as a fault in a decoder would."""
    return Broken(f"{path.name} cannot be read: the process that tried to died")


def content(path: Path) -> tuple[bytes, Signature | None]:
    """Of a plain file, neither link nor pipe, with what the file system said when reading began.

    Raises:
        UnreadableError: when there is none.
    """
    try:
        with os.fdopen(open_regular(path), "rb") as file:
            signature = seen.signature(os.fstat(file.fileno()))
            settled = not seen.is_young(signature)
            return file.read(), signature if settled else None
    except FileNotFoundError:
        raise UnreadableError("is missing") from None
    except OSError as error:
        what = reason(error)
        raise UnreadableError(what if what.startswith("is ") else f"cannot be read: {what}") from None


def _look(path: Path) -> Facts | Broken:
    try:
        data, signature = content(path)
        return Facts(signature, hashlib.sha256(data).hexdigest(), *encoding.look(data))
    except UnreadableError as error:
        return Broken(f"{path.name} {error}")


def _as_described(source: Source, facts: Facts | Broken) -> Facts | Broken:
    if isinstance(facts, Broken) or source.sha256 in (None, facts.digest, f"sha256:{facts.digest}"):
        return facts
    return Broken(f"{source.path.name} is not the file that the record describes: its SHA-256 differs")


def _remembered(site: Path) -> dict[str, Facts]:
    try:
        return {key: _parsed(*entry) for key, entry in seen.recall(site, MEMORY)["sources"].items()}
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}


def _parsed(signature: Any, digest: Any, size: Any, suffix: Any) -> Facts:
    """Names of files are made of these, so they must be sound, whoever wrote them. Raises ValueError or TypeError."""
    (length, written, changed, inode), (width, height) = map(int, signature), map(int, size)
    if min(width, height) < 1 or not re.fullmatch("[0-9a-f]{64}", digest) or suffix not in _SUFFIXES:
        raise ValueError("nothing that this program writes")
    return Facts((length, written, changed, inode), digest, (width, height), suffix)
