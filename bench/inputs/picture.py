"""The pictures that jobs read: found, identified, measured, and stored beside the results.

Workers read the stored copy: a lossless PNG of the pixels as decoded, upright, sRGB, with alpha where there is
any. So a picture that is moved or changed while a night's run goes on changes nothing, and the site can show every
input.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.inputs.looked import Looked, inside
from bench.record import InputPicture
from nst import images, samples

SAMPLE = "sample:"


@dataclass(frozen=True)
class Input:
    """A picture of the manifest that exists and can be decoded."""

    picture: InputPicture
    width: int
    height: int
    read: Callable[[], images.Picture]
    """Decodes it (again): what is stored for the workers."""
    notes: tuple[str, ...] = ()
    """What was done to the file to get there, such as a colour profile converted."""
    inside: float | None = None
    """Share of it that its alpha channel shows, by half or more; None where it is opaque throughout."""


def open_input(label: str, source: str, folder: Path, looked: Looked | None = None) -> Input:
    """Find and check one picture.

    Args:
        label: what the manifest calls it.
        source: ``sample:<name>``, or a path relative to ``folder``.
        folder: the manifest's folder.
        looked: as for :func:`open_file`.

    Raises:
        nst.images.PictureError: when a file is missing or no picture.
        nst.samples.UnknownSampleError: for a sample that does not exist.
    """
    if source.startswith(SAMPLE):
        return open_sample(label, source.removeprefix(SAMPLE).strip())
    return open_file(label, source, images.find_file(source, folder), looked)


def open_sample(label: str, name: str) -> Input:
    """A picture that comes along, by its name or an alias.

    Raises:
        nst.samples.UnknownSampleError: for a sample that does not exist.
    """
    sample = samples.find(name)
    identity = f"sample/{sample.name}/{sample.version}"
    height, width, shown = _looks(sample)
    digest = hashlib.sha256(identity.encode()).hexdigest()
    return Input(
        InputPicture(label=label, source=f"{SAMPLE}{sample.name}", sha256=digest),
        width,
        height,
        lambda: images.Picture.of(samples.load(sample.name)),
        inside=shown,
    )


def open_file(label: str, source: str, path: Path, looked: Looked | None = None) -> Input:
    """A picture in a file, decoded to make sure that it can be.

    Args:
        label: what the manifest calls it.
        source: what it says of where the picture is, for records.
        path: where it lies.
        looked: pictures decoded before, by their hash; they are not decoded again.

    Raises:
        nst.images.PictureError: when the file is missing or no picture.
    """
    data = images.read_file(path)
    digest = hashlib.sha256(data).hexdigest()
    look = (looked or Looked()).at(digest, lambda: images.open_picture(data, str(path)))
    picture = InputPicture(label=label, source=source, sha256=digest, notes=list(look.notes))
    # Pixels are read again when they are stored: a manifest may name more pictures than fit into memory.
    return Input(picture, look.width, look.height, lambda: _read_again(path, digest), look.notes, look.inside)


def _read_again(path: Path, digest: str) -> images.Picture:
    data = images.read_file(path)
    if hashlib.sha256(data).hexdigest() != digest:
        raise images.PictureError(f"{path}: changed since the run began: start it again")
    return images.open_picture(data, str(path))


def _looks(sample: samples.Sample) -> tuple[int, int, float | None]:
    """Height, width, and as :attr:`Input.inside`; a style's are known without drawing it."""
    if sample.kind == "style":
        return samples.DEFAULT_SIZE, samples.DEFAULT_SIZE, None
    picture = images.Picture.of(samples.load(sample.name))
    height, width = picture.pixels.shape[:2]
    return height, width, inside(picture.alpha)
