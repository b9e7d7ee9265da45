"""What every module about pictures shares: array types, the error, and files found and read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nst.kinds import nearest

Pixels = NDArray[np.float32]
"""A sized picture, (height, width, 3), sRGB, nominally in [0, 1]."""

Bytes = NDArray[np.uint8]
"""A stored picture, (height, width, 3), sRGB."""

Plane = NDArray[np.uint8]
"""One value per pixel, (height, width): an alpha plane, 0 transparent, 255 opaque."""


class PictureError(ValueError):
    """A file that cannot be read as a picture; the text says which and why."""


def find_file(source: str, folder: Path) -> Path:
    """The file that ``source`` means, a path that may be relative to ``folder``.

    Raises:
        PictureError: for an address, for what cannot be a path, and for a name that is not in its folder; this one
            with the nearest name that is. (A folder that is not there is left to :func:`read_file` to report.)
    """
    if "://" in source:
        raise PictureError(f"{source}: addresses are not read: download the picture and give its path")
    try:
        path = folder / Path(source).expanduser()
        if path.exists() or not path.parent.is_dir():
            return path
        hint = nearest(path.name, (other.name for other in path.parent.iterdir()))
    except (OSError, RuntimeError, ValueError) as error:
        raise PictureError(f"{source[:200]!r}: not the path of a file: {error}") from error
    raise PictureError(f"{path}: no such file{hint}")


def read_file(path: Path) -> bytes:
    """The bytes of a file, which must be an ordinary one: a pipe would wait for ever.

    Raises:
        PictureError: when it cannot be read.
    """
    try:
        if not path.exists() or path.is_file():
            return path.read_bytes()
    except OSError as error:
        raise PictureError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a name with a null character
        raise PictureError(f"{str(path)!r}: not a file name: {error}") from error
    raise PictureError(f"{path}: not a file")
