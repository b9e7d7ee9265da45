"""The pictures that jobs read: found, identified, measured, and stored beside the results.

Workers read the stored copy: a lossless PNG of the pixels as decoded, upright and RGB. So a picture that is
moved or changed while a night's run goes on changes nothing, and the site can show every input.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.parameters import nearest
from bench.record import InputPicture
from nst import images, samples

SAMPLE = "sample:"


@dataclass(frozen=True)
class Input:
    """A picture of the manifest that exists and can be decoded."""

    picture: InputPicture
    width: int
    height: int
    read: Callable[[], images.Bytes]


def open_input(label: str, source: str, folder: Path) -> Input:
    """Find and check one picture.

    Args:
        label: what the manifest calls it.
        source: ``sample:<name>``, or a path relative to ``folder``.
        folder: the manifest's folder.

    Raises:
        nst.images.PictureError: when a file is missing or no picture.
        nst.samples.UnknownSampleError: for a sample that does not exist.
    """
    if source.startswith(SAMPLE):
        sample = samples.find(source.removeprefix(SAMPLE).strip())
        identity = f"sample/{sample.name}/{sample.version}"
        height, width = _sample_size(sample)
        digest = hashlib.sha256(identity.encode()).hexdigest()
        return Input(
            InputPicture(label=label, source=f"{SAMPLE}{sample.name}", sha256=digest),
            width,
            height,
            lambda: samples.load(sample.name),
        )
    if "://" in source:
        raise images.PictureError(f"{source}: addresses are not read: download the picture and give its path")
    path = _path(source, folder)
    data = images.read_file(path)
    pixels = images.decode(data, str(path))
    digest = hashlib.sha256(data).hexdigest()
    picture = InputPicture(label=label, source=source, sha256=digest)
    # Pixels are read again when they are stored: a manifest may name more pictures than fit into memory.
    return Input(picture, pixels.shape[1], pixels.shape[0], lambda: _read_again(path, digest))


def _path(source: str, folder: Path) -> Path:
    """The file of a picture; a name that is not there is answered with the nearest that is."""
    try:
        path = folder / Path(source).expanduser()
        if path.exists() or not path.parent.is_dir():
            return path
        hint = nearest(path.name, (other.name for other in path.parent.iterdir()))
    except (OSError, RuntimeError, ValueError) as error:
        raise images.PictureError(f"{source[:200]!r}: not the path of a file: {error}") from error
    raise images.PictureError(f"{path}: no such file{hint}")


def _read_again(path: Path, digest: str) -> images.Bytes:
    data = images.read_file(path)
    if hashlib.sha256(data).hexdigest() != digest:
        raise images.PictureError(f"{path}: changed since the run began: start it again")
    return images.decode(data, str(path))


def _sample_size(sample: samples.Sample) -> tuple[int, int]:
    """Height and width; a style's is known without drawing it."""
    if sample.kind == "style":
        return samples.DEFAULT_SIZE, samples.DEFAULT_SIZE
    height, width = samples.load(sample.name).shape[:2]
    return height, width
