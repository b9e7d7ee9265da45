"""What a picture turned out to be when it was decoded, remembered by the hash of its bytes.

Nothing short of decoding finds every damaged file: Pillow's ``verify`` passes a JPEG that breaks off half way. So each
file is decoded before anything runs, but once: a thousand photographs of half a megapixel take seconds to decode and
a tenth of a second to hash.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import PIL

import bench
from nst import images
from nst.images import Plane

#: Alpha from which a pixel lies inside the mask that an alpha plane is (:func:`nst.blending.blend`).
HALF = 128
#: Fewer new pictures than this are decoded again rather than written down.
_WORTH_KEEPING = 32
_MOST = 50_000


class Look(NamedTuple):
    """What decoding a picture told."""

    width: int
    height: int
    notes: tuple[str, ...]
    inside: float | None
    """As :attr:`bench.inputs.picture.Input.inside`."""


@dataclass
class Looked:
    """Looks by SHA-256; safe to use from several threads. Without a file it lasts as long as the process."""

    file: Path | None = None
    _known: dict[str, Look] | None = None
    _new: dict[str, Look] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def at(self, digest: str, decode: Callable[[], images.Picture]) -> Look:
        """The look at a picture of this hash: remembered, else made now; what ``decode`` raises is raised."""
        with self._lock:
            if self._known is None:
                self._known = _read(self.file) if self.file else {}
            known = self._known.get(digest) or self._new.get(digest)
        if known is None:
            decoded = decode()
            height, width = decoded.pixels.shape[:2]
            known = Look(width, height, decoded.notes, inside(decoded.alpha))
            with self._lock:
                self._new[digest] = known
        return known

    def keep(self) -> None:
        """Write down what is new, if that is worth it. A folder that cannot be written costs time, nothing else."""
        if self.file is None or len(self._new) < _WORTH_KEEPING:
            return
        from bench.store.files import write_atomically

        looks = dict([*(self._known or {}).items(), *self._new.items()][-_MOST:])
        with suppress(OSError):
            write_atomically(self.file, json.dumps({"decoder": _decoder(), "looks": looks}).encode())


def inside(alpha: Plane | None) -> float | None:
    """Share of a picture that is opaque by half or more; None without an alpha plane."""
    return None if alpha is None else float((alpha >= HALF).mean())


def _read(file: Path) -> dict[str, Look]:
    """What was kept; nothing where another decoder made it, or where it is damaged."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        kept = json.loads(file.read_bytes())
        if kept["decoder"] == _decoder():
            return {
                digest: Look(int(width), int(height), tuple(map(str, notes)), None if part is None else float(part))
                for digest, (width, height, notes, part) in kept["looks"].items()
            }
    return {}


def _decoder() -> str:
    """What the looks depend on: Pillow, and this project's own code for reading pictures."""
    digest = hashlib.sha256(f"{bench.__version__} {PIL.__version__}".encode())
    for source in sorted(Path(images.__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()
